/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal has a line for each action: nine fields with tabs between them, the first of which is the number of this format.
 * Only root writes it; its reader checks every line all the same.
 */
#include "action.h"

#include "base/cleanup.h"
#include "host/requester.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#define FORMAT	     "1"
#define FIELDS	     9u
#define JOURNAL_MAX  (1u << 18)
#define ACTIONS_MAX  1024u
#define JOURNAL_LINE 512u

const char *action_name(enum action_kind kind)
{
	static const char *const name[ACTIONS] = {
		[ACTION_GROUP] = "group-type",
		[ACTION_BUS_MASTER] = "bus-master-off",
		[ACTION_RESET] = "function-level-reset",
	};

	return name[kind];
}

const char *effect_name(enum effect effect)
{
	static const char *const name[EFFECTS] = {
		[EFFECT_DONE] = "done",
		[EFFECT_NONE] = "no effect",
		[EFFECT_FAILED] = "failed",
		[EFFECT_REFUSED] = "refused",
	};

	return name[effect];
}

void action_print(struct kq_output *out, const struct action *action)
{
	kq_output_format(out, "%s: was %s, ", requester_text(action->segment, action->requester),
			 state_name(action->was));
	switch (action->kind) {
	case ACTION_GROUP:
		kq_output_format(out, "translations for group %d (type", action->group);
		break;
	case ACTION_BUS_MASTER:
		kq_output_text(out, "Bus Master off (Command");
		break;
	case ACTION_RESET:
		kq_output_text(out, "function-level reset (Command");
		break;
	case ACTIONS:
		break;
	}
	kq_output_format(out, " %s", action->before);
	if (strcmp(action->before, action->after))
		kq_output_format(out, ", then %s", action->after);
	kq_output_format(out, "): %s%s%s", effect_name(action->effect), action->why[0] ? ": " : "", action->why);
}

static bool is_same(const struct action *a, const struct action *b)
{
	return a->kind == b->kind && a->effect == b->effect && a->segment == b->segment &&
	       a->requester == b->requester && a->group == b->group && a->was == b->was &&
	       !strcmp(a->before, b->before) && !strcmp(a->after, b->after) && !strcmp(a->why, b->why);
}

static bool keep(struct reconcile *reconcile, const struct action *action)
{
	if (!reconcile->action)
		reconcile->action = calloc(ACTIONS_MAX, sizeof(*reconcile->action));
	if (!reconcile->action || reconcile->actions == ACTIONS_MAX)
		return false;
	reconcile->action[reconcile->actions++] = *action;
	return true;
}

static bool find_name(const char *(*name)(unsigned int), unsigned int count, const char *text, unsigned int *found)
{
	for (*found = 0; *found < count; (*found)++)
		if (!strcmp(name(*found), text))
			return true;
	return false;
}

static const char *kind_text(unsigned int kind)
{
	return action_name((enum action_kind)kind);
}

static const char *effect_text(unsigned int effect)
{
	return effect_name((enum effect)effect);
}

static const char *state_text(unsigned int state)
{
	return state_name((enum state)state);
}

static bool parse(char *line, struct action *action)
{
	unsigned int kind, effect, was;
	struct requester requester;
	char *field[FIELDS], *end;
	long group;

	for (unsigned int i = 0; i < FIELDS; i++) {
		field[i] = strsep(&line, "\t");
		if (!field[i])
			return false;
	}
	if (line || strcmp(field[0], FORMAT) || !find_name(kind_text, ACTIONS, field[1], &kind) ||
	    !requester_parse(field[2], &requester) || requester.by_unit || requester.pasid != NO_PASID ||
	    !find_name(state_text, STATES, field[4], &was) || !find_name(effect_text, EFFECTS, field[7], &effect))
		return false;
	group = strtol(field[3], &end, 10);
	if (end == field[3] || *end || group < -1 || group > INT_MAX)
		return false;
	*action = (struct action){
		.kind = (enum action_kind)kind,
		.effect = (enum effect)effect,
		.segment = requester.function.segment,
		.requester = requester.function.requester,
		.group = (int)group,
		.was = (enum state)was,
		.earlier = true,
	};
	snprintf(action->before, sizeof(action->before), "%s", field[5]);
	snprintf(action->after, sizeof(action->after), "%s", field[6]);
	snprintf(action->why, sizeof(action->why), "%s", field[8]);
	return true;
}

