/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing and reading the state file.
 */
#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/newfile.h"
#include "host/requester.h"
#include "record/rules.h"
#include "host/sysroot.h"

#define VERSION	    1
#define STATE_MAX   (8u << 20)
#define LINES_MAX   131072u
#define IOMEM_MAX   (4u << 20)
#define LOCK_TRIES    20u /* its holder may never release it */
#define LOCK_AGAIN_NS 100000000

static const char *const list_names[KQ_STATE_LISTS] = {
	[KQ_STATE_UNITS] = "unit",
	[KQ_STATE_FUNCTIONS] = "function",
	[KQ_STATE_RULES] = "rule",
	[KQ_STATE_MEMORY] = "memory",
};

const char *kq_state_list_name(enum kq_state_list list)
{
	return list_names[list];
}

static bool add(struct kq_lines *lines, const char *text)
{
	char **more;

	/* Grow it by half: there may be thousands of functions. */
	if (!(lines->lines & (lines->lines - 1)) || !lines->lines) {
		more = realloc(lines->line, (lines->lines ? 2u * lines->lines : 1u) * sizeof(*more));
		if (!more)
			return false;
		lines->line = more;
	}
	lines->line[lines->lines] = strdup(text);
	return lines->line[lines->lines] && ++lines->lines;
}

static bool add_memory(struct kq_lines *lines, const struct kq_host *host)
{
	char *text = kq_host_read(host, "/proc/iomem", IOMEM_MAX, NULL), *line, *next = NULL, entry[64];
	bool done = true;

	for (line = text ? strtok_r(text, "\n", &next) : NULL; done && line; line = strtok_r(NULL, "\n", &next)) {
		uint64_t first, last;
		int name = 0;

		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " : %n", &first, &last, &name) != 2 || !name ||
		    line[0] == ' ' || strcmp(line + name, "System RAM"))
			continue;
		snprintf(entry, sizeof(entry), "0x%016" PRIx64 " 0x%016" PRIx64, first, last);
		done = add(lines, entry);
	}
	free(text);
	return done;
}

bool kq_state_rules(struct kq_state *state, uint32_t policy, const struct iq_rule *rules, unsigned int count)
{
	char entry[120];
	bool done;

	snprintf(entry, sizeof(entry), "devices: %s", policy_text(policy));
	done = add(&state->list[KQ_STATE_RULES], entry);
	for (unsigned int i = 0; done && i < count; i++)
		done = add(&state->list[KQ_STATE_RULES], rule_text(&rules[i]));
	return done;
}

bool kq_state_look(struct kq_state *state, const struct kq_host *host, const struct iq_plan *plan,
		   const struct kq_topology *topology, uint32_t policy, const struct iq_rule *rules, unsigned int count)
{
	bool done = true;
	char entry[96];

	for (unsigned int i = 0; done && i < plan->units; i++) {
		snprintf(entry, sizeof(entry), "%s %04x 0x%016" PRIx64, plan->unit[i].family->name,
			 plan->unit[i].segment, plan->unit[i].base);
		done = add(&state->list[KQ_STATE_UNITS], entry);
	}
	for (unsigned int i = 0; done && i < topology->functions; i++) {
		const struct kq_function *function = &topology->function[i];

		snprintf(entry, sizeof(entry), "%s %04x:%04x", requester_text(function->segment, function->id),
			 function->vendor, function->device);
		done = add(&state->list[KQ_STATE_FUNCTIONS], entry);
	}
	for (unsigned int i = 0; done && i < topology->hiddens; i++) {
		const struct kq_hidden *hidden = &topology->hidden[i];

		snprintf(entry, sizeof(entry), "%s %04x:%04x", kq_hidden_name(hidden), hidden->function.vendor,
			 hidden->function.device);
		done = add(&state->list[KQ_STATE_FUNCTIONS], entry);
	}
	return done && kq_state_rules(state, policy, rules, count) && add_memory(&state->list[KQ_STATE_MEMORY], host);
}

void kq_state_free(struct kq_state *state)
{
	for (unsigned int list = 0; list < KQ_STATE_LISTS; list++) {
		for (unsigned int i = 0; i < state->list[list].lines; i++)
			free(state->list[list].line[i]);
		free(state->list[list].line);
		state->list[list] = (struct kq_lines){ NULL, 0 };
	}
}

static void print(const struct kq_state *state, FILE *file)
{
	fprintf(file, "version = %d\nboot = %s\ntime = %" PRIu64 "\nplugin = 0x%" PRIx64 "\ncrc = 0x%08x\n", VERSION,
		state->boot, state->time, state->plugin, state->crc);
	fprintf(file,
		"note = 0x%" PRIx64 "\nnote_size = %u\nwait_us = %u\ntotal_us = %u\ntranslated = %d\ncmdline = %s\n",
		state->note, state->note_size, state->wait_us, state->total_us, state->translated, state->cmdline);
	for (unsigned int list = 0; list < KQ_STATE_LISTS; list++)
		for (unsigned int i = 0; i < state->list[list].lines; i++)
			fprintf(file, "%s = %s\n", list_names[list], state->list[list].line[i]);
}

/* Make the directory of the state file; @path becomes the path of the file. False with errno set. */
static bool make_directory(const struct kq_host *host, char path[PATH_MAX])
{
	if (snprintf(path, PATH_MAX, "%s" KQ_STATE_PATH, host->root) >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return false;
	}
	*strrchr(path, '/') = 0;
	return mkdir(path, 0755) == 0 || errno == EEXIST;
}

