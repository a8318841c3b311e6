#include "core/login_int.h"

#include "base/metric.h"
#include "base/otp.h"
#include "model/opaque.h"

struct verification {
	struct hash_job job;
	struct core *core;
	struct login *login;
	int64_t begun;
	size_t typed_len, stored_len, name_len;
	uint8_t octets[]; /* the password as typed, the stored hash, the name */
};

static size_t size_of(const struct verification *v)
{
	return sizeof *v + v->typed_len + v->stored_len + v->name_len;
}

static struct span stored_of(const struct verification *v)
{
	return span_of(v->octets + v->typed_len, v->stored_len);
}

static struct throttle_key throttle_key_of(const struct login *login)
{
	return (struct throttle_key){ .tenant = login->tenant,
		.kind = login->kind ? login->kind : KIND_USER,
		.number = login->number,
		.name = login->name,
		.address = login->address,
		.is_frail = login->is_upstream };
}

static bool is_admitted(struct core *core, struct login *login)
{
	struct throttle_key key = throttle_key_of(login);
	login->refusal = NULL;
	login->notice = PASSWORD_NOTICE_NONE;
	if (throttle_admits(core->throttle, &key))
		return true;
	metric_add(METRIC_LOGINS_THROTTLED, 1);
	login->refusal = "too many attempts";
	return false;
}

/* What was neither good nor wrong, such as a full queue, says nothing about anybody. */
static void note(struct core *core, const struct login *login, enum err err)
{
	struct throttle_key key = throttle_key_of(login);
	if (err != OK && err != ERR_CREDENTIALS)
		return;
	if (err || !login->is_old)
		activities_note(core->activities, login->tenant, login->number,
			err ? ACTIVITY_FAILED : ACTIVITY_SUCCEEDED, login->channel, login->address);
	if (!err)
		throttle_succeeded(core->throttle, &key);
	else if (throttle_failed(core->throttle, &key))
		activities_note(core->activities, login->tenant, login->number, ACTIVITY_LOCKED,
			login->channel, login->address);
}

/* As long as a wrong password takes; where directories are asked, as long as the slowest of them,
 * whoever is refused and why. */
static int64_t usual_of(const struct core *core, uint32_t tenant, bool always)
{
	const struct verifier *verifier = &core->verifier;
	int64_t there = verifier->ask ? verifier->usual(verifier->arg, tenant) : 0;
	int64_t here = there || always ? login_delays_usual(core->delays) : 0;
	return there > here ? there : here;
}

void login_answer(struct core *core, struct login *login, int64_t begun, enum err err)
{
	int64_t usual = err == ERR_CREDENTIALS ? usual_of(core, login->tenant, false) : 0;
	note(core, login, err);
	login->name = SPAN_NONE;
	if (usual && begun + usual > login_delays_begin() &&
		login_delays_take(core->delays, login, begun + usual))
		return;
	login->done(login, err);
}

static void end(struct verification *v, enum err err)
{
	struct core *core = v->core;
	struct login *login = v->login;
	int64_t begun = v->begun;
	secret_wipe(v->octets, v->typed_len + v->stored_len);
	login_answer(core, login, begun, err);
	free(v);
}

