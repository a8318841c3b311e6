/* Conflicts: what a machine must not decide. When a command of a machine (a SCIM connection, a
 * directory) is refused because another authority says otherwise (ownership_int.h), has the name,
 * or because a rule keeps a person as they are, the core leaves an entry of KIND_CONFLICT that an
 * administrator settles. Types:
 *
 *   owned       another authority says the attribute's value
 *   uniqueness  another authority's person has the name or the address
 *   last_admin  nobody would be left to administer
 *   policy      the company's policy keeps the address
 *
 * One entry a (source, subject, type, attribute, offered person): what comes again is counted, once
 * a minute at most. It is open, or as an administrator left it: "ours" and "ignored" stand until
 * the source says something else, "theirs" and "link" until it is refused again. It goes by itself
 * with its cause: the subject says what the source says, lets go of the name, is deleted; the
 * source is gone.
 *
 * A refused command writes nothing: its clash becomes a note, and the writer writes the notes of a
 * group of commands at the end of its transaction. */
#ifndef CORE_CONFLICT_INT_H
#define CORE_CONFLICT_INT_H

#include "core/ownership_int.h"

enum clash_type { CLASH_OWNED, CLASH_UNIQUENESS, CLASH_LAST_ADMIN, CLASH_POLICY, CLASH_COUNT };

/* What a command ran into; in the run's arena. */
struct clash {
	enum clash_type type;
	struct uuid subject;
	enum kind kind; /* of the subject */
	enum attr attr;
	struct span ours, theirs; /* what stands and what was to stand; either may be empty */
};

void run_clash(struct run *run, enum clash_type type, const struct entry *subject, enum attr attr,
	struct span ours, struct span theirs);
/* The value is already the holder's; no clash when the same authority says both. */
void clash_over_name(struct run *run, const struct record *holder, const struct value *value);

struct conflict_note {
	struct conflict_note *next;
	uint32_t tenant;
	enum clash_type type;
	uint8_t key[32];
	struct uuid subject, source;
	struct span attribute, ours, theirs, offered;
};

/* Adds what the refused command leaves, if anything, in the arena; says so in the outcome. */
void conflict_take(
	struct run *run, struct arena *arena, enum err err, struct conflict_note **notes);
/* Prepares the deeds of a note, if there is anything to write; the run's command names the tenant.
 */
void conflict_write(struct run *run, const struct conflict_note *note);
/* Deeds that end the conflicts whose cause goes with the deeds prepared so far. */
enum err conflicts_review(struct run *run);

/* ---- one entry ---- */

bool conflict_state_is(const struct record *conflict, const char *state);
enum clash_type conflict_type(const struct record *conflict);
enum attr conflict_attr(const struct record *conflict, enum kind kind);
/* The text of a value as a conflict keeps it; empty: not to be shown. */
struct span conflict_text(struct arena *arena, enum attr attr, struct span octets);
/* A value out of its text; ERR_UNWILLING when the conflict could not keep it whole. */
enum err conflict_octets(struct run *run, enum attr attr, struct span text, struct span *octets);
/* The entry's state, with the deed of this action, or none that the audit has. */
enum err conflict_put(struct run *run, const struct record *conflict, const char *action,
	void (*change)(struct run *run, struct entry *after, const void *arg), const void *arg);

#endif
