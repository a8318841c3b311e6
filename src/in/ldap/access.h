/* Who sees what over LDAP, and how much. The permissions say of which kinds an identity sees
 * entries; the core's searches hold it to them. This adds what only this door knows: of a service
 * account its attributes, base, filter and limits; of a person what the policy ldap.people_see
 * lets everybody see of others. It is worked out at a bind and again when something changed, and
 * costs nothing a search where nothing of it is said.
 *
 * An attribute that is not to be seen is as absent: not shown, Undefined in filters, without order,
 * noSuchAttribute when compared. objectClass always is to be seen, for without it nothing is found.
 * An entry that the filter of a service account leaves out is as absent, and so is its DN where it
 * is a member; the name of a container stays among the values of memberOf. The containers
 * themselves and what is above them have no attributes worth hiding and are there for everybody
 * within the base. */
#ifndef IN_LDAP_ACCESS_H
#define IN_LDAP_ACCESS_H

#include "core/core.h"

struct conn;
struct identity;
struct ldap_door;
struct search_request;
struct selection;
struct target;

struct access; /* NULL: what the permissions give */

/* Works out `identity->access` anew; `record` is the identity's entry, the view is begun. */
void access_refresh(struct conn *conn, struct view *view, struct identity *identity,
	const struct record *record);
void access_free(struct access *access); /* NULL is allowed */
/* Does the service account see less than its permissions give? */
bool access_is_narrowed(const struct record *service);

/* As whom searches look; never as whom something is written. */
const struct actor *access_actor(const struct identity *identity);
/* Is the attribute of the record to be seen? */
bool access_shows(const struct identity *identity, const struct record *record, enum attr attr);
/* Of any other entry of the kinds (bits 1 << kind)? For what is asked of many: sorting, VLV. */
bool access_shows_all(const struct identity *identity, uint32_t kinds, enum attr attr);
/* The selection without what is not to be seen of the record: itself, or `narrowed`. */
const struct selection *access_selection(const struct identity *identity,
	const struct record *record, const struct selection *selection, struct selection *narrowed);
/* The filter that finds what `filter` finds of what is to be seen; in the arena. */
struct filter *access_filter(
	const struct identity *identity, struct arena *arena, struct filter *filter);

/* Does the entry exist for the identity? Within the base or not. */
bool access_sees(struct conn *conn, struct view *view, const struct record *record);
/* Is it a person that the filter of a service account leaves out, so that not even the DN is shown?
 */
bool access_hides(struct conn *conn, struct view *view, const struct record *record);
/* Asks it of many entries, with search_holds(); NULL: all that the permissions give exist. In the
 * shard's turn arena. */
struct search *access_search(struct conn *conn, struct view *view);
/* Is what was found within the base? */
bool access_is_within(const struct identity *identity, const struct target *target);
/* The base as the administrator wrote it, or empty. */
struct span access_base(const struct identity *identity);
/* Aliases and referrals? A base or a filter says which entries there are; these stand beside the
 * entries, and what an alias names may be left out. */
bool access_sees_pointers(const struct identity *identity);

/* Entries and seconds of one search. As slapd has it: nobody gets more entries than the identity's
 * limit or else the server's says, and who asks for more is refused (RESULT_ADMIN_LIMIT); of times
 * the shorter one holds. The server's limit of entries is for searches without pages. */
struct access_limits {
	uint32_t entries; /* UINT32_MAX: any number */
	uint32_t seconds;
};
int access_limits(const struct conn *conn, const struct search_request *request, bool is_paged,
	struct access_limits *limits);

/* Connections of a service account. */
uint32_t access_connections(const struct ldap_door *door, const struct record *service);

/* ---- binding ---- */

/* May the person or service account bind on this connection at all, from its address and by the
 * policy ldap.bind_through? Who may not is answered as a wrong password is. *application: the
 * number of the service account through which a person binds here, 0: none. */
bool access_admits(
	struct conn *conn, struct view *view, const struct record *record, uint32_t *application);

#endif
