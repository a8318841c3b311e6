#include "signing.h"

static void answer(struct login *login, enum err err)
{
	struct signing *attempt = login->arg;
	pthread_mutex_lock(&attempt->lock);
	attempt->err = err;
	if (attempt->order)
		attempt->place = __atomic_add_fetch(attempt->order, 1, __ATOMIC_RELAXED);
	attempt->done = true;
	pthread_cond_signal(&attempt->wake);
	pthread_mutex_unlock(&attempt->lock);
}

void begin_as(struct fixture *f, struct signing *attempt, struct ref ref, const char *password,
	const struct login *like)
{
	int *order = attempt->order;
	memset(attempt, 0, sizeof *attempt);
	attempt->order = order;
	pthread_mutex_init(&attempt->lock, NULL);
	pthread_cond_init(&attempt->wake, NULL);
	attempt->login = (struct login){ .tenant = ref.tenant,
		.kind = ref.kind,
		.number = ref.number,
		.password = span_str(password),
		.address = like && like->address ? like->address : "192.0.2.1",
		.client = like ? like->client : 0,
		.is_old = like && like->is_old,
		.name = like ? like->name : SPAN_NONE,
		.channel = CHANNEL_LDAP,
		.done = answer,
		.arg = attempt };
	attempt->immediate =
		login_start(f->core, f->view, &attempt->login, &attempt->err) == LOGIN_DONE;
}

void begin(struct fixture *f, struct signing *attempt, struct ref ref, const char *password)
{
	begin_as(f, attempt, ref, password, NULL);
}

enum err wait_for(struct signing *attempt)
{
	pthread_mutex_lock(&attempt->lock);
	while (!attempt->immediate && !attempt->done)
		pthread_cond_wait(&attempt->wake, &attempt->lock);
	pthread_mutex_unlock(&attempt->lock);
	return attempt->err;
}

bool is_done(struct signing *attempt)
{
	pthread_mutex_lock(&attempt->lock);
	bool done = attempt->done;
	pthread_mutex_unlock(&attempt->lock);
	return done;
}

enum err sign_in(struct fixture *f, struct ref ref, const char *password, bool *immediate)
{
	struct signing attempt = { 0 };
	look(f);
	begin(f, &attempt, ref, password);
	enum err err = wait_for(&attempt);
	if (immediate)
		*immediate = attempt.immediate;
	return err;
}

void set_password(struct fixture *f, struct ref ref, const char *password)
{
	char hash[PASSWORD_HASH_MAX];
	assert_int_equal(password_hash(span_str(password), hash, NULL), OK);
	assert_err(modify(f, &f->operator, ref, PATCH_REPLACE, ATTR_PASSWORD, hash), OK);
}
