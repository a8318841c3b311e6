#include "base/limits.h"
#include "base/secret.h"
#include "cli/cli.h"
#include "cli/load_int.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define ITEMS_AT_ONCE 200
#define MEMBERS_AT_ONCE 2000
#define REQUEST_FULL (LIMIT_CTL_LINE / 2)
#define VALUES_AT_ONCE (LIMIT_JSON_NODES / 4)

struct load_item *load_add(struct load *load)
{
	if (load->count == load->capacity) {
		load->capacity = load->capacity ? 2 * load->capacity : 1024;
		load->items = heap_grow(load->items, load->capacity * sizeof *load->items);
	}
	load->items[load->count] = (struct load_item){ 0 };
	return &load->items[load->count++];
}

void load_value(struct load *load, struct load_item *item, enum attr attr, unsigned instance,
	struct span text)
{
	const struct attr_row *row = attr_row(attr);
	bool kept = attr != ATTR_NONE && !attr_is_hidden(attr) &&
		    !(row->flags & (ATTR_READ_ONLY | ATTR_COMPUTED)) &&
		    (row->kinds & 1u << item->kind) && row->syntax != SYNTAX_REFERENCE &&
		    !(instance > 0 && (row->flags & ATTR_SINGLE));

	if (kept && text.len > 0)
		item->values[item->count++] = (struct load_value){ attr, instance, text };
	else
		load->dropped++;
}

/* ---- members: from what the file says to "kind:name" ---- */

struct target {
	struct span key;
	const struct load_item *item;
};

static int compare_targets(const void *a, const void *b)
{
	return span_compare(((const struct target *)a)->key, ((const struct target *)b)->key);
}

static struct target *index_items(struct load *load)
{
	struct target *targets = arena_array(load->arena, load->count + 1, sizeof *targets);

	for (size_t i = 0; i < load->count; i++)
		targets[i] = (struct target){ load->items[i].dn.len > 0 ? load->items[i].dn
									: load->items[i].name,
			&load->items[i] };
	qsort(targets, load->count, sizeof *targets, compare_targets);
	return targets;
}

static void resolve_members(struct load *load)
{
	struct target *targets = index_items(load);

	for (size_t i = 0; i < load->count; i++) {
		struct load_item *item = &load->items[i];
		size_t kept = 0;

		for (size_t m = 0; m < item->member_count; m++) {
			struct target key = { item->members[m], NULL };
			const struct target *found =
				bsearch(&key, targets, load->count, sizeof key, compare_targets);

			if (found && span_equal_nocase(found->item->tenant, item->tenant))
				item->members[kept++] = span_str(arena_printf(load->arena,
					"%s:%.*s", kind_row(found->item->kind)->word,
					SPAN_ARGS(found->item->name)));
			else
				load->unknown_members++;
		}
		item->member_count = kept;
	}
}

/* ---- sending ---- */

struct sending {
	struct link *link;
	struct buffer request;
	struct json_writer w;
	struct span tenant;
	size_t items, values; /* in the request */
	uint64_t done, existing, refused;
	bool members; /* the second pass */
	struct why *why;
};

static void begin_request(struct sending *s, struct span tenant)
{
	buffer_reset(&s->request);
	json_start(&s->w, &s->request);
	json_begin_object(&s->w);
	json_string_member(&s->w, "verb", "load");
	json_name(&s->w, "args");
	json_begin_object(&s->w);
	json_text_member(&s->w, "tenant", tenant);
	json_name(&s->w, "entries");
	json_begin_array(&s->w);
	s->tenant = tenant;
	s->items = s->values = 0;
}

