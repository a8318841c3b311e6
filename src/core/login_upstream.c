#include "core/login_int.h"
#include "core/ownership_int.h"

#include "base/codec.h"
#include "base/metric.h"

#include <stddef.h>

/* ---- where it lives ---- */

/* By an administrator here; a connection or a directory only carried it along. */
static bool was_given_here(struct txn *txn, const struct record *person)
{
	size_t i = record_find(person, ATTR_PASSWORD);
	struct record client;
	if (i == person->count || record_row(person, i).attr != ATTR_PASSWORD)
		return false;
	uint16_t source = record_row(person, i).source;
	if (source == SOURCE_LOCAL)
		return true;
	return find_by_source(txn, person->tenant, KIND_CLIENT, source, &client) &&
	       !span_equal(record_first(&client, ATTR_CLIENT_TYPE), SPAN("scim"));
}

static uint64_t number_of(const struct record *directory, enum attr attr, uint64_t otherwise)
{
	uint64_t number;
	return span_to_u64(record_first(directory, attr), &number) ? number : otherwise;
}

static uint32_t grace_hours(const struct record *directory)
{
	uint64_t hours = number_of(directory, ATTR_GRACE_HOURS, 0);
	return hours < GRACE_HOURS_MAX ? (uint32_t)hours : GRACE_HOURS_MAX;
}

/* The first of several is the one that goes before in everything else. */
static bool goes_before(const struct record *directory, uint64_t *least)
{
	uint64_t rank = number_of(directory, ATTR_PRECEDENCE, PRECEDENCE_USUAL) << 16;
	rank |= number_of(directory, ATTR_SOURCE_NUMBER, 0) & 0xffff;
	if (rank >= *least)
		return false;
	*least = rank;
	return true;
}

bool upstream_find(struct txn *txn, const struct record *person, struct upstream *upstream)
{
	uint64_t least = UINT64_MAX;
	for (size_t i = record_find(person, ATTR_LINK); i < person->count; i++) {
		struct value link = record_row(person, i);
		struct record directory;
		if (link.attr != ATTR_LINK)
			break;
		if (link.octets.len != 18 ||
			!find_by_source(txn, person->tenant, KIND_DIRECTORY,
				get_be16(link.octets.data), &directory) ||
			!record_is_true(&directory, ATTR_PASS_THROUGH) ||
			!goes_before(&directory, &least))
			continue;
		*upstream = (struct upstream){ .directory = directory.number,
			.hours = grace_hours(&directory),
			.revision = directory.revision };
		uuid_from_octets(span_from(link.octets, 2), &upstream->anchor);
	}
	return least != UINT64_MAX && !was_given_here(txn, person);
}

bool password_is_upstream(struct view *view, const struct record *person)
{
	struct upstream upstream;
	return person->kind == KIND_USER && upstream_find(view->txn, person, &upstream);
}

/* ---- what its words mean here ---- */

static const struct {
	const char *name;
	enum err err;
	enum password_trouble trouble; /* told to who has shown the right password */
	const char *refusal;
	bool ends_grace;
} words[UPSTREAM_WORDS] = {
	[UPSTREAM_RIGHT] = { "right", OK, PASSWORD_FINE, NULL, false },
	[UPSTREAM_WRONG] = { "wrong", ERR_CREDENTIALS, PASSWORD_FINE,
		"the directory says that the password is wrong", false },
	[UPSTREAM_EXPIRED] = { "expired", ERR_CREDENTIALS, PASSWORD_EXPIRED,
		"the password has expired in the directory", true },
	[UPSTREAM_MUST_CHANGE] = { "must-change", ERR_CREDENTIALS, PASSWORD_CHANGE_AFTER_RESET,
		"the password must be changed in the directory first", true },
	[UPSTREAM_LOCKED] = { "locked", ERR_CREDENTIALS, PASSWORD_FINE,
		"the account is locked in the directory", true },
	[UPSTREAM_DISABLED] = { "disabled", ERR_CREDENTIALS, PASSWORD_FINE,
		"the account is disabled in the directory", true },
	[UPSTREAM_UNAVAILABLE] = { "unavailable", ERR_UNAVAILABLE, PASSWORD_FINE,
		"the directory is not available", false },
};

const char *upstream_word_name(enum upstream_word word)
{
	return words[word].name;
}

/* ---- one that is asked ---- */

struct errand {
	struct hash_job job;
	struct upstream_ask ask;
	struct core *core;
	struct login *login;
	int64_t begun;
	size_t len, code;
	uint8_t typed[]; /* the password, then the code */
};

static void end(struct errand *d, enum err err)
{
	struct core *core = d->core;
	struct login *login = d->login;
	int64_t begun = d->begun;
	secret_wipe(d, sizeof *d + d->len + d->code);
	free(d);
	login_answer(core, login, begun, err);
}

/* What was asked may not hold any more: time has passed. */
static bool find_again(
	struct errand *d, struct view *view, struct ask *ask, struct upstream *upstream)
{
	struct login *login = d->login;
	if (!ask_find(view, login, ask) || !upstream_find(view->txn, &ask->record, upstream) ||
		upstream->directory != d->ask.directory ||
		!uuid_equal(&upstream->anchor, &d->ask.anchor))
		return false;
	ask_judge(view, login, ask, MEANS_UPSTREAM);
	ask->code = span_of(d->typed + d->len, d->code);
	login->refusal = ask->standing.refusal;
	return ask->standing.open;
}

