/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each line is tried as one that goes on with the message under way, as a new one, and as the rest of one that was cut.
 */
#include "collect.h"

#include "base/shown.h"
#include "pattern.h"

#include <string.h>

#define AGE_MAX 40u /* lines of others between those of one message */

static bool has_mark(const struct explain_source *source, const char *text)
{
	for (const char *const *mark = source->marks; *mark; mark++)
		if (strstr(text, *mark))
			return true;
	return false;
}

static bool looks_like_one(const char *text)
{
	const struct explain_source *source;

	for (unsigned int n = 0; (source = explain_source(n)); n++)
		if (has_mark(source, text))
			return true;
	return false;
}

/* The message under way is complete. */
static void close_open(struct explain_collect *collect)
{
	struct explain_fault *open = &collect->open;

	if (!open->source)
		return;
	if (open->source->settle)
		open->source->settle(open);
	explain_faults_add(&collect->faults, open);
	open->source = NULL;
	collect->replaces = false;
}

/* What was joined is no message that is understood. */
static void give_up(struct explain_collect *collect)
{
	if (collect->joins && !collect->understood) {
		char *cut = strchr(collect->joined, '\n');

		if (collect->unknowns < EXPLAIN_UNKNOWN) {
			struct explain_unknown *unknown = &collect->unknown[collect->unknowns];

			if (cut)
				*cut = 0;
			unknown->line = collect->joined_line;
			kq_shown(unknown->text, sizeof(unknown->text), collect->joined, strlen(collect->joined));
		}
		collect->unknowns++;
	}
	collect->joins = 0;
	collect->understood = false;
	collect->replaces = false;
}

/* Take what @text says into @fault if it is of @form. */
static bool try_form(const struct explain_source *source, const struct explain_form *form, const char *text,
		     const char *cut, struct explain_fault *fault)
{
	*fault = (struct explain_fault){ .source = source, .count = 1 };
	if (!explain_match(form->pattern, text, cut, fault))
		return false;
	if (!fault->has_code && form->code) {
		fault->code = form->code;
		fault->has_code = true;
	}
	return true;
}

/* The first form of any source that @text is, across @cut if that is not NULL; not those that go on with a message. NULL: none. */
static const struct explain_form *find_form(const char *text, const char *cut, struct explain_fault *fault)
{
	const struct explain_source *source;

	for (unsigned int n = 0; (source = explain_source(n)); n++) {
		if (!has_mark(source, text))
			continue;
		for (const struct explain_form *form = source->forms; form->pattern; form++)
			if (!(form->does & EXPLAIN_MORE) && try_form(source, form, text, cut, fault))
				return form;
	}
	return NULL;
}

static void start(struct explain_collect *collect, const struct explain_fault *fault, const struct explain_line *line,
		  const char *text)
{
	struct explain_fault *open = &collect->open;
	char sample[EXPLAIN_JOINED * (EXPLAIN_LINE + 1)];
	size_t used = 0;

	/* A partial message that is whole now is the same one. */
	if (!collect->replaces)
		close_open(collect);
	*open = *fault;
	for (; *text; text++)
		if (*text != '\n')
			sample[used++] = *text;
		else if (used && sample[used - 1] != ' ')
			sample[used++] = ' ';
	kq_shown(open->sample, sizeof(open->sample), sample, used);
	memcpy(open->first_time, line->time, sizeof(open->first_time));
	memcpy(open->last_time, line->time, sizeof(open->last_time));
	collect->age = 0;
}

/* Is a line of form @head, one of @source, a message of its own rather than @more of a message of @open? Earlier forms say more. */
static bool is_own(const struct explain_form *head, const struct explain_source *source, const struct explain_form *more,
		   const struct explain_source *open)
{
	if (!head)
		return false;
	return source == open ? head < more : !(head->does & EXPLAIN_ORDINARY);
}

