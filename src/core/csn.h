/* Change sequence numbers: the time of a change of a tenant's journal, in the form that OpenLDAP
 * compares and replicates by. The journal forces its times to rise strictly, so that the time alone
 * orders and identifies a change: an entry's CSN is that of the last change to what it shows, the
 * tenant's that of its newest change, and a CSN that a consumer hands back leads to its place in
 * the journal by binary search, where another store's, or that of a journal which has been put
 * back, meets no change of exactly its microsecond. Count, server and modification are zero. */
#ifndef CORE_CSN_H
#define CORE_CSN_H

#include "core/view.h"

#define CSN_TEXT 40 /* "20261122115501.123456Z#000000#000#000000" */

void csn_format(int64_t time, char text[CSN_TEXT + 1]);
bool csn_parse(struct span text, int64_t *time); /* exactly that form, with any count */

/* When what the entry shows was last changed: its values, its members and their names, what it is
 * in and how that is called, whom it refers to. Never falls, and is a time of the journal. */
int64_t view_changed(struct view *view, const struct record *record);
/* Of the newest change of the tenant; 0: none yet. */
int64_t view_tenant_changed(struct view *view, uint32_t tenant);
/* When that which decides what the user or client may see was last changed: its own values, its
 * roles and theirs, the tenant's policies of who sees whom. */
int64_t view_rights_changed(struct view *view, const struct actor *actor);
/* The sequence of the change of exactly this time; false: the journal has none (any more). */
bool view_journal_at(struct view *view, uint32_t tenant, int64_t time, uint64_t *sequence);

#endif
