#include "base/log.h"
#include "daemon/daemon.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DEFAULT_CONFIG "/etc/muster/musterd.yaml"

struct arguments {
	const char *config;
	bool check;
};

static void print_usage(FILE *out)
{
	fputs("musterd [--config FILE] [--check-config]\n"
	      "  --config FILE    the configuration, " DEFAULT_CONFIG " if not given\n"
	      "  --check-config   say what is wrong with it, and end\n"
	      "  --version\n",
		out);
}

/* False: end with *status. */
static bool read_arguments(int argc, char **argv, struct arguments *arguments, int *status)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "check-config", no_argument, NULL, 'k' },
		{ "version", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option;

	*status = EXIT_SUCCESS;
	while ((option = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			arguments->config = optarg;
			break;
		case 'k':
			arguments->check = true;
			break;
		case 'v':
			puts("musterd " MUSTER_VERSION);
			return false;
		default:
			print_usage(option == 'h' ? stdout : stderr);
			*status = option == 'h' ? EXIT_SUCCESS : 64;
			return false;
		}
	}
	if (optind == argc)
		return true;
	print_usage(stderr);
	*status = 64;
	return false;
}

/* A log line's value is cut: what the checkpoint states and how it is signed are two. */
static void log_checkpoint(void *arg, struct span line)
{
	struct span statement = line;

	(void)arg;
	for (size_t i = 0; i + 10 < line.len && statement.len == line.len; i++)
		if (memcmp(line.data + i, " previous=", 10) == 0)
			statement.len = i;
	log_event(LOG_LEVEL_INFO, "audit.checkpoint", L_SPAN("statement", statement),
		L_SPAN("signature", span_from(line, line.len - 128)));
}

static void log_alarm(void *arg, const struct why *why)
{
	(void)arg;
	log_event(LOG_LEVEL_ERROR, "audit.alarm", L_WHY(why));
}

static enum err open_core(struct daemon *daemon, struct why *why)
{
	const struct config *config = daemon->config;
	struct core_options options = {
		.data = config->data,
		.quota = (uint64_t)config->quota_mib << 20,
		.readers = doors_readers(config),
		.hash_threads = config->threads.hashing,
		.throttle = { .off = config->login.unthrottled,
			.failures = config->login.failures,
			.account_failures = config->login.account_failures,
			.network_failures = config->login.network_failures,
			.window = config->login.window_seconds,
			.delay = config->login.longest_delay_seconds },
		.audit = {
			.thread = true,
			.anchor = config->audit.anchor,
			.sealed = log_checkpoint,
			.alarm = log_alarm,
		},
	};

	enum err err = seal_key_load(config->seal_key_file, true, &options.key, why);
	if (err == OK)
		err = privilege_drop(config->user, why);
	if (err == OK)
		err = core_open(&options, &daemon->core, why);
	secret_wipe(&options.key, sizeof options.key);
	return err;
}

static enum err open_all(struct daemon *daemon, struct why *why)
{
	if (!secret_start())
		return fail(why, ERR_INTERNAL, NULL, "the system gives no random numbers");
	privilege_harden();
	life_prepare();
	enum err err = open_core(daemon, why);
	if (err == OK)
		err = doors_open(daemon, why);
	privilege_drop_rest();
	return err;
}

static int report(enum err err, const struct why *why)
{
	fprintf(stderr, "musterd: %s\n", why->text[0] ? why->text : err_row(err)->text);
	return err_row(err)->exit_status;
}

int main(int argc, char **argv)
{
	struct arguments arguments = { .config = DEFAULT_CONFIG };
	struct why why = { 0 };
	struct daemon daemon = { 0 };
	int status;

	if (!read_arguments(argc, argv, &arguments, &status))
		return status;
	daemon.config_path = arguments.config;
	enum err err = config_load(arguments.config, &daemon.config, &why);
	if (err != OK)
		return report(err, &why);
	if (arguments.check) {
		printf("%s: in order\n", arguments.config);
		config_free(daemon.config);
		return EXIT_SUCCESS;
	}
	log_setup(daemon.config->log.form, daemon.config->log.level);
	err = open_all(&daemon, &why);
	status = err == OK ? life_run(&daemon) : report(err, &why);
	if (daemon.core)
		core_close(daemon.core);
	config_free(daemon.config);
	return status;
}
