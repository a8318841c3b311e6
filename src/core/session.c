#include "core/session_int.h"

#include "base/clock.h"
#include "base/codec.h"
#include "base/hash.h"

#define HEAD 8 /* octets of a token: the tenant, the person */
#define RANDOM 32
#define CSRF_PURPOSE SPAN("muster session csrf")

/* ---- tokens ---- */

static void digest_of(struct span token, uint8_t digest[32])
{
	hash_sha256(token, digest);
}

void session_make(uint32_t tenant, uint32_t person, char token[SESSION_TOKEN + 1],
	struct session_order *order)
{
	uint8_t octets[HEAD + RANDOM];
	struct arena *arena = arena_new();
	put_be32(octets, tenant);
	put_be32(octets + 4, person);
	secret_random(octets + HEAD, RANDOM);
	char *text = base64url_format(arena, span_of(octets, sizeof octets));
	memcpy(token, text, SESSION_TOKEN + 1);
	*order = (struct session_order){ .verb = SESSION_BEGIN, .id = uuid_new() };
	digest_of(span_of(token, SESSION_TOKEN), order->digest);
	secret_wipe(text, SESSION_TOKEN);
	secret_wipe(octets, sizeof octets);
	arena_free(arena);
}

static bool parse(struct arena *arena, struct span token, uint32_t *tenant, uint32_t *person)
{
	struct span octets;
	if (token.len != SESSION_TOKEN || !base64url_parse(arena, token, &octets) ||
		octets.len != HEAD + RANDOM)
		return false;
	*tenant = get_be32(octets.data);
	*person = get_be32(octets.data + 4);
	return true;
}

void session_csrf(const struct core *core, struct span token, char csrf[SESSION_CSRF + 1])
{
	uint8_t key[32], digest[32], made[32];
	struct arena *arena = arena_new();
	key_derive(&core->key, CSRF_PURPOSE, key);
	digest_of(token, digest);
	hmac_sha256(span_of(key, sizeof key), span_of(digest, sizeof digest), made);
	memcpy(csrf, base64url_format(arena, span_of(made, sizeof made)), SESSION_CSRF + 1);
	secret_wipe(key, sizeof key);
	arena_free(arena);
}

/* ---- whether one stands ---- */

struct session_terms session_terms_of(struct txn *txn, uint32_t tenant)
{
	return (struct session_terms){
		.idle = (int64_t)policy_of(txn, tenant, POLICY_SESSION_IDLE) * SECOND,
		.life = (int64_t)policy_of(txn, tenant, POLICY_SESSION_LIFE) * SECOND,
		.since = sessions_since(txn, tenant),
	};
}

/* A clock that was set back ends nothing and lengthens nothing. */
bool session_stands(const struct session_terms *terms, const struct session_kept *kept,
	int64_t seen, int64_t now)
{
	return kept->created >= terms->since && now - kept->created < terms->life &&
	       now - seen < terms->idle;
}

static const struct session_kept *find_digest(
	const struct session_row *row, const uint8_t digest[32])
{
	const struct session_kept *found = NULL;
	for (size_t i = 0; i < row->count; i++)
		if (secret_equal(span_of(row->kept[i].digest, 32), span_of(digest, 32)))
			found = &row->kept[i];
	return found;
}

static const struct session_kept *find_id(const struct session_row *row, const struct uuid *id)
{
	for (size_t i = 0; i < row->count; i++)
		if (uuid_equal(&row->kept[i].id, id))
			return &row->kept[i];
	return NULL;
}

bool session_is_kept(struct txn *txn, const struct actor *actor)
{
	struct session_row row;
	if (uuid_is_nil(&actor->entrance.session))
		return true;
	session_row_read(txn, actor->tenant, actor->number, &row);
	const struct session_kept *kept = find_id(&row, &actor->entrance.session);
	return kept && kept->created >= sessions_since(txn, actor->tenant);
}

/* ---- for the doors ---- */

static struct user_session shown(
	const struct session_terms *terms, const struct session_kept *kept, int64_t seen)
{
	return (struct user_session){ .id = kept->id,
		.created = kept->created,
		.seen = seen,
		.idle_end = seen + terms->idle,
		.end = kept->created + terms->life,
		.address = kept->address,
		.user_agent = kept->user_agent };
}

static enum err refuse(struct view *view, struct why *why)
{
	enum err err = txn_error(view->txn, why);
	return err ? err : fail(why, ERR_CREDENTIALS, NULL, "the session has ended; sign in again");
}

static enum err build(struct view *view, uint32_t tenant, uint32_t person,
	const struct session_kept *kept, struct actor *actor, struct why *why)
{
	enum err err = view_actor(view, tenant, KIND_USER, person, actor, NULL);
	if (err)
		return refuse(view, why);
	actor->entrance.session = kept->id;
	return OK;
}

enum err view_session(struct view *view, struct span token, bool live, struct actor *actor,
	struct user_session *session, struct why *why)
{
	uint32_t tenant, person;
	uint8_t digest[32];
	struct session_row row;
	arena_reset(view->scratch);
	if (!parse(view->scratch, token, &tenant, &person))
		return refuse(view, why);
	digest_of(token, digest);
	session_row_read(view->txn, tenant, person, &row);
	const struct session_kept *kept = find_digest(&row, digest);
	if (!kept)
		return refuse(view, why);
	struct session_terms terms = session_terms_of(view->txn, tenant);
	int64_t now = clock_wall(), seen = session_seen(view->core->sessions, kept);
	if (!session_stands(&terms, kept, seen, now))
		return refuse(view, why);
	enum err err = build(view, tenant, person, kept, actor, why);
	if (err)
		return err;
	if (live) {
		session_see(view->core->sessions, tenant, person, kept, now);
		seen = now;
	}
	*session = shown(&terms, kept, seen);
	return OK;
}

enum err view_session_again(struct view *view, struct actor *actor, struct why *why)
{
	struct session_row row;
	struct actor fresh;
	session_row_read(view->txn, actor->tenant, actor->number, &row);
	const struct session_kept *kept = find_id(&row, &actor->entrance.session);
	struct session_terms terms = session_terms_of(view->txn, actor->tenant);
	if (!kept || !session_stands(
			     &terms, kept, session_seen(view->core->sessions, kept), clock_wall()))
		return refuse(view, why);
	enum err err = build(view, actor->tenant, actor->number, kept, &fresh, why);
	if (err)
		return err;
	actor->permissions = fresh.permissions;
	actor->must_change = fresh.must_change;
	return OK;
}

size_t view_sessions(struct view *view, uint32_t tenant, uint32_t person,
	struct user_session sessions[SESSIONS_MOST])
{
	struct session_row row;
	struct session_terms terms = session_terms_of(view->txn, tenant);
	int64_t now = clock_wall();
	size_t count = 0;
	session_row_read(view->txn, tenant, person, &row);
	for (size_t i = 0; i < row.count; i++) {
		int64_t seen = session_seen(view->core->sessions, &row.kept[i]);
		if (session_stands(&terms, &row.kept[i], seen, now))
			sessions[count++] = shown(&terms, &row.kept[i], seen);
	}
	return count;
}
