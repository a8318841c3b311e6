#include "cli/cli.h"

#include <stdio.h>

const struct local_verb local_verbs[] = {
	{ "load", "FILE.ldif|FILE.jsonl [--tenant T]",
		"Create people, groups and services out of a file", run_load },
	{ "verify", "[--data DIR]", "Check every record, index and edge of the store", run_verify },
	{ "audit verify", "[--data DIR] [--anchors FILE] [--key-file FILE]",
		"Check the audit's chains and checkpoints, with the seal key (--key-file) each row",
		run_audit_verify },
	{ "schema", "ldif|openldap",
		"Print what a slapd with core, cosine and inetorgperson lacks of the LDAP schema",
		run_schema },
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

/* "<tenant>", "--limit N"; what is JSON is not for the command line. */
static bool next_argument(struct span *rest, struct argument *a, char *text, size_t room)
{
	static const char *const values[] = {
		[ARGUMENT_TEXT] = " TEXT",
		[ARGUMENT_LIST] = " TEXT",
		[ARGUMENT_NUMBER] = " N",
		[ARGUMENT_YES] = "",
		[ARGUMENT_SECRET] = "-file FILE|-",
		[ARGUMENT_FILE] = " FILE|-",
	};

	do
		if (!operation_next_argument(rest, a))
			return false;
	while (a->type == ARGUMENT_JSON && !a->placed);
	if (a->placed)
		snprintf(text, room, "<%.*s>", SPAN_ARGS(a->name));
	else
		snprintf(text, room, "--%.*s%s", SPAN_ARGS(a->name), values[a->type]);
	return true;
}

static void print_usage(const struct operation_row *row)
{
	struct span rest = span_str(row->arguments);
	struct argument a;
	bool options = false;
	char text[64];

	printf("muster %s", row->words);
	while (next_argument(&rest, &a, text, sizeof text)) {
		if (a.required)
			printf(" %s", text);
		options |= !a.required;
	}
	printf("%s\n%s\n", options ? " [OPTION]..." : "", row->help);
}

/* What is said of a thing that is there stays unless "=no" is. */
static bool is_edit(const struct operation_row *row)
{
	return row->method && strcmp(row->method, "PATCH") == 0;
}

static void print_operation(enum operation operation)
{
	const struct operation_row *row = operation_row(operation);
	struct span rest = span_str(row->arguments);
	struct argument a;
	char text[64];

	print_usage(row);
	if (rest.len > 0)
		putchar('\n');
	while (next_argument(&rest, &a, text, sizeof text))
		printf("  %-26s %s%s%s%s\n", text, operation_argument_help(operation, &a),
			a.type == ARGUMENT_LIST ? "; may be repeated" : "",
			a.type == ARGUMENT_YES && is_edit(row) ? "; =no ends it" : "",
			a.nullable ? "; \"\" removes it" : "");
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
		struct why why = { 0 };

		if (count > 0 && print_verbs(joined) > 0)
			return 0;
		if (count > 0)
			return report(
				fail(&why, ERR_NOT_FOUND, NULL,
					"there is no verb \"%s\"; muster help lists them", joined),
				&why);
		print_all();
		return 0;
	}
	print_operation(operation);
	return 0;
}

/* Offers the next word of every verb that begins with what stands there, and the options of one
 * that stands there whole. The options of muster itself may stand before, and "help" too. */
static const char in_bash[] =
	"_muster() {\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} said=\" ${COMP_WORDS[*]:1:COMP_CWORD-1} \"\n"
	"\tlocal verb rest offer=\n"
	"\tsaid=${said// --json / }\n"
	"\t[[ $said =~ \" --socket \"[^\\ ]*\" \" ]] && said=${said/\"${BASH_REMATCH[0]}\"/ }\n"
	"\tsaid=${said#\"${said%%[! ]*}\"}\n"
	"\t[[ -n $said ]] || offer='--json --socket'\n"
	"\tsaid=${said#help }\n"
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
			     "\tsaid=${${said:+$said }#help }\n"
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

/* "[--data DIR]" has one. */
static void print_local_options(const struct shell *shell, const struct local_verb *verb)
{
	struct span rest = span_str(verb->arguments);

	printf("\t%s%s%s\"", shell->before, verb->words, shell->behind);
	while (rest.len > 0) {
		struct span word = span_cut(&rest, ' ');

		if (span_starts(word, SPAN("[--")))
			printf(" %.*s", SPAN_ARGS(span_from(word, 1)));
	}
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
		print_local_options(shell, v);
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
