/* What is known of languages and time zones: the names that settings and people may carry. Any
 * thread. */
#ifndef MODEL_LOCALE_H
#define MODEL_LOCALE_H

#include "base/span.h"

/* A language tag of RFC 5646 without extensions ("de", "pt-BR", "zh-Hant-TW") whose language is one
 * of ISO 639-1, in either case. */
bool language_is_known(struct span tag);
/* An IANA zone ("Asia/Jakarta"): "UTC", or a file of the machine's tzdata, which is looked at. */
bool zone_is_known(struct span name);

#endif
