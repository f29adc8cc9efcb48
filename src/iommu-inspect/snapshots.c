/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * makedumpfile may leave out pages that hold tables; the snapshot that iommu-reconcile wrote before it has them. Where there are
 * many dumps, there are many snapshots: the record says which one belongs to which dump. They are opened before the sandbox is entered,
 * and looked at in it.
 */
#include "snapshots.h"

#include "base/budget.h"
#include "base/newfile.h"
#include "dump/file.h"
#include "same-crash.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BESIDE_MAX 64u

/* The names that scripts/capture gives: kdump-quiesce.STAMP.elf. */
#define NAME_START "kdump-quiesce."
#define NAME_END   ".elf"

/* Files that may be snapshots of the dump @dump and were not tried yet. */
static struct {
	struct candidate {
		const char *dump; /* NULL: it was tried */
		char *path;
	} * file;
	size_t count;
} beside;

static int has_name(const struct dirent *entry)
{
	const size_t length = strlen(entry->d_name), end = strlen(NAME_END);

	return !strncmp(entry->d_name, NAME_START, strlen(NAME_START)) && length > strlen(NAME_START) + end &&
	       !strcmp(entry->d_name + length - end, NAME_END);
}

/* The last name first: names have the time in them. */
static int by_name(const struct dirent **left, const struct dirent **right)
{
	return strcmp((*right)->d_name, (*left)->d_name);
}

/* A regular file, open to be read; opening anything else may wait or have effects. -1: it is none. */
static int open_regular(const char *path)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY);
	struct stat st;

	if (fd < 0 || (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)))
		return fd;
	close(fd);
	return -1;
}

/* Open @directory/@name and keep it. False when out of memory. */
static bool keep(const char *dump, const char *directory, const char *name)
{
	struct candidate *more;
	char *path;
	int fd;

	const bool here = !strcmp(directory, ".");

	if (asprintf(&path, "%s%s%s", here ? "" : directory, here ? "" : "/", name) < 0)
		return false;
	fd = kq_newfile_is(path, dump) ? -1 : open_regular(path);
	if (fd < 0) {
		free(path);
		return true;
	}
	more = realloc(beside.file, (beside.count + 1) * sizeof(*more));
	if (more)
		beside.file = more;
	if (!more || !file_give(path, fd)) {
		close(fd);
		free(path);
		return false;
	}
	more[beside.count++] = (struct candidate){ dump, path };
	return true;
}

static bool look_in(const char *dump, const char *directory)
{
	struct dirent **entry = NULL;
	const int count = scandir(directory, &entry, has_name, by_name);
	bool fine = true;

	for (int i = 0; i < count; i++) {
		if (i < (int)BESIDE_MAX)
			fine &= keep(dump, directory, entry[i]->d_name);
		free(entry[i]);
	}
	free(entry);
	return fine;
}

/* The directory that @file is in, in @parent. False if that is too long. */
static bool parent_of(const char *file, char parent[PATH_MAX])
{
	const char *slash = strrchr(file, '/'), *last = slash ? slash + 1 : file;
	int length;

	if (!strcmp(last, ".."))
		length = snprintf(parent, PATH_MAX, "%s/..", file);
	else if (!strcmp(file, "."))
		length = snprintf(parent, PATH_MAX, "..");
	else if (slash)
		length = snprintf(parent, PATH_MAX, "%.*s", (int)(slash == file ? 1 : slash - file), file);
	else
		length = snprintf(parent, PATH_MAX, ".");
	return length < PATH_MAX;
}

bool snapshots_look(const char *dump)
{
	char directory[PATH_MAX], above[PATH_MAX];

	return !parent_of(dump, directory) ||
	       (look_in(dump, directory) &&
		(!parent_of(directory, above) || !strcmp(directory, above) || look_in(dump, above)));
}

/* Fill the dump of @inspect from the file @path. False with @reason. */
static bool fill(struct inspect *inspect, const char *path, struct kq_reason *reason)
{
	struct kq_reason why;
	struct source *snapshot = source_open(source_only_elf, (char *const[]){ (char *)path }, 1, false, &why);

	if (!snapshot)
		return kq_fail(reason, "cannot be read: %.200s", why.text);
	if (!same_crash(inspect->source, snapshot, reason)) {
		source_close(snapshot);
		return false;
	}
	if (!source_fill(inspect->source, snapshot, &why))
		return kq_fail(reason, "cannot be read: %.200s", why.text);
	inspect->snapshot = path;
	return true;
}

/* Fill the dump of @inspect from the first of the files beside it that is of the same crash, if one is. */
static void fill_from_beside(struct inspect *inspect)
{
	struct kq_reason reason;

	/* The notes of the others are not to use up what there is for those of dumps. */
	for (size_t i = 0; i < beside.count && kq_budget_left(KQ_BUDGET_NOTE_BYTES) > kq_budget_limit(KQ_BUDGET_NOTE_BYTES) / 2; i++) {
		struct candidate *file = &beside.file[i];

		if (!file->dump || strcmp(file->dump, inspect->dump))
			continue;
		file->dump = NULL;
		if (fill(inspect, file->path, &reason))
			return;
		kq_detail("%.200s %.250s", file->path, reason.text);
	}
}

bool snapshots_apply(struct inspect *inspect)
{
	const char *wanted = inspect->wanted_snapshot;
	struct kq_reason reason;

	if (!strcmp(wanted, SNAPSHOT_AUTO)) {
		fill_from_beside(inspect);
	} else if (strcmp(wanted, SNAPSHOT_NONE) && !fill(inspect, wanted, &reason)) {
		inspect_trouble(inspect, "--snapshot: %.200s %.250s", wanted, reason.text);
		return false;
	}
	return true;
}

void snapshots_tell(const struct inspect *inspect)
{
	const size_t pages = inspect->source ? inspect->source->filled.count : 0;

	if (pages)
		kq_warn("%.200s: %zu page%s that it lacks %s read from the snapshot %.200s", inspect->dump, pages, kq_plural(pages),
			pages == 1 ? "was" : "were", inspect->snapshot);
}
