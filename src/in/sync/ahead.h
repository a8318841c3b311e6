/* What the store will hold once the run is applied: who comes and moves, who is in which group. A
 * job's own; what is given as a job is only read but for its run. */
#ifndef IN_SYNC_AHEAD_H
#define IN_SYNC_AHEAD_H

#include "in/sync/spool.h"
#include "model/record.h"

struct job;
struct sync_run;

struct bits {
	uint64_t *words;
	size_t count; /* of words */
};

/* Numbers of members: of those that are there, and of those that come with the run. */
#define MEMBER_NEW UINT32_C(0x80000000)
#define MEMBER_GROUP UINT32_C(0x40000000) /* in lists of numbers only */

/* A member as it is or shall be. */
struct member {
	uint32_t number;
	enum kind kind;
	struct uuid id;
};

struct members {
	struct member *rows;
	size_t count, capacity;
};

struct somebody {
	struct member who;
	struct uuid anchor; /* of a newcomer, as is the name */
	struct span name;
	bool refused; /* the core would not have the newcomer */
};

struct slot_map_row {
	uint64_t key[2];
	uint32_t value; /* 0: free */
};

struct slot_map {
	struct slot_map_row *rows;
	size_t capacity, count;
};

#define NO_LIST SIZE_MAX
/* Members of a group after the run: all of them, or who comes and goes. */
struct number_list {
	bool partly;
	size_t next, last; /* what changes it further, and the last of these; NO_LIST: nothing */
	size_t first, count;
	size_t gone_first, gone_count;
};

struct ahead {
	struct arena *arena;
	struct somebody *people; /* newcomers, and whoever moves to another DN */
	size_t people_count, people_capacity;
	struct slot_map dns, ids, groups;
	struct bits left; /* entry numbers that are no longer at their DN */
	struct bits gone; /* of groups */
	struct number_list *lists;
	size_t list_count, list_capacity;
	uint32_t *numbers;
	size_t number_count, number_capacity;
};

/* Members by either kind of number. */
struct crowd {
	struct bits known, fresh;
};

/* ---- touch.c ---- */
void bits_set(struct bits *bits, uint32_t i);
bool bits_has(const struct bits *bits, uint32_t i);
uint32_t bits_next(const struct bits *bits, uint32_t from); /* from on; UINT32_MAX: none */
size_t bits_count(const struct bits *bits);
void bits_clear(struct bits *bits); /* keeps the memory */
void bits_free(struct bits *bits);

/* ---- ahead.c ---- */
void ahead_reset(struct ahead *ahead);
void ahead_free(struct ahead *ahead);
/* Somebody is created, with this id, at this DN. */
void ahead_come(struct job *job, const struct uuid *anchor, enum kind kind, const struct uuid *id,
	struct span name, struct span dn);
/* An entry that is there gets this DN. */
void ahead_move(struct job *job, const struct record *record, struct span dn);
/* The core refused to create it. */
void ahead_refused(struct job *job, const struct uuid *id);
bool ahead_find(struct job *job, const struct uuid *anchor, struct member *who);
bool ahead_find_dn(struct job *job, struct span dn, struct member *who);
/* Who is here or comes, by our id; nobody who goes. */
bool ahead_find_id(struct job *job, const struct uuid *id, struct member *who);
/* Who comes, by the naming attribute. */
bool ahead_find_name(struct job *job, enum kind kind, struct span name, struct member *who);
/* NULL: was there before. */
const struct somebody *ahead_by_id(const struct sync_run *run, const struct uuid *id);
const struct somebody *ahead_newcomer(const struct sync_run *run, uint32_t number);
/* All whom the directory stands behind as members of the group; who of them comes and goes. */
void ahead_set_members(struct job *job, uint32_t group, const struct members *members);
void ahead_change_members(
	struct job *job, uint32_t group, const struct members *come, const struct members *gone);
/* The run has said something of its members before. */
bool ahead_has_changed(const struct sync_run *run, uint32_t group);
/* Adds those who are in it then; the crowds of an own group come empty. */
void ahead_members(struct job *job, uint32_t group, struct crowd *users, struct crowd *groups);
void crowd_set(struct crowd *crowd, uint32_t number);
void crowd_unset(struct crowd *crowd, uint32_t number);
bool crowd_has(const struct crowd *crowd, uint32_t number);
void crowd_add(struct crowd *to, const struct crowd *from);
bool crowd_is_empty(const struct crowd *crowd);
uint32_t crowd_next(const struct crowd *crowd, uint32_t from); /* UINT32_MAX: no more */
void crowd_clear(struct crowd *crowd);
void crowd_free(struct crowd *crowd);

#endif
