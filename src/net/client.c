#include "net/client.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/limits.h"
#include "net/address.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define CALLS_MAX 1024
#define ANSWER_MAX (64 * KIB)

struct client {
	struct client_options options;
	CURLM *multi;
	pthread_t thread;
	pthread_mutex_t lock;
	struct client_call *waiting; /* newest first */
	size_t under_way;
	bool stopping;
	struct transfer *transfers; /* the thread's own */
};

struct transfer {
	struct client *client;
	struct transfer *next, **link; /* among the client's transfers */
	struct client_call *call;
	CURL *easy;
	struct curl_slist *headers;
	size_t read;
	bool forbidden;
	char error[CURL_ERROR_SIZE];
};

static size_t take_answer(char *data, size_t size, size_t count, void *arg)
{
	struct transfer *t = arg;

	(void)data;
	t->read += size * count;
	return t->read > ANSWER_MAX ? 0 : size * count;
}

/* The name was resolved a moment ago; this is the very address of the connection, so nothing can
 * change between the check and the use. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct transfer *t = arg;

	(void)purpose;
	if (!t->client->options.allow_local && !address_is_public(&address->addr))
		t->forbidden = true;
	if (t->forbidden)
		return CURL_SOCKET_BAD;
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static void set_body(struct transfer *t)
{
	for (const char *const *h = t->call->headers; h && *h; h++)
		t->headers = curl_slist_append(t->headers, *h);
	t->headers = curl_slist_append(t->headers, "Expect:");
	curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
	curl_easy_setopt(t->easy, CURLOPT_POST, 1L);
	curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->call->body.len);
	curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, t->call->body.data);
}

static void set_limits(struct transfer *t)
{
	int64_t deadline = t->call->deadline ? t->call->deadline : 10 * SECOND;

	curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS, (long)(deadline / 1000));
	curl_easy_setopt(t->easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS_STR,
		t->client->options.allow_local ? "http,https" : "https");
	curl_easy_setopt(t->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(t->easy, CURLOPT_PROXY, "");
	curl_easy_setopt(t->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(t->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (t->client->options.ca_file)
		curl_easy_setopt(t->easy, CURLOPT_CAINFO, t->client->options.ca_file);
	curl_easy_setopt(t->easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(t->easy, CURLOPT_OPENSOCKETDATA, t);
	curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, take_answer);
	curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, take_answer);
	curl_easy_setopt(t->easy, CURLOPT_HEADERDATA, t);
}

static struct transfer *transfer_new(struct client *client, struct client_call *call)
{
	struct transfer *t = heap_zalloc(sizeof *t);

	t->client = client;
	t->call = call;
	t->easy = curl_easy_init();
	if (!t->easy) {
		free(t);
		return NULL;
	}
	curl_easy_setopt(t->easy, CURLOPT_URL, call->url);
	curl_easy_setopt(t->easy, CURLOPT_USERAGENT, "muster/" MUSTER_VERSION);
	curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->error);
	curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t);
	set_limits(t);
	set_body(t);
	t->next = client->transfers;
	t->link = &client->transfers;
	if (t->next)
		t->next->link = &t->next;
	client->transfers = t;
	return t;
}

static void transfer_free(struct transfer *t)
{
	*t->link = t->next;
	if (t->next)
		t->next->link = t->link;
	curl_multi_remove_handle(t->client->multi, t->easy);
	curl_easy_cleanup(t->easy);
	curl_slist_free_all(t->headers);
	free(t);
}

static void call_end(struct client *client, struct client_call *call)
{
	pthread_mutex_lock(&client->lock);
	client->under_way--;
	pthread_mutex_unlock(&client->lock);
	call->done(call);
}

/* An answer that is longer than we read still had its status. */
static void transfer_end(struct transfer *t, CURLcode code)
{
	struct client_call *call = t->call;
	long status = 0;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	call->status = code == CURLE_OK || code == CURLE_WRITE_ERROR ? (int)status : 0;
	if (t->forbidden)
		snprintf(call->reason, sizeof call->reason,
			"the name leads to this machine or a private network");
	else if (call->status == 0)
		snprintf(call->reason, sizeof call->reason, "%.159s",
			t->error[0] ? t->error : curl_easy_strerror(code));
	struct client *client = t->client;
	transfer_free(t);
	call_end(client, call);
}

static void finish_done(struct client *client)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(client->multi, &left))) {
		struct transfer *t;

		if (message->msg != CURLMSG_DONE)
			continue;
		CURLcode code = message->data.result;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&t);
		transfer_end(t, code);
	}
}

static void begin_one(struct client *client, struct client_call *call)
{
	struct transfer *t = transfer_new(client, call);

	if (t && curl_multi_add_handle(client->multi, t->easy) == CURLM_OK)
		return;
	if (t)
		transfer_free(t);
	snprintf(call->reason, sizeof call->reason, "no memory for the request");
	call_end(client, call);
}

static bool begin_waiting(struct client *client)
{
	struct client_call *oldest_first = NULL;

	pthread_mutex_lock(&client->lock);
	while (client->waiting) {
		struct client_call *call = client->waiting;

		client->waiting = call->next;
		call->next = oldest_first;
		oldest_first = call;
	}
	bool stopping = client->stopping;
	pthread_mutex_unlock(&client->lock);
	while (oldest_first) {
		struct client_call *call = oldest_first;

		oldest_first = call->next;
		begin_one(client, call);
	}
	return !stopping;
}

static void *client_run(void *arg)
{
	struct client *client = arg;
	int running;

	while (begin_waiting(client)) {
		curl_multi_perform(client->multi, &running);
		finish_done(client);
		curl_multi_poll(client->multi, NULL, 0, 1000, NULL);
	}
	while (client->transfers)
		transfer_end(client->transfers, CURLE_ABORTED_BY_CALLBACK);
	return NULL;
}

enum err client_start(const struct client_options *options, struct client **result, struct why *why)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return fail(why, ERR_INTERNAL, NULL, "libcurl does not start");

	struct client *client = heap_zalloc(sizeof *client);
	client->options = *options;
	client->multi = curl_multi_init();
	pthread_mutex_init(&client->lock, NULL);
	if (client->multi && pthread_create(&client->thread, NULL, client_run, client) == 0) {
		*result = client;
		return OK;
	}
	curl_multi_cleanup(client->multi);
	free(client);
	return fail(why, ERR_INTERNAL, NULL, "the HTTP client's thread does not start");
}

enum err client_post(struct client *client, struct client_call *call, struct why *why)
{
	enum err err = OK;

	call->status = 0;
	call->reason[0] = '\0';
	pthread_mutex_lock(&client->lock);
	if (client->stopping) {
		err = fail(why, ERR_UNAVAILABLE, NULL, "the HTTP client is stopping");
	} else if (client->under_way >= CALLS_MAX) {
		err = fail(why, ERR_BUSY, NULL, "too many requests are under way");
	} else {
		client->under_way++;
		call->next = client->waiting;
		client->waiting = call;
	}
	pthread_mutex_unlock(&client->lock);
	if (err == OK)
		curl_multi_wakeup(client->multi);
	return err;
}

void client_stop(struct client *client)
{
	if (!client)
		return;
	pthread_mutex_lock(&client->lock);
	client->stopping = true;
	pthread_mutex_unlock(&client->lock);
	curl_multi_wakeup(client->multi);
	pthread_join(client->thread, NULL);
	curl_multi_cleanup(client->multi);
	pthread_mutex_destroy(&client->lock);
	free(client);
}
