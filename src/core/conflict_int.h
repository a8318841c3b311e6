/* How conflicts (core/conflict.h) come and go. When a command of a machine (a SCIM connection, a
 * directory) is refused because another authority says otherwise (ownership_int.h), has the name,
 * or because a rule keeps a person as they are, the core leaves an entry of KIND_CONFLICT. What no
 * refused command tells of, a directory reports (COMMAND_REPORT).
 *
 * One entry a (source, subject, type, attribute, offered person), or, of an upstream entry that its
 * anchor names, a (source, anchor, type, attribute): what comes again is counted, once a minute at
 * most. It is open, answered, or closed, because its cause went by itself. "keep-local" and
 * "ignored" stand until the source says something else, of an upstream entry "ignored" stands for
 * good; any other answer until it comes again. Its cause goes when the subject says what the source
 * says, lets go of the name, is deleted; when the upstream entry is somebody here; when the source
 * is gone. Closed and answered ones make room for others.
 *
 * A refused command writes nothing: its clash becomes a note, and the writer writes the notes of a
 * group of commands at the end of its transaction. */
#ifndef CORE_CONFLICT_INT_H
#define CORE_CONFLICT_INT_H

#include "core/conflict.h"
#include "core/ownership_int.h"

/* What a command ran into; in the run's arena. */
struct clash {
	enum conflict_type type;
	struct uuid subject;
	enum kind kind; /* of the subject */
	enum attr attr;
	struct span ours, theirs; /* what stands and what was to stand; either may be empty */
};

void run_clash(struct run *run, enum conflict_type type, const struct entry *subject,
	enum attr attr, struct span ours, struct span theirs);
/* The value is already the holder's. No clash when the same connection says both. */
void clash_over_name(struct run *run, const struct record *holder, const struct value *value);

struct conflict_note {
	struct conflict_note *next;
	uint32_t tenant;
	enum conflict_type type;
	uint8_t key[32];
	struct uuid subject, source; /* subject nil: nobody here */
	struct span anchor;          /* as a LINK; empty: about no upstream entry */
	struct span attribute, ours, theirs, offered, dn, base;
	const struct span *facts, *candidates; /* as they are stored */
	size_t fact_count, candidate_count;
};

/* Makes the key out of all the rest; ATTR_NONE: `attribute` is no attribute. */
void conflict_make_key(struct conflict_note *note, enum attr attr);
/* Adds what the refused command leaves, if anything, in the arena; says so in the outcome. */
void conflict_take(
	struct run *run, struct arena *arena, enum err err, struct conflict_note **notes);
/* Prepares the deeds of a note, if there is anything to write; the run's command names the tenant.
 * False: there is no room for another. */
bool conflict_write(struct run *run, const struct conflict_note *note);
/* Deeds that end the conflicts whose cause goes with the deeds prepared so far. */
enum err conflicts_review(struct run *run);
/* The deed of a conflict that ends by itself; nothing that was said of the person is kept. */
enum err conflict_close(struct run *run, const struct record *conflict, const char *cause);

/* The source is to look again at the upstream entry, if the conflict is about one. */
void conflict_mark(struct run *run, const struct record *conflict);

/* ---- one entry ---- */

bool conflict_state_is(const struct record *conflict, const char *state);
enum conflict_type conflict_type_of(const struct record *conflict);
enum attr conflict_attr(const struct record *conflict, enum kind kind);
struct uuid conflict_source(const struct record *conflict);
/* The text of a value as a conflict keeps it; empty: not to be shown. */
struct span conflict_text(struct arena *arena, enum attr attr, struct span octets);
/* The values of the attribute, and those that the source said last, whether they stand or not: what
 * both sides last agreed on. In the arena; empty: there are none, or none to be shown. */
struct span conflict_standing(struct arena *arena, const struct record *record, enum attr attr);
struct span conflict_base(
	struct arena *arena, const struct record *record, uint16_t source, enum attr attr);
/* A value out of its text; ERR_UNWILLING when the conflict could not keep it whole. */
enum err conflict_octets(struct run *run, enum attr attr, struct span text, struct span *octets);
/* The entry's state, with the deed of this action, or none that the audit has. */
enum err conflict_put(struct run *run, const struct record *conflict, const char *action,
	void (*change)(struct run *run, struct entry *after, const void *arg), const void *arg);

#endif