void journal_read(struct reconcile *reconcile)
{
	_cleanup_free_ char *text = kq_host_read(&reconcile->host, JOURNAL, JOURNAL_MAX, NULL);
	char *next = text, *line;
	unsigned int bad = 0, more = 0;

	if (!text && errno != ENOENT && errno != ENOTDIR)
		reconcile_trouble(reconcile, EXIT_TROUBLE, JOURNAL ": %s: what was repaired earlier is not known",
				  strerror(errno));
	while (next && (line = strsep(&next, "\n"))) {
		struct action action;

		if (*line && !parse(line, &action))
			bad++;
		else if (*line && !keep(reconcile, &action))
			more++;
	}
	if (more)
		reconcile_trouble(reconcile, EXIT_TROUBLE, JOURNAL ": more than %u repairs: %u are left out", ACTIONS_MAX, more);
	if (bad)
		reconcile_trouble(reconcile, EXIT_TROUBLE, JOURNAL ": %u line%s not understood", bad,
				  bad == 1 ? " is" : "s are");
}

void journal_apply(struct reconcile *reconcile)
{
	for (size_t i = 0; i < reconcile->verdicts; i++) {
		struct verdict *verdict = &reconcile->verdict[i];

		for (size_t j = 0; j < reconcile->actions && verdict->was == STATES; j++) {
			const struct action *action = &reconcile->action[j];

			if (action->earlier && action->effect == EFFECT_DONE && action->was != verdict->state &&
			    action->segment == verdict->segment && action->requester == verdict->requester)
				verdict->was = action->was;
		}
	}
}

/* Open the journal for one more line, and make its directories. -1 with errno. */
static int open_journal(const struct kq_host *host)
{
	int directory = kq_host_open(host, "/", O_PATH | O_DIRECTORY), file = -1;
	char path[] = JOURNAL, *name = path + 1, *slash;

	while (directory >= 0 && (slash = strchr(name, '/'))) {
		const int above = directory;

		*slash = 0;
		directory = mkdirat(above, name, 0755) && errno != EEXIST ? -1 : kq_host_open(host, path, O_PATH | O_DIRECTORY);
		close(above);
		*slash = '/';
		name = slash + 1;
	}
	if (directory < 0)
		return -1;
	file = openat(directory, name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
	close(directory);
	return file;
}

static void write_down(struct reconcile *reconcile, const struct action *action)
{
	_cleanup_close_ int journal = open_journal(&reconcile->host);
	char line[JOURNAL_LINE];
	int length;

	length = snprintf(line, sizeof(line), FORMAT "\t%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\n", action_name(action->kind),
			  requester_text(action->segment, action->requester), action->group, state_name(action->was),
			  action->before, action->after, effect_name(action->effect), action->why);
	if (journal < 0 || write(journal, line, (size_t)length) != length)
		reconcile_trouble(reconcile, EXIT_TROUBLE, JOURNAL ": %s: later runs will not know what was repaired",
				  strerror(errno));
}

void action_add(struct reconcile *reconcile, const struct action *action)
{
	if (action->effect == EFFECT_NONE || action->effect == EFFECT_FAILED)
		reconcile_raise(reconcile, EXIT_TROUBLE);
	for (size_t i = 0; i < reconcile->actions; i++) {
		if (is_same(&reconcile->action[i], action)) {
			reconcile->action[i].earlier = false;
			return;
		}
	}
	write_down(reconcile, action);
	if (!keep(reconcile, action))
		reconcile_trouble(reconcile, EXIT_TROUBLE, "more than %u repairs: the report has no more", ACTIONS_MAX);
}
