/* What the tests of in/upstream share: cmocka with what it needs before it. */
#ifndef UNIT_UPSTREAM_UNIT_H
#define UNIT_UPSTREAM_UNIT_H

#include "base/span.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define assert_span(span, text) assert_true(span_equal(span, span_str(text)))

#endif
