#include "in/upstream/entry.h"

struct control_state {
	ber_int_t state;
	struct uuid anchor;
	bool has_cookie;
	struct berval cookie; /* in `octets` */
	char octets[FRAME_COOKIE_MAX];
};

static bool read_state(BerElement *ber, struct control_state *state)
{
	struct berval anchor, cookie;
	ber_len_t len;

	if (ber_scanf(ber, "{em", &state->state, &anchor) == LBER_ERROR || anchor.bv_len != 16)
		return false;
	memcpy(state->anchor.octets, anchor.bv_val, 16);
	state->has_cookie = ber_peek_tag(ber, &len) == LDAP_TAG_SYNC_COOKIE;
	if (!state->has_cookie)
		return true;
	if (ber_scanf(ber, "m", &cookie) == LBER_ERROR || cookie.bv_len > sizeof(state->octets))
		return false;
	memcpy(state->octets, cookie.bv_val, cookie.bv_len);
	state->cookie = (struct berval){ cookie.bv_len, state->octets };
	return true;
}

/* RFC 4533 section 2.3: every entry comes with its state. */
static bool find_state(struct upstream *up, LDAPMessage *message, struct control_state *state)
{
	LDAPControl **controls = NULL;
	bool good = false;

	if (ldap_get_entry_controls(up->ld, message, &controls) != LDAP_SUCCESS)
		return false;
	LDAPControl *control = ldap_control_find(LDAP_CONTROL_SYNC_STATE, controls, NULL);
	if (control) {
		BerElement *ber = ber_init(&control->ldctl_value);
		good = ber && read_state(ber, state);
		ber_free(ber, 1);
	}
	ldap_controls_free(controls);
	return good;
}

static void send_by_state(struct upstream *up, LDAPMessage *message, ber_int_t state)
{
	static struct incoming in;

	switch (state) {
	case LDAP_SYNC_PRESENT:
		up->row.type = FRAME_IDS;
		up->row.ids = uuid_span(&up->row.anchor);
		up->row.deletes = false;
		upstream_put(up, &up->row);
		break;
	case LDAP_SYNC_DELETE:
		up->row.type = FRAME_DELETED;
		upstream_put(up, &up->row);
		break;
	case LDAP_SYNC_ADD:
	case LDAP_SYNC_MODIFY:
		if (incoming_take(up, message, &in))
			entry_put_whole(up, &in);
		else
			entry_skip(up, "the entry is malformed");
		incoming_release(&in);
		break;
	default:
		upstream_fail(up, FAILURE_PROTOCOL, "an unknown sync state");
	}
}

void upstream_entry(struct upstream *up, LDAPMessage *message)
{
	struct control_state state;

	if (!find_state(up, message, &state))
		upstream_fail(up, FAILURE_PROTOCOL,
			"an entry without its sync state: the server does not follow RFC 4533");
	up->row.anchor = state.anchor;
	send_by_state(up, message, state.state);
	if (state.has_cookie)
		upstream_cookie(up, &state.cookie);
}
