/* What the tests of base share: cmocka with what it needs before it, and spans compared to text. */
#ifndef UNIT_BASE_UNIT_H
#define UNIT_BASE_UNIT_H

#include "base/span.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define assert_span(span, text) assert_true(span_equal(span, span_str(text)))

#endif
