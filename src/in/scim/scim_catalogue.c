/* What a person can be given, as Okta discovers it: the tenant's roles and the permissions of its
 * catalogue. Read only. An id here is what "roles" and "entitlements" of a User hold as "value". */
#include "in/scim/scim_int.h"

#include "base/limits.h"
#include "core/permission.h"

#define BUDGET 100000

/* One of either, as the filter and the answer see it. */
struct item {
	struct span id, type, description;
};

struct catalogue {
	struct scim_call *call;
	const char *name, *urn; /* "Role" */
	bool (*next)(struct catalogue *c, struct item *item);
	struct search *search;
	struct permission_walk *walk;
	struct filter *filter; /* NULL: all */
	uint64_t start, count, total;
	struct json_writer w;
	struct buffer bytes;
	struct arena *scratch;
};

static bool next_role(struct catalogue *c, struct item *item)
{
	struct record role;
	enum step step = STEP_MORE;
	while (step == STEP_MORE) {
		unsigned budget = BUDGET;
		step = search_next(c->search, &budget, &role);
	}
	if (step != STEP_FOUND)
		return false;
	*item = (struct item){ .id = record_first(&role, ATTR_COMMON_NAME),
		.description = record_first(&role, ATTR_DESCRIPTION) };
	return true;
}

static bool next_permission(struct catalogue *c, struct item *item)
{
	struct permission_info info;
	do {
		if (!permission_walk_next(c->walk, &info))
			return false;
	} while (info.of_operator);
	*item = (struct item){ info.codename, info.group, info.label };
	return true;
}

/* ---- filter ---- */

static enum attr name_of(unsigned kind, struct span word)
{
	static const struct {
		const char *word;
		enum attr attr;
	} rows[] = { { "id", ATTR_COMMON_NAME }, { "displayName", ATTR_COMMON_NAME },
		{ "type", ATTR_PERMISSION_GROUP }, { "description", ATTR_DESCRIPTION } };
	(void)kind;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (span_equal_nocase(word, span_str(rows[i].word)))
			return rows[i].attr;
	return ATTR_NONE;
}

static bool matches(struct catalogue *c, const struct item *item)
{
	struct record record;
	if (!c->filter)
		return true;
	arena_reset(c->scratch);
	buffer_reset(&c->bytes);
	struct entry *entry = entry_new(c->scratch, KIND_PERMISSION);
	return !entry_set(entry, ATTR_COMMON_NAME, 0, item->id, NULL) &&
	       !entry_set(entry, ATTR_PERMISSION_GROUP, 0, item->type, NULL) &&
	       !entry_set(entry, ATTR_DESCRIPTION, 0, item->description, NULL) &&
	       !record_write(&c->bytes, entry, NULL) &&
	       !record_open(buffer_span(&c->bytes), &record, NULL) &&
	       filter_test(c->filter, &record, NULL) == TRUTH_TRUE;
}

/* ---- answer ---- */

static char *location_of(const struct catalogue *c, struct span id)
{
	static const char digits[] = "0123456789ABCDEF";
	struct scim_call *call = c->call;
	char *text = arena_printf(call->arena, "%.*s/%.*s/", (int)call->base_len,
		(const char *)call->location, SPAN_ARGS(call->request->segments[call->resource]));
	char *whole = arena_alloc(call->arena, strlen(text) + 3 * id.len + 1);
	char *at = stpcpy(whole, text);
	for (size_t i = 0; i < id.len; i++) {
		uint8_t octet = id.data[i];
		bool plain = (octet >= '0' && octet <= '9') ||
			     ((octet | 0x20) >= 'a' && (octet | 0x20) <= 'z') || octet == '-' ||
			     octet == '.' || octet == '_';
		if (!plain) {
			*at++ = '%';
			*at++ = digits[octet >> 4];
		}
		*at++ = plain ? (char)octet : digits[octet & 15];
	}
	*at = 0;
	return whole;
}

static void put_text(struct json_writer *w, const char *name, struct span text)
{
	if (text.len > 0)
		json_text_member(w, name, text);
}

static void put_item(struct catalogue *c, const struct item *item)
{
	struct json_writer *w = &c->w;
	json_begin_object(w);
	json_name(w, "schemas");
	json_begin_array(w);
	json_put_string(w, c->urn);
	json_end_array(w);
	json_text_member(w, "id", item->id);
	json_text_member(w, "displayName", item->id);
	put_text(w, "type", item->type);
	put_text(w, "description", item->description);
	json_name(w, "meta");
	json_begin_object(w);
	json_string_member(w, "resourceType", c->name);
	json_string_member(w, "location", location_of(c, item->id));
	json_end_object(w);
	json_end_object(w);
}

