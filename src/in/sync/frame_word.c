/* What people read of the numbers in a frame. */
#include "in/sync/frame.h"

static const char *const connector_names[CONNECTOR_COUNT] = {
	[CONNECTOR_AUTO] = "auto",
	[CONNECTOR_RFC4533] = "rfc4533",
	[CONNECTOR_DIRSYNC] = "dirsync",
	[CONNECTOR_PAGED] = "paged",
};

static const char *const stage_names[STAGE_COUNT] = {
	[STAGE_START] = "start",
	[STAGE_CONNECT] = "connect",
	[STAGE_TLS] = "tls",
	[STAGE_BIND] = "bind",
	[STAGE_DISCOVER] = "discover",
	[STAGE_SEARCH] = "search",
	[STAGE_REFRESH] = "refresh",
	[STAGE_FOLLOW] = "follow",
	[STAGE_APPLY] = "apply",
	[STAGE_PASSWORD] = "password",
};

static const char *const failure_names[FAILURE_COUNT] = {
	[FAILURE_NET] = "net",
	[FAILURE_TLS] = "tls",
	[FAILURE_AUTH] = "auth",
	[FAILURE_BUSY] = "busy",
	[FAILURE_LIMIT] = "limit",
	[FAILURE_PROTOCOL] = "protocol",
	[FAILURE_CONFIG] = "config",
	[FAILURE_ROLLBACK] = "rollback",
	[FAILURE_REFRESH] = "refresh",
	[FAILURE_DATA] = "data",
};

static const char *const state_names[ENTRY_STATES] = {
	[ENTRY_ACTIVE] = "active",
	[ENTRY_DISABLED] = "disabled",
	[ENTRY_EXPIRED] = "expired",
	[ENTRY_OUT_OF_SCOPE] = "out of scope",
};

static const char *const verdict_names[VERDICT_COUNT] = {
	[VERDICT_GOOD] = "good",
	[VERDICT_WARNING] = "warning",
	[VERDICT_BAD] = "bad",
};

const char *connector_name(enum connector_kind kind)
{
	return connector_names[kind];
}

bool connector_by_name(struct span name, enum connector_kind *kind)
{
	*kind = CONNECTOR_AUTO;
	if (name.len == 0)
		return true;
	for (enum connector_kind i = 0; i < CONNECTOR_COUNT; i++)
		if (span_equal_nocase(name, span_str(connector_names[i]))) {
			*kind = i;
			return true;
		}
	return false;
}

const char *stage_name(enum stage stage)
{
	return stage_names[stage];
}

const char *failure_name(enum failure failure)
{
	return failure_names[failure];
}

const char *entry_state_name(enum entry_state state)
{
	return state_names[state];
}

const char *verdict_name(enum verdict verdict)
{
	return verdict_names[verdict];
}
