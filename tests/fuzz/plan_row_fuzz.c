/* Rows of a stored plan: whatever a chunk holds, reading ends, and what is read is written again as
 * it was. */
#include "fuzz.h"
#include "base/limits.h"
#include "in/sync/plan_row.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct plan_row row;
	struct span rest = span_of(data, size), before = rest;
	struct buffer out;
	struct why why;
	enum err err;

	buffer_init(&out, 64 * KIB);
	for (; plan_row_read(&rest, &row, &err, &why); before = rest) {
		must(rest.len < before.len && row.action < PLAN_ACTIONS);
		must(row.change_count <= PLAN_CHANGES_MAX);
		must(plan_action_by_word(span_str(plan_action_word(row.action))) == row.action);
		buffer_reset(&out);
		plan_row_write(&out, &row);
		must(out.failed ||
			span_equal(buffer_span(&out), span_of(before.data, before.len - rest.len)));
	}
	must(err == OK || err == ERR_CORRUPT);
	buffer_free(&out);
	return 0;
}
