#include "core/audit_int.h"

#define WISHES_MOST 8
#define WISH_OCTETS 64 /* of a value */

static bool begin_wish(struct buffer *out, size_t *count)
{
	if (*count == WISHES_MOST)
		return false;
	buffer_put_octet(out, *count ? ',' : '[');
	++*count;
	return true;
}

/* What is asked for may be anything: it is cut. */
static void put_wish(
	struct buffer *out, enum kind kind, const struct value *value, bool remove, size_t *count)
{
	struct value cut = *value;
	if (!begin_wish(out, count))
		return;
	while (cut.octets.len > WISH_OCTETS ||
		(cut.octets.len < value->octets.len && cut.octets.len &&
			(value->octets.data[cut.octets.len] & 0xc0) == 0x80))
		cut.octets.len = cut.octets.len > WISH_OCTETS ? WISH_OCTETS : cut.octets.len - 1;
	buffer_put_span(out, remove ? SPAN("{\"new\":null,\"old\":") : SPAN("{\"new\":"));
	audit_put_value(out, &cut);
	buffer_put_span(out, remove ? SPAN(",\"path\":") : SPAN(",\"old\":null,\"path\":"));
	audit_put_string(out, span_str(audit_path(kind, value->attr)));
	buffer_put_octet(out, '}');
}

static void put_joined(
	struct buffer *out, const char *path, const struct uuid *id, bool remove, size_t *count)
{
	if (!begin_wish(out, count))
		return;
	buffer_put_span(out, remove ? SPAN("{\"new\":null,\"old\":") : SPAN("{\"new\":"));
	audit_put_id(out, id);
	buffer_put_span(out, remove ? SPAN(",\"path\":") : SPAN(",\"old\":null,\"path\":"));
	audit_put_string(out, span_str(path));
	buffer_put_octet(out, '}');
}

static void put_mod(
	struct buffer *out, enum kind kind, const struct modification *mod, size_t *count)
{
	struct value none = { .attr = mod->attr };
	if (!mod->count)
		put_wish(out, kind, &none, true, count);
	for (size_t i = 0; i < mod->count; i++) {
		struct value value = { .attr = mod->attr, .octets = mod->values[i].octets };
		put_wish(out, kind, &value, mod->op == PATCH_REMOVE, count);
	}
}

void audit_put_wishes(struct buffer *out, const struct command *command)
{
	size_t count = 0;
	for (size_t i = 0; command->entry && i < command->entry->count; i++)
		put_wish(out, command->kind, &command->entry->values[i], false, &count);
	for (size_t i = 0; i < command->mod_count; i++)
		put_mod(out, command->kind, &command->mods[i], &count);
	for (size_t i = 0; i < command->member_count; i++)
		put_joined(out, "members", &command->members[i].id, command->members[i].remove,
			&count);
	for (size_t i = 0; i < command->container_count; i++)
		put_joined(out, "groups", &command->containers[i].id, command->containers[i].remove,
			&count);
	buffer_put_span(out, count ? SPAN("]") : SPAN("[]"));
}

/* ---- drafts ---- */

void audit_draft_denied(struct buffer *out, size_t ends[3], const struct actor *actor,
	const struct attempt *attempt, const char *reason)
{
	struct uuid id = uuid_new();
	buffer_put_span(out, SPAN("{\"action\":"));
	audit_put_string(out, span_str(attempt->action));
	buffer_put_span(out, SPAN(",\"actor\":"));
	audit_put_actor(out, actor, attempt->tenant);
	ends[0] = out->len;
	buffer_put_span(out, SPAN(",\"changes\":"));
	buffer_put_span(out, attempt->changes.len ? attempt->changes : SPAN("[]"));
	audit_put_delegation(out, actor->delegation);
	buffer_put_span(out, SPAN(",\"id\":"));
	audit_put_id(out, &id);
	buffer_put_span(out, SPAN(",\"outcome\":\"denied\""));
	audit_put_optional(out, "reason", span_str(reason));
	audit_put_request(out, actor);
	ends[1] = out->len;
	audit_put_subject(out, actor->delegation);
	ends[2] = out->len;
}

static struct span name_of(struct run *run, const struct audit_draft *draft)
{
	enum kind kind;
	uint32_t number;
	struct record record;
	if (draft->name.len || uuid_is_nil(&draft->id) ||
		!txn_find_id(run->txn, draft->tenant, &draft->id, &kind, &number) ||
		!txn_entry(run->txn, draft->tenant, kind, number, &record))
		return draft->name;
	return record_first(&record, kind_row(kind)->naming);
}

void audit_append_draft(struct run *run, const struct audit_draft *draft)
{
	struct audit_link links[2];
	struct audit_place place;
	size_t count = 0;
	struct buffer *out = run->scratch;
	txn_audit_place(run->txn, draft->tenant, draft->time, &place.sequence, &place.time);
	buffer_reset(out);
	buffer_put_span(out, draft->parts[0]);
	if (draft->attempts > 1)
		buffer_putf(out, ",\"attempts\":%llu", (unsigned long long)draft->attempts);
	buffer_put_span(out, draft->parts[1]);
	buffer_putf(out, ",\"seq\":%llu", (unsigned long long)place.sequence);
	buffer_put_span(out, draft->parts[2]);
	buffer_put_span(out, SPAN(",\"target\":"));
	audit_put_named(out, &draft->id, name_of(run, draft), kind_row(draft->kind)->word);
	audit_put_end(out, draft->tenant, place.time);
	if (!uuid_is_nil(&draft->id))
		links[count++] = (struct audit_link){ AUDIT_LINK_TARGET, draft->id };
	if (!uuid_is_nil(&draft->actor))
		links[count++] = (struct audit_link){ AUDIT_LINK_ACTOR, draft->actor };
	txn_append_audit(run->txn, draft->tenant, place.sequence, buffer_span(out), links, count);
}
