/* SCIM bodies and PATCH: octet 0 chooses a PATCH or a whole body, and the type of resource. What
 * they make of it is canonical, and the modifications that lead there lead there. */
#include "base/limits.h"
#include "fuzz.h"
#include "model/value.h"
#include "person.h"
#include "wire/scim_edit.h"

static const struct value *find(const struct entry *entry, const struct value *wanted)
{
	const struct value *value;

	for (size_t n = 0; (value = entry_value(entry, wanted->attr, n)) != NULL; n++) {
		if (value->instance == wanted->instance &&
			span_equal(value->octets, wanted->octets))
			return value;
	}
	return NULL;
}

/* A part whose "value" is missing is dropped when the modifications are applied. */
static bool is_orphan(const struct entry *entry, const struct value *part)
{
	enum attr first = attr_family(part->attr);
	const struct value *value;

	if (first == part->attr || (first != ATTR_EMAIL && first != ATTR_PHONE))
		return false;
	for (size_t n = 0; (value = entry_value(entry, first, n)) != NULL; n++) {
		if (value->instance == part->instance)
			return false;
	}
	return true;
}

static void check_values(struct arena *arena, const struct entry *entry)
{
	struct span stored;

	for (size_t i = 0; i < entry->count; i++) {
		const struct value *value = &entry->values[i];
		must(value_canonical(arena, value->attr, value->octets, &stored, NULL) == OK);
		must(span_equal(stored, value->octets));
	}
}

static struct entry *before(struct arena *arena, const struct scim_type *type)
{
	return type->kind == KIND_USER ? person_again(arena) : entry_new(arena, type->kind);
}

static void check_difference(
	struct arena *arena, const struct scim_type *type, const struct entry *after)
{
	struct entry *entry = before(arena, type);
	size_t count;
	bool changed;
	struct modification *mods =
		scim_difference(arena, type, before(arena, type), after, 3, &count);

	if (patch_apply(entry, mods, count, &changed, NULL) != OK)
		return;
	for (size_t i = 0; i < entry->count; i++)
		must(find(after, &entry->values[i]) != NULL);
	for (size_t i = 0; i < after->count; i++)
		must(find(entry, &after->values[i]) != NULL || is_orphan(after, &after->values[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum kind kinds[] = { KIND_USER, KIND_GROUP, KIND_TEST };
	static struct arena *arena;
	struct json *body;

	if (arena == NULL)
		arena = arena_new();
	arena_reset(arena);

	if (size > 0 && size < LIMIT_SCIM_BODY &&
		json_parse(arena, span_of(data + 1, size - 1), &body, NULL) == OK) {
		bool patch = data[0] % 2 == 0;
		const struct scim_type *type = scim_type_of(kinds[data[0] / 2 % 3]);
		struct why why = { 0 };
		struct scim_edit edit = { .arena = arena, .type = type, .source = 3, .why = &why };
		edit.entry = patch ? before(arena, type) : entry_new(arena, type->kind);
		enum err err = patch ? scim_patch(&edit, body) : scim_take_body(&edit, body);
		must((err == OK) == (why.err == OK));
		if (err == OK) {
			check_values(arena, edit.entry);
			check_difference(arena, type, edit.entry);
		}
	}
	return 0;
}
