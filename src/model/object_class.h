/* Object classes, from schema/classes.def: which there are, and which an entry has: those of its
 * kind, those that follow from what is in it, and the superclasses of both (RFC 4512 section 2.4).
 */
#ifndef MODEL_OBJECT_CLASS_H
#define MODEL_OBJECT_CLASS_H

#include "model/record.h"

enum object_class {
	CLASS_NONE,
#define CONTENT_CLASS(id, kinds, first, second)
#define OBJECT_CLASS(id, oid, name, superclass, type, stock, description, must, may) CLASS_##id,
#include "classes.def"
#undef OBJECT_CLASS
#undef CONTENT_CLASS
	CLASS_COUNT /* 64 at most: sets are bits 1 << class */
};

enum class_type { CLASS_IS_ABSTRACT, CLASS_IS_STRUCTURAL, CLASS_IS_AUXILIARY };

struct class_row {
	const char *oid, *name;
	enum object_class superclass; /* CLASS_NONE: of top */
	enum class_type type;
	bool is_stock; /* a slapd with core, cosine and inetorgperson knows it */
	const char *description, *must, *may; /* attributes, " $ " between */
};

/* Entries of `kinds` have the class when both attributes are there. */
struct class_content {
	enum object_class object_class;
	uint32_t kinds;
	enum attr needs[2];
};

const struct class_row *class_row(enum object_class object_class);
/* By name without case or OID; CLASS_NONE when unknown. */
enum object_class class_find(struct span text);
const struct class_content *class_contents(size_t *count);
/* The class and its superclasses. */
uint64_t class_with_superclasses(enum object_class object_class);
/* What every entry of the kind has. */
uint64_t kind_classes(enum kind kind);
uint64_t record_classes(const struct record *record);
/* The structural class that no other of the set has for a superclass; CLASS_NONE: there is none. */
enum object_class classes_structural(uint64_t classes);

#endif
