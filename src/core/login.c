#include "core/core_int.h"

#include "base/metric.h"

struct verification {
	struct hash_job job;
	struct core *core;
	struct login *login;
	size_t password_len, stored_len;
	uint8_t octets[]; /* the password, then the stored hash; without one: burn */
};

static struct span password_of(const struct verification *v)
{
	return span_of(v->octets, v->password_len);
}

static struct span stored_of(const struct verification *v)
{
	return span_of(v->octets + v->password_len, v->stored_len);
}

/* What was neither good nor wrong, such as a full queue, says nothing about anybody. */
static void note(struct core *core, const struct login *login, enum err err)
{
	if (err == OK || err == ERR_CREDENTIALS)
		activities_note(core->activities, login->tenant, login->number,
			err ? ACTIVITY_FAILED : ACTIVITY_SUCCEEDED, login->channel, login->address);
}

static void end(struct verification *v, enum err err)
{
	struct login *login = v->login;
	note(v->core, login, err);
	secret_wipe(v, sizeof *v + v->password_len + v->stored_len);
	free(v);
	login->done(login, err);
}

static enum err build(struct view *view, struct login *login, const struct record *record)
{
	struct tenant_info tenant;
	struct why why = { 0 };
	arena_reset(view->scratch);
	if (!find_tenant_number(view->txn, login->tenant, &tenant)) {
		enum err err = txn_error(view->txn, NULL);
		return err ? err : ERR_CREDENTIALS;
	}
	enum err err = actor_build(view->txn, view->scratch, &tenant, record, &login->actor, &why);
	if (err)
		return err;
	login->actor.channel = login->channel;
	snprintf(login->actor.address, sizeof login->actor.address, "%s",
		login->address ? login->address : "");
	return OK;
}

/* A stolen cache must not be worth an Admin. */
static bool may_cache(const struct actor *actor)
{
	uint64_t administration = permission_flagged(PERMISSION_ADMINISTRATION);
	return (actor->permissions & administration) != administration;
}

/* No password opens, though the person may be active. */
static const char *refusal_of(const struct record *record)
{
	if (record->kind != KIND_USER)
		return NULL;
	if (record_is_true(record, ATTR_MUST_CHANGE))
		return "a new password must be chosen first";
	return record_is_sso_only(record) ? "signs in by single sign-on only" : NULL;
}

/* The entry may have changed while its password was hashed. */
static enum err confirm(struct view *view, struct verification *v)
{
	struct record record;
	struct login *login = v->login;
	if (!txn_entry(view->txn, login->tenant, login->kind, login->number, &record) ||
		!secret_equal(record_first(&record, ATTR_PASSWORD), stored_of(v)) ||
		(login->refusal = refusal_of(&record))) {
		enum err err = txn_error(view->txn, NULL);
		return err ? err : ERR_CREDENTIALS;
	}
	enum err err = build(view, login, &record);
	if (!err && may_cache(&login->actor)) {
		struct credential_key key;
		credential_key_make(view->core->cache, &record, password_of(v), &key);
		credential_cache_put(view->core->cache, login->tenant, login->number, &key);
	}
	return err;
}

static void work(struct hash_job *job, struct view *view)
{
	struct verification *v = (struct verification *)job;
	enum err err = ERR_CREDENTIALS;
	metric_add(METRIC_HASHES, 1);
	if (!v->stored_len) {
		password_burn(password_of(v));
	} else if (password_verify(password_of(v), stored_of(v))) {
		err = view_begin(view, NULL);
		if (!err) {
			err = confirm(view, v);
			view_end(view);
		}
	}
	end(v, err);
}

static void refused(struct hash_job *job, enum err err)
{
	end((struct verification *)job, err);
}

/* `stored` empty: burns the time of a verification and refuses. */
static enum login_state enqueue(
	struct core *core, struct login *login, struct span stored, enum err *err)
{
	size_t len = login->password.len;
	struct verification *v = heap_zalloc(sizeof *v + len + stored.len);
	v->job = (struct hash_job){ .work = work, .refused = refused, .tenant = login->tenant };
	v->core = core;
	v->login = login;
	v->password_len = len;
	v->stored_len = stored.len;
	memcpy(v->octets, login->password.data, len);
	if (stored.len)
		memcpy(v->octets + len, stored.data, stored.len);
	if (hash_pool_submit(core->pool, &v->job))
		return LOGIN_PENDING;
	secret_wipe(v, sizeof *v + len + stored.len);
	free(v);
	*err = ERR_BUSY;
	return LOGIN_DONE;
}

