/* A person for targets that need an entry to work on. */
#ifndef TESTS_FUZZ_PERSON_H
#define TESTS_FUZZ_PERSON_H

#include "model/entry.h"

static inline struct entry *person(struct arena *arena)
{
	static const struct {
		enum attr attr;
		uint16_t instance;
		const char *text;
	} rows[] = {
		{ ATTR_USER_NAME, 0, "jane" },
		{ ATTR_COMMON_NAME, 0, "Jane D\u00f6e" },
		{ ATTR_TITLE, 0, "Boss" },
		{ ATTR_EMAIL, 0, "jane@work.example" },
		{ ATTR_EMAIL, 1, "jane@home.example" },
		{ ATTR_EMAIL_TYPE, 0, "work" },
		{ ATTR_EMAIL_TYPE, 1, "home" },
		{ ATTR_EMAIL_PRIMARY, 0, "TRUE" },
		{ ATTR_PHONE, 3, "+49 40 123" },
		{ ATTR_PHONE_TYPE, 3, "mobile" },
		{ ATTR_STREET, 0, "Main St 1" },
		{ ATTR_LOCALITY, 0, "Berlin" },
		{ ATTR_ADDRESS_TYPE, 0, "work" },
		{ ATTR_DEPARTMENT, 0, "IT" },
		{ ATTR_ACTIVE, 0, "TRUE" },
	};
	struct entry *entry = entry_new(arena, KIND_USER);

	entry->number = 7;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		entry_add(entry, rows[i].attr, rows[i].instance, 0, span_str(rows[i].text), NULL);
	return entry;
}

/* A copy of one that is made once. */
static inline struct entry *person_again(struct arena *arena)
{
	static struct entry *first;

	if (first == NULL)
		first = person(arena_new());
	return entry_copy(arena, first);
}

#endif
