/* Load for an LDAP server; every answer is checked. See usage() below.
 *
 *   bind      simple bind as a person at random (RFC 4511 section 4.2; depth 1 by its nature)
 *   rebind    the same on a connection of its own each time
 *   login     as applications do: one connection looks for (uid=NAME), another binds as who was
 * found compare   the person's uid (RFC 4511 section 4.10) comember  that the person is in the
 * group -g equality  (uid=NAME) below the base: exactly that person, with that uid base      the
 * person's entry by its DN, all user attributes member    (member=DN) below the base: as many
 * groups as the person is in walk      all entries below the base that have a uid, paged (RFC
 * 2696): as many as expected group     the group -g by its DN with all members: as many as expected
 * (-n) modify    another title for a person at random (RFC 4511 section 4.6) toggle    a person is
 * added to the group -g, then removed again idle      connections that do nothing: the server's
 * memory for each */
#include "base/arena.h"
#include "ber.h"
#include "measure.h"
#include "peers.h"
#include "target.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define TAG_SEQUENCE 0x30
#define TAG_OCTETS 0x04
#define TAG_INTEGER 0x02
#define TAG_BOOLEAN 0x01
#define TAG_ENUMERATED 0x0a
#define TAG_BIND 0x60
#define TAG_BIND_RESPONSE 0x61
#define TAG_SEARCH 0x63
#define TAG_MODIFY 0x66
#define TAG_MODIFY_RESPONSE 0x67
#define TAG_COMPARE 0x6e
#define TAG_COMPARE_RESPONSE 0x6f
#define TAG_ENTRY 0x64
#define TAG_DONE 0x65
#define TAG_SIMPLE 0x80
#define TAG_EQUAL 0xa3
#define TAG_PRESENT 0x87
#define TAG_CONTROLS 0xa0
#define TAG_SET 0x31
#define CHANGE_ADD 0
#define CHANGE_DELETE 1
#define CHANGE_REPLACE 2
#define SUCCESS 0
#define COMPARE_TRUE 6
#define PAGED "1.2.840.113556.1.4.319"
#define DEPTH_MOST 64

/* A request on its way. */
struct request {
	bool busy;
	int64_t begun;
	struct person *person;
	unsigned entries;
	bool undo; /* toggle: the person is in the group */
};

struct connection {
	struct request requests[DEPTH_MOST];
	bool bound;           /* as the service account */
	struct peer *partner; /* login: each other's, one looks and one binds */
};

static struct {
	struct target target;
	const char *base, *bind_dn, *password, *group;
	unsigned depth, page;
	uint64_t expected; /* entries of a walk, members of the group */
	bool once;         /* bind: each person once */
	size_t next;       /* of them */
	const struct mode *mode;
	struct peers peers;
	struct people people;
	struct measure measure;
	int64_t deadline;
	unsigned busy;
	uint64_t work;
} load = {
	.target = { .host = "127.0.0.1", .port = "389", .connections = 16, .seconds = 3 },
	.depth = 1,
	.page = 500,
};

struct mode {
	const char *name;
	/* Writes the request's protocol operation. */
	void (*ask)(struct ber_out *out, struct request *request);
	void (*entry)(struct request *request, struct span dn, struct span attributes);
	/* Success was checked; `rest` holds the controls. True: the same request goes on. */
	bool (*done)(struct peer *peer, struct request *request, struct span rest);
	uint32_t code; /* of success */
};

static void send_message(struct peer *peer, struct ber_out *out, uint32_t id, size_t mark)
{
	ber_integer(out, TAG_INTEGER, id);
	ber_wrap(out, TAG_SEQUENCE, mark);
	peer_send(peer, ber_bytes(out));
}

static void write_bind(struct ber_out *out, struct span dn, struct span password)
{
	size_t mark = out->at;

	ber_octets(out, TAG_SIMPLE, password);
	ber_octets(out, TAG_OCTETS, dn);
	ber_integer(out, TAG_INTEGER, 3);
	ber_wrap(out, TAG_BIND, mark);
}

