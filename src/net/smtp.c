#include "net/smtp.h"

#include "base/clock.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#define SECONDS 30L

struct sending {
	CURL *easy;
	struct curl_slist *to;
	struct span left; /* of the message */
	char error[CURL_ERROR_SIZE];
};

static size_t give(char *to, size_t size, size_t count, void *arg)
{
	struct sending *s = arg;
	size_t n = size * count < s->left.len ? size * count : s->left.len;

	if (n > 0)
		memcpy(to, s->left.data, n);
	s->left = span_from(s->left, n);
	return n;
}

static void set_server(struct sending *s, const struct smtp_options *options)
{
	long tls = options->plain ? (long)CURLUSESSL_NONE : (long)CURLUSESSL_ALL;

	curl_easy_setopt(s->easy, CURLOPT_URL, options->url);
	curl_easy_setopt(s->easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(s->easy, CURLOPT_PROXY, "");
	curl_easy_setopt(s->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(s->easy, CURLOPT_TIMEOUT, SECONDS);
	curl_easy_setopt(s->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(s->easy, CURLOPT_USE_SSL, tls);
	if (options->ca_file)
		curl_easy_setopt(s->easy, CURLOPT_CAINFO, options->ca_file);
	if (options->user && options->password) {
		curl_easy_setopt(s->easy, CURLOPT_USERNAME, options->user);
		curl_easy_setopt(s->easy, CURLOPT_PASSWORD, options->password);
	}
}

static void set_message(
	struct sending *s, const struct smtp_options *options, const struct smtp_message *message)
{
	for (size_t i = 0; message->to[i]; i++)
		s->to = curl_slist_append(s->to, message->to[i]);
	curl_easy_setopt(s->easy, CURLOPT_MAIL_FROM, options->from);
	curl_easy_setopt(s->easy, CURLOPT_MAIL_RCPT, s->to);
	curl_easy_setopt(s->easy, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(s->easy, CURLOPT_READFUNCTION, give);
	curl_easy_setopt(s->easy, CURLOPT_READDATA, s);
	curl_easy_setopt(s->easy, CURLOPT_ERRORBUFFER, s->error);
}

enum err smtp_send(
	const struct smtp_options *options, const struct smtp_message *message, struct why *why)
{
	struct sending s = { .left = message->octets };

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(s.easy = curl_easy_init()))
		return fail(why, ERR_INTERNAL, NULL, "libcurl does not start");
	set_server(&s, options);
	set_message(&s, options, message);
	CURLcode code = curl_easy_perform(s.easy);
	curl_easy_cleanup(s.easy);
	curl_slist_free_all(s.to);
	if (code == CURLE_OK)
		return OK;
	return fail(why, ERR_UNAVAILABLE, NULL, "%.150s",
		s.error[0] ? s.error : curl_easy_strerror(code));
}