static void take_answer(struct sending *s, const struct json *result)
{
	const struct json *refused = json_member(result, "refused");
	const struct json *passwords = json_member(result, "passwords");

	if (!s->members) {
		s->done += (uint64_t)json_number(result, "done", 0);
		s->existing += (uint64_t)json_number(result, "existing", 0);
	}
	for (size_t i = 0; refused && i < refused->count; i++) {
		const struct json *one = &refused->items[i];

		s->refused++;
		fprintf(stderr, "refused: %.*s: %.*s %.*s\n", SPAN_ARGS(json_text(one, "name")),
			SPAN_ARGS(json_text(one, "attribute")), SPAN_ARGS(json_text(one, "text")));
	}
	for (size_t i = 0; passwords && i < passwords->count; i++)
		printf("password of the service %.*s (shown once): %.*s\n",
			SPAN_ARGS(json_text(&passwords->items[i], "name")),
			SPAN_ARGS(json_text(&passwords->items[i], "password")));
}

static enum err end_request(struct sending *s)
{
	struct answer answer;

	if (s->items == 0)
		return OK;
	struct arena *arena = arena_new();
	json_end_array(&s->w);
	json_end_object(&s->w);
	json_end_object(&s->w);
	enum err err =
		s->request.failed
			? fail(s->why, ERR_TOO_LARGE, NULL, "an entry is too large")
			: link_ask(s->link, arena, buffer_span(&s->request), &answer, s->why);
	if (err == OK)
		take_answer(s, answer.result);
	s->items = s->values = 0;
	arena_free(arena);
	return err;
}

/* Room for another item of this tenant with so many values, sending what is gathered if there is
 * none. */
static enum err make_room(struct sending *s, struct span tenant, size_t values)
{
	enum err err = OK;
	bool fits = s->items > 0 && span_equal(s->tenant, tenant) && s->items < ITEMS_AT_ONCE &&
		    s->request.len < REQUEST_FULL && s->values + values <= LIMIT_JSON_NODES / 2;

	if (!fits) {
		err = end_request(s);
		begin_request(s, tenant);
	}
	s->items++;
	s->values += values;
	return err;
}

static void put_head(struct sending *s, const struct load_item *item)
{
	json_begin_object(&s->w);
	json_string_member(&s->w, "kind", kind_row(item->kind)->word);
	json_text_member(&s->w, "name", item->name);
}

static void put_attribute_name(struct sending *s, enum attr attr)
{
	char name[64] = { 0 };
	const char *word = attr_row(attr)->name;

	for (size_t i = 0; word[i] && i < sizeof name - 1; i++)
		name[i] = (char)tolower((unsigned char)word[i]);
	json_name(&s->w, name);
}

static int compare_values(const void *a, const void *b)
{
	const struct load_value *x = a, *y = b;

	return x->attr != y->attr ? (int)x->attr - (int)y->attr
				  : (int)x->instance - (int)y->instance;
}

static void put_attributes(struct sending *s, const struct load_item *item)
{
	json_name(&s->w, "attributes");
	json_begin_object(&s->w);
	qsort(item->values, item->count, sizeof *item->values, compare_values);
	for (size_t i = 0; i < item->count;) {
		enum attr attr = item->values[i].attr;

		put_attribute_name(s, attr);
		json_begin_array(&s->w);
		for (unsigned place = 0; i < item->count && item->values[i].attr == attr; i++) {
			for (; place < item->values[i].instance; place++)
				json_put_null(&s->w);
			json_put_text(&s->w, item->values[i].text);
			place++;
		}
		json_end_array(&s->w);
	}
	json_end_object(&s->w);
}

static enum err send_entry(struct sending *s, const struct load_item *item)
{
	enum err err = make_room(s, item->tenant, item->count);

	put_head(s, item);
	put_attributes(s, item);
	if (item->password.len > 0)
		json_text_member(&s->w, "password", item->password);
	if (item->rdn.len > 0)
		json_text_member(&s->w, "rdn", item->rdn);
	if (item->inactive)
		json_bool_member(&s->w, "inactive", true);
	json_end_object(&s->w);
	return err;
}