static void put_list(struct catalogue *c)
{
	struct item item;
	uint64_t written = 0;
	json_begin_object(&c->w);
	json_name(&c->w, "schemas");
	json_begin_array(&c->w);
	json_put_string(&c->w, "urn:ietf:params:scim:api:messages:2.0:ListResponse");
	json_end_array(&c->w);
	json_name(&c->w, "Resources");
	json_begin_array(&c->w);
	while (c->next(c, &item)) {
		if (!matches(c, &item) || ++c->total < c->start || written == c->count)
			continue;
		put_item(c, &item);
		written++;
	}
	json_end_array(&c->w);
	json_integer_member(&c->w, "totalResults", (int64_t)c->total);
	json_integer_member(&c->w, "startIndex", (int64_t)c->start);
	json_integer_member(&c->w, "itemsPerPage", (int64_t)written);
	json_end_object(&c->w);
}

static enum err put_one(struct catalogue *c, struct span id)
{
	struct item item;
	while (c->next(c, &item))
		if (span_equal(item.id, id)) {
			put_item(c, &item);
			return OK;
		}
	return fail(&c->call->why, ERR_NOT_FOUND, NULL, "there is no such %s", c->name);
}

static enum err write_answer(struct catalogue *c)
{
	struct scim_call *call = c->call;
	const struct http_request *request = call->request;
	bool one = request->segment_count > call->resource + 1;
	enum err err = OK;
	buffer_reset(&call->thread->out);
	json_start(&c->w, &call->thread->out);
	if (one)
		err = put_one(c, request->segments[call->resource + 1]);
	else
		put_list(c);
	return err ? err : view_error(call->thread->view, &call->why);
}

/* ---- what was asked ---- */

static enum err take_query(struct catalogue *c)
{
	struct scim_call *call = c->call;
	struct span text;
	bool present;
	c->start = 1;
	c->count = LIMIT_PAGE;
	enum err err = http_parameter(call->request, "startIndex", &text, &present, &call->why);
	if (!err && present)
		err = scim_take_number(call, "startIndex", text, 1, UINT32_MAX, &c->start);
	if (!err)
		err = http_parameter(call->request, "count", &text, &present, &call->why);
	if (!err && present)
		err = scim_take_number(call, "count", text, 0, LIMIT_PAGE, &c->count);
	if (!err)
		err = http_parameter(call->request, "filter", &text, &present, &call->why);
	if (!err && present)
		err = scim_filter_parse_named(
			call->arena, NULL, KIND_PERMISSION, name_of, text, &c->filter, &call->why);
	return err;
}

static void answer(struct catalogue *c, enum err (*open)(struct catalogue *c))
{
	struct scim_call *call = c->call;
	enum err err = take_query(c);
	if (!err && !actor_may(&call->actor, PERM_ROLES_VIEW))
		err = fail(&call->why, ERR_FORBIDDEN, NULL, "the permission to see a %s is missing",
			c->name);
	if (!err)
		err = view_begin(call->thread->view, &call->why);
	if (err) {
		scim_fail(call, err);
		return;
	}
	c->scratch = arena_new();
	buffer_init(&c->bytes, LIMIT_RECORD_OCTETS);
	err = open(c);
	if (!err)
		err = write_answer(c);
	if (err)
		scim_fail(call, err);
	else
		scim_answer(call, 200, NULL);
	if (c->search)
		search_close(c->search);
	if (c->walk)
		permission_walk_close(c->walk);
	view_end(call->thread->view);
	buffer_free(&c->bytes);
	arena_free(c->scratch);
}

static enum err open_roles(struct catalogue *c)
{
	struct scim_call *call = c->call;
	const struct search_spec spec = {
		.actor = &call->actor, .tenant = call->actor.tenant, .kinds = 1u << KIND_ROLE
	};
	return search_open(call->thread->view, call->arena, &spec, &c->search, &call->why);
}

static enum err open_permissions(struct catalogue *c)
{
	struct scim_call *call = c->call;
	c->walk = view_permissions(call->thread->view, call->arena, call->actor.tenant);
	return OK;
}

SCIM_HANDLER(scim_roles)
{
	(void)arg;
	struct catalogue c = { .call = scim_call_of(exchange, request),
		.name = "Role",
		.urn = SCIM_URN_ROLE,
		.next = next_role };
	answer(&c, open_roles);
}

SCIM_HANDLER(scim_entitlements)
{
	(void)arg;
	struct catalogue c = { .call = scim_call_of(exchange, request),
		.name = "Entitlement",
		.urn = SCIM_URN_ENTITLEMENT,
		.next = next_permission };
	answer(&c, open_permissions);
}
