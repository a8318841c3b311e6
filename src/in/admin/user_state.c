#include "in/admin/user_int.h"

#include "base/clock.h"

/* Where a person stands: let in, kept out, deleted. */

static enum err modify_user(struct request *r, struct modification *mods, size_t count)
{
	struct record record;
	struct outcome outcome;

	enum err err = request_tenant(r);
	if (err == OK)
		err = request_entry(r, KIND_USER, "user", &record);
	if (err != OK)
		return err;
	const struct command command = { .type = COMMAND_MODIFY,
		.tenant = r->tenant.number,
		.kind = KIND_USER,
		.id = record.id,
		.mods = mods,
		.mod_count = count };
	return request_run(r, &command, &outcome);
}

enum err user_set(struct request *r, enum attr attr, struct span octets)
{
	const struct value value = { .attr = attr, .octets = octets };
	struct modification mod = {
		.op = PATCH_REPLACE, .attr = attr, .values = &value, .count = octets.len > 0
	};

	return modify_user(r, &mod, 1);
}

enum err admin_user_activate(struct request *r)
{
	return user_set(r, ATTR_ACTIVE, SPAN("TRUE"));
}

/* At a later date the account ends by itself. */
static enum err end_later(struct request *r, struct span date)
{
	int64_t wall;
	char text[TIME_TEXT_MAX];

	if (!time_parse_rfc3339(date, &wall))
		return fail(r->why, ERR_VALUE, "on", "a time like 2026-11-22T01:02:03Z");
	return user_set(
		r, ATTR_ACCOUNT_EXPIRES, span_of(text, time_format_generalized(wall, text)));
}

enum err admin_user_deactivate(struct request *r)
{
	struct span date = json_text(r->args, "on");
	const struct value values[] = { { .attr = ATTR_ACTIVE, .octets = SPAN("FALSE") },
		{ .attr = ATTR_STATUS_REASON, .octets = json_text(r->args, "reason") } };
	struct modification mods[2];

	if (date.len > 0)
		return end_later(r, date);
	for (size_t i = 0; i < 2; i++)
		mods[i] = (struct modification){ .op = PATCH_REPLACE,
			.attr = values[i].attr,
			.values = &values[i],
			.count = 1 };
	return modify_user(r, mods, values[1].octets.len > 0 ? 2 : 1);
}

enum err admin_user_delete(struct request *r)
{
	return request_delete(r, KIND_USER, "user");
}