static enum err send_members(struct sending *s, const struct load_item *item)
{
	enum err err = OK;

	for (size_t i = 0; err == OK && i < item->member_count; i += MEMBERS_AT_ONCE) {
		err = make_room(s, item->tenant, MEMBERS_AT_ONCE);
		put_head(s, item);
		json_name(&s->w, "members");
		json_begin_array(&s->w);
		for (size_t m = i; m < item->member_count && m < i + MEMBERS_AT_ONCE; m++)
			json_put_text(&s->w, item->members[m]);
		json_end_array(&s->w);
		json_end_object(&s->w);
	}
	return err;
}

static enum err send_all(struct sending *s, const struct load *load)
{
	enum err err = OK;

	for (size_t i = 0; err == OK && i < load->count; i++)
		err = send_entry(s, &load->items[i]);
	if (err == OK)
		err = end_request(s);
	s->members = true;
	for (size_t i = 0; err == OK && i < load->count; i++)
		err = send_members(s, &load->items[i]);
	return err == OK ? end_request(s) : err;
}

static enum err send_file(const struct options *options, const struct load *load, struct why *why)
{
	struct sending s = { .why = why };

	enum err err = link_open(options->socket, &s.link, why);
	if (err != OK)
		return err;
	buffer_init(&s.request, LIMIT_CTL_LINE - 1);
	err = send_all(&s, load);
	printf("%llu created, %llu there already, %llu refused; %zu records and %zu values "
	       "passed over, %zu members unknown\n",
		(unsigned long long)s.done, (unsigned long long)s.existing,
		(unsigned long long)s.refused, load->skipped, load->dropped, load->unknown_members);
	secret_wipe(s.request.data, s.request.cap);
	buffer_free(&s.request);
	link_close(s.link);
	if (err == OK && s.refused > 0)
		return fail(why, ERR_VALUE, NULL, "%llu entries were refused",
			(unsigned long long)s.refused);
	return err;
}

static enum err read_file(const char *path, struct span *text, struct why *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		fail(why, ERR_IO, NULL, "%s cannot be read: %m", path);
		if (fd >= 0)
			close(fd);
		return ERR_IO;
	}
	void *data = st.st_size > 0 ? mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0)
				    : NULL;
	close(fd);
	if (data == MAP_FAILED)
		return fail(why, ERR_IO, NULL, "%s cannot be read: %m", path);
	*text = span_of(data, (size_t)st.st_size);
	return OK;
}

static enum err load_file(struct load *load, const char *path, struct why *why)
{
	struct span text = SPAN_NONE;

	enum err err = read_file(path, &text, why);
	if (err != OK)
		return err;
	const char *end = strrchr(path, '.');
	if (end && strcmp(end, ".ldif") == 0)
		err = load_ldif(load, text, why);
	else if (end && strcmp(end, ".jsonl") == 0)
		err = load_jsonl(load, text, why);
	else
		err = fail(why, ERR_VALUE, NULL, "%s is neither .ldif nor .jsonl", path);
	if (err == OK)
		resolve_members(load);
	return err;
}

int run_load(const struct options *options, struct arena *arena, char **words, int count)
{
	struct load load = { .arena = arena };
	struct why why = { 0 };
	const char *path = NULL;

	for (int i = 0; i < count; i++) {
		if (strcmp(words[i], "--tenant") == 0 && i + 1 < count)
			load.tenant = span_str(words[++i]);
		else if (!path && words[i][0] != '-')
			path = words[i];
		else
			return report(fail(&why, ERR_VALUE, NULL,
					      "muster load FILE.ldif|FILE.jsonl [--tenant T]"),
				&why);
	}
	if (!path)
		return report(fail(&why, ERR_MISSING, NULL, "which file is to be loaded?"), &why);
	enum err err = load_file(&load, path, &why);
	if (err == OK)
		err = send_file(options, &load, &why);
	free(load.items);
	return report(err, &why);
}
