/* The description of the routes (OpenAPI 3.1): paths out of the table of operations, the shapes of
 * results out of schema/openapi.json, embedded when it is built. */
#include "in/api/api_int.h"

/* GCC 12 has no #embed; the assembler has had it for ever. */
__asm__(".section .rodata\n"
	"api_components_begin:\n"
	".incbin \"" API_COMPONENTS "\"\n"
	"api_components_end:\n"
	".byte 0\n"
	".previous\n");
extern const uint8_t components_begin[] __asm__("api_components_begin");
extern const uint8_t components_end[] __asm__("api_components_end");

struct description {
	struct json_writer w;
	struct arena *arena;
	enum operation operation;
	bool of_tenant; /* the form with the tenant in the path */
};

static void put_reference(struct json_writer *w, const char *section, struct span name)
{
	struct buffer text;

	buffer_init(&text, 256);
	buffer_putf(&text, "#/components/%s/%.*s", section, SPAN_ARGS(name));
	json_begin_object(w);
	json_text_member(w, "$ref", buffer_span(&text));
	json_end_object(w);
	buffer_free(&text);
}

/* ---- arguments ---- */

static void put_type(struct json_writer *w, const char *type, bool nullable)
{
	json_name(w, "type");
	if (!nullable) {
		json_put_string(w, type);
		return;
	}
	json_begin_array(w);
	json_put_string(w, type);
	json_put_string(w, "null");
	json_end_array(w);
}

/* Where a parameter or a member of a body is described. */
static void put_help(struct description *d, const struct argument *argument)
{
	const char *help = operation_argument_help(d->operation, argument);

	if (help)
		json_string_member(&d->w, "description", help);
}

static void put_argument_schema(struct description *d, const struct argument *argument, bool helps)
{
	static const char *const types[] = {
		[ARGUMENT_TEXT] = "string",
		[ARGUMENT_SECRET] = "string",
		[ARGUMENT_FILE] = "string",
		[ARGUMENT_NUMBER] = "integer",
		[ARGUMENT_YES] = "boolean",
		[ARGUMENT_LIST] = "array",
	};

	struct json_writer *w = &d->w;
	json_begin_object(w);
	if (helps)
		put_help(d, argument);
	if (argument->type != ARGUMENT_JSON)
		put_type(w, types[argument->type], argument->nullable);
	if (argument->type == ARGUMENT_SECRET)
		json_string_member(w, "format", "password");
	if (argument->type == ARGUMENT_NUMBER)
		json_integer_member(w, "minimum", 0);
	if (argument->type == ARGUMENT_LIST) {
		json_name(w, "items");
		json_begin_object(w);
		json_string_member(w, "type", "string");
		json_end_object(w);
	}
	json_end_object(w);
}

static bool in_path(const struct operation_row *row, const struct argument *argument)
{
	struct span rest = span_str(row->path);

	while (rest.len > 0) {
		struct span piece = span_cut(&rest, '/');

		if (piece.len > 0 && piece.data[0] == ':' &&
			span_equal(span_from(piece, 1), span_str(argument->member)))
			return true;
	}
	return false;
}

/* Within which the operation is, and which the path names. */
static bool is_tenant(const struct description *d, const struct argument *argument)
{
	return operation_has_tenant(d->operation) && strcmp(argument->member, "tenant") == 0;
}

static bool has_body(const struct operation_row *row)
{
	return strcmp(row->method, "GET") != 0 && strcmp(row->method, "DELETE") != 0;
}

static void put_parameter(
	struct description *d, const struct argument *argument, const char *place, bool required)
{
	struct json_writer *w = &d->w;

	json_begin_object(w);
	json_string_member(w, "name", argument->member);
	json_string_member(w, "in", place);
	put_help(d, argument);
	json_bool_member(w, "required", required);
	if (argument->type == ARGUMENT_LIST) {
		json_string_member(w, "style", "form");
		json_bool_member(w, "explode", false);
	}
	json_name(w, "schema");
	put_argument_schema(d, argument, false);
	json_end_object(w);
}

static void put_parameters(struct description *d, const struct operation_row *row)
{
	struct json_writer *w = &d->w;
	struct span rest = span_str(row->arguments);
	struct argument argument;

	json_name(w, "parameters");
	json_begin_array(w);
	while (operation_next_argument(&rest, &argument)) {
		if (in_path(row, &argument) || (is_tenant(d, &argument) && d->of_tenant))
			put_parameter(d, &argument, "path", true);
		else if (!has_body(row) && !is_tenant(d, &argument))
			put_parameter(d, &argument, "query", argument.required);
	}
	if (strcmp(row->method, "PUT") == 0)
		put_reference(w, "parameters", SPAN("IfMatchNeeded"));
	else if (strcmp(row->method, "GET") == 0)
		put_reference(w, "parameters", SPAN("IfNoneMatch"));
	else
		put_reference(w, "parameters", SPAN("IfMatch"));
	if (strcmp(row->method, "POST") == 0)
		put_reference(w, "parameters", SPAN("IdempotencyKey"));
	json_end_array(w);
}

