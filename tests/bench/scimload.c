/* Load for a SCIM server (RFC 7644) over plain HTTP/1.1; every answer is checked. See usage()
 * below.
 *
 *   get     a person by id
 *   filter  userName eq "NAME": exactly that person
 *   list    a page of 100 people
 *   patch   active false, then true again, of one person after the other
 *   create  new people
 *   bulk    100 new people in one request; each of them counts
 *   toggle  a person is added to the group -g, then removed again
 *   group   the group -g without its members
 *   hello   anything; the answer has -n octets */
#define _GNU_SOURCE /* memmem */

#include "base/arena.h"
#include "measure.h"
#include "peers.h"
#include "target.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LEARN_MOST 20000 /* people whose ids are looked up before `get` and `patch` */
#define PAGE 100
#define BULK 100
#define SCHEMA "urn:ietf:params:scim:schemas:core:2.0:User"
#define PATCH_SCHEMA "urn:ietf:params:scim:api:messages:2.0:PatchOp"
#define BULK_SCHEMA "urn:ietf:params:scim:api:messages:2.0:BulkRequest"

/* One request at a time on each connection. */
struct connection {
	int64_t begun;
	struct person *person;
	unsigned serial; /* create, bulk: of the first */
	bool undo;       /* patch, toggle: this request takes the one before back */
};

struct mode {
	const char *name;
	unsigned status; /* of success; a PATCH may answer 200 or 204 */
	void (*ask)(struct peer *peer, struct connection *connection);
	void (*check)(struct connection *connection, struct span body);
	bool needs_ids;
	unsigned work; /* operations in a request */
};

static struct {
	struct target target;
	const char *path, *token, *group;
	char group_id[40];
	const struct mode *mode, *wanted;
	char head[1024]; /* of every request, behind its first line */
	size_t head_len;
	struct people people;
	struct person **learned; /* whose ids are known */
	size_t pages, page;      /* of learning */
	unsigned octets;         /* hello */
	struct measure measure;
	int64_t deadline;
	unsigned busy, serial;
	size_t learning;
	uint64_t work;
} load = {
	.target = { .host = "127.0.0.1", .port = "8080", .connections = 16, .seconds = 3 },
	.path = "/scim/v2",
};

static void ask(struct peer *peer, const char *method, const char *path, const char *body)
{
	char line[128];

	peer_send(peer, span_str(method));
	peer_send(peer, SPAN(" "));
	peer_send(peer, span_str(load.path));
	peer_send(peer, span_str(path));
	peer_send(peer, span_of(load.head, load.head_len));
	if (body) {
		int len = snprintf(line, sizeof(line),
			"Content-Type: application/scim+json\r\nContent-Length: %zu\r\n",
			strlen(body));
		peer_send(peer, span_of(line, (size_t)len));
	}
	peer_send(peer, SPAN("\r\n"));
	if (body)
		peer_send(peer, span_str(body));
}

/* Where `needle` ends in `hay`, or 0. */
static size_t find_end(struct span hay, struct span needle)
{
	const uint8_t *at = memmem(hay.data, hay.len, needle.data, needle.len);

	return at ? (size_t)(at - hay.data) + needle.len : 0;
}

/* The text behind the first "key": of the body, blanks dropped; empty when there is none. */
static struct span member(struct span body, const char *key)
{
	char quoted[64];
	int len = snprintf(quoted, sizeof(quoted), "\"%s\"", key);
	size_t at = find_end(body, span_of(quoted, (size_t)len));
	struct span rest = span_trim(span_from(body, at));

	if (at == 0 || rest.len == 0 || rest.data[0] != ':')
		return SPAN_NONE;
	return span_trim(span_from(rest, 1));
}

static struct span string_member(struct span body, const char *key)
{
	struct span value = member(body, key);

	if (value.len == 0 || value.data[0] != '"')
		return SPAN_NONE;
	value = span_from(value, 1);
	return span_cut(&value, '"');
}

