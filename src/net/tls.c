#include "net/tls.h"

#include "base/arena.h"
#include "base/clock.h"
#include "net/tls_int.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

struct tls {
	SSL_CTX *context;
	atomic_int references;
};

static enum err refuse(struct why *why, const char *path)
{
	char text[160];
	unsigned long code = ERR_peek_last_error();

	if (code == 0)
		snprintf(text, sizeof text, "not usable");
	else
		ERR_error_string_n(code, text, sizeof text);
	ERR_clear_error();
	return fail(why, ERR_CONFIG, NULL, "%s: %s", path, text);
}

static enum err check_key_file(const char *path, struct why *why)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return fail(why, ERR_CONFIG, NULL, "%s: %s", path, strerror(errno));
	if (st.st_mode & S_IRWXO)
		return fail(
			why, ERR_CONFIG, NULL, "%s: a private key that everybody may read", path);
	return OK;
}

static enum err set_up(SSL_CTX *context, const char *certificate, const char *key, struct why *why)
{
	enum err err = check_key_file(key, why);

	if (err != OK)
		return err;
	SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
	SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
					     SSL_OP_CIPHER_SERVER_PREFERENCE |
					     SSL_OP_IGNORE_UNEXPECTED_EOF);
	/* An idle connection gives its record buffers back; a partial write keeps its place. */
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
					  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	/* Tickets resume sessions without memory of ours. */
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(context, 1);
	if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1)
		return refuse(why, certificate);
	if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
		return refuse(why, key);
	if (SSL_CTX_check_private_key(context) != 1)
		return fail(why, ERR_CONFIG, NULL, "%s: not the key of %s", key, certificate);
	return OK;
}

/* The handshake goes on whatever the certificate is worth; what it is worth is asked for by whoever
 * wants to know (SSL_get_verify_result). */
static int accept_any(int good, X509_STORE_CTX *context)
{
	(void)good;
	(void)context;
	return 1;
}

static enum err ask_clients(SSL_CTX *context, const char *client_ca, struct why *why)
{
	static const unsigned char id[] = "muster";
	STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(client_ca);

	if (!names || SSL_CTX_load_verify_file(context, client_ca) != 1) {
		sk_X509_NAME_pop_free(names, X509_NAME_free);
		return refuse(why, client_ca);
	}
	SSL_CTX_set_client_CA_list(context, names);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, accept_any);
	SSL_CTX_set_session_id_context(context, id, sizeof id - 1);
	return OK;
}

enum err tls_load(const char *certificate, const char *key, const char *client_ca, struct tls **out,
	struct why *why)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	enum err err;
	struct tls *tls;

	if (!context)
		return fail(why, ERR_UNAVAILABLE, NULL, "the TLS library does not start");
	err = set_up(context, certificate, key, why);
	if (err == OK && client_ca)
		err = ask_clients(context, client_ca, why);
	if (err != OK) {
		SSL_CTX_free(context);
		return err;
	}
	tls = heap_zalloc(sizeof *tls);
	tls->context = context;
	atomic_init(&tls->references, 1);
	*out = tls;
	return OK;
}

struct tls *tls_hold(struct tls *tls)
{
	if (tls)
		atomic_fetch_add(&tls->references, 1);
	return tls;
}

void tls_drop(struct tls *tls)
{
	if (!tls || atomic_fetch_sub(&tls->references, 1) != 1)
		return;
	SSL_CTX_free(tls->context);
	free(tls);
}

int64_t tls_certificate_end(const struct tls *tls)
{
	const X509 *certificate = tls ? SSL_CTX_get0_certificate(tls->context) : NULL;
	struct tm tm = { 0 };

	if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &tm) != 1)
		return 0;
	return (int64_t)timegm(&tm) * SECOND;
}

SSL *tls_session(struct tls *tls, int fd)
{
	SSL *ssl = SSL_new(tls->context);

	if (!ssl)
		return NULL;
	if (SSL_set_fd(ssl, fd) != 1) {
		SSL_free(ssl);
		return NULL;
	}
	SSL_set_accept_state(ssl);
	return ssl;
}
