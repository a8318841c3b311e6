#include "base/digest_int.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>

static const struct {
	const char *name;
	size_t len;
} rows[DIGEST_COUNT] = {
	[DIGEST_SHA1] = { "SHA1", 20 },
	[DIGEST_SHA256] = { "SHA256", 32 },
	[DIGEST_SHA512] = { "SHA512", 64 },
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t at_thread_end;
static EVP_MD *algorithms[DIGEST_COUNT];
static _Thread_local EVP_MD_CTX *context;

/* Without its digests the process can neither check a password nor chain the audit. */
static void must(bool good)
{
	if (!good)
		abort();
}

static void free_context(void *memory)
{
	EVP_MD_CTX_free(memory);
}

static void prepare(void)
{
	must(pthread_key_create(&at_thread_end, free_context) == 0);
	for (unsigned i = 0; i < DIGEST_COUNT; i++) {
		algorithms[i] = EVP_MD_fetch(NULL, rows[i].name, NULL);
		must(algorithms[i] != NULL);
	}
}

static EVP_MD_CTX *thread_context(void)
{
	if (!context) {
		pthread_once(&once, prepare);
		context = EVP_MD_CTX_new();
		must(context && pthread_setspecific(at_thread_end, context) == 0);
	}
	return context;
}

size_t digest_len(enum digest digest)
{
	return rows[digest].len;
}

void digest_two(enum digest digest, struct span a, struct span b, uint8_t *out)
{
	EVP_MD_CTX *ctx = thread_context();

	must(EVP_DigestInit_ex2(ctx, algorithms[digest], NULL) == 1);
	must(EVP_DigestUpdate(ctx, a.data, a.len) == 1);
	must(EVP_DigestUpdate(ctx, b.data, b.len) == 1);
	must(EVP_DigestFinal_ex(ctx, out, NULL) == 1);
}
