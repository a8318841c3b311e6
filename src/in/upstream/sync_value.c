#include "in/upstream/sync_value.h"

#include <string.h>

#define ID 16

/* liblber follows a null pointer in a value of no octets. */
static BerElement *open_value(const struct berval *value)
{
	return value->bv_len > 0 ? ber_init((struct berval *)value) : NULL;
}

static bool read_octets(BerElement *ber, struct arena *arena, struct span *octets)
{
	struct berval value;

	if (ber_scanf(ber, "m", &value) == LBER_ERROR)
		return false;
	*octets = arena_copy(arena, span_of(value.bv_val, value.bv_len));
	return true;
}

static bool read_cookie(BerElement *ber, struct arena *arena, bool *has, struct span *cookie)
{
	ber_len_t len;

	*has = ber_peek_tag(ber, &len) == LDAP_TAG_SYNC_COOKIE;
	return !*has || read_octets(ber, arena, cookie);
}

/* The optional cookie and the optional boolean that begin each of the sequences. */
static bool read_begin(BerElement *ber, struct arena *arena, struct sync_info *info)
{
	ber_len_t len;
	ber_int_t value;

	if (ber_scanf(ber, "{") == LBER_ERROR ||
		!read_cookie(ber, arena, &info->has_cookie, &info->cookie))
		return false;
	if (ber_peek_tag(ber, &len) != LBER_BOOLEAN)
		return true;
	if (ber_scanf(ber, "b", &value) == LBER_ERROR)
		return false;
	info->flag = value != 0;
	return true;
}

static bool read_ids(BerElement *ber, struct arena *arena, size_t room, struct span *ids)
{
	uint8_t *octets = arena_alloc(arena, room);
	struct berval id;
	size_t at = 0;
	ber_len_t len;
	char *last;

	for (ber_tag_t tag = ber_first_element(ber, &len, &last); tag != LBER_DEFAULT;
		tag = ber_next_element(ber, &len, last)) {
		if (ber_scanf(ber, "m", &id) == LBER_ERROR || id.bv_len != ID || room - at < ID)
			return false;
		memcpy(octets + at, id.bv_val, ID);
		at += ID;
	}
	*ids = span_of(octets, at);
	return true;
}

static bool read_info(BerElement *ber, struct arena *arena, size_t octets, struct sync_info *info)
{
	ber_len_t len;

	switch (ber_peek_tag(ber, &len)) {
	case LDAP_TAG_SYNC_NEW_COOKIE:
		info->kind = SYNC_INFO_COOKIE;
		info->has_cookie = true;
		return read_octets(ber, arena, &info->cookie);
	case LDAP_TAG_SYNC_REFRESH_DELETE:
		info->kind = SYNC_INFO_REFRESH_DELETE;
		info->flag = true;
		return read_begin(ber, arena, info);
	case LDAP_TAG_SYNC_REFRESH_PRESENT:
		info->kind = SYNC_INFO_REFRESH_PRESENT;
		info->flag = true;
		return read_begin(ber, arena, info);
	case LDAP_TAG_SYNC_ID_SET:
		info->kind = SYNC_INFO_IDS;
		return read_begin(ber, arena, info) && read_ids(ber, arena, octets, &info->ids);
	default:
		return false;
	}
}

bool sync_info_read(struct arena *arena, const struct berval *value, struct sync_info *info)
{
	BerElement *ber = open_value(value);

	*info = (struct sync_info){ 0 };
	bool good = ber && read_info(ber, arena, value->bv_len, info);
	ber_free(ber, 1);
	return good;
}

bool sync_state_read(struct arena *arena, const struct berval *value, struct sync_state *state)
{
	BerElement *ber = open_value(value);
	struct berval anchor;
	ber_int_t number;

	*state = (struct sync_state){ 0 };
	bool good =
		ber && ber_scanf(ber, "{em", &number, &anchor) != LBER_ERROR && anchor.bv_len == ID;
	if (good) {
		state->state = number;
		memcpy(state->anchor.octets, anchor.bv_val, ID);
		good = read_cookie(ber, arena, &state->has_cookie, &state->cookie);
	}
	ber_free(ber, 1);
	return good;
}
