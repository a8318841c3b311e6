/* Paths and queries: decoded once, no segment holds what would make it another path. */
#include "fuzz.h"
#include "net/http_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct span rest = span_of(data, size), value;
	struct http_request request = { .arena = arena };
	bool present;
	request.path = span_cut(&rest, '?');
	request.query = rest;
	if (!http_split_path(&request).status)
		for (size_t i = 0; i < request.segment_count; i++) {
			struct span segment = request.segments[i];
			must(span_is_utf8(segment) && !span_equal(segment, SPAN("..")) &&
				!span_equal(segment, SPAN(".")));
			must(span_find(segment, '/') == segment.len &&
				span_find(segment, 0) == segment.len &&
				span_find(segment, '\\') == segment.len);
		}
	if (http_parameter(&request, "filter", &value, &present, NULL) == OK && present)
		must(span_is_utf8(value) && span_find(value, 0) == value.len);
	struct http_head head = { 0 };
	while (rest.len > 0) {
		struct span line = span_cut(&rest, '\n');
		struct span name = span_cut(&line, ':');
		http_head_take(&head, name, line);
	}
	if (!http_head_check(&head, "HTTP/1.1", NULL).status)
		must(head.hosts == 1 && !(head.chunked && head.content_lengths));
	arena_free(arena);
	return 0;
}