/* Calls `each` for those that are members of the body; whether there are any. */
static bool each_member(struct description *d, const struct operation_row *row,
	void (*each)(struct description *d, const struct argument *argument))
{
	struct span rest = span_str(row->arguments);
	struct argument argument;
	bool any = false;

	while (operation_next_argument(&rest, &argument))
		if (!in_path(row, &argument) && !is_tenant(d, &argument)) {
			any = true;
			if (each)
				each(d, &argument);
		}
	return any;
}

static void put_member(struct description *d, const struct argument *argument)
{
	json_name(&d->w, argument->member);
	put_argument_schema(d, argument, true);
}

static void put_required(struct description *d, const struct argument *argument)
{
	if (argument->required)
		json_put_string(&d->w, argument->member);
}

/* What else there is to say then stands in the query. */
static void put_file_body(struct json_writer *w)
{
	json_name(w, API_FILE);
	json_begin_object(w);
	json_name(w, "schema");
	json_begin_object(w);
	json_string_member(w, "type", "string");
	json_end_object(w);
	json_end_object(w);
}

static void put_body(struct description *d, const struct operation_row *row)
{
	struct json_writer *w = &d->w;

	if (!has_body(row) || !each_member(d, row, NULL))
		return;
	json_name(w, "requestBody");
	json_begin_object(w);
	json_name(w, "content");
	json_begin_object(w);
	json_name(w, API_JSON);
	json_begin_object(w);
	json_name(w, "schema");
	json_begin_object(w);
	json_string_member(w, "type", "object");
	json_name(w, "properties");
	json_begin_object(w);
	each_member(d, row, put_member);
	json_end_object(w);
	json_name(w, "required");
	json_begin_array(w);
	each_member(d, row, put_required);
	json_end_array(w);
	json_bool_member(w, "additionalProperties", false);
	json_end_object(w);
	json_end_object(w);
	if (operation_takes_file(d->operation, NULL))
		put_file_body(w);
	json_end_object(w);
	json_end_object(w);
}

/* ---- answers ---- */

static void put_list_schema(struct json_writer *w, struct span schema)
{
	json_begin_object(w);
	json_string_member(w, "type", "object");
	json_name(w, "properties");
	json_begin_object(w);
	json_name(w, "items");
	json_begin_object(w);
	json_string_member(w, "type", "array");
	json_name(w, "items");
	put_reference(w, "schemas", schema);
	json_end_object(w);
	json_name(w, "total");
	put_reference(w, "schemas", SPAN("Count"));
	json_name(w, "next_cursor");
	put_reference(w, "schemas", SPAN("Cursor"));
	json_end_object(w);
	json_name(w, "required");
	json_begin_array(w);
	json_put_string(w, "items");
	json_end_array(w);
	json_bool_member(w, "additionalProperties", false);
	json_end_object(w);
}

static void put_text_schema(struct json_writer *w)
{
	json_begin_object(w);
	json_string_member(w, "type", "string");
	json_end_object(w);
}

static void put_response(struct json_writer *w, int status, const char *description,
	const struct operation_result *result)
{
	char code[4] = { (char)('0' + status / 100), (char)('0' + status / 10 % 10),
		(char)('0' + status % 10) };

	json_name(w, code);
	json_begin_object(w);
	json_string_member(w, "description", description);
	if (result->schema.len > 0) {
		json_name(w, "content");
		json_begin_object(w);
		json_name(w, result->is_media ? (const char *)result->schema.data : API_JSON);
		json_begin_object(w);
		json_name(w, "schema");
		if (result->is_media)
			put_text_schema(w);
		else if (result->is_list)
			put_list_schema(w, result->schema);
		else
			put_reference(w, "schemas", result->schema);
		json_end_object(w);
		json_end_object(w);
	}
	json_end_object(w);
}

