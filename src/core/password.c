#include "core/core_int.h"

#include "base/metric.h"
#include "model/opaque.h"

/* New passwords: what the tenant asks of them, and the form in which they are stored. */

static enum err check(struct view *view, uint32_t tenant, struct span prepared,
	enum password_trouble *trouble, struct why *why)
{
	uint64_t least = policy_of(view->txn, tenant, POLICY_PASSWORD_MIN);
	if (opaque_length(prepared) < least) {
		*trouble = PASSWORD_TOO_SHORT;
		return fail(why, ERR_VALUE, attr_spelling(ATTR_PASSWORD),
			"a password has at least %u characters", (unsigned)least);
	}
	return txn_error(view->txn, why);
}

static enum err prepare(struct view *view, struct span password, struct span *prepared,
	enum password_trouble *trouble, struct why *why)
{
	if (password.len && password.len <= PASSWORD_MAX &&
		opaque_prepare(view->scratch, password, prepared) && prepared->len <= PASSWORD_MAX)
		return OK;
	*trouble = PASSWORD_INSUFFICIENT_QUALITY;
	return fail(why, ERR_VALUE, attr_spelling(ATTR_PASSWORD),
		"a password is text of 1 to %d octets without control characters", PASSWORD_MAX);
}

enum err password_make(struct view *view, uint32_t tenant, enum password_origin origin,
	struct span password, char stored[PASSWORD_STORED_MAX], enum password_trouble *trouble,
	struct why *why)
{
	struct span prepared;
	enum password_trouble ignored;
	trouble = trouble ? trouble : &ignored;
	*trouble = PASSWORD_FINE;
	arena_reset(view->scratch);
	enum err err = prepare(view, password, &prepared, trouble, why);
	if (!err && origin == PASSWORD_CHOSEN)
		err = check(view, tenant, prepared, trouble, why);
	bool scram = !err && policy_of(view->txn, tenant, POLICY_PASSWORD_SCRAM);
	if (!err)
		err = password_hash(prepared, stored, why);
	if (!err && scram) {
		char verifier[SCRAM_TEXT_MAX];
		scram_verifier_new(prepared, verifier);
		size_t len = strlen(stored);
		snprintf(stored + len, PASSWORD_STORED_MAX - len, " %s", verifier);
		secret_wipe(verifier, sizeof verifier);
	}
	return err;
}

/* ---- in the pool ---- */

struct new_hash {
	struct hash_job job;
	struct hashing *hashing;
	size_t len;
	uint8_t password[];
};

static void end(struct new_hash *n, enum err err)
{
	struct hashing *hashing = n->hashing;
	secret_wipe(n, sizeof *n + n->len);
	free(n);
	if (err)
		hashing->hash[0] = '\0';
	hashing->done(hashing, err);
}

static void work(struct hash_job *job, struct view *view)
{
	struct new_hash *n = (struct new_hash *)job;
	struct hashing *hashing = n->hashing;
	metric_add(METRIC_HASHES, 1);
	enum err err = view_begin(view, &hashing->why);
	if (!err) {
		err = password_make(view, job->tenant, PASSWORD_CHOSEN,
			span_of(n->password, n->len), hashing->hash, &hashing->trouble,
			&hashing->why);
		view_end(view);
	}
	end(n, err);
}

static void refused(struct hash_job *job, enum err err)
{
	struct new_hash *n = (struct new_hash *)job;
	end(n, fail(&n->hashing->why, err, NULL, "too many passwords are being hashed"));
}

enum err hashing_start(struct core *core, uint32_t tenant, struct hashing *hashing, struct why *why)
{
	size_t len = hashing->password.len;
	hashing->trouble = PASSWORD_FINE;
	hashing->why = (struct why){ 0 };
	if (!len || len > PASSWORD_MAX) {
		hashing->trouble = PASSWORD_INSUFFICIENT_QUALITY;
		return fail(why, ERR_VALUE, attr_spelling(ATTR_PASSWORD),
			"a password has 1 to %d octets", PASSWORD_MAX);
	}
	struct new_hash *n = heap_zalloc(sizeof *n + len);
	n->job = (struct hash_job){ .work = work, .refused = refused, .tenant = tenant };
	n->hashing = hashing;
	n->len = len;
	memcpy(n->password, hashing->password.data, len);
	if (hash_pool_submit(core->pool, &n->job))
		return OK;
	secret_wipe(n, sizeof *n + len);
	free(n);
	return fail(why, ERR_BUSY, NULL, "too many passwords are being hashed");
}