static void check_person(struct connection *connection, struct span body)
{
	struct person *person = connection->person;

	if (!span_equal(string_member(body, "userName"), person->name) ||
		find_end(body, span_str(person->id)) == 0)
		die("asked for %.*s, got %.*s", SPAN_ARGS(person->name),
			(int)(body.len < 300 ? body.len : 300), (const char *)body.data);
}

static void ask_get(struct peer *peer, struct connection *connection)
{
	char path[128];

	connection->person = load.learned[draw((uint32_t)load.learning)];
	snprintf(path, sizeof(path), "/Users/%s", connection->person->id);
	ask(peer, "GET", path, NULL);
}

static void send_filter(struct peer *peer, const struct person *person)
{
	char path[512];

	snprintf(path, sizeof(path), "/Users?filter=userName%%20eq%%20%%22%.*s%%22",
		SPAN_ARGS(person->name));
	ask(peer, "GET", path, NULL);
}

static void ask_filter(struct peer *peer, struct connection *connection)
{
	connection->person = people_draw(&load.people, false);
	send_filter(peer, connection->person);
}

static void check_filter(struct connection *connection, struct span body)
{
	struct span total = member(body, "totalResults");

	if (total.len < 2 || total.data[0] != '1' || (total.data[1] >= '0' && total.data[1] <= '9'))
		die("a filter on %.*s does not find one", SPAN_ARGS(connection->person->name));
	if (!span_equal(string_member(body, "userName"), connection->person->name))
		die("a filter on %.*s finds another", SPAN_ARGS(connection->person->name));
}

/* Pages spread over all people, so that their records are not neighbours. */
static void ask_learn(struct peer *peer, struct connection *connection)
{
	char path[128];
	size_t first = load.people.count * load.page++ / load.pages;

	(void)connection;
	snprintf(path, sizeof(path), "/Users?startIndex=%zu&count=%d", first + 1, PAGE);
	ask(peer, "GET", path, NULL);
}

static int compare_name(const void *name, const void *person)
{
	return span_compare(*(const struct span *)name, ((const struct person *)person)->name);
}

static void learn_one(struct span name, struct span id)
{
	struct person *person = bsearch(&name, load.people.rows, load.people.count,
		sizeof(*load.people.rows), compare_name);

	if (id.len == 0 || id.len >= sizeof(person->id))
		die("%.*s has no id", SPAN_ARGS(name));
	if (!person || person->id[0] || load.learning == LEARN_MOST)
		return;
	memcpy(person->id, id.data, id.len);
	load.learned[load.learning++] = person;
}

static void check_learn(struct connection *connection, struct span body)
{
	size_t end = find_end(body, SPAN("\"Resources\""));

	(void)connection;
	body = span_from(body, end);
	while ((end = find_end(body, SPAN("{\"schemas\""))) > 0) {
		body = span_from(body, end);
		learn_one(string_member(body, "userName"), string_member(body, "id"));
	}
}

static void ask_learn_each(struct peer *peer, struct connection *connection)
{
	connection->person = &load.people.rows[load.page++];
	send_filter(peer, connection->person);
}

static void ask_list(struct peer *peer, struct connection *connection)
{
	char path[128];
	size_t most = load.people.count > PAGE ? load.people.count - PAGE : 1;

	connection->person = NULL;
	snprintf(path, sizeof(path), "/Users?startIndex=%u&count=%d", draw((uint32_t)most) + 1,
		PAGE);
	ask(peer, "GET", path, NULL);
}

static void check_list(struct connection *connection, struct span body)
{
	unsigned people = 0;
	size_t end;

	(void)connection;
	while ((end = find_end(body, SPAN("\"userName\""))) > 0) {
		people++;
		body = span_from(body, end);
	}
	if (people != PAGE)
		die("a page of %d holds %u people", PAGE, people);
}

static void ask_patch(struct peer *peer, struct connection *connection)
{
	char path[128], body[256];
	unsigned share = (unsigned)(load.learning / load.target.connections);

	/* Each connection has people of its own, so that what it reads is what it wrote. */
	if (!connection->undo)
		connection->person =
			load.learned[connection->serial * share + draw(share ? share : 1)];
	snprintf(path, sizeof(path), "/Users/%s", connection->person->id);
	snprintf(body, sizeof(body),
		"{\"schemas\":[\"" PATCH_SCHEMA "\"],\"Operations\":[{\"op\":\"replace\","
		"\"path\":\"active\",\"value\":%s}]}",
		connection->undo ? "true" : "false");
	ask(peer, "PATCH", path, body);
}

