#include "model/object_class.h"

#include <pthread.h>

#define KINDS_CONTAINERS (1U << KIND_ROLE | 1U << KIND_SCOPE | 1U << KIND_GROUP)

#define STOCK true
#define OURS false

static const struct class_row rows[CLASS_COUNT] = {
#define CONTENT_CLASS(id, kinds, first, second)
#define OBJECT_CLASS(id, oid, name, superclass, type, stock, description, must, may)               \
	[CLASS_##id] = { oid, name, CLASS_##superclass, CLASS_IS_##type, stock, description, must, \
		may },
#include "classes.def"
#undef OBJECT_CLASS
#undef CONTENT_CLASS
};
_Static_assert(CLASS_COUNT <= 64, "sets of classes are 64 bits");

static const struct class_content contents[] = {
#define OBJECT_CLASS(id, oid, name, superclass, type, stock, description, must, may)
#define CONTENT_CLASS(id, kinds, first, second)                                                    \
	{ CLASS_##id, kinds, { ATTR_##first, ATTR_##second } },
#include "classes.def"
#undef OBJECT_CLASS
#undef CONTENT_CLASS
};
#define CONTENTS (sizeof contents / sizeof *contents)

static struct {
	pthread_once_t once;
	uint64_t of[KIND_COUNT];
} kinds = { .once = PTHREAD_ONCE_INIT };

const struct class_row *class_row(enum object_class object_class)
{
	return &rows[object_class];
}

enum object_class class_find(struct span text)
{
	for (enum object_class i = CLASS_NONE + 1; i < CLASS_COUNT; i++)
		if (span_equal_nocase(text, span_str(rows[i].name)) ||
			span_equal(text, span_str(rows[i].oid)))
			return i;
	return CLASS_NONE;
}

const struct class_content *class_contents(size_t *count)
{
	*count = CONTENTS;
	return contents;
}

uint64_t class_with_superclasses(enum object_class object_class)
{
	uint64_t classes = 0;

	for (; object_class != CLASS_NONE; object_class = rows[object_class].superclass)
		classes |= UINT64_C(1) << object_class;
	return classes;
}

static void build(void)
{
	for (enum kind kind = KIND_NONE + 1; kind < KIND_COUNT; kind++) {
		struct span names = span_str(kind_row(kind)->object_classes);
		while (names.len > 0)
			kinds.of[kind] |=
				class_with_superclasses(class_find(span_cut(&names, ' ')));
	}
}

uint64_t kind_classes(enum kind kind)
{
	pthread_once(&kinds.once, build);
	return kinds.of[kind];
}

uint64_t record_classes(const struct record *record)
{
	uint64_t classes = kind_classes(record->kind);

	for (size_t i = 0; i < CONTENTS; i++)
		if (contents[i].kinds >> record->kind & 1 &&
			record_first(record, contents[i].needs[0]).len > 0 &&
			record_first(record, contents[i].needs[1]).len > 0)
			classes |= class_with_superclasses(contents[i].object_class);
	return classes;
}

enum object_class classes_structural(uint64_t classes)
{
	for (enum object_class i = CLASS_NONE + 1; i < CLASS_COUNT; i++)
		if (classes >> i & 1 && rows[i].type == CLASS_IS_STRUCTURAL)
			return i;
	return CLASS_NONE;
}
