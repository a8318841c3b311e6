/* Why something waits, and what was found, as codes with values (because.def), so that each reader
 * has it in their own language: this says it in English. It is kept, sent and stored as a line,
 * "code n#30 attribute=job+title; code ...", that only these functions read. */
#ifndef MODEL_BECAUSE_H
#define MODEL_BECAUSE_H

#include "base/arena.h"
#include "base/buffer.h"

enum because_code {
#define BECAUSE(id, code, english) BECAUSE_##id,
#include "because.def"
#undef BECAUSE
	BECAUSES
};

#define BECAUSE_MAX 400 /* octets of a line with its end */

struct because {
	char line[BECAUSE_MAX]; /* "": nothing is said */
};

struct because_value {
	const char *name;
	const char *text; /* NULL: the number */
	int64_t number;
};
#define BECAUSE_NUMBER(named, value)                                                               \
	{                                                                                          \
		.name = (named), .number = (int64_t)(value)                                        \
	}
#define BECAUSE_TEXT(named, value)                                                                 \
	{                                                                                          \
		.name = (named), .text = (value)                                                   \
	}
#define BECAUSE_WITH(...) ((const struct because_value[BECAUSE_MOST]){ __VA_ARGS__ })
#define BECAUSE_MOST 6 /* values of one code */

/* Behind what it says already. The values up to the first without a name, NULL: none; a text that
 * has no room is cut between two characters. */
void because_add(
	struct because *because, enum because_code code, const struct because_value *values);

/* One code of a line, and one value of it. */
struct because_part {
	struct span code; /* one that a newer version has stored may mean nothing here */
	struct span values;
};
struct because_found {
	char name[24], text[BECAUSE_MAX];
	bool is_number;
	int64_t number;
};
/* From the front of *line, or of the part's values, which moves behind it; false at the end. */
bool because_next(struct span *line, struct because_part *part);
bool because_next_value(struct because_part *part, struct because_found *found);

/* The sentences of a line, one behind the other. */
const char *because_text(struct arena *arena, struct span line);

#endif
