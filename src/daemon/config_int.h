/* Inside daemon/config: the walk over the text that the schema governs. */
#ifndef DAEMON_CONFIG_INT_H
#define DAEMON_CONFIG_INT_H

#include "base/err.h"

#include <cyaml/cyaml.h>

/* libcyaml tells of an unknown key, but not where it stands; this walk, over the same schema, does.
 * Says too: not YAML, a key twice, an alias. ERR_CONFIG. */
enum err config_scan(const char *path, const cyaml_schema_value_t *schema, struct why *why);

#endif
