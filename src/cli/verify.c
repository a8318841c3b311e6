#include "cli/cli.h"

#include "base/secret.h"
#include "store/store.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

struct wishes {
	const char *data, *anchors, *key_file;
	struct audit_trust trust;
};

typedef enum err (*verifier)(const struct wishes *wishes,
	void (*report)(void *arg, const char *sentence), void *arg, struct why *why);

static enum err verify_store(const struct wishes *wishes,
	void (*tell)(void *arg, const char *sentence), void *arg, struct why *why)
{
	return store_verify(wishes->data, tell, arg, why);
}

static enum err verify_audit(const struct wishes *wishes,
	void (*tell)(void *arg, const char *sentence), void *arg, struct why *why)
{
	return store_verify_audit(wishes->data, &wishes->trust, tell, arg, why);
}

static void print_fault(void *arg, const char *sentence)
{
	unsigned *faults = arg;

	++*faults;
	printf("%s\n", sentence);
}

static int verify_here(verifier verify, const struct wishes *wishes)
{
	struct why why = { 0 };
	unsigned faults = 0;

	enum err err = verify(wishes, print_fault, &faults, &why);
	if (err == OK)
		printf("%s: no fault found\n", wishes->data);
	else if (faults > 0)
		printf("%u faults\n", faults);
	fflush(stdout);
	return report(err, &why);
}

/* A damaged file can end the process that reads it (the map is trusted); a child may die. */
static int verify_in_child(verifier verify, const struct wishes *wishes)
{
	struct why why = { 0 };
	int status;

	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0)
		_exit(verify_here(verify, wishes));
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return report(fail(&why, ERR_INTERNAL, NULL, "no process for it: %m"), &why);
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return report(
		fail(&why, ERR_CORRUPT, NULL, "reading %s ended by signal %d: the file is damaged",
			wishes->data, WTERMSIG(status)),
		&why);
}

int run_verify(const struct options *options, struct arena *arena, char **words, int count)
{
	struct wishes wishes = { .data = options->data };
	struct why why = { 0 };

	(void)arena;
	if (count == 2 && strcmp(words[0], "--data") == 0)
		wishes.data = words[1];
	else if (count != 0)
		return report(fail(&why, ERR_VALUE, NULL, "it takes --data DIR only"), &why);
	return verify_in_child(verify_store, &wishes);
}

/* ---- the audit alone ---- */

static enum err read_wish(
	struct wishes *wishes, const char *name, const char *value, struct why *why)
{
	const struct {
		const char *name;
		const char **place;
	} rows[] = {
		{ "--data", &wishes->data },
		{ "--anchors", &wishes->anchors },
		{ "--key-file", &wishes->key_file },
	};

	for (size_t i = 0; value && i < sizeof rows / sizeof *rows; i++)
		if (strcmp(name, rows[i].name) == 0) {
			*rows[i].place = value;
			return OK;
		}
	return fail(why, ERR_VALUE, NULL, "it takes --data DIR, --anchors FILE, --key-file FILE");
}

/* The seal key is what both the checkpoints' key and the tags' come from. */
static enum err read_key(struct wishes *wishes, struct why *why)
{
	struct sign_key sign_key;
	struct seal_key key;

	if (!wishes->key_file)
		return OK;
	enum err err = seal_key_load(wishes->key_file, false, &key, why);
	if (err != OK)
		return err;
	sign_key_derive(&key, CHECKPOINT_PURPOSE, &sign_key);
	memcpy(wishes->trust.public, sign_key.public, sizeof wishes->trust.public);
	key_derive(&key, AUDIT_TAG_PURPOSE, wishes->trust.tag_key);
	wishes->trust.has_public = wishes->trust.has_tag_key = true;
	secret_wipe(&sign_key, sizeof sign_key);
	secret_wipe(&key, sizeof key);
	return OK;
}

/* Anchors that lie where the daemon puts them unless told otherwise are looked at unasked. */
static void find_anchors(struct wishes *wishes, struct arena *arena)
{
	const char *usual = arena_printf(arena, "%s/" ANCHOR_FILE, wishes->data);

	if (!wishes->anchors && access(usual, R_OK) == 0)
		wishes->anchors = usual;
	wishes->trust.anchors = wishes->anchors;
}

int run_audit_verify(const struct options *options, struct arena *arena, char **words, int count)
{
	struct wishes wishes = { .data = options->data };
	struct why why = { 0 };
	enum err err = OK;

	for (int i = 0; err == OK && i < count; i += 2)
		err = read_wish(&wishes, words[i], i + 1 < count ? words[i + 1] : NULL, &why);
	if (err == OK)
		err = read_key(&wishes, &why);
	if (err != OK)
		return report(err, &why);
	find_anchors(&wishes, arena);
	int status = verify_in_child(verify_audit, &wishes);
	secret_wipe(&wishes, sizeof wishes);
	return status;
}
