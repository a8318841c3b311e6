/* What the door can do, from the documents of scim/, embedded when it is built (RFC 7644 section
 * 4). */
#include "in/scim/scim_int.h"

#include "base/hash.h"

/* GCC 12 has no #embed; the assembler has had it for ever. */
#define EMBED(name, file)                                                                          \
	__asm__(".section .rodata\n"                                                               \
		"scim_" name "_begin:\n"                                                           \
		".incbin \"" SCIM_DOCUMENTS file "\"\n"                                            \
		"scim_" name "_end:\n"                                                             \
		".byte 0\n"                                                                        \
		".previous\n")
#define DOCUMENT(name)                                                                             \
	extern const uint8_t document_##name##_begin[] __asm__("scim_" #name "_begin");            \
	extern const uint8_t document_##name##_end[] __asm__("scim_" #name "_end")

EMBED("config", "service-provider-config.json");
EMBED("type_user", "resource-type-user.json");
EMBED("type_group", "resource-type-group.json");
EMBED("type_role", "resource-type-role.json");
EMBED("type_entitlement", "resource-type-entitlement.json");
EMBED("type_test", "resource-type-test.json");
EMBED("user", "schema-user.json");
EMBED("group", "schema-group.json");
EMBED("enterprise", "schema-enterprise-user.json");
EMBED("muster_user", "schema-muster-user.json");
EMBED("muster_group", "schema-muster-group.json");
EMBED("role", "schema-role.json");
EMBED("entitlement", "schema-entitlement.json");
EMBED("test", "schema-test.json");
EMBED("test_more", "schema-test-extension.json");
DOCUMENT(config);
DOCUMENT(type_user);
DOCUMENT(type_group);
DOCUMENT(type_role);
DOCUMENT(type_entitlement);
DOCUMENT(type_test);
DOCUMENT(user);
DOCUMENT(group);
DOCUMENT(enterprise);
DOCUMENT(muster_user);
DOCUMENT(muster_group);
DOCUMENT(role);
DOCUMENT(entitlement);
DOCUMENT(test);
DOCUMENT(test_more);

#define TYPES "ResourceTypes"
#define SCHEMAS "Schemas"
#define FROM(name) document_##name##_begin, document_##name##_end

struct document {
	const char *collection, *id; /* id NULL: the collection is this one document */
	const uint8_t *begin, *end;
	bool test; /* only where the resource type for tests is offered */
};

static const struct document documents[] = {
	{ "ServiceProviderConfig", NULL, FROM(config), false },
	{ TYPES, "User", FROM(type_user), false },
	{ TYPES, "Group", FROM(type_group), false },
	{ TYPES, "Role", FROM(type_role), false },
	{ TYPES, "Entitlement", FROM(type_entitlement), false },
	{ TYPES, "TestResource", FROM(type_test), true },
	{ SCHEMAS, SCIM_URN_USER, FROM(user), false },
	{ SCHEMAS, SCIM_URN_GROUP, FROM(group), false },
	{ SCHEMAS, SCIM_URN_ENTERPRISE, FROM(enterprise), false },
	{ SCHEMAS, SCIM_URN_MUSTER_USER, FROM(muster_user), false },
	{ SCHEMAS, SCIM_URN_MUSTER_GROUP, FROM(muster_group), false },
	{ SCHEMAS, SCIM_URN_ROLE, FROM(role), false },
	{ SCHEMAS, SCIM_URN_ENTITLEMENT, FROM(entitlement), false },
	{ SCHEMAS, SCIM_URN_TEST, FROM(test), true },
	{ SCHEMAS, SCIM_URN_TEST_MORE, FROM(test_more), true },
};
#define DOCUMENTS (sizeof documents / sizeof *documents)

static struct span document_text(const struct document *document)
{
	return span_of(document->begin, (size_t)(document->end - document->begin));
}

static const char *resource_type(const struct document *document)
{
	static const char *const rows[][2] = { { TYPES, "ResourceType" }, { SCHEMAS, "Schema" } };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(document->collection, rows[i][0]) == 0)
			return rows[i][1];
	return document->collection;
}

/* Of this collection, and offered here. */
static bool is_in(
	const struct scim_call *call, const struct document *document, struct span collection)
{
	return span_equal(collection, span_str(document->collection)) &&
	       (!document->test || call->server->door->options.test_resource);
}