static void write_search(struct ber_out *out, struct span base, unsigned scope, uint8_t filter_tag,
	struct span filter, const char *const *attributes)
{
	size_t mark = out->at, list = out->at;

	for (size_t i = 0; attributes[i]; i++)
		ber_octets(out, TAG_OCTETS, span_str(attributes[i]));
	ber_wrap(out, TAG_SEQUENCE, list);
	ber_octets(out, filter_tag, filter);
	ber_octets(out, TAG_BOOLEAN, span_of("", 1));
	ber_integer(out, TAG_INTEGER, 0);
	ber_integer(out, TAG_INTEGER, 0);
	ber_integer(out, TAG_ENUMERATED, 0);
	ber_integer(out, TAG_ENUMERATED, scope);
	ber_octets(out, TAG_OCTETS, base);
	ber_wrap(out, TAG_SEARCH, mark);
}

/* The octets inside an equality filter. */
static struct span assertion(struct ber_out *scratch, const char *attribute, struct span value)
{
	ber_start(scratch);
	ber_octets(scratch, TAG_OCTETS, value);
	ber_octets(scratch, TAG_OCTETS, span_str(attribute));
	return ber_bytes(scratch);
}

static void expect_dn(const struct request *request, struct span dn)
{
	if (!span_equal_nocase(dn, request->person->dn))
		die("asked for %.*s, got %.*s", SPAN_ARGS(request->person->dn), SPAN_ARGS(dn));
}

static bool has_value(struct span attributes, const char *name, struct span value)
{
	struct ber_element element;

	while (ber_next(&attributes, &element)) {
		struct span type = ber_expect(&element.value, TAG_OCTETS);
		struct span values = ber_expect(&element.value, TAG_SET);
		struct ber_element one;
		while (span_equal_nocase(type, span_str(name)) && ber_next(&values, &one))
			if (span_equal(one.value, value))
				return true;
	}
	return false;
}

static void ask_bind(struct ber_out *out, struct request *request)
{
	request->person = load.once ? &load.people.rows[load.next++ % load.people.count]
				    : people_draw(&load.people, true);
	write_bind(out, request->person->dn, request->person->password);
}

static bool done_rebind(struct peer *peer, struct request *request, struct span rest)
{
	(void)request, (void)rest;
	peers_reopen(&load.peers, peer, load.target.host, load.target.port);
	return false;
}

static bool done_plain(struct peer *peer, struct request *request, struct span rest)
{
	(void)peer, (void)request, (void)rest;
	return false;
}

static void ask_equality(struct ber_out *out, struct request *request)
{
	static const char *const attributes[] = { "uid", "cn", "mail", NULL };
	struct ber_out scratch;

	request->person = people_draw(&load.people, false);
	write_search(out, span_str(load.base), 2, TAG_EQUAL,
		assertion(&scratch, "uid", request->person->name), attributes);
}

static void entry_of_person(struct request *request, struct span dn, struct span attributes)
{
	expect_dn(request, dn);
	if (!has_value(attributes, "uid", request->person->name))
		die("the entry of %.*s lacks its uid", SPAN_ARGS(dn));
}

static bool done_one(struct peer *peer, struct request *request, struct span rest)
{
	(void)peer, (void)rest;
	if (request->entries != 1)
		die("asked for %.*s, got %u entries", SPAN_ARGS(request->person->dn),
			request->entries);
	return false;
}

static void ask_login(struct ber_out *out, struct request *request)
{
	static const char *const attributes[] = { "1.1", NULL };
	struct ber_out scratch;

	request->person = people_draw(&load.people, true);
	write_search(out, span_str(load.base), 2, TAG_EQUAL,
		assertion(&scratch, "uid", request->person->name), attributes);
}

static void entry_of_login(struct request *request, struct span dn, struct span attributes)
{
	(void)attributes;
	expect_dn(request, dn);
}

static void issue(struct peer *peer, struct request *request);