static void put_responses(struct description *d, enum operation operation)
{
	static const struct operation_result warned = { .schema = SPAN("Warned") }, none;
	struct operation_result result = operation_result(operation);
	struct json_writer *w = &d->w;

	json_name(w, "responses");
	json_begin_object(w);
	put_response(w, result.status, "Done", &result);
	if (result.status == 204)
		put_response(w, 200, "Done, with warnings", &warned);
	if (operation_creates(operation))
		put_response(w, 201, "Created", &result);
	if (strcmp(operation_row(operation)->method, "GET") == 0)
		put_response(w, 304, "Not changed since", &none);
	json_name(w, "default");
	put_reference(w, "responses", SPAN("Problem"));
	json_end_object(w);
}

/* ---- operations ---- */

static void put_permissions(struct json_writer *w, enum operation operation)
{
	uint64_t wanted = admin_permission(operation);

	json_name(w, "x-permissions");
	json_begin_array(w);
	for (unsigned bit = 0; bit < 63; bit++)
		if (wanted >> bit & 1)
			json_put_string(w, admin_codename((enum permission)bit));
	json_end_array(w);
}

static void put_operation(struct description *d, enum operation operation)
{
	const struct operation_row *row = operation_row(operation);
	struct json_writer *w = &d->w;

	d->operation = operation;
	json_name(w, lower_name(d->arena, operation_method(operation)));
	json_begin_object(w);
	json_string_member(w, "operationId",
		arena_printf(d->arena, "%s%s", lower_name(d->arena, row->id),
			d->of_tenant ? "_of_tenant" : ""));
	json_string_member(w, "summary", row->help);
	put_permissions(w, operation);
	if (operation == OPERATION_SESSION_CREATE) {
		json_name(w, "security");
		json_put_raw(w, SPAN("[]"));
	}
	put_parameters(d, row);
	put_body(d, row);
	put_responses(d, operation);
	json_end_object(w);
}

/* "users/:user" as "/users/{user}". */
static void name_path(struct description *d, const char *path)
{
	struct span rest = span_str(path);
	const char *text = d->of_tenant ? "/tenants/{tenant}" : "";

	while (rest.len > 0) {
		struct span piece = span_cut(&rest, '/');
		bool any = piece.len > 0 && piece.data[0] == ':';

		text = arena_printf(d->arena, any ? "%s/{%.*s}" : "%s/%.*s", text,
			SPAN_ARGS(any ? span_from(piece, 1) : piece));
	}
	json_name(&d->w, text);
}

/* Has a route in this form. */
static bool is_served(const struct description *d, enum operation operation)
{
	const struct operation_row *row = operation_row(operation);

	if (!row->path)
		return false;
	return !d->of_tenant || (operation_has_tenant(operation) && !strstr(row->path, ":tenant"));
}

static bool stands_before(enum operation operation)
{
	for (unsigned i = 0; i < (unsigned)operation; i++) {
		const char *path = operation_row((enum operation)i)->path;
		if (path && strcmp(path, operation_row(operation)->path) == 0)
			return true;
	}
	return false;
}

static void put_paths(struct description *d)
{
	for (unsigned i = 0; i < OPERATION_COUNT; i++) {
		const char *path = operation_row((enum operation)i)->path;

		if (!is_served(d, (enum operation)i) || stands_before((enum operation)i))
			continue;
		name_path(d, path);
		json_begin_object(&d->w);
		for (unsigned k = i; k < OPERATION_COUNT; k++)
			if (is_served(d, (enum operation)k) &&
				strcmp(operation_row((enum operation)k)->path, path) == 0)
				put_operation(d, (enum operation)k);
		json_end_object(&d->w);
	}
}

static void put_info(struct json_writer *w)
{
	json_name(w, "info");
	json_begin_object(w);
	json_string_member(w, "title", "Muster");
	json_string_member(w, "version", MUSTER_VERSION);
	json_string_member(w, "description",
		"Administration of tenants, people, roles, scopes, directories and clients. A key "
		"is of one tenant; what belongs to another is not found.");
	json_end_object(w);
}

void api_describe(struct buffer *out)
{
	struct description d = { .arena = arena_new() };
	struct json_writer *w = &d.w;

	json_start(w, out);
	json_begin_object(w);
	json_string_member(w, "openapi", "3.1.0");
	put_info(w);
	json_name(w, "servers");
	json_put_raw(w, SPAN("[{\"url\":\"/api/v1\"}]"));
	json_name(w, "security");
	json_put_raw(w, SPAN("[{\"key\":[]},{\"session\":[]}]"));
	json_name(w, "paths");
	json_begin_object(w);
	put_paths(&d);
	d.of_tenant = true;
	put_paths(&d);
	json_end_object(w);
	json_name(w, "components");
	json_put_raw(w, span_of(components_begin, (size_t)(components_end - components_begin)));
	json_end_object(w);
	arena_free(d.arena);
}
