/* Columns of a CSV file of people: what an export writes and an import reads, in the order of the
 * tenant's policy csv.layout. A cell that holds several values has ";" between them. */
#ifndef MODEL_COLUMN_H
#define MODEL_COLUMN_H

#include "model/kind.h"
#include "model/policy.h"

#define COLUMNS_MAX 32

enum column_form {
	COLUMN_TEXT,
	COLUMN_YESNO,      /* "1", "0" */
	COLUMN_PERSON,     /* a user name or address */
	COLUMN_CONTAINERS, /* names of roles or scopes */
	COLUMN_APPS,       /* values of apps */
};

struct column {
	const char *name;
	enum column_form form;
	enum attr attr; /* ATTR_NONE of containers */
	enum kind kind; /* of containers, else KIND_NONE */
	/* A new person has it: always, or when that policy is on (POLICY_COUNT: none). */
	bool needed;
	enum policy policy;
	/* Why a row is refused: the cell is blank, holds what cannot be, names what is not there.
	 */
	const char *blank, *malformed, *unknown;
};

/* Returns how many there are; `settings` may be NULL. */
size_t column_layout(const struct record *settings, const struct column *columns[COLUMNS_MAX]);
bool column_is_needed(const struct column *column, const struct record *settings);

#endif
