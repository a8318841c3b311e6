#include "in/upstream/mapped.h"

#include "base/clock.h"
#include "in/mapping/mapping.h"
#include "in/upstream/task.h"

static enum mapping_server server_of(const struct rootdse *root)
{
	if (rootdse_is_ad(root))
		return MAPPING_AD;
	if (rootdse_is_389(root))
		return MAPPING_389;
	return rootdse_is_openldap(root) ? MAPPING_OPENLDAP : MAPPING_OTHER;
}

void mapped_begin(struct upstream *up)
{
	struct why why = { 0 };
	struct mapping_texts texts = { .rows = &up->order.mapping,
		.scope = &up->order.scope,
		.disabled = &up->order.disabled,
		.preset = up->order.preset,
		.server = server_of(&up->root) };

	if (mapping_compile(up->life, &texts, &up->mapping, &why) != OK)
		upstream_fail(up, FAILURE_CONFIG, "%s: %s", why.attribute, why.text);
}

char **mapped_attributes(struct upstream *up)
{
	static const char *const ours[] = { "objectClass", "cn", "description", "member",
		"uniqueMember" };
	size_t count, n = sizeof(ours) / sizeof(ours[0]);
	const struct span *wanted = mapping_wanted(up->mapping, &count);
	char **names = arena_array(up->arena, n + count + 1, sizeof(*names));

	for (size_t i = 0; i < n; i++)
		names[i] = arena_string(up->arena, span_str(ours[i]));
	for (size_t i = 0; i < count; i++)
		names[n + i] = arena_string(up->arena, wanted[i]);
	return names;
}

static struct theirs values_of(struct upstream *up, const struct attribute *attribute)
{
	size_t count = 0;

	while (attribute && attribute->values && attribute->values[count].bv_val)
		count++;
	struct span *values = arena_array(up->arena, count + 1, sizeof(*values));
	for (size_t i = 0; i < count; i++)
		values[i] = span_of_berval(&attribute->values[i]);
	return (struct theirs){ values, count };
}

static struct mapping_entry entry_of(struct upstream *up, const struct incoming *in)
{
	size_t count;
	const struct span *wanted = mapping_wanted(up->mapping, &count);
	struct theirs *attributes = arena_array(up->arena, count, sizeof(*attributes));

	for (size_t i = 0; i < count; i++)
		attributes[i] = values_of(up, incoming_find(in, wanted[i]));
	return (struct mapping_entry){ span_of_berval(&in->dn), attributes };
}

void mapped_person(struct upstream *up, const struct incoming *in)
{
	struct row *row = &up->row;
	struct mapped mapped;
	struct mapping_entry entry = entry_of(up, in);

	mapping_apply(up->mapping, up->arena, &entry, clock_wall(), &mapped);
	row->state = mapped.state;
	row->rule = mapped.rule;
	row->expiry = mapped.expiry;
	memcpy(row->values, mapped.values, mapped.count * sizeof(*mapped.values));
	row->value_count = mapped.count;
}

/* ---- step by step ---- */

static char *listed(struct upstream *up, const struct span *values, size_t count)
{
	char *text = arena_printf(up->arena, "%s", "");

	for (size_t i = 0; i < count && strlen(text) < FRAME_TEXT_MAX; i++)
		text = arena_printf(up->arena, "%s%s%.*s", text, i > 0 ? ", " : "",
			(int)(values[i].len < FRAME_TEXT_MAX ? values[i].len : FRAME_TEXT_MAX),
			(const char *)values[i].data);
	return text;
}

static void tell_theirs(struct upstream *up, const struct mapping_entry *entry)
{
	size_t count;
	const struct span *wanted = mapping_wanted(up->mapping, &count);

	for (size_t i = 0; i < count; i++) {
		const struct theirs *theirs = &entry->attributes[i];
		if (theirs->count > 0)
			task_say(up, FRAME_STEP, "theirs", VERDICT_GOOD, theirs->count, "%.*s: %s",
				SPAN_ARGS(wanted[i]),
				mapping_is_secret(wanted[i])
					? "***"
					: listed(up, theirs->values, theirs->count));
	}
}

void mapped_tell(struct upstream *up, const struct incoming *in)
{
	struct mapping_entry entry = entry_of(up, in);
	size_t count;
	const struct mapping_step *steps = mapping_steps(up->mapping, up->arena, &entry, &count);

	tell_theirs(up, &entry);
	for (size_t i = 0; i < count; i++) {
		const struct mapping_step *step = &steps[i];
		char *values = step->attr == ATTR_PASSWORD && step->count > 0
				       ? "***"
				       : listed(up, step->values, step->count);
		task_say(up, FRAME_STEP, "row", step->wins ? VERDICT_GOOD : VERDICT_WARNING,
			step->count, "%.*s: %s", SPAN_ARGS(step->text),
			step->wins         ? values
			: step->count == 0 ? "nothing"
					   : "not needed");
	}
}