static void check_patch(struct connection *connection, struct span body)
{
	struct span active = member(body, "active");

	check_person(connection, body);
	if (!span_starts(active, connection->undo ? SPAN("true") : SPAN("false")))
		die("%.*s is not as the PATCH said", SPAN_ARGS(connection->person->name));
	connection->undo = !connection->undo;
}

static void ask_create(struct peer *peer, struct connection *connection)
{
	char body[1024];

	connection->serial = load.serial++;
	snprintf(body, sizeof(body),
		"{\"schemas\":[\"" SCHEMA "\"],\"userName\":\"bench-%ld-%u\",\"name\":"
		"{\"givenName\":\"Bench\",\"familyName\":\"Number %u\"},\"active\":true,"
		"\"emails\":[{\"value\":\"bench-%ld-%u@example.org\",\"type\":\"work\","
		"\"primary\":true}],\"title\":\"Technician\"}",
		(long)getpid(), connection->serial, connection->serial, (long)getpid(),
		connection->serial);
	ask(peer, "POST", "/Users", body);
}

static void check_create(struct connection *connection, struct span body)
{
	char name[64];
	int len = snprintf(name, sizeof(name), "bench-%ld-%u", (long)getpid(), connection->serial);

	if (!span_equal(string_member(body, "userName"), span_of(name, (size_t)len)) ||
		string_member(body, "id").len == 0)
		die("%s was created as %.*s", name, (int)(body.len < 300 ? body.len : 300),
			(const char *)body.data);
}

static void bulk_name(unsigned serial, char name[64])
{
	snprintf(name, 64, "bulk-%ld-%u", (long)getpid(), serial);
}

static void ask_bulk(struct peer *peer, struct connection *connection)
{
	static char body[BULK * 512 + 256];
	char name[64];
	int len =
		snprintf(body, sizeof(body), "{\"schemas\":[\"" BULK_SCHEMA "\"],\"Operations\":[");

	connection->serial = load.serial;
	load.serial += BULK;
	for (unsigned i = 0; i < BULK; i++) {
		bulk_name(connection->serial + i, name);
		len += snprintf(body + len, sizeof(body) - (size_t)len,
			"%s{\"method\":\"POST\",\"path\":\"/Users\",\"bulkId\":\"b%u\","
			"\"data\":{\"schemas\":[\"" SCHEMA "\"],\"userName\":\"%s\",\"name\":"
			"{\"givenName\":\"Bench\",\"familyName\":\"Number %u\"},\"active\":true,"
			"\"emails\":[{\"value\":\"%s@example.org\",\"type\":\"work\","
			"\"primary\":true}],\"title\":\"Technician\"}}",
			i > 0 ? "," : "", i, name, i, name);
	}
	snprintf(body + len, sizeof(body) - (size_t)len, "]}");
	ask(peer, "POST", "/Bulk", body);
}

static void check_bulk(struct connection *connection, struct span body)
{
	unsigned made = 0;
	size_t end;

	(void)connection;
	for (struct span rest = body; (end = find_end(rest, SPAN("\"201\""))) > 0; made++)
		rest = span_from(rest, end);
	if (made != BULK)
		die("a Bulk of %d made %u people: %.*s", BULK, made,
			(int)(body.len < 300 ? body.len : 300), (const char *)body.data);
}

static void ask_hello(struct peer *peer, struct connection *connection)
{
	(void)connection;
	ask(peer, "GET", "/Users/hello", NULL);
}

static void check_hello(struct connection *connection, struct span body)
{
	(void)connection;
	if (body.len != load.octets)
		die("hello says %zu octets, not %u", body.len, load.octets);
}

