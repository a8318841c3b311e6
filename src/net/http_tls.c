/* Certificates of the HTTPS server: chosen anew in every handshake, so that a reload changes what
 * comes after it and nothing under way. */
#include "net/http_int.h"

#include <stdlib.h>

#define CHAIN_MAX 16

/* One pair of files as once read. Handshakes borrow it, so it stays until the server ends. */
struct generation {
	gnutls_pcert_st chain[CHAIN_MAX];
	unsigned count;
	gnutls_privkey_t key;
	int64_t end; /* of the certificate, wall */
	struct generation *older;
};

struct http_tls {
	char *certificate, *key;
	struct generation *_Atomic newest;
};

static void generation_free(struct generation *g)
{
	for (unsigned i = 0; i < g->count; i++)
		gnutls_pcert_deinit(&g->chain[i]);
	if (g->key)
		gnutls_privkey_deinit(g->key);
	free(g);
}

static int load_chain(struct generation *g, const char *path)
{
	gnutls_datum_t pem;
	int err = gnutls_load_file(path, &pem);
	if (err < 0)
		return err;
	unsigned count = CHAIN_MAX;
	err = gnutls_pcert_list_import_x509_raw(
		g->chain, &count, &pem, GNUTLS_X509_FMT_PEM, GNUTLS_X509_CRT_LIST_FAIL_IF_UNSORTED);
	gnutls_free(pem.data);
	if (err >= 0)
		g->count = count;
	return err;
}

static int read_end(struct generation *g)
{
	gnutls_x509_crt_t certificate;
	int err = gnutls_pcert_export_x509(&g->chain[0], &certificate);
	if (err < 0)
		return err;
	time_t end = gnutls_x509_crt_get_expiration_time(certificate);
	gnutls_x509_crt_deinit(certificate);
	g->end = end > 0 ? (int64_t)end * SECOND : 0;
	return 0;
}

static int load_key(struct generation *g, const char *path)
{
	gnutls_datum_t pem;
	int err = gnutls_load_file(path, &pem);
	if (err < 0)
		return err;
	err = gnutls_privkey_init(&g->key);
	if (err >= 0)
		err = gnutls_privkey_import_x509_raw(g->key, &pem, GNUTLS_X509_FMT_PEM, NULL, 0);
	gnutls_memset(pem.data, 0, pem.size);
	gnutls_free(pem.data);
	return err;
}

/* The library's own check, that the key is the certificate's. */
static int check_pair(const char *certificate, const char *key)
{
	gnutls_certificate_credentials_t pair;
	int err = gnutls_certificate_allocate_credentials(&pair);
	if (err < 0)
		return err;
	err = gnutls_certificate_set_x509_key_file(pair, certificate, key, GNUTLS_X509_FMT_PEM);
	gnutls_certificate_free_credentials(pair);
	return err;
}

enum err http_tls_reload(struct http_tls *tls, struct why *why)
{
	int err = check_pair(tls->certificate, tls->key);
	if (err < 0)
		return fail(why, ERR_CONFIG, "certificate", "%s with %s: %s", tls->certificate,
			tls->key, gnutls_strerror(err));
	struct generation *g = heap_zalloc(sizeof *g);
	err = load_chain(g, tls->certificate);
	if (err >= 0)
		err = read_end(g);
	if (err >= 0)
		err = load_key(g, tls->key);
	if (err < 0) {
		generation_free(g);
		return fail(why, ERR_CONFIG, "certificate", "%s: %s", tls->certificate,
			gnutls_strerror(err));
	}
	g->older = atomic_load(&tls->newest);
	atomic_store(&tls->newest, g);
	return OK;
}

enum err http_tls_new(
	const char *certificate, const char *key, struct http_tls **tls, struct why *why)
{
	if (!key)
		return fail(why, ERR_CONFIG, "key", "a certificate needs its key");
	struct http_tls *new = heap_zalloc(sizeof *new);
	new->certificate = heap_string(certificate);
	new->key = heap_string(key);
	enum err err = http_tls_reload(new, why);
	if (err)
		http_tls_free(new);
	else
		*tls = new;
	return err;
}

void http_tls_free(struct http_tls *tls)
{
	if (!tls)
		return;
	for (struct generation *g = atomic_load(&tls->newest), *older; g; g = older) {
		older = g->older;
		generation_free(g);
	}
	free(tls->certificate);
	free(tls->key);
	free(tls);
}

int64_t http_tls_end(const struct http_tls *tls)
{
	return atomic_load(&tls->newest)->end;
}

/* The callback gets no argument of ours; a thread serves one server only. */
static _Thread_local struct http_tls *of_this_thread;

void http_tls_use(struct http_tls *tls)
{
	of_this_thread = tls;
}

int http_tls_choose(gnutls_session_t session, const gnutls_datum_t *authorities,
	int authority_count, const gnutls_pk_algorithm_t *algorithms, int algorithm_count,
	gnutls_pcert_st **chain, unsigned *count, gnutls_privkey_t *key)
{
	(void)session;
	(void)authorities;
	(void)authority_count;
	(void)algorithms;
	(void)algorithm_count;
	if (!of_this_thread)
		return -1;
	struct generation *g = atomic_load(&of_this_thread->newest);
	*chain = g->chain;
	*count = g->count;
	*key = g->key;
	return 0;
}