int kq_state_lock(const struct kq_host *host)
{
	static const struct timespec pause = { 0, LOCK_AGAIN_NS };
	char path[PATH_MAX];
	int lock = make_directory(host, path) ? open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;

	for (unsigned int i = 0; lock >= 0 && i < LOCK_TRIES && flock(lock, LOCK_EX | LOCK_NB); i++)
		nanosleep(&pause, NULL);
	return lock;
}

static bool write_file(const struct kq_state *state, int fd, const char *path, struct kq_reason *reason)
{
	FILE *file = fdopen(dup(fd), "w");
	bool done;

	if (!file)
		return kq_fail(reason, "%s: %s", path, strerror(errno));
	print(state, file);
	done = !ferror(file) && fchmod(fd, 0644) == 0;
	done = fclose(file) == 0 && done;
	return done || kq_fail(reason, "%s: %s", path, strerror(errno));
}

bool kq_state_write(const struct kq_state *state, const struct kq_host *host, struct kq_reason *reason)
{
	struct kq_newfile file;
	char path[PATH_MAX];

	if (!make_directory(host, path))
		return kq_fail(reason, "%s%s: %s", host->root, KQ_STATE_PATH, strerror(errno));
	path[strlen(path)] = '/'; /* the whole path again */
	if (!kq_newfile_open(&file, path, true, reason))
		return false;
	if (write_file(state, file.fd, path, reason))
		return kq_newfile_keep(&file, reason);
	kq_newfile_drop(&file);
	return false;
}

/* Read one line into @state. False with @reason. */
static bool take(struct kq_state *state, const char *key, const char *value, unsigned int *version, struct kq_reason *reason)
{
	const uint64_t number = strtoull(value, NULL, 0);

	for (unsigned int list = 0; list < KQ_STATE_LISTS; list++)
		if (!strcmp(key, list_names[list]))
			return state->list[list].lines == LINES_MAX ?
				       kq_fail(reason, KQ_STATE_PATH ": more than %u lines of %s", LINES_MAX, key) :
				       add(&state->list[list], value) || kq_fail(reason, KQ_STATE_PATH ": out of memory");
	if (!strcmp(key, "version"))
		*version = (unsigned int)number;
	else if (!strcmp(key, "boot"))
		snprintf(state->boot, sizeof(state->boot), "%s", value);
	else if (!strcmp(key, "time"))
		state->time = number;
	else if (!strcmp(key, "plugin"))
		state->plugin = number;
	else if (!strcmp(key, "crc"))
		state->crc = (uint32_t)number;
	else if (!strcmp(key, "note"))
		state->note = number;
	else if (!strcmp(key, "note_size"))
		state->note_size = (uint32_t)number;
	else if (!strcmp(key, "wait_us"))
		state->wait_us = (uint32_t)number;
	else if (!strcmp(key, "total_us"))
		state->total_us = (uint32_t)number;
	else if (!strcmp(key, "translated"))
		state->translated = number;
	else if (!strcmp(key, "cmdline"))
		snprintf(state->cmdline, sizeof(state->cmdline), "%s", value);
	return true;
}

bool kq_state_read(struct kq_state *state, const struct kq_host *host, struct kq_reason *reason)
{
	char *text, *line, *next;
	unsigned int version = 0;
	bool done = true;

	memset(state, 0, sizeof(*state));
	text = kq_host_read(host, KQ_STATE_PATH, STATE_MAX, NULL);
	if (!text)
		return kq_fail(reason, KQ_STATE_PATH ": %s", strerror(errno));
	for (next = text; done && (line = strsep(&next, "\n"));) {
		char *value = strstr(line, " = ");

		if (!value)
			continue;
		*value = 0;
		done = take(state, line, value + 3, &version, reason);
	}
	free(text);
	return !done ? false : version == VERSION || kq_fail(reason, KQ_STATE_PATH ": version %u, not %d", version, VERSION);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Tell of the lines of @some that are not in @others, which is sorted. */
static unsigned int missing(const struct kq_lines *some, const struct kq_lines *others, enum kq_state_list list,
			    bool appeared,
			    void (*tell)(void *context, enum kq_state_list list, const char *line, bool appeared),
			    void *context)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < some->lines; i++) {
		if (others->lines &&
		    bsearch(&some->line[i], others->line, others->lines, sizeof(*others->line), by_text))
			continue;
		count++;
		if (tell)
			tell(context, list, some->line[i], appeared);
	}
	return count;
}

static void sort(const struct kq_lines *lines)
{
	if (lines->lines)
		qsort(lines->line, lines->lines, sizeof(*lines->line), by_text);
}

unsigned int kq_state_changes(const struct kq_state *then, const struct kq_state *now,
			      void (*tell)(void *context, enum kq_state_list list, const char *line, bool appeared),
			      void *context)
{
	unsigned int count = 0;

	for (unsigned int list = 0; list < KQ_STATE_LISTS; list++) {
		sort(&then->list[list]);
		sort(&now->list[list]);
		count += missing(&then->list[list], &now->list[list], list, false, tell, context);
		count += missing(&now->list[list], &then->list[list], list, true, tell, context);
	}
	return count;
}
