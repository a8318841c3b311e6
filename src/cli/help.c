#include "cli/cli.h"

#include <stdio.h>

const struct local_verb local_verbs[] = {
	{ "load", "FILE.ldif|FILE.jsonl [--tenant T]",
		"Create people, groups and services out of a file", run_load },
	{ "verify", "[--data DIR]", "Check every record, index and edge of the store", run_verify },
	{ "audit verify", "[--data DIR] [--anchors FILE] [--key-file FILE]",
		"Check the audit's chains and checkpoints, with the seal key each row",
		run_audit_verify },
	{ "help", "[VERB]", "Say what a verb takes", run_help },
	{ "completion", "[bash|zsh]", "Print a completion script for the shell", run_completion },
	{ NULL, NULL, NULL, NULL },
};

static bool is_local(const char *words)
{
	for (const struct local_verb *v = local_verbs; v->words; v++)
		if (strcmp(v->words, words) == 0)
			return true;
	return false;
}

static void print_arguments(const char *text)
{
	struct span rest = span_str(text);
	struct argument a;

	while (operation_next_argument(&rest, &a)) {
		const char *value = a.type == ARGUMENT_YES      ? ""
				    : a.type == ARGUMENT_SECRET ? "-file FILE|-"
				    : a.type == ARGUMENT_NUMBER ? " N"
								: " TEXT";
		if (a.placed)
			printf(" <%.*s>", SPAN_ARGS(a.name));
		else
			printf(a.required ? " --%.*s%s%s" : " [--%.*s%s]%s", SPAN_ARGS(a.name),
				value, a.type == ARGUMENT_LIST ? "..." : "");
	}
}

/* "user" begins "user create"; nothing begins every verb. */
static bool begins(const char *said, const char *words)
{
	size_t len = strlen(said);

	return len == 0 || (strncmp(words, said, len) == 0 && words[len] == ' ');
}

static int print_verbs(const char *said)
{
	int count = 0;

	for (int i = 0; i < OPERATION_COUNT; i++) {
		const char *words = operation_row((enum operation)i)->words;
		if (words && !is_local(words) && begins(said, words))
			count += printf("  %-24s %s\n", words,
					 operation_row((enum operation)i)->help) > 0;
	}
	for (const struct local_verb *v = local_verbs; v->words; v++)
		if (begins(said, v->words))
			count += printf("  %-24s %s\n", v->words, v->help) > 0;
	return count;
}

static void print_all(void)
{
	printf("muster [--socket PATH] [--json] VERB ...\n\n");
	print_verbs("");
	printf("\nmuster help VERB says what a verb takes. A secret is read from a file or, with "
	       "\"-\", from standard input.\n");
}

int run_help(const struct options *options, struct arena *arena, char **words, int count)
{
	char joined[128] = { 0 };

	(void)options;
	(void)arena;
	for (int i = 0; i < count; i++)
		snprintf(joined + strlen(joined), sizeof joined - strlen(joined), "%s%s",
			i > 0 ? " " : "", words[i]);
	for (const struct local_verb *v = local_verbs; v->words; v++)
		if (strcmp(v->words, joined) == 0) {
			printf("muster %s %s\n%s\n", v->words, v->arguments, v->help);
			return 0;
		}
	enum operation operation = operation_find(span_str(joined));
	if (operation == OPERATION_COUNT) {
		if (count > 0 && print_verbs(joined) > 0)
			return 0;
		print_all();
		return count == 0 ? 0 : err_row(ERR_NOT_FOUND)->exit_status;
	}
	printf("muster %s", joined);
	print_arguments(operation_row(operation)->arguments);
	printf("\n%s\n", operation_row(operation)->help);
	return 0;
}

/* Offers the next word of every verb that begins with what stands there, and the options of one
 * that stands there whole. */
static const char in_bash[] =
	"_muster() {\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} said=\"${COMP_WORDS[*]:1:COMP_CWORD-1}\"\n"
	"\tlocal verb rest offer=\n"
	"\tsaid=${said:+$said }\n"
	"\tfor verb in \"${!_muster_options[@]}\"; do\n"
	"\t\tif [[ $said == \"$verb \"* ]]; then\n"
	"\t\t\toffer+=\" ${_muster_options[$verb]}\"\n"
	"\t\telif [[ \"$verb \" == \"$said\"* ]]; then\n"
	"\t\t\trest=${verb#\"$said\"}\n"
	"\t\t\toffer+=\" ${rest%% *}\"\n"
	"\t\tfi\n"
	"\tdone\n"
	"\tmapfile -t COMPREPLY < <(compgen -W \"$offer\" -- \"$cur\" | sort -u)\n"
	"}\n"
	"complete -o default -F _muster muster\n";

static const char in_zsh[] = "_muster() {\n"
			     "\tlocal said=\"${(j: :)words[2,CURRENT-1]}\" verb rest\n"
			     "\tlocal -a offer\n"
			     "\tsaid=${said:+$said }\n"
			     "\tfor verb in ${(k)_muster_options}; do\n"
			     "\t\tif [[ $said == \"$verb \"* ]]; then\n"
			     "\t\t\toffer+=(${=_muster_options[$verb]})\n"
			     "\t\telif [[ \"$verb \" == \"$said\"* ]]; then\n"
			     "\t\t\trest=${verb#\"$said\"}\n"
			     "\t\t\toffer+=(${rest%% *})\n"
			     "\t\tfi\n"
			     "\tdone\n"
			     "\tcompadd -- ${(u)offer}\n"
			     "}\n"
			     "compdef _muster muster\n";

static const struct shell {
	const char *name, *head, *before, *behind, *code;
} shells[] = {
	{ "bash", "declare -A _muster_options=(\n", "[\"", "\"]=", in_bash },
	{ "zsh", "#compdef muster\ntypeset -gA _muster_options=(\n", "\"", "\" ", in_zsh },
};

static void print_options(const struct shell *shell, const char *words, const char *arguments)
{
	struct span rest = span_str(arguments);
	struct argument a;

	printf("\t%s%s%s\"", shell->before, words, shell->behind);
	while (operation_next_argument(&rest, &a))
		if (!a.placed && a.type != ARGUMENT_JSON)
			printf(" --%.*s%s", SPAN_ARGS(a.name),
				a.type == ARGUMENT_SECRET ? "-file" : "");
	printf("\"\n");
}

static void print_completion(const struct shell *shell)
{
	printf("%s", shell->head);
	for (int i = 0; i < OPERATION_COUNT; i++) {
		const struct operation_row *row = operation_row((enum operation)i);
		if (row->words && !is_local(row->words))
			print_options(shell, row->words, row->arguments);
	}
	for (const struct local_verb *v = local_verbs; v->words; v++)
		print_options(shell, v->words, "");
	printf(")\n%s", shell->code);
}

int run_completion(const struct options *options, struct arena *arena, char **words, int count)
{
	const char *name = count > 0 ? words[0] : "bash";
	struct why why = { 0 };

	(void)options;
	(void)arena;
	for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
		if (strcmp(shells[i].name, name) == 0) {
			print_completion(&shells[i]);
			return 0;
		}
	return report(fail(&why, ERR_VALUE, NULL, "\"%s\" is neither bash nor zsh", name), &why);
}