static void ask_group(struct peer *peer, struct connection *connection)
{
	char path[512];

	(void)connection;
	snprintf(path, sizeof(path),
		"/Groups?filter=displayName%%20eq%%20%%22%s%%22&excludedAttributes=members",
		load.group);
	ask(peer, "GET", path, NULL);
}

static void check_group(struct connection *connection, struct span body)
{
	struct span id = string_member(body, "id");

	(void)connection;
	if (id.len == 0 || id.len >= sizeof(load.group_id))
		die("there is no group %s", load.group);
	memcpy(load.group_id, id.data, id.len);
}

static void ask_toggle(struct peer *peer, struct connection *connection)
{
	char path[128], body[512], value[128];

	if (!connection->undo)
		connection->person = load.learned[draw((uint32_t)load.learning)];
	snprintf(path, sizeof(path), "/Groups/%s?excludedAttributes=members", load.group_id);
	snprintf(value, sizeof(value), "\"value\":[{\"value\":\"%s\"}]", connection->person->id);
	snprintf(body, sizeof(body),
		"{\"schemas\":[\"" PATCH_SCHEMA "\"],\"Operations\":[{\"op\":\"%s\","
		"\"path\":\"members\",%s}]}",
		connection->undo ? "remove" : "add", value);
	ask(peer, "PATCH", path, body);
}

static void check_toggle(struct connection *connection, struct span body)
{
	if (body.len && find_end(body, span_str(load.group_id)) == 0)
		die("a change of %s answers with another group", load.group);
	connection->undo = !connection->undo;
}

static void check_same_group(struct connection *connection, struct span body)
{
	(void)connection;
	if (!span_equal(string_member(body, "id"), span_str(load.group_id)))
		die("asked for %s, got another group", load.group);
}

static const struct mode learn = { "learn", 200, ask_learn, check_learn, false, 1 };
static const struct mode learn_each = { "learn", 200, ask_learn_each, check_learn, false, 1 };
static const struct mode find_group = { "find", 200, ask_group, check_group, false, 1 };
static const struct mode modes[] = {
	{ "get", 200, ask_get, check_person, true, 1 },
	{ "filter", 200, ask_filter, check_filter, false, 1 },
	{ "list", 200, ask_list, check_list, false, 1 },
	{ "patch", 200, ask_patch, check_patch, true, 1 },
	{ "create", 201, ask_create, check_create, false, 1 },
	{ "bulk", 200, ask_bulk, check_bulk, false, BULK },
	{ "toggle", 204, ask_toggle, check_toggle, true, 1 },
	{ "group", 200, ask_group, check_same_group, false, 1 },
	{ "hello", 200, ask_hello, check_hello, false, 1 },
};

static void issue(struct peer *peer)
{
	struct connection *connection = peer->state;

	connection->begun = clock_monotonic();
	load.busy++;
	load.mode->ask(peer, connection);
}

static bool goes_on(const struct connection *connection)
{
	if (load.mode == &learn || load.mode == &learn_each)
		return load.page < load.pages;
	if (load.mode == &find_group)
		return false;
	return connection->undo || clock_monotonic() < load.deadline;
}

static size_t content_length(struct span head)
{
	while (head.len) {
		struct span line = span_cut(&head, '\n'), name = span_cut(&line, ':');
		uint64_t length;
		line = span_trim(line);
		line.len -= line.len && line.data[line.len - 1] == '\r';
		if (span_equal_nocase(name, SPAN("content-length")) && span_to_u64(line, &length))
			return length;
	}
	die("an answer has no Content-Length");
}

static bool is_expected(unsigned status)
{
	return status == load.mode->status || (load.mode->status == 204 && status == 200);
}

/* RFC 9110 section 15.3.5: a 204 has no content and says no length. */
static bool is_empty(struct span answer)
{
	return span_starts(answer, SPAN("HTTP/1.1 204"));
}

