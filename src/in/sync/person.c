/* One person on demand: asked for at the server by a child of its own, then what following would
 * make of them, and that done if it is wanted. The job's cookie and plans are not touched: what the
 * job hears later of the same person it finds done. */
#include "in/sync/enquiry.h"
#include "in/sync/commands.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define SECONDS 60

struct inquest {
	struct job *job; /* of this call alone: settings, view and actor of the directory's */
	struct commands *commands;
	bool apply, seen;
	const struct entry *changed; /* a preview: the directory as it would be */
	struct sync_step *rows;
	size_t count;
	struct why why;
};

static void say(struct inquest *i, const char *step, bool good, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static void say(struct inquest *i, const char *step, bool good, const char *format, ...)
{
	char text[512];
	va_list args;

	if (i->count == SYNC_STEPS_MAX)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	struct sync_step *row = &i->rows[i->count++];
	snprintf(row->step, sizeof(row->step), "%s", step);
	status_text(row->text, sizeof(row->text), span_str(text));
	row->good = good;
}

static void say_scope(struct inquest *i, const struct row *row)
{
	const char *by = row->rule.len > 0 ? " by the rule " : "";

	if (row->state == ENTRY_OUT_OF_SCOPE)
		say(i, "in-scope", false, "left out%s%.*s", by, SPAN_ARGS(row->rule));
	else
		say(i, "in-scope", true, "%s%s%.*s", entry_state_name(row->state), by,
			SPAN_ARGS(row->rule));
}

static bool is_secret(enum attr attr)
{
	return attr_has(attr, ATTR_WRITE_ONLY) || attr_row(attr)->syntax == SYNTAX_OCTETS;
}

/* As the rows of the settings call it: "user_name". */
static const char *word_of(struct inquest *i, enum attr attr)
{
	char *word = arena_string(i->commands->arena, span_str(attr_row(attr)->name));

	for (char *c = word; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return word;
}

static void say_mapped(struct inquest *i, const struct row *row)
{
	for (size_t n = 0; n < row->value_count; n++) {
		const struct row_value *value = &row->values[n];

		if (is_secret(value->attr))
			say(i, "mapped", true, "%s = ***", word_of(i, value->attr));
		else
			say(i, "mapped", true, "%s = %.*s", word_of(i, value->attr),
				SPAN_ARGS(value->octets));
	}
}

static struct span name_of(const struct record *record)
{
	return record_first(record, kind_row(record->kind)->naming);
}

static bool say_joined(struct inquest *i, const struct row *row, struct record *record)
{
	bool known = link_find(i->job, &row->anchor, record);

	if (known)
		say(i, "joined", true, "%.*s, by its anchor", SPAN_ARGS(name_of(record)));
	else
		say(i, "joined", true, "nobody here has this anchor");
	return known;
}

static void say_change(struct inquest *i, const struct modification *mod, const struct record *was)
{
	struct span old = was ? record_first(was, mod->attr) : SPAN_NONE;
	struct span new = mod->count > 0 ? mod->values[0].octets : SPAN_NONE;

	if (mod->attr == ATTR_PASSWORD)
		say(i, "would-change", true, "password: *** -> ***");
	else if (!attr_is_hidden(mod->attr))
		say(i, "would-change", true, "%s: %.*s -> %.*s", word_of(i, mod->attr),
			SPAN_ARGS(old), SPAN_ARGS(new));
}

static void say_changes(struct inquest *i, const struct command *command, const struct record *was)
{
	if (command->type == COMMAND_CREATE)
		say(i, "would-change", true, "created");
	for (size_t n = 0; n < command->mod_count; n++)
		say_change(i, &command->mods[n], was);
}

static void tell_log(struct inquest *i, const struct row *row, const struct command *command,
	const struct outcome *outcome, struct span name)
{
	const struct history_object object = { .kind = KIND_USER,
		.anchor = row->anchor,
		.id = outcome->id,
		.name = name,
		.dn = row->dn,
		.deed = command->type == COMMAND_CREATE ? SPAN("create") : SPAN("update"),
		.rule = row->rule.len > 0 ? row->rule : SPAN("on demand"),
		.outcome = outcome };

	history_objects(i->job->sync->core, &i->job->actor, i->commands->arena, &object, 1);
}

static void run_command(struct inquest *i, const struct row *row, struct span name)
{
	const struct command *command = &i->commands->rows[i->commands->count - 1];
	struct outcome outcome = { 0 };
	struct job *job = i->job;
	enum err err;

	if (i->apply)
		err = commands_run_rows(job, command, 1, &outcome, &i->why);
	else
		err = core_preview(job->sync->core, &job->actor, command, 1, &outcome, &i->why);
	if (err) {
		say(i, i->apply ? "applied" : "would-change", false, "%s", i->why.text);
		return;
	}
	if (outcome.err)
		say(i, i->apply ? "applied" : "would-change", false, "%s", outcome.why.text);
	else if (i->apply)
		say(i, "applied", true, "%s", outcome.changed ? "changed" : "all was so already");
	if (i->apply)
		tell_log(i, row, command, &outcome, name);
}

static void decide(struct inquest *i, const struct row *row)
{
	struct job *job = i->job;
	struct record record;
	bool known = say_joined(i, row, &record);
	struct span name = known ? arena_copy(i->commands->arena, name_of(&record)) : SPAN_NONE;

	say_mapped(i, row);
	if (!entry_command(job, i->commands, row, 0, 0)) {
		if (job->status.notes[0][0])
			say(i, "would-change", false, "%s", job->status.notes[0]);
		else
			say(i, "would-change", true, "nothing");
		return;
	}
	say_changes(i, &i->commands->rows[i->commands->count - 1], known ? &record : NULL);
	run_command(i, row, name);
}

static void take(void *with, const struct row *row)
{
	struct inquest *i = with;

	bool traced = span_equal(row->name, SPAN("theirs")) || span_equal(row->name, SPAN("row"));

	if (row->type == FRAME_STEP && traced && i->changed)
		say(i, row->name.len == 3 ? "row" : "theirs", row->verdict == VERDICT_GOOD, "%.*s",
			SPAN_ARGS(row->text));
	if (row->type == FRAME_STEP && !traced)
		say(i, row->name.len == 5 ? "found" : "in-scope", row->verdict == VERDICT_GOOD,
			"%.*s", SPAN_ARGS(row->text));
	if (row->type == FRAME_SKIPPED)
		say(i, "in-scope", false, "%.*s", SPAN_ARGS(row->text));
	if (row->type != FRAME_ENTRY || i->seen)
		return;
	i->seen = true;
	if (row->class != CLASS_USER) {
		say(i, "in-scope", false, "it is no person");
		return;
	}
	say_scope(i, row);
	struct record record;
	if (row->state == ENTRY_OUT_OF_SCOPE && !link_find(i->job, &row->anchor, &record))
		return;
	decide(i, row);
}

/* ---- a job of this call alone ---- */

static enum err prepare(struct job *job, const struct entry *changed, struct why *why)
{
	struct record record;

	enum err err = view_begin(job->view, why);
	if (err)
		return err;
	if (!view_entry(job->view, job->tenant, KIND_DIRECTORY, job->directory, &record))
		return fail(why, ERR_NOT_FOUND, "name", "the directory is gone");
	record.bytes = arena_copy(job->settled, record.bytes);
	err = actor_directory(job->view, job->tenant, job->directory, &job->actor, why);
	job->actor.request = uuid_new();
	return err ? err
		   : settings_read(job->settled,
			     changed ? changed : record_entry(job->settled, &record),
			     &job->settings, why);
}

static enum err ask(struct inquest *i, struct span subject, struct why *why)
{
	const struct enquiry enquiry = {
		.task = TASK_ONE, .seconds = SECONDS, .take = take, .with = i
	};
	struct order *order = heap_zalloc(sizeof(*order));
	struct enquiry_end end;
	struct uuid anchor;

	settings_order(&i->job->settings, order);
	if (uuid_parse(subject, &anchor))
		order->anchors = uuid_span(&anchor);
	else
		order->subject = subject;
	enum err err = enquiry_run(i->job->sync, &i->job->settings, order, &enquiry, &end, why);
	free(order);
	if (err)
		say(i, "asked", false, "%s: %s", stage_name(end.stage), why->text);
	return err && i->count == 0 ? err : OK;
}

enum err sync_person(struct sync *sync, uint32_t tenant, uint32_t directory, struct span subject,
	bool apply, const struct entry *changed, struct sync_step *rows, size_t *count,
	struct why *why)
{
	struct inquest i = { .apply = apply, .changed = changed, .rows = rows };

	if (!enquiry_take_turn(sync))
		return fail(why, ERR_BUSY, NULL, "other directories are being asked");
	i.job = job_make(sync, tenant, directory);
	i.commands = commands_new(false);
	enum err err = view_open(sync->core, &i.job->view, why);
	if (!err)
		err = prepare(i.job, changed, why);
	if (!err)
		err = ask(&i, subject, why);
	if (i.job->view)
		view_end(i.job->view);
	commands_free(i.commands);
	job_free(i.job);
	enquiry_end_turn(sync);
	*count = i.count;
	return err;
}
