/* Hands a message to the operator's mail server (RFC 5321), waiting for its answer. The server is
 * the operator's choice, so its address is not looked at. */
#ifndef NET_SMTP_H
#define NET_SMTP_H

#include "base/err.h"
#include "base/span.h"

struct smtp_options {
	const char *url; /* smtp://host[:port] with STARTTLS, smtps://host[:port] */
	const char *from;
	const char *ca_file;         /* PEM; NULL: the system's authorities */
	const char *user, *password; /* NULL: nobody signs in */
	bool plain;                  /* smtp without STARTTLS; never with a password */
};

#define SMTP_RECIPIENTS_MAX 16
struct smtp_message {
	const char *to[SMTP_RECIPIENTS_MAX + 1]; /* ended by NULL */
	struct span octets;                      /* RFC 5322, with its head */
};

/* Not on a loop thread: half a minute at most. ERR_UNAVAILABLE with what the server or the
 * connection said. */
enum err smtp_send(
	const struct smtp_options *options, const struct smtp_message *message, struct why *why);

#endif
