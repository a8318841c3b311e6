#include "core/audit.h"
#include "in/admin/admin_int.h"

#include <stdlib.h>

/* What an installation knows of one person, whichever companies they work for: only operators ask,
 * and each answer leaves a row in the company's audit and in the realm's. */

#define SUBJECTS_MAX 1000
#define ROWS_MAX 1000

/* ---- find ---- */

static struct filter *wanted(struct request *r, struct span text)
{
	static const enum attr attrs[] = { ATTR_EMAIL, ATTR_USER_NAME, ATTR_EXTERNAL_ID,
		ATTR_DISPLAY_NAME, ATTR_COMMON_NAME, ATTR_LAST_NAME, ATTR_LAST_USER_NAME };
	size_t count = sizeof attrs / sizeof *attrs;
	struct filter **parts = arena_array(r->arena, count, sizeof *parts);

	for (size_t i = 0; i < count; i++)
		parts[i] = filter_leaf(r->arena, FILTER_EQUAL, attrs[i], text);
	return filter_branch(r->arena, FILTER_OR, parts, count);
}

static void put_subject(
	struct request *r, const struct tenant_info *tenant, const struct record *person)
{
	bool gone = person->kind == KIND_TOMBSTONE;

	json_begin_object(r->out);
	json_text_member(r->out, "tenant", tenant->name);
	json_text_member(
		r->out, "user", record_first(person, gone ? ATTR_LAST_USER_NAME : ATTR_USER_NAME));
	json_text_member(
		r->out, "name", record_first(person, gone ? ATTR_LAST_NAME : ATTR_DISPLAY_NAME));
	json_text_member(r->out, "email", record_first(person, ATTR_EMAIL));
	show_uuid(r, "id", &person->id);
	json_bool_member(r->out, "deleted", gone);
	json_end_object(r->out);
	r->total++;
}

static bool is_person(const struct record *record)
{
	return record->kind == KIND_USER || record->kind == KIND_TOMBSTONE;
}

static enum err find_in(struct request *r, const struct tenant_info *tenant, struct filter *filter)
{
	struct actor reader;
	struct span text = json_text(r->args, "text");
	struct search_spec spec = { .actor = &reader,
		.tenant = tenant->number,
		.kinds = 1u << KIND_USER | 1u << KIND_TOMBSTONE,
		.filter = filter };
	unsigned budget = UINT32_MAX;
	struct search *search;
	struct record record;
	struct uuid id;

	if (uuid_parse(text, &id)) {
		if (view_by_id(r->view, tenant->number, &id, &record) && is_person(&record))
			put_subject(r, tenant, &record);
		return OK;
	}
	/* The dispatcher asked for the permission, which is over all tenants. */
	actor_system(&reader, r->actor.channel);
	enum err err = search_open(r->view, r->arena, &spec, &search, r->why);
	if (err != OK)
		return err;
	while (r->total < SUBJECTS_MAX && search_next(search, &budget, &record) == STEP_FOUND) {
		put_subject(r, tenant, &record);
		budget = UINT32_MAX;
	}
	search_close(search);
	return OK;
}

static enum err disclose(
	struct request *r, uint32_t tenant, enum kind kind, const struct uuid *person)
{
	struct outcome outcome;
	struct command command = { .type = COMMAND_DISCLOSE,
		.tenant = tenant,
		.kind = kind,
		.reason = json_text(r->args, "reason"),
		.reference = json_text(r->args, "reference") };

	if (person)
		command.id = *person;
	return request_run(r, &command, &outcome);
}

enum err admin_data_request_find(struct request *r)
{
	struct filter *filter = wanted(r, json_text(r->args, "text"));
	struct tenant_info tenant;

	enum err err = disclose(r, 0, KIND_USER, NULL);
	if (err == OK)
		err = request_read(r);
	if (err != OK)
		return err;
	json_begin_array(r->out);
	for (uint32_t least = 1; err == OK && view_next_tenant(r->view, least, &tenant);
		least = tenant.number + 1)
		err = find_in(r, &tenant, filter);
	json_end_array(r->out);
	if (err == OK && r->total >= SUBJECTS_MAX)
		err = fail(r->why, ERR_TOO_MANY, "text", "more than %d people; ask more closely",
			SUBJECTS_MAX);
	return err;
}

/* ---- export ---- */

