/* Time. Wall time is microseconds since 1970 UTC, for people and records; deadlines use the
 * monotonic clock. Any thread. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/span.h"

#define SECOND INT64_C(1000000) /* in microseconds */

int64_t clock_wall(void);
int64_t clock_monotonic(void);
/* Tests only: both clocks stand at `microseconds` until set again; 0 gives the real ones back. */
void clock_set_for_test(int64_t microseconds);

#define TIME_TEXT_MAX 32
/* "2026-11-22T01:02:03.456Z", RFC 3339 with milliseconds; returns the length. */
size_t time_format_rfc3339(int64_t wall, char out[TIME_TEXT_MAX]);
/* "20261122010203Z", GeneralizedTime of RFC 4517 section 3.3.13. */
size_t time_format_generalized(int64_t wall, char out[TIME_TEXT_MAX]);
bool time_parse_rfc3339(struct span text, int64_t *wall); /* any offset, optional fraction */
bool time_parse_generalized(struct span text, int64_t *wall);

#endif
