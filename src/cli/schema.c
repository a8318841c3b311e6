#include "cli/cli.h"
#include "wire/ldap_schema.h"

#include <stdio.h>

/* Far above the longest definition. */
#define DEFINITION_MAX (16 * 1024)

/* How the parts are named: in a slapd.conf, and in the LDIF of cn=config. */
static const struct form {
	const char *word, *head, *attribute, *object_class;
} forms[] = {
	{ "openldap", "", "attributetype ", "objectclass " },
	{ "ldif",
		"dn: cn=muster,cn=schema,cn=config\n"
		"objectClass: olcSchemaConfig\n"
		"cn: muster\n",
		"olcAttributeTypes: ", "olcObjectClasses: " },
};

static void print_part(enum schema_part part, const char *name)
{
	struct buffer text;

	buffer_init(&text, DEFINITION_MAX);
	for (size_t n = 0; schema_definition(part, SCHEMA_OURS, n, &text); n++) {
		if (text.len > 0)
			printf("%s%.*s\n", name, SPAN_ARGS(buffer_span(&text)));
		buffer_reset(&text);
	}
	buffer_free(&text);
}

int run_schema(const struct options *options, struct arena *arena, char **words, int count)
{
	struct why why = { 0 };

	(void)options;
	(void)arena;
	for (size_t i = 0; count == 1 && i < sizeof forms / sizeof *forms; i++) {
		if (strcmp(words[0], forms[i].word) != 0)
			continue;
		fputs(forms[i].head, stdout);
		print_part(SCHEMA_ATTRIBUTES, forms[i].attribute);
		print_part(SCHEMA_CLASSES, forms[i].object_class);
		return 0;
	}
	return report(
		fail(&why, ERR_VALUE, NULL, "the schema is printed as ldif or openldap"), &why);
}