static void put_membership(struct request *r, enum kind kind, uint32_t number, uint32_t person)
{
	struct record container;
	struct edge edge;

	if (!view_entry(r->view, r->tenant.number, kind, number, &container) ||
		!view_edge(r->view, r->tenant.number, number, person, &edge))
		return;
	json_begin_object(r->out);
	json_string_member(r->out, "kind", kind_row(kind)->word);
	json_text_member(r->out, "name", record_first(&container, ATTR_COMMON_NAME));
	show_uuid(r, "id", &container.id);
	show_time(r, "since", edge.since);
	json_end_object(r->out);
}

static void put_memberships(struct request *r, const struct record *person)
{
	enum kind kind;
	uint32_t number;
	struct container_walk *walk =
		view_containers(r->view, r->arena, r->tenant.number, person->number, UINT32_MAX);

	json_name(r->out, "memberships");
	json_begin_array(r->out);
	while (container_walk_next(walk, &kind, &number))
		put_membership(r, kind, number, person->number);
	container_walk_close(walk);
	json_end_array(r->out);
}

/* As the company itself would see them, by whom it was not entered to see more. */
static enum err put_audit(struct request *r, const struct uuid *person, uint64_t *next)
{
	const struct actor reader = { .type = ACTOR_CLIENT,
		.tenant = r->tenant.number,
		.permissions = UINT64_C(1) << PERM_AUDIT_VIEW };
	const struct audit_spec spec = { .tenant = r->tenant.number,
		.oldest_first = true,
		.after = (uint64_t)json_number(r->args, "after", 0),
		.has_target = true,
		.target = *person };
	unsigned budget = UINT32_MAX, rows = 0;
	struct audit_search *search;
	struct audit_entry entry;

	enum err err = audit_open(r->view, r->arena, &reader, &spec, &search, r->why);
	if (err != OK)
		return err;
	json_name(r->out, "audit");
	json_begin_array(r->out);
	while (rows < ROWS_MAX && audit_next(search, &budget, &entry) == STEP_FOUND) {
		json_put_raw(r->out, entry.json);
		rows++;
	}
	json_end_array(r->out);
	*next = rows == ROWS_MAX ? audit_position(search) : 0;
	return OK;
}

static void put_activity(struct request *r, const struct record *person)
{
	struct activity_spec spec = { .tenant = r->tenant.number, .number = person->number };
	struct activity_entry entry;

	json_name(r->out, "activity");
	json_begin_array(r->out);
	for (unsigned i = 0; i < ROWS_MAX && view_activity(r->view, &spec, &entry); i++) {
		json_begin_object(r->out);
		json_string_member(r->out, "event", entry.event);
		json_string_member(r->out, "channel", channel_name(entry.channel));
		json_integer_member(r->out, "count", entry.count);
		show_time(r, "first", entry.first);
		show_time(r, "last", entry.last);
		json_text_member(r->out, "address", entry.address);
		json_end_object(r->out);
	}
	json_end_array(r->out);
}

static enum err put_bundle(struct request *r, const struct record *person)
{
	uint64_t next = 0;

	json_begin_object(r->out);
	json_text_member(r->out, "tenant", r->tenant.name);
	json_name(r->out, "subject");
	json_begin_object(r->out);
	show_values(r, person);
	json_end_object(r->out);
	put_memberships(r, person);
	enum err err = put_audit(r, &person->id, &next);
	if (err != OK)
		return err;
	put_activity(r, person);
	json_name(r->out, "after");
	if (next)
		json_put_integer(r->out, (int64_t)next);
	else
		json_put_null(r->out);
	json_end_object(r->out);
	return OK;
}

/* By name or id; somebody who was deleted, by the id that stays. */
static enum err find_person(struct request *r, struct record *person)
{
	struct uuid id;

	if (uuid_parse(json_text(r->args, "user"), &id) &&
		view_by_id(r->view, r->tenant.number, &id, person) && is_person(person))
		return OK;
	return request_entry(r, KIND_USER, "user", person);
}

enum err admin_data_request_export(struct request *r)
{
	struct record person;

	enum err err = request_tenant(r);
	if (err == OK && r->tenant.number == 0)
		err = fail(r->why, ERR_NOT_FOUND, "tenant", "there is no such tenant");
	if (err == OK)
		err = find_person(r, &person);
	if (err != OK)
		return err;
	struct uuid id = person.id;
	err = disclose(r, r->tenant.number, person.kind, &id);
	if (err == OK)
		err = request_read(r);
	if (err != OK)
		return err;
	if (!view_by_id(r->view, r->tenant.number, &id, &person))
		return fail(r->why, ERR_NOT_FOUND, "user", "there is no such user");
	return put_bundle(r, &person);
}
