#include "core/login_int.h"

#include "base/clock.h"

#define DAY (24 * 3600 * SECOND)

int64_t password_changed(const struct record *record)
{
	int64_t changed;
	return time_parse_generalized(record_first(record, ATTR_PASSWORD_CHANGED), &changed)
		       ? changed
		       : record->created;
}

static int64_t days_of(struct view *view, const struct record *record, enum policy policy)
{
	return (int64_t)view_policy(view, record->tenant, policy) * DAY;
}

/* draft-behera-ldap-password-policy-10 section 8.1.2: the last sign-ins are counted. */
static void judge_expired(struct view *view, const struct record *record, struct standing *s)
{
	uint64_t most = view_policy(view, record->tenant, POLICY_PASSWORD_GRACE);
	uint32_t used =
		most ? grace_used(view, record->tenant, record->number, password_changed(record))
		     : 0;
	s->open = s->takes_grace = used < most;
	if (s->open) {
		s->notice.grace = (int32_t)(most - used - 1);
		return;
	}
	s->refusal = "the password has expired";
	s->notice.trouble = PASSWORD_EXPIRED;
}

static void judge_age(struct view *view, const struct record *record, struct standing *s)
{
	int64_t most = days_of(view, record, POLICY_PASSWORD_MAX_AGE);
	int64_t left = password_changed(record) + most - clock_wall();
	s->open = true;
	if (most && left <= 0)
		judge_expired(view, record, s);
	else if (most && left <= days_of(view, record, POLICY_PASSWORD_WARN))
		s->notice.expires = (left + SECOND - 1) / SECOND;
}

bool login_take_grace(struct view *view, const struct record *record)
{
	return grace_take(view, record->tenant, record->number, password_changed(record),
		(uint32_t)view_policy(view, record->tenant, POLICY_PASSWORD_GRACE));
}

static bool is_locked(const struct record *record)
{
	return !record_is_active(record) || record_has_expired(record);
}

void login_judge(
	struct view *view, const struct record *record, enum means means, struct standing *s)
{
	*s = (struct standing){ .notice = PASSWORD_NOTICE_NONE };
	if (is_locked(record)) {
		s->refusal = record_is_active(record) ? "the account has ended" : "inactive";
		if (view_policy(view, record->tenant, POLICY_LDAP_TELLS_LOCKED))
			s->notice.trouble = PASSWORD_ACCOUNT_LOCKED;
	} else if (record->kind != KIND_USER) {
		s->open = true;
	} else if (record_is_sso_only(record) && means != MEANS_APPLICATION &&
		   means != MEANS_CERTIFICATE) {
		s->refusal = "signs in by single sign-on only";
	} else if (means == MEANS_UPSTREAM) {
		s->open = true;
	} else if (record_is_true(record, ATTR_MUST_CHANGE)) {
		s->open = true;
		s->notice.trouble = PASSWORD_CHANGE_AFTER_RESET;
	} else if (means == MEANS_PASSWORD || means == MEANS_SCRAM) {
		judge_age(view, record, s);
	} else {
		s->open = true;
	}
}

int64_t password_end(struct view *view, const struct record *person)
{
	int64_t most = days_of(view, person, POLICY_PASSWORD_MAX_AGE);
	return most && person->kind == KIND_USER && record_first(person, ATTR_PASSWORD).len
		       ? password_changed(person) + most
		       : 0;
}

void password_facts(const struct record *person, struct password_facts *facts)
{
	*facts = (struct password_facts){ .reset = record_is_true(person, ATTR_MUST_CHANGE),
		.locked = is_locked(person) };
}
