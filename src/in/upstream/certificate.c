#include "in/upstream/certificate.h"

#include "base/clock.h"

#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <time.h>

static bool is_for(X509 *certificate, const char *host)
{
	return X509_check_host(certificate, host, 0, 0, NULL) == 1 ||
	       X509_check_ip_asc(certificate, host, 0) == 1;
}

static void print_date(const ASN1_TIME *time, char text[20])
{
	struct tm tm = { 0 };

	text[0] = '\0';
	if (ASN1_TIME_to_tm(time, &tm) == 1)
		strftime(text, 20, "%Y-%m-%d %H:%M", &tm);
}

static X509 *parse(struct span der)
{
	const uint8_t *at = der.data;

	return d2i_X509(NULL, &at, (long)der.len);
}

/* Their names are a peer's octets: no control may reach a line of ours. */
static void add(char *text, size_t size, const char *octets, size_t len)
{
	size_t at = strlen(text);

	for (size_t i = 0; i < len && at + 1 < size; i++)
		text[at++] = octets[i] >= ' ' && octets[i] < 0x7f ? octets[i] : '?';
	text[at] = '\0';
}

static void print_name(const GENERAL_NAME *name, char *text, size_t size)
{
	char address[48];

	if (name->type == GEN_DNS) {
		add(text, size, " ", 1);
		add(text, size, (const char *)ASN1_STRING_get0_data(name->d.dNSName),
			(size_t)ASN1_STRING_length(name->d.dNSName));
	} else if (name->type == GEN_IPADD && ASN1_STRING_length(name->d.iPAddress) == 4) {
		const uint8_t *v4 = ASN1_STRING_get0_data(name->d.iPAddress);
		snprintf(address, sizeof(address), " %u.%u.%u.%u", v4[0], v4[1], v4[2], v4[3]);
		add(text, size, address, strlen(address));
	}
}

static void print_names(X509 *certificate, char *text, size_t size)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);

	text[0] = '\0';
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
		print_name(sk_GENERAL_NAME_value(names, i), text, size);
	GENERAL_NAMES_free(names);
}

static void print_trouble(X509 *certificate, const char *host, char *text, size_t size)
{
	const char *trouble = "its issuer is not trusted";

	if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0)
		trouble = "it has expired";
	else if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0)
		trouble = "it is not valid yet";
	else if (!is_for(certificate, host))
		trouble = "it is for another name";
	snprintf(text, size, "%s", trouble);
}

void certificate_explain(struct span der, const char *host, char *text, size_t size)
{
	char trouble[40], subject[80] = "", issuer[80] = "", names[80], from[20], until[20];

	X509 *certificate = parse(der);
	if (!certificate) {
		snprintf(text, size, "the certificate is malformed");
		return;
	}
	print_trouble(certificate, host, trouble, sizeof(trouble));
	X509_NAME_oneline(X509_get_subject_name(certificate), subject, sizeof(subject));
	X509_NAME_oneline(X509_get_issuer_name(certificate), issuer, sizeof(issuer));
	print_names(certificate, names, sizeof(names));
	print_date(X509_get0_notBefore(certificate), from);
	print_date(X509_get0_notAfter(certificate), until);
	snprintf(text, size, "%s (certificate of %s, issued by %s, valid %s to %s, for%s)", trouble,
		subject, issuer, from, until, names[0] ? names : " no name");
	X509_free(certificate);
}

int64_t certificate_end(struct span der)
{
	X509 *certificate = parse(der);
	struct tm tm = { 0 };
	int64_t end = 0;

	if (certificate && ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &tm) == 1)
		end = (int64_t)timegm(&tm) * SECOND;
	X509_free(certificate);
	return end;
}
