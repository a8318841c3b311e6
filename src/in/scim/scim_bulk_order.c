/* Who refers to whom in a Bulk (RFC 7644 section 3.7.2), and the order that follows from it. */
#include "in/scim/scim_int.h"

#include "base/limits.h"
#include "wire/scim_redact.h"

#include <stdlib.h>

/* ---- names ---- */

static int compare(struct span a, struct span b)
{
	size_t common = a.len < b.len ? a.len : b.len;
	int order = common ? memcmp(a.data, b.data, common) : 0;
	return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int by_bulk_id(const void *a, const void *b)
{
	return compare((*(struct scim_change *const *)a)->bulk_id,
		(*(struct scim_change *const *)b)->bulk_id);
}

static int to_bulk_id(const void *name, const void *change)
{
	return compare(*(const struct span *)name, (*(struct scim_change *const *)change)->bulk_id);
}

static struct scim_change *find_named(const struct scim_bulk *bulk, struct span name)
{
	struct scim_change **found = bulk->named_count
					     ? bsearch(&name, bulk->named, bulk->named_count,
						       sizeof *bulk->named, to_bulk_id)
					     : NULL;
	return found ? *found : NULL;
}

static enum err gather_names(struct scim_call *call)
{
	struct scim_bulk *bulk = call->bulk;
	bulk->named = arena_array(call->arena, bulk->count + 1, sizeof(struct scim_change *));
	for (size_t i = 0; i < bulk->count; i++)
		if (bulk->changes[i].method == HTTP_POST && bulk->changes[i].bulk_id.len)
			bulk->named[bulk->named_count++] = &bulk->changes[i];
	if (bulk->named_count > 1)
		qsort(bulk->named, bulk->named_count, sizeof(struct scim_change *), by_bulk_id);
	for (size_t i = 1; i < bulk->named_count; i++)
		if (by_bulk_id(&bulk->named[i - 1], &bulk->named[i]) == 0)
			return fail(&call->why, ERR_VALUE, "bulkId",
				"one bulkId stands for two operations");
	return OK;
}

/* ---- references ---- */

/* The next "bulkId:x" of a text: all of it, the end of a URL, or a string in a path. False: there
 * is none. */
static bool next_reference(struct span text, size_t from, size_t *at, struct span *name)
{
	const size_t mark = strlen(SCIM_BULK_ID);
	for (; from + mark <= text.len; from++) {
		uint8_t before = from > 0 ? text.data[from - 1] : 0;
		if (text.data[from] != SCIM_BULK_ID[0] ||
			memcmp(text.data + from, SCIM_BULK_ID, mark) != 0 ||
			(before && before != '/' && before != '"'))
			continue;
		*at = from;
		*name = span_from(text, from + mark);
		if (before == '"')
			name->len = span_find(*name, '"');
		return true;
	}
	return false;
}

static void add_target(struct scim_call *call, struct scim_change *change, struct span name)
{
	struct scim_change *target = find_named(call->bulk, name);
	for (size_t i = 0; i < change->target_count && target; i++)
		if (change->targets[i] == target)
			return;
	if (!target)
		return;
	/* Powers of two are the room. */
	if ((change->target_count & (change->target_count - 1)) == 0) {
		struct scim_change **grown = arena_array(call->arena,
			change->target_count ? change->target_count * 2 : 1,
			sizeof(struct scim_change *));
		if (change->target_count)
			memcpy(grown, change->targets,
				change->target_count * sizeof(struct scim_change *));
		change->targets = grown;
	}
	change->targets[change->target_count++] = target;
}

static void add_reference(struct scim_call *call, struct scim_change *change, struct span *place)
{
	struct span name;
	size_t at = 0;
	bool any = false;
	for (; next_reference(*place, at, &at, &name); at += strlen(SCIM_BULK_ID)) {
		add_target(call, change, name);
		any = true;
	}
	if (!any)
		return;
	if ((change->reference_count & (change->reference_count - 1)) == 0) {
		struct scim_reference *grown = arena_array(call->arena,
			change->reference_count ? change->reference_count * 2 : 1, sizeof *grown);
		if (change->reference_count)
			memcpy(grown, change->references, change->reference_count * sizeof *grown);
		change->references = grown;
	}
	change->references[change->reference_count++] = (struct scim_reference){ place, *place };
}

static bool is_text_with_marks(const struct json *value)
{
	return span_equal(value->name, SPAN("$ref")) ||
	       span_equal_nocase(value->name, SPAN("path"));
}

/* A password refers to nothing, whatever it begins with: a reason would repeat it. */
static bool is_secret(const struct json *member, bool path_is_secret)
{
	if (scim_names_secret(member->name))
		return true;
	if (span_equal_nocase(member->name, SPAN("path")))
		return member->type == JSON_IS_STRING && scim_names_secret(member->text);
	return path_is_secret && span_equal_nocase(member->name, SPAN("value"));
}

/* No deeper than what is read as JSON. */
static void find_references(struct scim_call *call, struct scim_change *change, struct json *value)
{
	bool path_is_secret =
		value->type == JSON_IS_OBJECT && scim_names_secret(json_text(value, "path"));
	if (value->type == JSON_IS_STRING &&
		(is_text_with_marks(value) || span_starts(value->text, SPAN(SCIM_BULK_ID))))
		add_reference(call, change, &value->text);
	for (size_t i = 0; i < value->count; i++)
		if (!is_secret(&value->items[i], path_is_secret))
			find_references(call, change, &value->items[i]);
}

static enum err unresolved(struct scim_call *call, struct span name, const char *reason)
{
	return fail(&call->why, ERR_CONFLICT, NULL, SCIM_BULK_ID "%.*s %s",
		(int)(name.len < 100 ? name.len : 100), (const char *)name.data, reason);
}

static enum err id_of(struct scim_call *call, struct span name, struct span *id)
{
	const struct scim_change *target = find_named(call->bulk, name);
	if (!target)
		return unresolved(call, name, "is created by no operation of the request");
	if (target->err)
		return unresolved(call, name, "was not created");
	char *text = arena_alloc(call->arena, UUID_TEXT + 1);
	uuid_format(&target->id, text);
	*id = span_of(text, UUID_TEXT);
	return OK;
}

static enum err put_ids(struct scim_call *call, const struct scim_reference *reference)
{
	struct span text = reference->original, name, id;
	struct buffer out;
	enum err err = OK;
	size_t from = 0, at = 0;
	buffer_init(&out, LIMIT_SCIM_BULK * 4);
	while (!err && next_reference(text, at, &at, &name)) {
		buffer_put(&out, text.data + from, at - from);
		err = id_of(call, name, &id);
		if (!err)
			buffer_put_span(&out, id);
		from = at = (size_t)(name.data - text.data) + name.len;
	}
	buffer_put(&out, text.data + from, text.len - from);
	*reference->place = arena_copy(call->arena, buffer_span(&out));
	buffer_free(&out);
	return err;
}

enum err scim_bulk_resolve(struct scim_call *call, struct scim_change *change)
{
	enum err err = OK;
	for (size_t i = 0; i < change->reference_count && !err; i++)
		err = put_ids(call, &change->references[i]);
	if (err || !change->path_bulk_id.len)
		return err;
	struct span id;
	err = id_of(call, change->path_bulk_id, &id);
	if (!err)
		change->id = find_named(call->bulk, change->path_bulk_id)->id;
	return err;
}

/* ---- the order ---- */

/* Tarjan's strongly connected components, which come out with what is referred to first. */
struct ordering {
	struct scim_call *call;
	struct scim_change **stack;
	size_t depth;
	unsigned *index, *low; /* of a change; 0: not seen */
	bool *waiting;         /* on the stack */
	unsigned seen;
};

static size_t place_of(const struct ordering *o, const struct scim_change *change)
{
	return (size_t)(change - o->call->bulk->changes);
}

static int by_place(const void *a, const void *b)
{
	const struct scim_change *x = *(struct scim_change *const *)a;
	const struct scim_change *y = *(struct scim_change *const *)b;
	return (x > y) - (x < y);
}

static bool refers_to(const struct scim_change *change, const struct scim_change *target)
{
	for (size_t i = 0; i < change->target_count; i++)
		if (change->targets[i] == target)
			return true;
	return false;
}

static void add_unit(struct ordering *o, const struct scim_change *last)
{
	struct scim_run *run = &o->call->run;
	struct scim_unit *unit = &run->units[run->count++];
	size_t from = o->depth;
	while (o->stack[--from] != last) {
	}
	unit->count = o->depth - from;
	unit->changes = arena_array(o->call->arena, unit->count, sizeof(struct scim_change *));
	memcpy(unit->changes, o->stack + from, unit->count * sizeof(struct scim_change *));
	if (unit->count > 1)
		qsort(unit->changes, unit->count, sizeof(struct scim_change *), by_place);
	for (size_t i = 0; i < unit->count; i++) {
		unit->changes[i]->unit = unit;
		o->waiting[place_of(o, unit->changes[i])] = false;
	}
	unit->circle = unit->count > 1 || refers_to(last, last);
	o->depth = from;
}

/* No deeper than a Bulk has operations. */
static unsigned visit(struct ordering *o, struct scim_change *change)
{
	size_t at = place_of(o, change);
	o->index[at] = o->low[at] = ++o->seen;
	o->stack[o->depth++] = change;
	o->waiting[at] = true;
	for (size_t i = 0; i < change->target_count; i++) {
		size_t next = place_of(o, change->targets[i]);
		unsigned low = !o->index[next]    ? visit(o, change->targets[i])
			       : o->waiting[next] ? o->index[next]
						  : o->low[at];
		if (low < o->low[at])
			o->low[at] = low;
	}
	if (o->low[at] == o->index[at])
		add_unit(o, change);
	return o->low[at];
}

enum err scim_bulk_order(struct scim_call *call)
{
	struct scim_bulk *bulk = call->bulk;
	struct arena *arena = call->arena;
	enum err err = gather_names(call);
	if (err)
		return err;
	for (size_t i = 0; i < bulk->count; i++) {
		struct scim_change *change = &bulk->changes[i];
		if (change->body)
			find_references(call, change, change->body);
		if (change->path_bulk_id.len)
			add_target(call, change, change->path_bulk_id);
	}
	struct ordering o = { .call = call,
		.stack = arena_array(arena, bulk->count, sizeof(struct scim_change *)),
		.index = arena_array(arena, bulk->count, sizeof(unsigned)),
		.low = arena_array(arena, bulk->count, sizeof(unsigned)),
		.waiting = arena_array(arena, bulk->count, sizeof(bool)) };
	call->run.units = arena_array(arena, bulk->count, sizeof *call->run.units);
	for (size_t i = 0; i < bulk->count; i++)
		if (!o.index[i])
			visit(&o, &bulk->changes[i]);
	return OK;
}
