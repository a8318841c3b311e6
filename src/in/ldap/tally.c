#include "in/ldap/tally.h"

#include "base/metric.h"
#include "in/ldap/door_int.h"

enum tally_result tally_result_of(int code)
{
	switch (code) {
	case RESULT_SUCCESS:
	case RESULT_COMPARE_FALSE:
	case RESULT_COMPARE_TRUE:
	case RESULT_REFERRAL:
	case RESULT_SASL_IN_PROGRESS:
		return TALLY_SUCCEEDED;
	case RESULT_CREDENTIALS:
	case RESULT_ACCESS:
	case RESULT_AUTH_METHOD:
	case RESULT_STRONGER_AUTH:
	case RESULT_CONFIDENTIALITY:
		return TALLY_DENIED;
	case RESULT_TIME_LIMIT:
	case RESULT_SIZE_LIMIT:
	case RESULT_ADMIN_LIMIT:
	case RESULT_BUSY:
		return TALLY_LIMITED;
	case RESULT_UNAVAILABLE:
	case 80: /* other */
		return TALLY_FAILED;
	default:
		return TALLY_REFUSED;
	}
}

static const _Atomic uint64_t *figure_at(const struct tally *tally, size_t offset)
{
	return (const _Atomic uint64_t *)((const char *)tally + offset);
}

uint64_t tally_sum(const struct ldap_door *door, size_t offset)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < door->shard_count; i++)
		sum += tally_get(figure_at(&door->shards[i].tally, offset));
	return sum;
}

#define AT(member) offsetof(struct tally, member)
#define DONE(operation) offsetof(struct tally, completed[TALLY_##operation])

static const struct {
	enum metric metric;
	size_t offset;
} told[] = {
	{ METRIC_LDAP_COMPARES, DONE(OP_COMPARE) },
	{ METRIC_LDAP_WRITES, DONE(OP_ADD) },
	{ METRIC_LDAP_WRITES, DONE(OP_MODIFY) },
	{ METRIC_LDAP_WRITES, DONE(OP_DELETE) },
	{ METRIC_LDAP_WRITES, DONE(OP_RENAME) },
	{ METRIC_LDAP_EXTENDED, DONE(OP_EXTENDED) },
	{ METRIC_LDAP_OCTETS, AT(octets) },
	{ METRIC_LDAP_ACCEPTED, AT(connections) },
	{ METRIC_LDAP_THROTTLED, AT(throttled) },
	{ METRIC_LDAP_TLS, AT(tls) },
	{ METRIC_LDAP_PARKED, AT(parked) },
	{ METRIC_LDAP_UNREAD, AT(unread) },
	{ METRIC_LDAP_SUCCEEDED, AT(results[TALLY_SUCCEEDED]) },
	{ METRIC_LDAP_DENIED, AT(results[TALLY_DENIED]) },
	{ METRIC_LDAP_LIMITED, AT(results[TALLY_LIMITED]) },
	{ METRIC_LDAP_REFUSED, AT(results[TALLY_REFUSED]) },
	{ METRIC_LDAP_FAILED, AT(results[TALLY_FAILED]) },
};
_Static_assert(sizeof told / sizeof *told == SHARD_TOLD, "a shard remembers each");

static void look_around(struct shard *shard)
{
	uint64_t open = 0, tls = 0, parked = 0, unread = 0;

	for (const struct conn *conn = shard->conns; conn; conn = conn->next) {
		open++;
		tls += stream_is_tls(conn->stream);
		parked += conn->search_count;
		unread += stream_waiting(conn->stream) > 0;
	}
	tally_set(&shard->tally.open, open);
	tally_set(&shard->tally.tls, tls);
	tally_set(&shard->tally.parked, parked);
	tally_set(&shard->tally.unread, unread);
	tally_set(&shard->tally.octets, loop_octets_sent(shard->loop));
}

void tally_tell(struct shard *shard)
{
	look_around(shard);
	for (size_t i = 0; i < SHARD_TOLD; i++) {
		uint64_t now = tally_get(figure_at(&shard->tally, told[i].offset));

		if (now != shard->told[i])
			metric_add(told[i].metric, (int64_t)(now - shard->told[i]));
		shard->told[i] = now;
	}
}
