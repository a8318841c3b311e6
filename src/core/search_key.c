/* What an entry is sorted by. */
#include "core/search_int.h"

#include "model/value.h"

static bool primary_instance(const struct record *record, enum attr attr, uint16_t *instance)
{
	enum attr primary = attr_primary(attr);
	for (size_t i = record_find(record, primary); primary && i < record->count; i++) {
		struct value value = record_row(record, i);
		if (value.attr != primary)
			break;
		if (span_equal(value.octets, SPAN("TRUE"))) {
			*instance = value.instance;
			return true;
		}
	}
	return false;
}

static struct span sort_value(const struct record *record, enum attr attr)
{
	uint16_t instance;
	if (!primary_instance(record, attr, &instance))
		return record_first(record, attr);
	for (size_t i = record_find(record, attr); i < record->count; i++) {
		struct value value = record_row(record, i);
		if (value.attr != attr)
			break;
		if (value.instance == instance)
			return value.octets;
	}
	return record_first(record, attr);
}

static void value_key(const struct search *search, enum attr attr, const struct record *record,
	struct sort_item *item)
{
	struct arena *scratch = search->view->scratch;
	const struct filter_context *context = &search->context;
	struct span value = attr_has(attr, ATTR_PER_SOURCE) && context->one_source
				    ? record_of_source(record, attr, context->source)
				    : sort_value(record, attr);
	if (!value.len) {
		item->key[0] = SORT_NONE;
		return;
	}
	arena_reset(scratch);
	item->len += ordered_key_of(attr, value_normal(scratch, attr, value), item->key + 1);
}

static size_t put_time(uint8_t *key, int64_t time)
{
	put_be64(key, (uint64_t)time);
	return 8;
}

void sort_item_make(const struct search *search, enum attr attr, const struct record *record,
	struct sort_item *item)
{
	int64_t login;
	item->kind = record->kind;
	item->number = record->number;
	item->key[0] = SORT_VALUE;
	item->len = 1;
	switch (attr) {
	case ATTR_CREATED: /* numbers are given in the order of creation */
		break;
	case ATTR_MODIFIED:
		item->len += put_time(item->key + 1, record->modified);
		break;
	case ATTR_AUTH_TIMESTAMP:
		if (txn_last_login(search->view->txn, record->tenant, record->number, &login))
			item->len += put_time(item->key + 1, login);
		else
			item->key[0] = SORT_NONE;
		break;
	default:
		value_key(search, attr, record, item);
	}
}

size_t search_value_key(enum attr attr, struct span normal, uint8_t key[SEARCH_KEY_MAX])
{
	_Static_assert(SEARCH_KEY_MAX == ORDERED_KEY_MAX, "the index's own");
	return ordered_key_of(attr, normal, key);
}
