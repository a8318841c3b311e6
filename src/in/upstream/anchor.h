/* What a directory names its entries by for good (a table): a name, a mail or a DN is none. */
#ifndef IN_UPSTREAM_ANCHOR_H
#define IN_UPSTREAM_ANCHOR_H

#include "in/upstream/incoming.h"

struct anchor_row {
	const char *attribute;
	bool (*read)(struct span value, struct uuid *anchor);
	void (*put)(struct buffer *out, const struct uuid *anchor); /* the value of a filter */
};

#define ANCHOR_ROWS 6
extern const struct anchor_row anchor_rows[ANCHOR_ROWS];

/* NULL: not an attribute of the table. */
const struct anchor_row *anchor_row(struct span attribute);
/* The entry's anchor, by order.anchor_attribute or by the first row that it has a value of; NULL:
 * it has none. */
const struct anchor_row *anchor_find(
	const struct upstream *up, const struct incoming *in, struct uuid *anchor);
/* "(|(entryUUID=...)...)" over `count` anchors of one row. */
void anchor_put_filter(struct buffer *out, const struct anchor_row *row,
	const struct uuid *anchors, size_t count);

#endif
