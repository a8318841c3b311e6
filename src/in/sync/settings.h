/* A directory entry's settings, read and checked. Spans borrow from the entry and from the arena.
 * The rows of mapping, scope and disabled rules: mapping.h; of group mapping: model/target.h. */
#ifndef IN_SYNC_SETTINGS_H
#define IN_SYNC_SETTINGS_H

#include "base/limits.h"
#include "in/sync/address.h"
#include "in/sync/frame.h"
#include "in/sync/join.h"
#include "in/sync/limits.h"
#include "in/mapping/mapping.h"
#include "model/entry.h"
#include "model/grant.h"
#include "model/target.h"

#define TARGETS_MAX 256

struct settings {
	uint32_t number;
	struct uuid id;
	uint16_t source;
	bool active;
	struct span name, uri, bind_dn, sealed, base, filter, ca_file;
	struct span failovers[ORDER_URIS_MAX - 1];
	size_t failover_count;
	enum connector_kind connector;
	struct span anchor_attribute; /* empty: the connector's */
	uint32_t poll_seconds;
	uint32_t full_seconds; /* 0: the daemon's */
	bool start_tls;
	struct texts rows, scope, disabled; /* see mapping.h */
	struct span preset;
	/* Compiled for a server that nobody knows yet: gives whatever one of them may give. */
	struct mapping *mapping;
	struct target targets[TARGETS_MAX];
	size_t target_count;
	struct grant approved[LIMIT_GRANTS];
	size_t approved_count;
	uint32_t group_depth; /* groups in groups, so many times; 0: direct members alone */
	bool keeps_gone;      /* roles of a mapped group that is gone, until somebody says so */
	struct limits limits;
	struct join_settings join;
	/* Of all that a cookie depends on: with another one the cookie says nothing. */
	uint8_t place[32];
	/* Of the group mapping. */
	uint8_t grants[32];
};

enum err settings_read(
	struct arena *arena, const struct entry *entry, struct settings *settings, struct why *why);
/* The child's order but for the secret and the cookie. */
void settings_order(const struct settings *settings, struct order *order);

#endif
