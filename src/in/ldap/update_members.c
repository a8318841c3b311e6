/* Members are added and taken away one by one, whatever else the group holds: what is said of each
 * is kept in a list that becomes one command. */
#include "in/ldap/update_int.h"

#include <stdlib.h>

static int by_number(const void *left, const void *right)
{
	const struct draft_member *a = left, *b = right;

	return a->number < b->number ? -1 : a->number > b->number;
}

/* The place of the member in the sorted list, or of the first behind it. */
static size_t place_of(const struct draft *draft, uint32_t number)
{
	size_t low = 0, high = draft->member_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (draft->members[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static const struct draft_member *said_of(const struct draft *draft, uint32_t number)
{
	size_t at = place_of(draft, number);
	bool there = at < draft->member_count && draft->members[at].number == number;

	return there ? &draft->members[at] : NULL;
}

static bool is_member(const struct draft *draft, uint32_t number)
{
	const struct draft_member *said = said_of(draft, number);
	struct edge edge;

	if (said || draft->members_replaced || !draft->record)
		return said && !said->remove;
	return view_edge(draft->view, draft->record->tenant, draft->record->number, number, &edge);
}

static bool has_members(const struct draft *draft)
{
	for (size_t i = 0; i < draft->member_count; i++)
		if (!draft->members[i].remove)
			return true;
	if (draft->members_replaced || !draft->record)
		return false;
	return view_member_count(draft->view, draft->record->tenant, draft->record->number) >
	       draft->member_count;
}

/* ---- one change ---- */

struct named { /* the values of a change, found */
	struct draft_member *members;
	size_t count;
};

static int find_one(struct draft *draft, size_t n, struct span raw, struct draft_member *member)
{
	struct update *update = draft->update;
	struct record record;
	struct dn dn;

	if (dn_parse(update->conn->shard->turn, raw, &dn, NULL) != OK)
		return update_refuse(
			update, RESULT_INVALID_SYNTAX, "member", "value #%zu is not a DN", n);
	if (!target_resolve(update->conn, draft->view, raw, &record))
		return RESULT_NO_SUCH_OBJECT;
	*member = (struct draft_member){ record.id, record.number, record.kind, false };
	return RESULT_SUCCESS;
}

static int refuse_missing(struct draft *draft, const struct ldap_change *change, size_t n)
{
	if (change->op == CHANGE_DELETE)
		return update_refuse(draft->update, RESULT_NO_SUCH_ATTRIBUTE, "member",
			"value #%zu: no such value", n);
	return update_refuse(draft->update, RESULT_CONSTRAINT, "member",
		"value #%zu: there is no such entry", n);
}

static bool is_permissive(const struct draft *draft)
{
	return controls_have(&draft->update->controls, CONTROL_PERMISSIVE);
}

/* In the order of their numbers, each once. */
static int find_all(struct draft *draft, const struct ldap_change *change, struct named *named)
{
	struct update *update = draft->update;

	named->members = arena_array(update->attempt, change->count, sizeof *named->members);
	named->count = 0;
	for (size_t i = 0; i < change->count; i++) {
		int code = find_one(draft, i, change->values[i], &named->members[named->count]);

		if (code == RESULT_NO_SUCH_OBJECT && change->op == CHANGE_DELETE &&
			is_permissive(draft))
			continue;
		if (code == RESULT_NO_SUCH_OBJECT)
			return refuse_missing(draft, change, i);
		if (code != RESULT_SUCCESS)
			return code;
		named->count++;
	}
	qsort(named->members, named->count, sizeof *named->members, by_number);
	for (size_t i = 1; i < named->count; i++)
		if (named->members[i].number == named->members[i - 1].number)
			return update_refuse(update,
				change->op == CHANGE_DELETE ? RESULT_NO_SUCH_ATTRIBUTE
							    : RESULT_VALUE_EXISTS,
				"member", "a value is provided more than once");
	return RESULT_SUCCESS;
}

/* Both lists are sorted: what is said now counts. */
static void merge(struct draft *draft, const struct named *named, bool remove)
{
	struct draft_member *merged = arena_array(
		draft->update->attempt, draft->member_count + named->count, sizeof *merged);
	size_t count = 0, i = 0, j = 0;

	while (i < draft->member_count || j < named->count) {
		bool old = j == named->count ||
			   (i < draft->member_count &&
				   draft->members[i].number < named->members[j].number);

		if (!old && i < draft->member_count &&
			draft->members[i].number == named->members[j].number)
			i++;
		merged[count] = old ? draft->members[i++] : named->members[j++];
		if (!old)
			merged[count].remove = remove;
		count++;
	}
	draft->members = merged;
	draft->member_count = count;
}

/* Those that are as they shall be are left out where that is allowed, else refused. */
static int check_present(struct draft *draft, struct named *named, bool remove)
{
	size_t kept = 0;

	for (size_t i = 0; i < named->count; i++) {
		const struct draft_member member = named->members[i];

		if (is_member(draft, member.number) == remove)
			named->members[kept++] = member;
		else if (!is_permissive(draft))
			return update_refuse(draft->update,
				remove ? RESULT_NO_SUCH_ATTRIBUTE : RESULT_VALUE_EXISTS, "member",
				remove ? "no such value" : "a value already exists");
	}
	named->count = kept;
	return RESULT_SUCCESS;
}

static void clear(struct draft *draft)
{
	draft->members_replaced = true;
	draft->member_count = 0;
}

int draft_members(struct draft *draft, const struct ldap_change *change)
{
	struct named named;
	int code = find_all(draft, change, &named);

	if (code != RESULT_SUCCESS)
		return code;
	if (change->op == CHANGE_INCREMENT)
		return update_refuse(
			draft->update, RESULT_CONSTRAINT, "member", "it is not a number");
	if (change->op == CHANGE_DELETE && change->count == 0 && !has_members(draft) &&
		!is_permissive(draft))
		return update_refuse(
			draft->update, RESULT_NO_SUCH_ATTRIBUTE, "member", "no such attribute");
	if (change->op == CHANGE_REPLACE || (change->op == CHANGE_DELETE && change->count == 0))
		clear(draft);
	else
		code = check_present(draft, &named, change->op == CHANGE_DELETE);
	if (code == RESULT_SUCCESS)
		merge(draft, &named, change->op == CHANGE_DELETE);
	return code;
}
