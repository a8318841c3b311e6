/* Signed checkpoints of a tenant's audit: what the chain was at one row. One line of text, the same
 * in the store, in the anchor file and in the log:
 *
 *     muster-audit-1 tenant=3 first=1 last=1000 kept=1 from=2026-11-22T01:02:03.456Z to=...
 * hash=<64 hex> previous=<64 hex> key=<64 hex> signature=<128 hex>
 *
 * The rows from `first` to `last` are a segment. `previous` is the SHA-256 of the tenant's line
 * before. Rows below `kept` were dropped by the retention; nothing else drops rows, and only who
 * has the key can say so. The signature (Ed25519, by `key`) covers all that stands before it. */
#ifndef MODEL_CHECKPOINT_H
#define MODEL_CHECKPOINT_H

#include "base/buffer.h"
#include "base/secret.h"

#define CHECKPOINT_TEXT_MAX 768
#define ANCHOR_FILE "audit-anchors.log" /* in the data folder, unless configured elsewhere */
#define CHECKPOINT_PURPOSE SPAN("muster audit checkpoint") /* of the key */
#define AUDIT_TAG_PURPOSE SPAN("muster audit tag")         /* of the key of the rows' tags */

struct checkpoint {
	uint32_t tenant;
	uint64_t first, last, kept;
	int64_t from, to; /* wall: times of the rows first and last, by the millisecond */
	uint8_t hash[32]; /* of the row `last` */
	uint8_t previous[32];
	uint8_t key[SIGN_PUBLIC];
};

/* Signs and appends the line, without its end; fills in the key. */
void checkpoint_write(
	struct buffer *out, struct checkpoint *checkpoint, const struct sign_key *key);
/* Its end is missing: what a full disk or a power cut leaves of a line. */
bool checkpoint_is_half(struct span line);
/* False when the line is malformed or its signature is not that of the key it names. Whether that
 * is the right key is the caller's question. */
bool checkpoint_read(struct span line, struct checkpoint *checkpoint);

#endif