static size_t take_answer(struct peer *peer, struct span in)
{
	struct connection *connection = peer->state;
	size_t end = find_end(in, SPAN("\r\n\r\n"));
	uint64_t status;

	if (end == 0)
		return 0;
	size_t len = is_empty(in) ? 0 : content_length(span_of(in.data, end));
	if (in.len < end + len)
		return 0;
	struct span body = span_of(in.data + end, len);
	if (!span_starts(in, SPAN("HTTP/1.1 ")) || !span_to_u64(span_of(in.data + 9, 3), &status) ||
		!is_expected((unsigned)status))
		die("%s: %.*s ... %.*s", load.mode->name, 12, (const char *)in.data,
			(int)(len < 300 ? len : 300), (const char *)body.data);
	load.mode->check(connection, body);
	measure_add(&load.measure, connection->begun);
	load.work += load.mode->work;
	load.busy--;
	if (goes_on(connection))
		issue(peer);
	return end + len;
}

static void run(struct peers *peers, const struct mode *mode)
{
	load.mode = mode;
	load.work = 0;
	measure_begin(&load.measure, load.target.server);
	load.deadline = clock_monotonic() + (int64_t)(load.target.seconds * 1e6);
	for (unsigned i = 0; i < peers->count; i++)
		if (i == 0 || goes_on(peers->rows[i].state))
			issue(&peers->rows[i]);
	peers_run(peers, &load.busy);
}

static _Noreturn void usage(void)
{
	fprintf(stderr,
		"usage: scimload -m MODE -f PEOPLE -a TOKEN [-h HOST] [-p PORT] [-u PATH]\n"
		"                [-P SERVER-PID] [-c CONNECTIONS] [-t SECONDS] [-g GROUP] [-n "
		"OCTETS]\n"
		"MODE: get filter list patch create bulk toggle group hello\n"
		"PEOPLE: lines of name, DN, password or \"-\", number of groups; between tabs\n");
	exit(64);
}

static void set_option(int option, const char *text)
{
	switch (option) {
	case 'm':
		for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
			if (strcmp(modes[i].name, text) == 0)
				load.wanted = &modes[i];
		break;
	case 'g':
		load.group = text;
		break;
	case 'n':
		load.octets = number_of(text);
		break;
	case 'a':
		load.token = text;
		break;
	case 'u':
		load.path = text;
		break;
	default:
		usage();
	}
}

static void build_head(void)
{
	int len = snprintf(load.head, sizeof(load.head),
		" HTTP/1.1\r\nHost: %s:%s\r\nAuthorization: Bearer %s\r\n"
		"Accept: application/scim+json\r\n",
		load.target.host, load.target.port, load.token);

	if (len < 0 || (size_t)len >= sizeof(load.head))
		usage();
	load.head_len = (size_t)len;
}

int main(int argc, char **argv)
{
	struct peers peers = { .taken = take_answer };
	int option;

	while ((option = getopt(argc, argv, TARGET_OPTIONS "m:a:u:g:n:")) != -1)
		if (!target_set(&load.target, option, optarg))
			set_option(option, optarg);
	if (!load.wanted || !load.target.people || !load.token || load.target.connections == 0 ||
		((load.wanted->ask == ask_toggle || load.wanted->ask == ask_group) && !load.group))
		usage();
	build_head();
	people_read(load.target.people, &load.people);
	load.learned = heap_zalloc(LEARN_MOST * sizeof(struct person *));
	load.pages = load.people.count < LEARN_MOST ? (load.people.count + PAGE - 1) / PAGE
						    : LEARN_MOST / PAGE;
	peers_open(&peers, load.target.connections, load.target.host, load.target.port);
	for (unsigned i = 0; i < peers.count; i++) {
		struct connection *connection = heap_zalloc(sizeof(*connection));
		connection->serial = i;
		peers.rows[i].state = connection;
	}
	if (load.wanted->ask == ask_toggle) {
		load.pages = load.people.count;
		run(&peers, &learn_each);
	} else if (load.wanted->needs_ids) {
		run(&peers, &learn);
	}
	if (load.wanted->needs_ids && load.learning < load.target.connections)
		die("there are fewer people than connections");
	if (load.group)
		run(&peers, &find_group);
	run(&peers, load.wanted);
	measure_end(&load.measure, load.wanted->name, load.work);
	peers_close(&peers);
	return 0;
}
