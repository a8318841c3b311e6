/* The table of files, and which coding of one a browser gets. */
#ifndef IN_WEB_WEB_INT_H
#define IN_WEB_WEB_INT_H

#include "base/span.h"

enum web_coding { WEB_IDENTITY, WEB_GZIP, WEB_BROTLI, WEB_CODING_COUNT };

struct web_body {
	const uint8_t *begin, *end;
};

struct web_file {
	const char *name; /* behind "/console/" */
	const char *type;
	const char *tags[WEB_CODING_COUNT]; /* entity tags, with their quotes */
	struct web_body bodies[WEB_CODING_COUNT];
	bool hashed; /* its name changes with its content */
};

/* The file of that name, or NULL. */
const struct web_file *web_file_find(struct span name);

/* "br", "gzip"; NULL for what needs no name. */
const char *web_coding_name(enum web_coding coding);
/* The smallest coding that an Accept-Encoding allows (RFC 9110 section 12.5.3); what it forbids
 * wholly is sent as it is. */
enum web_coding web_coding_choose(struct span accepted);

#endif