static enum err open(struct errand *d, struct view *view, struct ask *ask)
{
	struct login *login = d->login;
	ask->standing.notice.expires = d->ask.expires;
	ask->standing.notice.grace = d->ask.grace;
	return ask_pass(view, login, ask) ? login_build(view, login, &ask->record)
					  : ERR_CREDENTIALS;
}

/* A right password says so only together with its code. */
static enum err refuse(struct errand *d, const struct ask *ask)
{
	struct login *login = d->login;
	login->refusal = words[d->ask.word].refusal;
	if (!ask->needs_code)
		login->notice.trouble = words[d->ask.word].trouble;
	return words[d->ask.word].err;
}

/* Whoever has every right has no grace. */
static enum err open_by_grace(struct errand *d, struct view *view, struct ask *ask)
{
	struct login *login = d->login;
	enum err err = login_build(view, login, &ask->record);
	if (err)
		return err;
	if (!actor_may_be_cached(&login->actor))
		return ERR_UNAVAILABLE;
	login->by_grace = ask_pass(view, login, ask);
	if (login->by_grace) {
		metric_add(METRIC_PASS_GRACE, 1);
		grace_tell(view, &login->actor, &ask->record);
	}
	return login->by_grace ? OK : ERR_CREDENTIALS;
}

/* A password that is wrong now and was right before ends the grace; others say nothing. */
static enum err weigh(struct errand *d, struct view *view, struct ask *ask, const char *stored)
{
	struct login *login = d->login;
	enum upstream_word word = d->ask.word;
	bool was_right = stored[0] && password_verify(ask->password, span_str(stored));
	if (words[word].ends_grace || (word == UPSTREAM_WRONG && was_right))
		grace_drop(view, &ask->record);
	if (word == UPSTREAM_RIGHT)
		return open(d, view, ask);
	if (word != UPSTREAM_UNAVAILABLE || !stored[0])
		return refuse(d, ask);
	if (was_right)
		return open_by_grace(d, view, ask);
	login->refusal = "the directory is not available, and the password was another";
	return ERR_CREDENTIALS;
}

static enum err settle_in(struct errand *d, struct view *view)
{
	struct ask ask = { .known = false };
	struct upstream upstream;
	char stored[PASSWORD_HASH_MAX] = "";
	arena_reset(view->scratch);
	ask_take_typed(view, span_of(d->typed, d->len), &ask);
	if (!find_again(d, view, &ask, &upstream))
		return ERR_CREDENTIALS;
	if (upstream.hours)
		grace_find(view, &ask.record, &upstream, stored);
	enum err err = weigh(d, view, &ask, stored);
	if (!err && upstream.hours && !d->login->by_grace && actor_may_be_cached(&d->login->actor))
		grace_keep(d->core, &ask.record, &upstream, ask.password);
	return err;
}

static void settle(struct hash_job *job, struct view *view)
{
	struct errand *d = (struct errand *)job;
	enum err err = view_begin(view, NULL);
	if (!err) {
		err = settle_in(d, view);
		enum err failed = txn_error(view->txn, NULL);
		view_end(view);
		err = failed ? failed : err;
	}
	end(d, err);
}

static void refused(struct hash_job *job, enum err err)
{
	end((struct errand *)job, err);
}

/* What follows reads the store, and may hash. */
static void answered(struct upstream_ask *ask)
{
	struct errand *d = (struct errand *)((uint8_t *)ask - offsetof(struct errand, ask));
	if (!hash_pool_submit(d->core->pool, &d->job))
		end(d, ERR_BUSY);
}

static struct errand *errand_new(struct core *core, struct login *login,
	const struct upstream *upstream, struct span password, struct span code)
{
	struct errand *d = heap_zalloc(sizeof *d + password.len + code.len);
	d->job = (struct hash_job){ .work = settle, .refused = refused, .tenant = login->tenant };
	d->core = core;
	d->login = login;
	d->begun = login_delays_begin();
	d->len = password.len;
	d->code = code.len;
	memcpy(d->typed, password.data, password.len);
	if (code.len)
		memcpy(d->typed + password.len, code.data, code.len);
	d->ask = (struct upstream_ask){ .tenant = login->tenant,
		.directory = upstream->directory,
		.revision = upstream->revision,
		.anchor = upstream->anchor,
		.password = span_of(d->typed, d->len),
		.word = UPSTREAM_UNAVAILABLE,
		.expires = -1,
		.grace = -1,
		.done = answered };
	return d;
}

static enum login_state ask_verifier(struct core *core, struct errand *d, enum err *err)
{
	const struct verifier *verifier = &core->verifier;
	*err = verifier->ask ? ERR_BUSY : ERR_UNAVAILABLE;
	if (verifier->ask && verifier->ask(verifier->arg, &d->ask))
		return LOGIN_PENDING;
	secret_wipe(d, sizeof *d + d->len + d->code);
	free(d);
	return LOGIN_DONE;
}

enum login_state login_ask_upstream(struct core *core, struct view *view, struct login *login,
	struct ask *ask, const struct upstream *upstream, enum err *err)
{
	struct span password = login->password, code = SPAN_NONE;
	ask_judge(view, login, ask, MEANS_UPSTREAM);
	bool open = ask->standing.open && login_build(view, login, &ask->record) == OK &&
		    (!ask->needs_code || totp_split(login->password, &password, &code));
	*err = txn_error(view->txn, NULL);
	if (*err)
		return LOGIN_DONE;
	if (!open) {
		login->refusal = ask->standing.refusal;
		return login_burn(core, login, err);
	}
	login->name = SPAN_NONE;
	return ask_verifier(core, errand_new(core, login, upstream, password, code), err);
}
