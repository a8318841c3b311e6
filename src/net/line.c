#include "net/line.h"

#include "base/limits.h"

#include <errno.h>
#include <sys/socket.h>

bool line_send(int fd, struct span bytes)
{
	while (bytes.len > 0) {
		ssize_t n = send(fd, bytes.data, bytes.len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes = span_from(bytes, (size_t)n);
	}
	return true;
}

bool line_receive(int fd, struct buffer *in, size_t *len)
{
	size_t looked = 0;

	for (;;) {
		struct span fresh = span_of(in->data + looked, in->len - looked);
		size_t at = looked + span_find(fresh, '\n');

		if (at < in->len) {
			*len = at;
			return true;
		}
		looked = in->len;
		uint8_t *room = buffer_reserve(in, 64 * KIB);
		ssize_t n = room ? recv(fd, room, 64 * KIB, 0) : 0;
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		in->len += (size_t)n;
	}
}
