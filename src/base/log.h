/* The log: one line an event, key=value or JSON, to standard error (journald adds the time when it
 * is there). Only in/, out/ and daemon/ call it; lower floors return errors. Values are escaped and
 * cut at 256 octets, so a peer cannot forge a line. No password, token or other tenant's data is
 * ever a field. Any thread. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/err.h"
#include "base/span.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };
enum log_form { LOG_FORM_TEXT, LOG_FORM_JSON };

struct log_field {
	const char *key;
	enum { LOG_FIELD_END, LOG_FIELD_SPAN, LOG_FIELD_INT } type;
	struct span text;
	int64_t number;
};

#define L_SPAN(key, value) ((struct log_field){ key, LOG_FIELD_SPAN, (value), 0 })
#define L_STR(key, value) L_SPAN(key, span_str(value))
#define L_INT(key, value) ((struct log_field){ key, LOG_FIELD_INT, SPAN_NONE, (int64_t)(value) })
#define L_WHY(why) L_STR("reason", (why)->text), L_STR("attribute", (why)->attribute)

/* log_event(LOG_LEVEL_INFO, "ldap.bind", L_STR("tenant", name), L_INT("result", code)); */
#define log_event(level, event, ...)                                                               \
	log_write(level, event, (const struct log_field[]){ __VA_ARGS__ __VA_OPT__(, ){ 0 } })

void log_setup(enum log_form form, enum log_level least);
/* Would an event of the level be written? For what is dear to put together. */
bool log_is_on(enum log_level level);
void log_write(enum log_level level, const char *event, const struct log_field *fields);

#endif
