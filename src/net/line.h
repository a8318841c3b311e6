/* Lines over a connected socket that waits: the console's, at both ends. */
#ifndef NET_LINE_H
#define NET_LINE_H

#include "base/buffer.h"

/* All of it; false when the peer is gone or takes nothing for as long as the socket waits. */
bool line_send(int fd, struct span bytes);
/* Reads on until a line is whole at the front of `in`; *len is without its end. False when the peer
 * hangs up, when the socket's time is over, or when the line is longer than the buffer may grow. */
bool line_receive(int fd, struct buffer *in, size_t *len);

#endif