/* Who was found binds on the partner, then the first connection looks for the next. */
static bool done_login(struct peer *peer, struct request *request, struct span rest)
{
	struct connection *connection = peer->state;
	struct connection *other = connection->partner->state;
	struct request *next = &other->requests[0];
	struct ber_out out;

	(void)rest;
	if (!connection->bound) {
		measure_add(&load.measure, request->begun);
		load.work++;
		request->busy = false;
		load.busy--;
		if (clock_monotonic() < load.deadline)
			issue(connection->partner, next);
		peer_flush(connection->partner);
		return true;
	}
	done_one(peer, request, rest);
	*next = *request;
	request->busy = false;
	ber_start(&out);
	size_t mark = out.at;
	write_bind(&out, next->person->dn, next->person->password);
	send_message(connection->partner, &out, 2, mark);
	peer_flush(connection->partner);
	return true;
}

static void write_compare(
	struct ber_out *out, struct span dn, const char *attribute, struct span value)
{
	size_t mark = out->at;

	ber_octets(out, TAG_OCTETS, value);
	ber_octets(out, TAG_OCTETS, span_str(attribute));
	ber_wrap(out, TAG_SEQUENCE, mark);
	ber_octets(out, TAG_OCTETS, dn);
	ber_wrap(out, TAG_COMPARE, mark);
}

static void ask_compare(struct ber_out *out, struct request *request)
{
	request->person = people_draw(&load.people, false);
	write_compare(out, request->person->dn, "uid", request->person->name);
}

static void ask_comember(struct ber_out *out, struct request *request)
{
	request->person = people_draw(&load.people, false);
	write_compare(out, span_str(load.group), "member", request->person->dn);
}

static void ask_base(struct ber_out *out, struct request *request)
{
	static const char *const attributes[] = { "*", NULL };

	request->person = people_draw(&load.people, false);
	write_search(out, request->person->dn, 0, TAG_PRESENT, SPAN("objectClass"), attributes);
}

static void ask_member(struct ber_out *out, struct request *request)
{
	static const char *const attributes[] = { "cn", NULL };
	struct ber_out scratch;

	request->person = people_draw(&load.people, false);
	write_search(out, span_str(load.base), 2, TAG_EQUAL,
		assertion(&scratch, "member", request->person->dn), attributes);
}

static void entry_of_group(struct request *request, struct span dn, struct span attributes)
{
	(void)request;
	if (!span_starts_nocase(dn, SPAN("cn=")) || attributes.len == 0)
		die("%.*s is no group", SPAN_ARGS(dn));
}

static bool done_member(struct peer *peer, struct request *request, struct span rest)
{
	(void)peer, (void)rest;
	if (request->entries != request->person->groups)
		die("%.*s is in %u groups, got %u", SPAN_ARGS(request->person->dn),
			request->person->groups, request->entries);
	return false;
}

static void ask_walk(struct ber_out *out, struct request *request)
{
	static const char *const attributes[] = { "uid", "cn", "mail", NULL };

	request->person = &load.people.rows[0];
	write_search(out, span_str(load.base), 2, TAG_PRESENT, SPAN("uid"), attributes);
}

static void entry_of_walk(struct request *request, struct span dn, struct span attributes)
{
	(void)request;
	if (!span_starts_nocase(dn, SPAN("uid=")) || attributes.len == 0)
		die("%.*s is no person", SPAN_ARGS(dn));
	load.work++;
}

static struct span cookie_of(struct span rest)
{
	struct span controls = ber_expect(&rest, TAG_CONTROLS);
	struct span control = ber_expect(&controls, TAG_SEQUENCE);
	struct ber_element element;

	if (!span_equal(ber_expect(&control, TAG_OCTETS), SPAN(PAGED)))
		die("the answer has another control than paged results");
	while (ber_next(&control, &element))
		if (element.tag == TAG_OCTETS) {
			struct span sequence = ber_expect(&element.value, TAG_SEQUENCE);
			ber_expect(&sequence, TAG_INTEGER);
			return ber_expect(&sequence, TAG_OCTETS);
		}
	die("the paged results control has no value");
}

