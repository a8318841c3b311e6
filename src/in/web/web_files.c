/* The files themselves, put here by the assembler from where src/web has been built. Its table has
 * a row for each, FILE(number, name, type, digest, hashed), and is empty without a console. */
#include "in/web/web_int.h"

/* GCC 12 has no #embed. */
#define BODY(label, path)                                                                          \
	__asm__(".section .rodata\n" label "_begin:\n"                                             \
		".incbin \"" WEB_BUILT "/" path "\"\n" label "_end:\n"                             \
		".byte 0\n"                                                                        \
		".previous\n")
#define FILE(number, name, type, digest, hashed)                                                   \
	BODY("web_file_" #number, name);                                                           \
	BODY("web_gzip_" #number, name ".gz");                                                     \
	BODY("web_brotli_" #number, name ".br");                                                   \
	extern const uint8_t file_##number[] __asm__("web_file_" #number "_begin");                \
	extern const uint8_t file_end_##number[] __asm__("web_file_" #number "_end");              \
	extern const uint8_t gzip_##number[] __asm__("web_gzip_" #number "_begin");                \
	extern const uint8_t gzip_end_##number[] __asm__("web_gzip_" #number "_end");              \
	extern const uint8_t brotli_##number[] __asm__("web_brotli_" #number "_begin");            \
	extern const uint8_t brotli_end_##number[] __asm__("web_brotli_" #number "_end");
#include WEB_FILES
#undef FILE

static const struct web_file files[] = {
#define FILE(number, path, media, digest, is_hashed)                                               \
	{ .name = (path),                                                                          \
		.type = (media),                                                                   \
		.tags = { "\"" digest "\"", "\"" digest "-gz\"", "\"" digest "-br\"" },            \
		.bodies = { { file_##number, file_end_##number },                                  \
			{ gzip_##number, gzip_end_##number },                                      \
			{ brotli_##number, brotli_end_##number } },                                \
		.hashed = (is_hashed) },
#include WEB_FILES
#undef FILE
	{ 0 },
};

const struct web_file *web_file_find(struct span name)
{
	for (const struct web_file *file = files; file->name; file++)
		if (span_equal(name, span_str(file->name)))
			return file;
	return NULL;
}
