#include "cli/cli.h"
#include "store/store.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

typedef enum err (*verifier)(const char *path, void (*report)(void *arg, const char *sentence),
	void *arg, struct why *why);

static void print_fault(void *arg, const char *sentence)
{
	unsigned *faults = arg;

	++*faults;
	printf("%s\n", sentence);
}

static int verify_here(verifier verify, const char *data)
{
	struct why why = { 0 };
	unsigned faults = 0;

	enum err err = verify(data, print_fault, &faults, &why);
	if (err == OK)
		printf("%s: no fault found\n", data);
	else if (faults > 0)
		printf("%u faults\n", faults);
	fflush(stdout);
	return report(err, &why);
}

/* A damaged file can end the process that reads it (the map is trusted); a child may die. */
static int verify_in_child(verifier verify, const char *data)
{
	struct why why = { 0 };
	int status;

	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0)
		_exit(verify_here(verify, data));
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return report(fail(&why, ERR_INTERNAL, NULL, "no process for it: %m"), &why);
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return report(
		fail(&why, ERR_CORRUPT, NULL, "reading %s ended by signal %d: the file is damaged",
			data, WTERMSIG(status)),
		&why);
}

static int run(const struct options *options, verifier verify, char **words, int count)
{
	const char *data = options->data;
	struct why why = { 0 };

	if (count == 2 && strcmp(words[0], "--data") == 0)
		data = words[1];
	else if (count != 0)
		return report(fail(&why, ERR_VALUE, NULL, "it takes --data DIR only"), &why);
	return verify_in_child(verify, data);
}

int run_verify(const struct options *options, struct arena *arena, char **words, int count)
{
	(void)arena;
	return run(options, store_verify, words, count);
}

int run_audit_verify(const struct options *options, struct arena *arena, char **words, int count)
{
	(void)arena;
	return run(options, store_verify_audit, words, count);
}
