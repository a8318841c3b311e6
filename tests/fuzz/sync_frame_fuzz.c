/* Frames between the daemon and muster-sync: whatever a child sends is refused or stays within the
 * limits, and a row that is read is written again as it came. */
#include "base/codec.h"
#include "base/secret.h"
#include "fuzz.h"
#include "in/sync/frame.h"

static struct row row, again;

static void check(const struct row *r)
{
	must(r->value_count <= MAPPED_VALUES_MAX && r->member_count <= FRAME_MEMBERS_MAX);
	must(r->id_count <= FRAME_IDS_MAX && r->cookie.len <= FRAME_COOKIE_MAX);
	for (size_t i = 0; i < r->value_count; i++)
		must(r->values[i].attr < ATTR_LIMIT &&
			r->values[i].octets.len <= MAPPED_VALUE_MAX);
	for (size_t i = 0; i < r->member_count; i++)
		must(r->members[i].dn.len <= LIMIT_DN_OCTETS &&
			(r->members[i].dn.len > 0 || !uuid_is_nil(&r->members[i].anchor)));
	must(r->answer < ANSWER_COUNT && r->expires >= -1 && r->grace >= -1);
	must(r->stage < STAGE_COUNT && r->failure < FAILURE_COUNT && r->class <= CLASS_OU);
	must(r->state < ENTRY_STATES && r->delta < MEMBERS_DELTAS && r->verdict < VERDICT_COUNT);
	must(r->rule.len <= ORDER_TEXT_MAX && r->text.len <= FRAME_TEXT_MAX);
	must(r->name.len <= FRAME_NAME_MAX && r->uri < ORDER_URIS_MAX && r->expiry >= 0);
	must(r->server.identity.len <= FRAME_IDENTITY_MAX &&
		r->server.features.len <= FRAME_FEATURES_MAX);
}

static void write_again(void)
{
	struct buffer out;

	buffer_init(&out, 2 * FRAME_MAX);
	frame_put_row(&out, &row);
	must(!out.failed);
	must(frame_read_row(buffer_span(&out), &again, NULL) == OK);
	must(again.type == row.type && again.value_count == row.value_count &&
		again.member_count == row.member_count && span_equal(again.dn, row.dn));
	buffer_free(&out);
}

static void check_order(const struct order *order)
{
	struct order once_more;
	struct buffer out;

	must(order->task < TASK_COUNT && order->connector < CONNECTOR_COUNT);
	must(order->uri_count > 0 && order->uri_count <= ORDER_URIS_MAX);
	must(order->scope.count <= TEXTS_ROWS_MAX && order->anchors.len % 16 == 0);
	buffer_init(&out, 2 * FRAME_MAX);
	frame_put_order(&out, order);
	must(frame_read_order(buffer_span(&out), &once_more, NULL) == OK);
	must(span_equal(once_more.cookie, order->cookie));
	buffer_free(&out);
}

static void check_question(const struct question *question)
{
	struct question once_more;
	struct buffer out;

	must(question->password.len > 0 && question->password.len <= PASSWORD_MAX);
	buffer_init(&out, FRAME_MAX);
	frame_put_question(&out, question);
	must(frame_read_question(buffer_span(&out), &once_more, NULL) == OK);
	must(span_equal(once_more.password, question->password) &&
		uuid_equal(&once_more.anchor, &question->anchor));
	buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = span_of(data, size), frame;
	struct question question;
	struct order order;
	enum err err;

	memset(&row, 0, sizeof(row));
	while (frame_next(rest, &frame, &err, NULL)) {
		if (frame_read_row(frame, &row, NULL) == OK) {
			check(&row);
			write_again();
		}
		if (frame_read_order(frame, &order, NULL) == OK)
			check_order(&order);
		if (frame_read_question(frame, &question, NULL) == OK)
			check_question(&question);
		rest = span_from(rest, frame.len);
	}
	return 0;
}
