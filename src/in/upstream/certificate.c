#include "in/upstream/certificate.h"

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

void certificate_explain(struct span der, const char *host, char *text, size_t size)
{
	const uint8_t *at = der.data;
	char issuer[80] = "", date[20];

	X509 *certificate = d2i_X509(NULL, &at, (long)der.len);
	if (!certificate) {
		snprintf(text, size, "the certificate is malformed");
		return;
	}
	X509_NAME_oneline(X509_get_issuer_name(certificate), issuer, sizeof(issuer));
	if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0) {
		print_date(X509_get0_notAfter(certificate), date);
		snprintf(text, size, "the certificate expired on %s", date);
	} else if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0) {
		print_date(X509_get0_notBefore(certificate), date);
		snprintf(text, size, "the certificate is not valid before %s", date);
	} else if (!is_for(certificate, host)) {
		snprintf(text, size, "the certificate is for another name");
	} else {
		snprintf(text, size, "the certificate's issuer %s is not trusted", issuer);
	}
	X509_free(certificate);
}