/* Does @text go on with the message under way, across @cut if that is not NULL? */
static bool goes_on(struct explain_collect *collect, const char *text, const char *cut)
{
	struct explain_fault *open = &collect->open, fault = { .source = NULL };
	const struct explain_form *head;

	if (!open->source)
		return false;
	head = find_form(text, cut, &fault);
	for (const struct explain_form *form = open->source->forms; form->pattern; form++) {
		struct explain_fault more = *open;

		if (!(form->does & EXPLAIN_MORE) || (form->code && form->code != open->code) ||
		    is_own(head, fault.source, form, open->source))
			continue;
		more.has_device = false;
		if (!explain_match(form->pattern, text, cut, &more))
			continue;
		/* Why it was is known already: this is about another one. */
		if (more.code != open->code && open->code < EXPLAIN_OWN)
			continue;
		if (more.has_device && open->has_device &&
		    (more.segment != open->segment || more.requester != open->requester))
			continue;
		if (!more.has_device) {
			more.has_device = open->has_device;
			more.segment = open->segment;
			more.requester = open->requester;
		}
		*open = more;
		collect->age = 0;
		return true;
	}
	return false;
}

/* Keep @text for the next line to go on with. */
static void keep(struct explain_collect *collect, const char *text)
{
	memcpy(collect->joined, text, strlen(text) + 1);
	collect->joins = 1;
	collect->joined_line = collect->lines;
}

/* Take the message @fault, of @form, which is in @text: @line, or what was joined with it. */
static void take(struct explain_collect *collect, const struct explain_form *form, const struct explain_fault *fault,
		 const struct explain_line *line, const char *text)
{
	const bool joined = text == collect->joined, partial = form->does & EXPLAIN_PARTIAL;
	const bool tells = !(form->does & (EXPLAIN_SUPPRESSED | EXPLAIN_ORDINARY));

	if (form->does & EXPLAIN_SUPPRESSED)
		collect->suppressed += explain_number(fault, "number");
	else if (form->does & EXPLAIN_ORDINARY)
		collect->ordinary++;
	else
		start(collect, fault, line, text);
	if (partial && !joined)
		keep(collect, text);
	else
		collect->joins = partial ? collect->joins + 1 : 0;
	collect->understood = partial;
	collect->replaces = partial && tells;
}

/* Is @line the rest of a message that was cut? */
static bool joins(struct explain_collect *collect, const struct explain_line *line)
{
	const size_t before = strlen(collect->joined);
	const struct explain_form *form;
	struct explain_fault fault;

	if (!collect->joins || collect->joins == EXPLAIN_JOINED)
		return false;
	collect->joined[before] = '\n';
	memcpy(collect->joined + before + 1, line->text, strlen(line->text) + 1);
	if (!collect->replaces && goes_on(collect, collect->joined, collect->joined + before)) {
		collect->joins = 0;
		return true;
	}
	form = find_form(collect->joined, collect->joined + before, &fault);
	if (form) {
		take(collect, form, &fault, line, collect->joined);
		return true;
	}
	if (looks_like_one(line->text)) {
		/* It is a message of its own, and the one before it was whole. */
		collect->joined[before] = 0;
		return false;
	}
	collect->joins++;
	return true;
}

void explain_collect_line(struct explain_collect *collect, const struct explain_line *line)
{
	const struct explain_form *form;
	struct explain_fault fault;

	collect->lines++;
	if (collect->open.source && ++collect->age > AGE_MAX)
		close_open(collect);
	if (!*line->text || joins(collect, line))
		return;
	give_up(collect);
	if (goes_on(collect, line->text, NULL))
		return;
	form = find_form(line->text, NULL, &fault);
	if (form)
		take(collect, form, &fault, line, line->text);
	else if (looks_like_one(line->text))
		keep(collect, line->text);
}

void explain_collect_end(struct explain_collect *collect)
{
	give_up(collect);
	close_open(collect);
}

void explain_collect_free(struct explain_collect *collect)
{
	explain_faults_free(&collect->faults);
}
