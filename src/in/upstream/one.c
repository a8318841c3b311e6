#include "in/upstream/connector.h"
#include "in/upstream/entry.h"
#include "in/upstream/locate.h"
#include "in/upstream/lookup.h"
#include "in/upstream/mapped.h"
#include "in/upstream/task.h"

#include "model/dn.h"

#define step(up, name, verdict, ...) task_say(up, FRAME_STEP, name, verdict, 0, __VA_ARGS__)

/* By a name that somebody types: what people are called by here and there. */
static char *name_filter(struct upstream *up)
{
	static const char *const attributes[] = { "uid", "sAMAccountName", "userPrincipalName",
		"mail", "cn" };
	struct buffer out;

	buffer_init(&out, 16 * KIB);
	buffer_putf(&out, "(|");
	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
		task_put_equal(&out, attributes[i], up->order.subject);
	buffer_putf(&out, ")");
	char *filter = arena_string(up->arena, buffer_span(&out));
	buffer_free(&out);
	return filter;
}

static struct span find_by_name(struct upstream *up, struct span base, size_t *count)
{
	static char *attributes[] = { LDAP_NO_ATTRS, NULL };
	struct lookup lookup = { .base = arena_string(up->arena, base),
		.filter = name_filter(up),
		.scope = LDAP_SCOPE_SUBTREE,
		.attributes = attributes };
	struct span dn = SPAN_NONE;
	int code = lookup_run(up, &lookup);

	if (code != LDAP_SUCCESS && code != LDAP_NO_SUCH_OBJECT)
		upstream_fail(
			up, FAILURE_LIMIT, "looking for the person: %s", ldap_err2string(code));
	*count = 0;
	for (bool more = lookup_first(up, &lookup); more; more = lookup_next(up, &lookup))
		if ((*count)++ == 0)
			dn = lookup_dn(up, &lookup);
	lookup_end(&lookup);
	return dn;
}

static struct span find_by_anchor(struct upstream *up, struct span base)
{
	struct span dn = SPAN_NONE;
	struct uuid anchor;

	memcpy(anchor.octets, up->order.anchors.data, sizeof(anchor.octets));
	locate_find(up, base, locate_anchor(up), &anchor, 1, &dn);
	return dn;
}

static struct span find(struct upstream *up, struct span base)
{
	size_t count;
	struct dn dn;

	if (up->order.anchors.len == 16)
		return find_by_anchor(up, base);
	if (span_find(up->order.subject, '=') < up->order.subject.len &&
		dn_parse(up->arena, up->order.subject, &dn, NULL) == OK)
		return up->order.subject;
	struct span found = find_by_name(up, base, &count);
	if (count <= 1)
		return found;
	step(up, "found", VERDICT_BAD, "%zu entries are called so: name the DN", count);
	task_done(up);
}

/* What following asks for, and the anchor. */
static char **wanted(struct upstream *up)
{
	char **mapped = mapped_attributes(up);
	size_t count = 0;

	while (mapped[count])
		count++;
	char **names = arena_array(up->arena, count + 2, sizeof(*names));
	memcpy(names, mapped, count * sizeof(*names));
	names[count] = (char *)locate_anchor(up)->attribute;
	return names;
}

/* The entry as following sees it, or the way ends here. */
static bool read_entry(struct upstream *up, const char *dn, const char *filter)
{
	static struct incoming in;
	struct lookup lookup = {
		.base = dn, .filter = filter, .scope = LDAP_SCOPE_BASE, .attributes = wanted(up)
	};
	int code = lookup_run(up, &lookup);
	bool there = code == LDAP_SUCCESS && lookup_first(up, &lookup) &&
		     incoming_take(up, lookup.entry, &in);

	if (code != LDAP_SUCCESS && code != LDAP_NO_SUCH_OBJECT)
		upstream_fail(up, FAILURE_CONFIG, "reading the person: %s", ldap_err2string(code));
	if (there && !anchor_find(up, &in, &up->row.anchor))
		step(up, "in-scope", VERDICT_BAD,
			"the entry shows this account nothing that names it for good");
	else if (there) {
		mapped_tell(up, &in);
		entry_put(up, &in);
	}
	if (there)
		incoming_release(&in);
	lookup_end(&lookup);
	return there;
}

static bool is_in_base(struct upstream *up, struct span text)
{
	struct dn dn, base;

	return dn_parse(up->arena, text, &dn, NULL) == OK &&
	       dn_parse(up->arena, up->order.base, &base, NULL) == OK && dn_is_below(&dn, &base);
}

static void look(struct upstream *up)
{
	struct span dn = find(up, up->order.base);

	if (dn.len == 0)
		dn = find(up, task_context(up));
	if (dn.len == 0) {
		step(up, "found", VERDICT_BAD, "nobody in the directory is called so");
		return;
	}
	step(up, "found", VERDICT_GOOD, "%.*s", SPAN_ARGS(dn));
	if (!is_in_base(up, dn)) {
		step(up, "in-scope", VERDICT_BAD, "it is outside of %.*s",
			SPAN_ARGS(up->order.base));
		return;
	}
	/* The directory's DN is looked up and the filter tried on it alone. */
	if (!read_entry(up, arena_string(up->arena, dn), arena_string(up->arena, up->order.filter)))
		step(up, "in-scope", VERDICT_BAD, "it is not there, or the filter is not for it");
}

void one_run(struct upstream *up)
{
	upstream_connect(up);
	connector_discover(up);
	upstream_enter(up, STAGE_SEARCH);
	mapped_begin(up);
	look(up);
	task_done(up);
}