/* The file is one object; where it lies is known by whom it is told to. */
static void put_document(struct scim_call *call, const struct document *document)
{
	struct buffer *out = &call->thread->out;
	struct span text = document_text(document);
	while (text.data[text.len - 1] != '}')
		text.len--;
	const char *location = arena_printf(call->arena, "%.*s/%s%s%s", (int)call->base_len,
		(const char *)call->location, document->collection, document->id ? "/" : "",
		document->id ? document->id : "");
	struct json_writer w;
	buffer_put_span(out, span_of(text.data, text.len - 1));
	buffer_put_span(out, SPAN(",\"meta\":"));
	json_start(&w, out);
	json_begin_object(&w);
	json_string_member(&w, "resourceType", resource_type(document));
	json_string_member(&w, "location", location);
	json_end_object(&w);
	buffer_put_octet(out, '}');
}

/* What the documents hold changes with the program alone. */
static void answer_document(struct scim_call *call, uint32_t checksum)
{
	const struct record tagged = { .revision = checksum };
	struct span condition = http_header(call->exchange, "If-None-Match");
	if (condition.len > 0 && scim_tag_matches(condition, checksum))
		scim_answer_empty(call, 304, checksum);
	else
		scim_answer(call, 200, &tagged);
}

/* RFC 7644 section 4: a filter here is refused, paging is passed over. */
static enum err check_query(struct scim_call *call)
{
	struct span text;
	bool present;
	enum err err = http_parameter(call->request, "filter", &text, &present, &call->why);
	if (!err && present)
		return fail(&call->why, ERR_FORBIDDEN, "filter", "these are not filtered");
	return err;
}

static const struct document *find_document(const struct scim_call *call)
{
	const struct http_request *request = call->request;
	struct span collection = request->segments[call->resource], id = SPAN_NONE;
	if (request->segment_count > call->resource + 1)
		id = request->segments[call->resource + 1];
	for (size_t i = 0; i < DOCUMENTS; i++)
		if (is_in(call, &documents[i], collection) &&
			span_equal_nocase(id, span_str(documents[i].id)))
			return &documents[i];
	return NULL;
}

SCIM_HANDLER(scim_document)
{
	(void)arg;
	struct scim_call *call = scim_call_of(exchange, request);
	const struct document *document = find_document(call);
	enum err err = check_query(call);
	if (!err && !document)
		err = fail(&call->why, ERR_NOT_FOUND, NULL, "there is no such document");
	if (err) {
		scim_fail(call, err);
		return;
	}
	buffer_reset(&call->thread->out);
	put_document(call, document);
	answer_document(call, crc32c(0, document_text(document)));
}

static void put_all(struct scim_call *call, struct span collection, uint32_t *checksum)
{
	struct buffer *out = &call->thread->out;
	struct json_writer w;
	int64_t count = 0;
	buffer_put_span(out, SPAN("{\"Resources\":["));
	for (size_t i = 0; i < DOCUMENTS; i++) {
		if (!is_in(call, &documents[i], collection))
			continue;
		if (count++ > 0)
			buffer_put_octet(out, ',');
		put_document(call, &documents[i]);
		*checksum = crc32c(*checksum, document_text(&documents[i]));
	}
	buffer_put_span(out, SPAN("],\"schemas\":"));
	json_start(&w, out);
	json_begin_array(&w);
	json_put_string(&w, "urn:ietf:params:scim:api:messages:2.0:ListResponse");
	json_end_array(&w);
	const char *counts = arena_printf(call->arena,
		",\"totalResults\":%lld,\"startIndex\":1,\"itemsPerPage\":%lld}", (long long)count,
		(long long)count);
	buffer_put_span(out, span_str(counts));
}

SCIM_HANDLER(scim_documents)
{
	(void)arg;
	struct scim_call *call = scim_call_of(exchange, request);
	uint32_t checksum = 0;
	enum err err = check_query(call);
	if (err) {
		scim_fail(call, err);
		return;
	}
	buffer_reset(&call->thread->out);
	put_all(call, request->segments[call->resource], &checksum);
	answer_document(call, checksum);
}
