/* Pages by cursor (RFC 9865). */
#include "in/scim/scim_list_int.h"

#include "base/clock.h"
#include "base/codec.h"
#include "base/limits.h"

#define CURSOR_LIFE (24 * 3600 * SECOND) /* "cursorTimeout" of the ServiceProviderConfig */
#define QUERY_MAX (64 * KIB)

/* The attributes that are shown may change between pages, and so may their number. */
static void make_query(struct list *list)
{
	struct scim_call *call = list->call;
	const struct actor *actor = &call->actor;
	struct buffer text;
	buffer_init(&text, QUERY_MAX);
	write_span(&text, SPAN("scim"));
	for (size_t i = 0; i < list->type_count; i++)
		write_span(&text, span_str(list->types[i]->name));
	write_u8(&text, (uint8_t)actor->kind);
	write_u32(&text, actor->number);
	write_u32(&text, (uint32_t)list->spec.sort);
	write_u8(&text, list->spec.descending);
	write_span(&text, list->asked.filter);
	list->query.tenant = actor->tenant;
	list->query.text = arena_copy(call->arena, buffer_span(&text));
	buffer_free(&text);
}

enum err list_take_cursor(struct list *list)
{
	struct scim_call *call = list->call;
	if (!list->by_cursor)
		return OK;
	if (list->start != 1)
		return fail(&call->why, ERR_VALUE, "startIndex",
			"either a cursor or a startIndex can be given");
	make_query(list);
	if (list->asked.cursor.len == 0)
		return OK;
	const struct cursor_key *key = core_cursor_key(call->server->door->options.core);
	return cursor_read(
		call->arena, key, &list->query, list->asked.cursor, &list->from, &call->why);
}

void list_remember(struct list *list, const struct search *search)
{
	struct span sort = search_sort_key(search);
	search_position(search, &list->last.kind, &list->last.number);
	if (sort.len > 0)
		memcpy(list->last_sort, sort.data, sort.len);
	list->last.sort = span_of(list->last_sort, sort.len);
}

void list_put_next(struct list *list)
{
	struct scim_call *call = list->call;
	const struct cursor_key *key = core_cursor_key(call->server->door->options.core);
	if (list->by_cursor && !list->ended && list->last.kind != KIND_NONE)
		json_string_member(&list->w, "nextCursor",
			cursor_write(call->arena, key, &list->query, &list->last,
				clock_wall() + CURSOR_LIFE));
}