enum err login_build(struct view *view, struct login *login, const struct record *record)
{
	struct tenant_info tenant;
	struct why why = { 0 };
	if (!find_home(view->txn, login->tenant, &tenant)) {
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

bool actor_may_be_cached(const struct actor *actor)
{
	uint64_t administration = permission_flagged(PERMISSION_ADMINISTRATION);
	return (actor->permissions & administration) != administration;
}

/* ---- what stands against it ---- */

static void refuse(struct standing *standing, const char *refusal)
{
	*standing = (struct standing){ .refusal = refusal, .notice = PASSWORD_NOTICE_NONE };
}

static bool wants_code(const struct ask *ask)
{
	if (ask->record.kind != KIND_USER)
		return false;
	return ask->application.factor == FACTOR_TOTP ||
	       (ask->application.factor == FACTOR_OWN && person_asks_code(&ask->record));
}

static void judge_application(struct ask *ask, enum means means)
{
	enum factor factor = ask->application.factor;
	if (ask->record.kind != KIND_USER)
		return;
	if (!ask->application.admits)
		refuse(&ask->standing, "not through this application");
	else if (factor == FACTOR_APPLICATION && means != MEANS_APPLICATION &&
		 means != MEANS_CERTIFICATE)
		refuse(&ask->standing, "needs a password for this application");
	else if (ask->needs_code && !person_has_totp(&ask->record))
		refuse(&ask->standing, "has no second factor");
	else if (ask->needs_code && means == MEANS_SCRAM)
		refuse(&ask->standing, "this mechanism takes no code");
}

bool ask_find(struct view *view, const struct login *login, struct ask *ask)
{
	ask->known = login->number && (login->kind == KIND_USER || login->kind == KIND_CLIENT) &&
		     txn_entry(view->txn, login->tenant, login->kind, login->number, &ask->record);
	if (ask->known)
		application_of(view, login, &ask->record, &ask->application);
	return ask->known;
}

void ask_judge(struct view *view, const struct login *login, struct ask *ask, enum means means)
{
	ask->needs_code = false;
	ask->standing = (struct standing){ .open = true, .notice = PASSWORD_NOTICE_NONE };
	if (login->is_old)
		return;
	login_judge(view, &ask->record, means, &ask->standing);
	ask->needs_code =
		wants_code(ask) && means != MEANS_APPLICATION && means != MEANS_CERTIFICATE;
	if (ask->standing.open)
		judge_application(ask, means);
}

/* RFC 8265 section 4.2; what is no text (of a hash that came from elsewhere) stands for itself. */
void ask_take_typed(struct view *view, struct span typed, struct ask *ask)
{
	if (!opaque_prepare(view->scratch, typed, &ask->password))
		ask->password = typed;
}

/* A right code is used up: only behind a right password. */
bool ask_pass(struct view *view, struct login *login, const struct ask *ask)
{
	const struct record *record = &ask->record;
	struct standing standing = ask->standing;
	login->refusal = standing.refusal;
	login->notice = standing.notice;
	if (!standing.open)
		return false;
	if (ask->needs_code &&
		!(ask->code.len && totp_verify(view->core, view, record, ask->code))) {
		login->refusal = "the code is wrong";
		login->notice = PASSWORD_NOTICE_NONE;
		return false;
	}
	return !standing.takes_grace || login_take_grace(view, record);
}

/* ---- slowly ---- */

/* The entry may have changed while its password was hashed. */
static enum err confirm(struct view *view, struct verification *v, struct ask *ask)
{
	struct login *login = v->login;
	if (!ask_find(view, login, ask) ||
		!secret_equal(record_first(&ask->record, ATTR_PASSWORD), stored_of(v)))
		return ERR_CREDENTIALS;
	ask_judge(view, login, ask, MEANS_PASSWORD);
	enum err err = ask_pass(view, login, ask) ? login_build(view, login, &ask->record)
						  : ERR_CREDENTIALS;
	if (!err && actor_may_be_cached(&login->actor)) {
		struct credential_key key;
		credential_key_make(
			view->core->cache, &ask->record, CREDENTIAL_HERE, ask->password, &key);
		credential_cache_put(view->core->cache, login->tenant, login->number, &key);
	}
	return err;
}

static enum err check(struct verification *v, struct view *view)
{
	struct ask ask = { .known = false };
	enum err err = view_begin(view, NULL);
	if (err)
		return err;
	arena_reset(view->scratch);
	ask_take_typed(view, span_of(v->octets, v->typed_len), &ask);
	if (ask_find(view, v->login, &ask) && !v->login->is_old && wants_code(&ask) &&
		!totp_split(ask.password, &ask.password, &ask.code))
		ask.code = SPAN_NONE;
	view_end(view);
	bool right = v->stored_len && password_verify(ask.password, stored_of(v));
	/* A wrong password takes as long under a cheap hash as under a dear one. */
	if (!v->stored_len || password_is_cheap(stored_of(v)))
		password_burn(ask.password);
	if (!right)
		return ERR_CREDENTIALS;
	err = view_begin(view, NULL);
	if (err)
		return err;
	err = confirm(view, v, &ask);
	enum err failed = txn_error(view->txn, NULL);
	view_end(view);
	return failed ? failed : err;
}

static void work(struct hash_job *job, struct view *view)
{
	struct verification *v = (struct verification *)job;
	int64_t begun = login_delays_begin();
	metric_add(METRIC_HASHES, 1);
	enum err err = check(v, view);
	login_delays_measure(v->core->delays, begun);
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
	size_t len = login->password.len, name = login->number ? 0 : login->name.len;
	struct verification *v = heap_zalloc(sizeof *v + len + stored.len + name);
	v->job = (struct hash_job){ .work = work, .refused = refused, .tenant = login->tenant };
	v->core = core;
	v->login = login;
	v->begun = login_delays_begin();
	v->typed_len = len;
	v->stored_len = stored.len;
	v->name_len = name;
	memcpy(v->octets, login->password.data, len);
	if (stored.len)
		memcpy(v->octets + len, stored.data, stored.len);
	if (name)
		memcpy(v->octets + len + stored.len, login->name.data, name);
	login->name = span_of(v->octets + len + stored.len, name);
	if (hash_pool_submit(core->pool, &v->job))
		return LOGIN_PENDING;
	secret_wipe(v, size_of(v));
	free(v);
	*err = ERR_BUSY;
	return LOGIN_DONE;
}

enum login_state login_burn(struct core *core, struct login *login, enum err *err)
{
	login->notice = PASSWORD_NOTICE_NONE;
	return enqueue(core, login, SPAN_NONE, err);
}

/* ---- at once ---- */

static bool is_cached(struct core *core, const struct login *login, const struct ask *ask)
{
	struct credential_key key;
	credential_key_make(core->cache, &ask->record, CREDENTIAL_HERE, ask->password, &key);
	if (!credential_cache_has(core->cache, login->tenant, login->number, &key))
		return false;
	metric_add(METRIC_CREDENTIAL_CACHE_HITS, 1);
	return true;
}

static bool opens_for_application(
	struct core *core, struct view *view, struct login *login, struct ask *ask)
{
	if (ask->record.kind != KIND_USER || login->is_old || login->is_interactive ||
		!app_password_fits(core, &ask->record, &ask->application, ask->password))
		return false;
	ask_judge(view, login, ask, MEANS_APPLICATION);
	if (!ask_pass(view, login, ask) || login_build(view, login, &ask->record))
		return false;
	login->actor.by_application = true;
	return true;
}

/* Whatever is not right here takes as long as a wrong password. */
static bool opens_fast(struct core *core, struct view *view, struct login *login, struct ask *ask)
{
	struct span stored = record_first(&ask->record, ATTR_PASSWORD);
	ask_judge(view, login, ask, MEANS_PASSWORD);
	if (!ask->standing.open || login_build(view, login, &ask->record))
		return false;
	if (ask->needs_code && !totp_split(ask->password, &ask->password, &ask->code))
		return false;
	if (password_is_cheap(stored)
			? !password_verify(ask->password, stored)
			: !actor_may_be_cached(&login->actor) || !is_cached(core, login, ask))
		return false;
	return ask_pass(view, login, ask);
}

/* Refused unseen, when an answer would come otherwise. */
static enum login_state put_off(struct core *core, struct login *login)
{
	int64_t due = login_delays_begin() + usual_of(core, login->tenant, true);
	return login_delays_take(core->delays, login, due) ? LOGIN_PENDING : LOGIN_DONE;
}

/* False: the password lives here, or there is nobody. */
static bool lives_upstream(struct view *view, const struct login *login, struct upstream *upstream)
{
	struct record record;
	return login->number && login->kind == KIND_USER &&
	       txn_entry(view->txn, login->tenant, KIND_USER, login->number, &record) &&
	       upstream_find(view->txn, &record, upstream);
}

/* With the password that is kept here, if there is one. */
static enum login_state start_here(
	struct core *core, struct view *view, struct login *login, struct ask *ask, enum err *err)
{
	if (ask->known && opens_fast(core, view, login, ask))
		*err = OK;
	enum err failed = txn_error(view->txn, NULL);
	if (failed || !*err) {
		*err = failed;
		note(core, login, *err);
		return LOGIN_DONE;
	}
	/* Of what stands against them only who has shown the password hears. */
	login->notice = PASSWORD_NOTICE_NONE;
	return enqueue(core, login,
		ask->known ? record_first(&ask->record, ATTR_PASSWORD) : SPAN_NONE, err);
}

enum login_state login_start(
	struct core *core, struct view *view, struct login *login, enum err *err)
{
	struct ask ask = { .known = false };
	struct upstream upstream;
	*err = ERR_CREDENTIALS;
	if (!login->password.len || login->password.len > PASSWORD_MAX)
		return LOGIN_DONE;
	login->is_upstream = lives_upstream(view, login, &upstream);
	if (!is_admitted(core, login))
		return put_off(core, login);
	arena_reset(view->scratch);
	ask_take_typed(view, login->password, &ask);
	ask_find(view, login, &ask);
	if (ask.known && opens_for_application(core, view, login, &ask)) {
		*err = txn_error(view->txn, NULL);
		note(core, login, *err);
		return LOGIN_DONE;
	}
	if (login->is_upstream && login->is_old)
		return login_burn(core, login, err);
	return login->is_upstream ? login_ask_upstream(core, view, login, &ask, &upstream, err)
				  : start_here(core, view, login, &ask, err);
}

bool login_takes_code(struct view *view, const struct login *login)
{
	struct ask ask = { .known = false };
	return login->kind == KIND_USER && ask_find(view, login, &ask) && wants_code(&ask);
}

/* ---- without sending a password ---- */

enum err login_external(
	struct core *core, struct view *view, struct login *login, enum proof proof, bool good)
{
	enum means means = proof == PROOF_SCRAM ? MEANS_SCRAM : MEANS_CERTIFICATE;
	struct ask ask = { .known = false };
	enum err err = ERR_CREDENTIALS;
	if (!is_admitted(core, login))
		return err;
	arena_reset(view->scratch);
	if (good && ask_find(view, login, &ask)) {
		ask_judge(view, login, &ask, means);
		if (ask_pass(view, login, &ask))
			err = login_build(view, login, &ask.record);
	}
	enum err failed = txn_error(view->txn, NULL);
	if (failed)
		return failed;
	note(core, login, err);
	return err;
}

/* ---- for an administrator ---- */

unsigned login_forgive(struct core *core, uint32_t tenant, enum kind kind, uint32_t number)
{
	return throttle_forgive(core->throttle, tenant, kind, number);
}

size_t login_throttled(struct core *core, uint32_t tenant, struct throttle_row *rows, size_t most)
{
	return throttle_list(core->throttle, tenant, rows, most);
}