static void send_walk(struct peer *peer, struct request *request, struct span cookie);

static bool done_walk(struct peer *peer, struct request *request, struct span rest)
{
	struct span cookie = cookie_of(rest);

	if (cookie.len) {
		send_walk(peer, request, cookie);
		return true;
	}
	if (request->entries != load.expected)
		die("the walk met %u entries, not %llu", request->entries,
			(unsigned long long)load.expected);
	return false;
}

static void ask_group(struct ber_out *out, struct request *request)
{
	static const char *const attributes[] = { "cn", "member", NULL };

	request->person = &load.people.rows[0];
	write_search(out, span_str(load.group), 0, TAG_PRESENT, SPAN("objectClass"), attributes);
}

static void entry_of_members(struct request *request, struct span dn, struct span attributes)
{
	struct ber_element element;
	uint64_t members = 0;

	(void)request;
	while (ber_next(&attributes, &element)) {
		struct span type = ber_expect(&element.value, TAG_OCTETS);
		struct span values = ber_expect(&element.value, TAG_SET);
		struct ber_element one;
		while (span_equal_nocase(type, SPAN("member")) && ber_next(&values, &one))
			members += span_starts_nocase(one.value, SPAN("uid="));
	}
	if (members != load.expected)
		die("%.*s has %llu members", SPAN_ARGS(dn), (unsigned long long)members);
}

static void write_modify(struct ber_out *out, struct span dn, unsigned change,
	const char *attribute, struct span value)
{
	size_t mark = out->at;

	ber_octets(out, TAG_OCTETS, value);
	ber_wrap(out, TAG_SET, mark);
	ber_octets(out, TAG_OCTETS, span_str(attribute));
	ber_wrap(out, TAG_SEQUENCE, mark);
	ber_integer(out, TAG_ENUMERATED, change);
	ber_wrap(out, TAG_SEQUENCE, mark);
	ber_wrap(out, TAG_SEQUENCE, mark);
	ber_octets(out, TAG_OCTETS, dn);
	ber_wrap(out, TAG_MODIFY, mark);
}

static void ask_modify(struct ber_out *out, struct request *request)
{
	char title[32];
	int len = snprintf(title, sizeof(title), "Technician %u", draw(1000000));

	request->person = people_draw(&load.people, false);
	write_modify(
		out, request->person->dn, CHANGE_REPLACE, "title", span_of(title, (size_t)len));
}

static void ask_toggle(struct ber_out *out, struct request *request)
{
	if (!request->undo)
		request->person = &load.people.rows[load.next++ % load.people.count];
	write_modify(out, span_str(load.group), request->undo ? CHANGE_DELETE : CHANGE_ADD,
		"member", request->person->dn);
	request->undo = !request->undo;
}

static const struct mode modes[] = {
	{ "bind", ask_bind, NULL, done_plain, SUCCESS },
	{ "rebind", ask_bind, NULL, done_rebind, SUCCESS },
	{ "login", ask_login, entry_of_login, done_login, SUCCESS },
	{ "compare", ask_compare, NULL, done_plain, COMPARE_TRUE },
	{ "comember", ask_comember, NULL, done_plain, COMPARE_TRUE },
	{ "equality", ask_equality, entry_of_person, done_one, SUCCESS },
	{ "base", ask_base, entry_of_person, done_one, SUCCESS },
	{ "member", ask_member, entry_of_group, done_member, SUCCESS },
	{ "walk", ask_walk, entry_of_walk, done_walk, SUCCESS },
	{ "group", ask_group, entry_of_members, done_one, SUCCESS },
	{ "modify", ask_modify, NULL, done_plain, SUCCESS },
	{ "toggle", ask_toggle, NULL, done_plain, SUCCESS },
	{ "idle", NULL, NULL, NULL, SUCCESS },
};

static uint32_t id_of(struct peer *peer, struct request *request)
{
	struct connection *connection = peer->state;

	return (uint32_t)(request - connection->requests) + 2;
}

