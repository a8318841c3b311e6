#include "core/permission.h"
#include "in/sync/sync_int.h"

_Static_assert(SYNC_GRANTS_MAX == TARGETS_MAX, "each row of the mapping has its own");

static struct span group_name(
	struct view *view, uint32_t tenant, struct span link, struct span otherwise)
{
	struct record group;

	return view_by_value(view, tenant, KIND_GROUP, ATTR_LINK, link, &group)
		       ? record_first(&group, ATTR_COMMON_NAME)
		       : otherwise;
}

static bool is_approved(const struct settings *settings, const struct sync_grant *row)
{
	const struct grant asked = { row->anchor, row->target, row->power };

	for (size_t i = 0; i < settings->approved_count; i++)
		if (grant_covers(&settings->approved[i], &asked))
			return true;
	return row->power == 0;
}

/* What the last run found, but for what can be seen now. */
static enum pin_state state_of(
	const struct settings *settings, const struct pin *pin, const struct sync_grant *row)
{
	if (pin->state == PIN_UNSEEN || pin->state == PIN_GONE)
		return pin->state;
	if (uuid_is_nil(&row->target))
		return PIN_MISSING;
	return is_approved(settings, row) ? PIN_GIVES : PIN_WAITS;
}

static void show(struct view *view, struct arena *arena, const struct settings *settings,
	uint32_t tenant, size_t i, const struct pin *pin, struct sync_grant *row)
{
	const struct target *target = &settings->targets[i];
	struct record container;

	*row = (struct sync_grant){ .row = target->text,
		.what = span_str(arena_printf(
			arena, "%s:%.*s", kind_row(target->kind)->word, SPAN_ARGS(target->name))),
		.anchor = pin->anchor,
		.kept = pin->kept,
		.people = pin->people };
	row->group = group_name(
		view, tenant, link_value(arena, settings->source, &pin->anchor), target->group);
	if (view_by_name(view, arena, tenant, target->kind, target->name, &container) &&
		(target->kind != KIND_GROUP || !record_has(&container, ATTR_LINK))) {
		row->target = container.id;
		row->power = target->kind == KIND_ROLE ? role_power(&container) : 0;
	}
	row->state = pin_state_name(state_of(settings, pin, row));
}

enum err sync_grants(struct view *view, struct arena *arena, const struct record *directory,
	struct sync_grant *rows, size_t *count, struct why *why)
{
	struct settings *settings = arena_zalloc(arena, sizeof(*settings));
	struct pins *pins = arena_zalloc(arena, sizeof(*pins));
	struct span value;

	*count = 0;
	enum err err = settings_read(arena, record_entry(arena, directory), settings, why);
	if (err)
		return err;
	if (!view_state(view, directory->tenant, pins_key(arena, directory->number), &value))
		value = SPAN_NONE;
	pins_read(value, pins);
	pins_settle(pins, settings);
	for (size_t i = 0; i < settings->target_count; i++)
		if (settings->targets[i].attr == ATTR_NONE)
			show(view, arena, settings, directory->tenant, i, &pins->rows[i],
				&rows[(*count)++]);
	arena_free(pins->arena);
	return OK;
}
