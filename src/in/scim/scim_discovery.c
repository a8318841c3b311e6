/* What the door can do, from the documents of scim/, embedded when it is built (RFC 7644 section
 * 4). */
#include "in/scim/scim_int.h"

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
EMBED("user", "schema-user.json");
EMBED("group", "schema-group.json");
EMBED("enterprise", "schema-enterprise-user.json");
EMBED("muster_user", "schema-muster-user.json");
EMBED("muster_group", "schema-muster-group.json");
DOCUMENT(config);
DOCUMENT(type_user);
DOCUMENT(type_group);
DOCUMENT(user);
DOCUMENT(group);
DOCUMENT(enterprise);
DOCUMENT(muster_user);
DOCUMENT(muster_group);

static const struct {
	const char *collection, *id;
	const uint8_t *begin, *end;
} documents[] = {
	{ "ResourceTypes", "User", document_type_user_begin, document_type_user_end },
	{ "ResourceTypes", "Group", document_type_group_begin, document_type_group_end },
	{ "Schemas", SCIM_URN_USER, document_user_begin, document_user_end },
	{ "Schemas", SCIM_URN_GROUP, document_group_begin, document_group_end },
	{ "Schemas", SCIM_URN_ENTERPRISE, document_enterprise_begin, document_enterprise_end },
	{ "Schemas", SCIM_URN_MUSTER_USER, document_muster_user_begin, document_muster_user_end },
	{ "Schemas", SCIM_URN_MUSTER_GROUP, document_muster_group_begin,
		document_muster_group_end },
};
#define DOCUMENTS (sizeof documents / sizeof *documents)

static struct span document_text(size_t i)
{
	return span_of(documents[i].begin, (size_t)(documents[i].end - documents[i].begin));
}

static void answer_text(struct scim_call *call, struct span text)
{
	buffer_reset(&call->thread->out);
	buffer_put_span(&call->thread->out, text);
	scim_answer(call, 200, NULL);
}

SCIM_HANDLER(scim_config)
{
	(void)arg;
	answer_text(scim_call_of(exchange, request),
		span_of(document_config_begin,
			(size_t)(document_config_end - document_config_begin)));
}

SCIM_HANDLER(scim_document)
{
	(void)arg;
	struct scim_call *call = scim_call_of(exchange, request);
	struct span collection = request->segments[call->resource];
	struct span id = request->segments[call->resource + 1];
	for (size_t i = 0; i < DOCUMENTS; i++)
		if (span_equal(collection, span_str(documents[i].collection)) &&
			span_equal_nocase(id, span_str(documents[i].id))) {
			answer_text(call, document_text(i));
			return;
		}
	scim_fail(call, fail(&call->why, ERR_NOT_FOUND, NULL, "there is no such document"));
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

SCIM_HANDLER(scim_documents)
{
	(void)arg;
	struct scim_call *call = scim_call_of(exchange, request);
	struct span collection = request->segments[call->resource];
	struct json_writer w;
	int64_t count = 0;
	enum err err = check_query(call);
	if (err) {
		scim_fail(call, err);
		return;
	}
	buffer_reset(&call->thread->out);
	json_start(&w, &call->thread->out);
	json_begin_object(&w);
	json_name(&w, "schemas");
	json_begin_array(&w);
	json_put_string(&w, "urn:ietf:params:scim:api:messages:2.0:ListResponse");
	json_end_array(&w);
	json_name(&w, "Resources");
	json_begin_array(&w);
	for (size_t i = 0; i < DOCUMENTS; i++)
		if (span_equal(collection, span_str(documents[i].collection))) {
			json_put_raw(&w, document_text(i));
			count++;
		}
	json_end_array(&w);
	json_integer_member(&w, "totalResults", count);
	json_integer_member(&w, "startIndex", 1);
	json_integer_member(&w, "itemsPerPage", count);
	json_end_object(&w);
	scim_answer(call, 200, NULL);
}

/* RFC 7644 section 3.11: a token is no person here. */
SCIM_HANDLER(scim_me)
{
	(void)arg;
	struct scim_call *call = scim_call_of(exchange, request);
	scim_fail(call, fail(&call->why, ERR_UNSUPPORTED, NULL, "a token has no User of its own"));
}