static void send_walk(struct peer *peer, struct request *request, struct span cookie)
{
	struct ber_out out, value;
	size_t mark, controls;

	ber_start(&value);
	mark = value.at;
	ber_octets(&value, TAG_OCTETS, cookie);
	ber_integer(&value, TAG_INTEGER, load.page);
	ber_wrap(&value, TAG_SEQUENCE, mark);
	ber_start(&out);
	mark = controls = out.at;
	ber_octets(&out, TAG_OCTETS, ber_bytes(&value));
	ber_octets(&out, TAG_OCTETS, SPAN(PAGED));
	ber_wrap(&out, TAG_SEQUENCE, mark);
	ber_wrap(&out, TAG_CONTROLS, controls);
	ask_walk(&out, request);
	send_message(peer, &out, id_of(peer, request), mark);
}

static void issue(struct peer *peer, struct request *request)
{
	struct ber_out out;

	request->busy = true;
	request->entries = 0;
	request->begun = clock_monotonic();
	load.busy++;
	if (load.mode->ask == ask_walk) {
		send_walk(peer, request, SPAN_NONE);
		return;
	}
	ber_start(&out);
	size_t mark = out.at;
	load.mode->ask(&out, request);
	send_message(peer, &out, id_of(peer, request), mark);
}

/* A person who was added is removed, however late it is. */
static bool goes_on(const struct request *request)
{
	if (load.once)
		return load.next < load.people.count;
	return request->undo || clock_monotonic() < load.deadline;
}

static void finish(struct peer *peer, struct request *request, struct span result, struct span rest)
{
	uint32_t code = ber_number(ber_expect(&result, TAG_ENUMERATED));

	if (code != load.mode->code)
		die("%s of %.*s: result %u", load.mode->name, SPAN_ARGS(request->person->dn), code);
	if (load.mode->done(peer, request, rest))
		return;
	measure_add(&load.measure, request->begun);
	if (load.mode->ask != ask_walk)
		load.work++;
	request->busy = false;
	load.busy--;
	if (goes_on(request))
		issue(peer, request);
}

static void bound(struct peer *peer, struct span result)
{
	struct connection *connection = peer->state;

	if (ber_number(ber_expect(&result, TAG_ENUMERATED)) != 0)
		die("the service account cannot bind");
	connection->bound = true;
	load.busy--;
}

static void take_message(struct peer *peer, struct span message)
{
	struct connection *connection = peer->state;
	struct span body = ber_expect(&message, TAG_SEQUENCE);
	uint32_t id = ber_number(ber_expect(&body, TAG_INTEGER));
	struct ber_element operation = { 0 };

	ber_next(&body, &operation);
	if (id == 1 && operation.tag == TAG_BIND_RESPONSE && !connection->bound) {
		bound(peer, operation.value);
		return;
	}
	if (id < 2 || id >= 2 + load.depth || !connection->requests[id - 2].busy)
		die("an answer to message %u, which nobody sent", id);
	struct request *request = &connection->requests[id - 2];
	if (operation.tag == TAG_ENTRY) {
		struct span dn = ber_expect(&operation.value, TAG_OCTETS);
		struct span attributes = ber_expect(&operation.value, TAG_SEQUENCE);
		request->entries++;
		load.mode->entry(request, dn, attributes);
	} else if (operation.tag == TAG_DONE || operation.tag == TAG_BIND_RESPONSE ||
		   operation.tag == TAG_MODIFY_RESPONSE || operation.tag == TAG_COMPARE_RESPONSE) {
		finish(peer, request, operation.value, body);
	} else {
		die("an answer of type %02x", operation.tag);
	}
}

static size_t take_messages(struct peer *peer, struct span in)
{
	size_t taken = 0, len;

	while ((len = ber_message(span_from(in, taken))) > 0) {
		take_message(peer, span_of(in.data + taken, len));
		taken += len;
	}
	return taken;
}

/* login: every second connection is for binds. */
static bool is_searching(unsigned i)
{
	return load.mode->ask != ask_login || i % 2 == 0;
}

