/* What a client's certificate says. Only a verified one is looked at. */
#include "net/stream.h"

#include "base/arena.h"
#include "net/tls_int.h"

#include <openssl/x509v3.h>

#define TEXT_MAX 2048 /* octets of a name; a longer one is none */

static X509 *verified_peer(const SSL *ssl)
{
	if (!ssl || SSL_get_verify_result(ssl) != X509_V_OK)
		return NULL;
	return SSL_get0_peer_certificate(ssl);
}

bool tls_has_peer(const SSL *ssl)
{
	return verified_peer(ssl) != NULL;
}

static struct span utf8_of(struct arena *arena, const ASN1_STRING *string)
{
	unsigned char *octets = NULL;
	int len = string ? ASN1_STRING_to_UTF8(&octets, string) : -1;
	struct span text = SPAN_NONE;

	if (len > 0 && len <= TEXT_MAX)
		text = arena_copy(arena, span_of(octets, (size_t)len));
	OPENSSL_free(octets);
	/* What others end at a NUL, we do not take for a name at all. */
	return span_find(text, '\0') < text.len ? SPAN_NONE : text;
}

/* RFC 4514: the last RDN of the certificate stands first. */
static struct span subject_of(struct arena *arena, const X509_NAME *name)
{
	BIO *out = BIO_new(BIO_s_mem());
	struct span text = SPAN_NONE;
	char *octets;
	long len;

	if (!out)
		return SPAN_NONE;
	if (X509_NAME_print_ex(out, name, 0, XN_FLAG_RFC2253) >= 0) {
		len = BIO_get_mem_data(out, &octets);
		if (len > 0 && len <= TEXT_MAX)
			text = arena_copy(arena, span_of(octets, (size_t)len));
	}
	BIO_free(out);
	return text;
}

static struct span only_entry(struct arena *arena, const X509_NAME *name, int nid)
{
	int at = X509_NAME_get_index_by_NID(name, nid, -1);

	if (at < 0 || X509_NAME_get_index_by_NID(name, nid, at) >= 0)
		return SPAN_NONE;
	return utf8_of(arena, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
}

/* rfc822Name (RFC 5280 section 4.2.1.6), or the otherName that Windows calls a principal's. */
static struct span other_name(struct arena *arena, const GENERAL_NAME *name)
{
	if (name->type == GEN_EMAIL)
		return utf8_of(arena, name->d.rfc822Name);
	if (name->type == GEN_OTHERNAME && OBJ_obj2nid(name->d.otherName->type_id) == NID_ms_upn &&
		name->d.otherName->value->type == V_ASN1_UTF8STRING)
		return utf8_of(arena, name->d.otherName->value->value.utf8string);
	return SPAN_NONE;
}

static void read_names(struct arena *arena, X509 *certificate, struct tls_peer *peer)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);

	for (int i = 0; i < sk_GENERAL_NAME_num(names) && peer->name_count < TLS_PEER_NAMES; i++) {
		struct span text = other_name(arena, sk_GENERAL_NAME_value(names, i));

		if (text.len > 0)
			peer->names[peer->name_count++] = text;
	}
	GENERAL_NAMES_free(names);
}

bool tls_read_peer(const SSL *ssl, struct arena *arena, struct tls_peer *peer)
{
	X509 *certificate = verified_peer(ssl);
	const X509_NAME *name;

	if (!certificate)
		return false;
	name = X509_get_subject_name(certificate);
	*peer = (struct tls_peer){ .subject = subject_of(arena, name),
		.common_name = only_entry(arena, name, NID_commonName),
		.organization = only_entry(arena, name, NID_organizationName) };
	read_names(arena, certificate, peer);
	return true;
}
