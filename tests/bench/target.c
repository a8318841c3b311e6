#include "target.h"

#include "measure.h"

unsigned number_of(const char *text)
{
	uint64_t value;

	if (!span_to_u64(span_str(text), &value) || value > 10000000)
		die("\"%s\" is no number up to 10,000,000", text);
	return (unsigned)value;
}

bool target_set(struct target *target, int option, const char *text)
{
	switch (option) {
	case 'f':
		target->people = text;
		return true;
	case 'h':
		target->host = text;
		return true;
	case 'p':
		target->port = text;
		return true;
	case 'P':
		target->server = (pid_t)number_of(text);
		return true;
	case 'c':
		target->connections = number_of(text);
		return true;
	case 't':
		target->seconds = number_of(text);
		return true;
	default:
		return false;
	}
}
