/* Records: the stored form of an entry, flat, versioned, checksummed, read in place from the map
 * without parsing or allocation. Layout, big-endian: crc32c of the rest (4) · format 1 (1) · kind
 * (1) · count (2) · tenant (4) · number (4) · id (16) · revision (8) · created (8) · modified (8),
 * then `count` rows of 12: attribute (2) instance (2) source (2) zero (2) end (4), sorted by
 * attribute and instance, then the octets; `end` is the offset behind the value, from the first
 * octet. */
#ifndef MODEL_RECORD_H
#define MODEL_RECORD_H

#include "base/buffer.h"
#include "base/codec.h"
#include "model/entry.h"

#define RECORD_HEAD 56
#define RECORD_ROW 12

/* A checked view of a record; the octets are borrowed and die with the transaction. */
struct record {
	struct span bytes;
	enum kind kind;
	uint16_t count;
	uint32_t tenant, number;
	uint64_t revision;
	int64_t created, modified;
	struct uuid id;
};

/* Checks the checksum and every offset; ERR_CORRUPT otherwise. */
enum err record_open(struct span bytes, struct record *record, struct why *why);
/* Row i of count, in order. */
struct value record_row(const struct record *record, size_t i);
/* The index of the first row of the attribute, or count; rows of one attribute are neighbours. */
size_t record_find(const struct record *record, enum attr attr);
/* The first value's octets, or SPAN_NONE. */
struct span record_first(const struct record *record, enum attr attr);
/* The first that this source says, or SPAN_NONE. */
struct span record_of_source(const struct record *record, enum attr attr, uint16_t source);
struct span record_name(const struct record *record); /* value of the kind's naming attribute */
bool record_has(const struct record *record, enum attr attr);
bool record_is_true(const struct record *record, enum attr attr); /* first value is "TRUE" */

/* Appends the record of `entry` to `out`; ERR_TOO_LARGE beyond LIMIT_RECORD_OCTETS. */
enum err record_write(struct buffer *out, const struct entry *entry, struct why *why);
/* An entry whose values borrow from the record. */
struct entry *record_entry(struct arena *arena, const struct record *record);

#endif
