#include "base/clock.h"
#include "in/upstream/entry.h"
#include "in/upstream/life.h"
#include "in/upstream/rfc4533.h"
#include "in/upstream/sync_value.h"

#define SKEW_WORTH_SAYING (60 * SECOND)

/* RFC 4533 section 2.3: every entry comes with its state. */
static bool find_state(struct upstream *up, LDAPMessage *message, struct sync_state *state)
{
	LDAPControl **controls = NULL;
	bool good = false;

	if (ldap_get_entry_controls(up->ld, message, &controls) != LDAP_SUCCESS)
		return false;
	LDAPControl *control = ldap_control_find(LDAP_CONTROL_SYNC_STATE, controls, NULL);
	if (control)
		good = sync_state_read(up->arena, &control->ldctl_value, state);
	ldap_controls_free(controls);
	return good;
}

/* What has just been changed tells how late it is there. */
static void compare_clocks(struct upstream *up, struct span version)
{
	char text[] = "YYYYmmddHHMMSSZ";
	int64_t theirs;

	if (!up->refreshed || version.len < 14)
		return;
	memcpy(text, version.data, 14);
	if (!time_parse_generalized(span_str(text), &theirs))
		return;
	int64_t skew = theirs - clock_wall(), more = skew - up->skew_said;
	if ((skew > -SKEW_WORTH_SAYING && skew < SKEW_WORTH_SAYING) ||
		(more > -SKEW_WORTH_SAYING && more < SKEW_WORTH_SAYING))
		return;
	up->skew_said = skew;
	upstream_note(
		up, "clock skew %lld s: what changes now is dated so", (long long)(skew / SECOND));
}

/* The digits of a UUID in whatever grouping: 389's are written as four words of eight. */
static bool is_anchor(struct span text, const struct uuid *anchor)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		static const char digits[] = "0123456789abcdef";
		if (text.data[i] == '-')
			continue;
		if (n == 32)
			return false;
		unsigned half = anchor->octets[n / 2] >> (n % 2 ? 0 : 4) & 15;
		if ((text.data[i] | 0x20) != digits[half] && text.data[i] != digits[half])
			return false;
		n++;
	}
	return n == 32;
}

/* People linked by another anchor than the one that is set would all come a second time. */
static void check_anchor(struct upstream *up, const struct incoming *in)
{
	struct span name = up->order.anchor_attribute;
	struct span value = name.len > 0 ? incoming_first(in, name) : SPAN_NONE;

	if (value.len > 0 && !is_anchor(value, &up->row.anchor))
		upstream_fail(up, FAILURE_CONFIG,
			"the server's synchronization does not go by %.*s", SPAN_ARGS(name));
}

static void look_at(struct upstream *up, const struct incoming *in)
{
	struct span version = incoming_first(in, SPAN("entryCSN"));

	if (version.len == 0)
		version = incoming_first(in, SPAN("modifyTimestamp"));
	canary_see(&up->sync, &up->row.anchor, version);
	compare_clocks(up, version);
	check_anchor(up, in);
}

/* Kept with the first cookie: what is moved from then on is found, however soon we end. */
static void sum_up_units(struct upstream *up, const struct incoming *in)
{
	const struct attribute *classes = incoming_find(in, SPAN("objectClass"));

	if (up->refreshed || !up->sync_was_empty ||
		!attribute_has(classes, SPAN("organizationalUnit")))
		return;
	up->sync.units += life_unit(span_of_berval(&in->dn));
	up->sync.has_units = up->units_came = true;
}

void sync_entry_put(struct upstream *up, const struct incoming *in)
{
	look_at(up, in);
	sum_up_units(up, in);
	entry_put_whole(up, in);
}

void sync_entry_gone(struct upstream *up)
{
	canary_drop(&up->sync, &up->row.anchor);
	up->row.type = FRAME_DELETED;
	upstream_put(up, &up->row);
}

static void send_by_state(struct upstream *up, LDAPMessage *message, int state)
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
		sync_entry_gone(up);
		break;
	case LDAP_SYNC_ADD:
	case LDAP_SYNC_MODIFY:
		if (incoming_take(up, message, &in)) {
			sync_entry_put(up, &in);
		} else {
			entry_skip(up, "the entry is malformed");
		}
		incoming_release(&in);
		break;
	default:
		upstream_fail(up, FAILURE_PROTOCOL, "an unknown sync state");
	}
}

void sync_entry(struct upstream *up, LDAPMessage *message)
{
	struct sync_state state;

	if (!find_state(up, message, &state))
		upstream_fail(up, FAILURE_PROTOCOL,
			"an entry without its sync state: the server does not follow RFC 4533");
	up->row.anchor = state.anchor;
	if (rootdse_is_389(&up->root) && up->refreshed)
		sync_changelog_hear(up, state.state == LDAP_SYNC_DELETE);
	else if (!sync_goes_by_changelog(up))
		send_by_state(up, message, state.state);
	if (state.has_cookie)
		sync_cookie_came(up, state.cookie);
}