static void bind_all(void)
{
	for (unsigned i = 0; i < load.peers.count; i++) {
		struct ber_out out;
		if (!is_searching(i))
			continue;
		ber_start(&out);
		size_t mark = out.at;
		write_bind(&out, span_str(load.bind_dn), span_str(load.password));
		send_message(&load.peers.rows[i], &out, 1, mark);
		load.busy++;
	}
	peers_run(&load.peers, &load.busy);
}

static void open_all(void)
{
	unsigned count = load.target.connections * (load.mode->ask == ask_login ? 2 : 1);

	peers_open(&load.peers, count, load.target.host, load.target.port);
	for (unsigned i = 0; i < count; i++) {
		struct connection *connection = heap_zalloc(sizeof(struct connection));
		if (load.mode->ask == ask_login)
			connection->partner = &load.peers.rows[i ^ 1];
		load.peers.rows[i].state = connection;
	}
	if (load.bind_dn)
		bind_all();
}

static void run_idle(void)
{
	uint64_t before = resident(load.target.server);

	open_all();
	sleep(1);
	uint64_t after = resident(load.target.server);
	printf("{\"mode\":\"idle\",\"connections\":%u,\"octets_each\":%.0f}\n",
		load.target.connections,
		((double)after - (double)before) / load.target.connections);
}

static void run_load(void)
{
	open_all();
	measure_begin(&load.measure, load.target.server);
	load.deadline = clock_monotonic() + (int64_t)(load.target.seconds * 1e6);
	for (unsigned i = 0; i < load.peers.count; i++) {
		struct connection *connection = load.peers.rows[i].state;
		for (unsigned j = 0; j < load.depth && is_searching(i); j++)
			issue(&load.peers.rows[i], &connection->requests[j]);
	}
	peers_run(&load.peers, &load.busy);
	measure_end(&load.measure, load.mode->name, load.work);
}

static _Noreturn void usage(void)
{
	fprintf(stderr,
		"usage: ldapload -m MODE -f PEOPLE -b BASE\n"
		"                [-o] [-g GROUP-DN] [-n EXPECTED]\n"
		"                [-h HOST] [-p PORT] [-P SERVER-PID] [-c CONNECTIONS] [-d DEPTH]\n"
		"                [-t SECONDS] [-D BIND-DN -w PASSWORD] [-s PAGE] [-n "
		"WALK-ENTRIES]\n"
		"PEOPLE: lines of name, DN, password or \"-\", number of groups; between tabs\n");
	exit(64);
}

static void set_option(int option, const char *text)
{
	switch (option) {
	case 'm':
		for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
			if (strcmp(modes[i].name, text) == 0)
				load.mode = &modes[i];
		break;
	case 'b':
		load.base = text;
		break;
	case 'd':
		load.depth = number_of(text);
		break;
	case 'D':
		load.bind_dn = text;
		break;
	case 'w':
		load.password = text;
		break;
	case 's':
		load.page = number_of(text);
		break;
	case 'g':
		load.group = text;
		break;
	case 'o':
		load.once = true;
		break;
	case 'n':
		load.expected = number_of(text);
		break;
	default:
		usage();
	}
}

int main(int argc, char **argv)
{
	int option;

	load.peers.taken = take_messages;
	while ((option = getopt(argc, argv, TARGET_OPTIONS "m:b:d:D:w:s:n:g:o")) != -1)
		if (!target_set(&load.target, option, optarg))
			set_option(option, optarg);
	if (!load.mode || !load.target.people || !load.base || load.target.connections == 0 ||
		load.depth == 0 || load.depth > DEPTH_MOST)
		usage();
	if (load.mode->ask == ask_bind || load.mode->ask == ask_walk || load.mode->ask == ask_login)
		load.depth = 1;
	if ((load.mode->ask == ask_group || load.mode->ask == ask_toggle ||
		    load.mode->ask == ask_comember) &&
		!load.group)
		usage();
	people_read(load.target.people, &load.people);
	if (load.mode->ask)
		run_load();
	else
		run_idle();
	peers_close(&load.peers);
	return 0;
}
