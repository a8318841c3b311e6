/* What a search shows: which attributes were asked for, entries written straight from their
 * records, and the entries that are no records: rootDSE, subschema, and the tree above the
 * containers. */
#ifndef IN_LDAP_ANSWER_INT_H
#define IN_LDAP_ANSWER_INT_H

#include "in/ldap/door_int.h"

struct special;

/* ---- monitor.c ---- */

/* A DN at or below cn=Monitor. */
bool monitor_is_meant(const struct dn *dn);
/* A result code: RESULT_NO_SUCH_OBJECT also for who lacks monitor.view. */
int monitor_find(const struct identity *identity, const struct dn *dn, struct target *target);
void monitor_build(struct conn *conn, const struct monitor_row *row, struct special *special);

/* ---- limits.c ---- */

/* ERR_TOO_LARGE, ERR_UNWILLING. */
enum err limits_check(
	const struct ldap_limits *limits, const struct search_request *request, struct why *why);

/* ---- selection.c ---- */

struct selection {
	uint64_t wanted[ATTR_LIMIT / 64]; /* bit per attribute */
	bool all_user, all_operational;
	bool types_only;
	struct span names;                    /* as sent, for the attributes that are in no table */
	const struct matched_values *matched; /* or NULL: all values */
	const struct deref_list *deref;       /* or NULL */
};

/* `names`: octet strings, checked. Unknown ones are ignored (RFC 4511 section 4.5.1.8).
 * ERR_TOO_LARGE above LIMIT_LDAP_ATTRIBUTES. */
enum err selection_read(
	struct span names, bool types_only, struct selection *selection, struct why *why);
static inline bool selection_has(const struct selection *selection, enum attr attr)
{
	return (selection->wanted[attr / 64] >> (attr % 64) & 1) != 0;
}
/* An attribute that the table does not know, by name. */
bool selection_has_name(const struct selection *selection, struct span name);

/* ---- matched_values.c ---- */

/* `elements`: of the control; what is read borrows from them. Errors of filter_read. */
enum err matched_values_read(struct conn *conn, struct arena *arena, struct span elements,
	const struct matched_values **matched, struct why *why);
/* On an entry that has been written and not closed. `matched`: NULL or empty lets all through. */
void matched_values_apply(const struct matched_values *matched, struct entry_writer *w);

/* ---- deref.c ---- */

/* `elements`: of the control; what is read borrows from them. An attribute that is not known is
 * passed over, or ERR_PROTOCOL when critical; so is one that names no entry, or stands twice. */
enum err deref_read(struct arena *arena, struct span elements, bool critical,
	const struct deref_list **list, struct why *why);
/* Adds the control to an entry that was written at `message`, unless it would be larger than
 * LIMIT_LDAP_OUTPUT. */
void deref_apply(struct conn *conn, struct view *view, struct buffer *out, size_t message,
	const struct deref_list *list, const struct record *record);

/* ---- filter.c ---- */

/* What a peer's filter means on this connection; errors of filter_read(). */
enum err conn_filter(struct conn *conn, struct arena *arena, struct span element,
	struct filter **filter, struct why *why);
/* The same for one that was read already. */
void filter_settle(struct conn *conn, const struct identity *identity, struct arena *arena,
	struct filter *filter);
/* The DN says so: the leaf, or one of an OR of leaves, holds for a value in it. */
bool filter_names(const struct filter *leaf, struct span dn);
/* The policy ldap.ad_names of the tenant that the connection is bound to. */
bool shows_ad_names(struct conn *conn);

/* ---- emit.c ---- */

/* The attributes of an entry that is open for them. */
void emit_attributes(struct conn *conn, struct view *view, struct entry_writer *w,
	const struct selection *selection, const struct record *record);

/* Appends the entry as a message. */
void emit_record(struct conn *conn, struct view *view, int32_t id,
	const struct selection *selection, const struct record *record);
void emit_record_to(struct buffer *out, struct conn *conn, struct view *view, int32_t id,
	const struct selection *selection, const struct record *record);

/* ---- special.c ---- */

struct special_value {
	enum attr attr;   /* ATTR_NONE: not in the table, never matched by a filter */
	const char *name; /* values of one attribute are neighbours */
	bool operational;
	struct span value;
};

struct special {
	struct span dn;
	struct uuid id;  /* of an entry of the tree */
	int64_t changed; /* when it became what it is */
	struct special_value *values;
	size_t count;
};

/* The entry of a target that is no record; in the shard's turn arena. */
void special_build(struct conn *conn, const struct target *target, struct special *special);
enum truth special_test(const struct filter *filter, const struct special *special);
/* False: the filter holds for none of the tree's own entries, so that they need not be built. */
bool special_can_match(const struct filter *filter);
void emit_special(struct conn *conn, int32_t id, const struct selection *selection,
	const struct special *special);
void emit_special_to(struct buffer *out, int32_t id, const struct selection *selection,
	const struct special *special);

/* ---- pointer.c ---- */

#define POINTER_RDNS 2 /* below the tenant */

/* There are aliases or referrals that the connection may see: who sees people, within no base. */
bool pointers_exist(struct conn *conn, struct view *view);
/* The one at or above a DN relative to the tenant, and what of the DN lies below it. */
bool pointer_above(struct conn *conn, struct view *view, const struct dn *below,
	struct record *pointer, struct dn *rest);
void pointer_put_dn(struct conn *conn, struct buffer *out, const struct record *pointer);
/* The URLs of a referral as elements; `scope` may be NULL. */
void pointer_put_urls(struct conn *conn, struct buffer *out, const struct record *pointer,
	const struct dn *rest, const char *scope);

/* ---- special_id.c ---- */

/* Fills `id` and `changed` for an entry of the tree. */
void special_identify(struct conn *conn, const struct target *target, struct special *special);

/* ---- assertion.c ---- */

/* With the control: whether the assertion holds for the target. assertionFailed, or why it cannot
 * be told. */
int assertion_check(struct conn *conn, struct view *view, const struct target *target,
	const struct controls *controls, struct why *why);

/* ---- page.c ---- */

/* Where a search stands: first the entries above the containers, then the core's position; of a
 * sorted one the key of the last entry too. */
struct position {
	uint8_t stage;
	enum kind kind;
	uint32_t number;
	uint8_t key_len;
	uint8_t key[CURSOR_SORT_MAX - 1];
};

/* The cookie is a cursor (core/cursor.h), good for the same search of the same identity only, on
 * any connection (RFC 2696). `search`: all that makes it the same. In the shard's turn arena. */
struct span cookie_write(struct conn *conn, struct span search, const struct position *position);
bool cookie_read(
	struct conn *conn, struct span search, struct span cookie, struct position *position);

#endif