/* May the entry sign in at all? Its actor is built on the way. */
static bool is_able(struct view *view, struct login *login, struct record *record)
{
	login->refusal = NULL;
	if (!login->number || (login->kind != KIND_USER && login->kind != KIND_CLIENT) ||
		!txn_entry(view->txn, login->tenant, login->kind, login->number, record))
		return false;
	login->refusal = refusal_of(record);
	return !login->refusal && record_first(record, ATTR_PASSWORD).len &&
	       build(view, login, record) == OK;
}

static bool is_cached(struct core *core, const struct login *login, const struct record *record)
{
	struct credential_key key;
	credential_key_make(core->cache, record, login->password, &key);
	if (!credential_cache_has(core->cache, login->tenant, login->number, &key))
		return false;
	metric_add(METRIC_CREDENTIAL_CACHE_HITS, 1);
	return true;
}

enum login_state login_start(
	struct core *core, struct view *view, struct login *login, enum err *err)
{
	struct record record;
	*err = ERR_CREDENTIALS;
	if (!login->password.len || login->password.len > PASSWORD_MAX)
		return LOGIN_DONE;
	bool able = is_able(view, login, &record);
	enum err failed = txn_error(view->txn, NULL);
	if (failed) {
		*err = failed;
		return LOGIN_DONE;
	}
	if (!able)
		return enqueue(core, login, SPAN_NONE, err);
	struct span stored = record_first(&record, ATTR_PASSWORD);
	bool cheap = password_is_cheap(stored);
	if (cheap ? password_verify(login->password, stored)
		  : may_cache(&login->actor) && is_cached(core, login, &record)) {
		note(core, login, OK);
		*err = OK;
		return LOGIN_DONE;
	}
	/* A wrong password takes as long under a cheap hash as under a dear one. */
	return enqueue(core, login, cheap ? SPAN_NONE : stored, err);
}

/* A certificate opens where passwords do not: none is asked for, so none has to be changed first.
 */
static bool is_proof_enough(struct login *login, const struct record *record, enum proof proof)
{
	login->refusal = proof == PROOF_CERTIFICATE ? NULL : refusal_of(record);
	return !login->refusal;
}

enum err login_external(
	struct core *core, struct view *view, struct login *login, enum proof proof, bool good)
{
	struct record record;
	enum err err = ERR_CREDENTIALS;
	login->refusal = NULL;
	if (good && login->number &&
		txn_entry(view->txn, login->tenant, login->kind, login->number, &record) &&
		is_proof_enough(login, &record, proof))
		err = build(view, login, &record);
	enum err failed = txn_error(view->txn, NULL);
	if (failed)
		return failed;
	note(core, login, err);
	return err;
}

/* ---- new passwords ---- */

struct new_hash {
	struct hash_job job;
	struct hashing *hashing;
	size_t len;
	uint8_t password[];
};

static void end_hash(struct new_hash *n, enum err err)
{
	struct hashing *hashing = n->hashing;
	secret_wipe(n, sizeof *n + n->len);
	free(n);
	if (err)
		hashing->hash[0] = '\0';
	hashing->done(hashing, err);
}

static void work_hash(struct hash_job *job, struct view *view)
{
	struct new_hash *n = (struct new_hash *)job;
	(void)view;
	metric_add(METRIC_HASHES, 1);
	end_hash(n, password_hash(span_of(n->password, n->len), n->hashing->hash, NULL));
}

static void refused_hash(struct hash_job *job, enum err err)
{
	end_hash((struct new_hash *)job, err);
}

enum err hashing_start(struct core *core, uint32_t tenant, struct hashing *hashing, struct why *why)
{
	size_t len = hashing->password.len;
	if (!len || len > PASSWORD_MAX)
		return fail(why, ERR_VALUE, attr_spelling(ATTR_PASSWORD),
			"a password has 1 to %d octets", PASSWORD_MAX);
	struct new_hash *n = heap_zalloc(sizeof *n + len);
	n->job = (struct hash_job){ .work = work_hash, .refused = refused_hash, .tenant = tenant };
	n->hashing = hashing;
	n->len = len;
	memcpy(n->password, hashing->password.data, len);
	if (hash_pool_submit(core->pool, &n->job))
		return OK;
	secret_wipe(n, sizeof *n + len);
	free(n);
	return fail(why, ERR_BUSY, NULL, "too many passwords are being hashed");
}
