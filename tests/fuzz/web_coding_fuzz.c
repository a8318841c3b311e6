/* Accept-Encoding: whatever is in it, the coding that comes of it is one that is offered. */
#include "fuzz.h"
#include "in/web/web_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span accepted = span_of(data, size);
	enum web_coding coding = web_coding_choose(accepted);

	must(coding < WEB_CODING_COUNT);
	must((coding == WEB_IDENTITY) == (web_coding_name(coding) == NULL));
	if (size == 0)
		must(coding == WEB_IDENTITY);
	must(web_file_find(accepted) == NULL || size > 0);
	return 0;
}
