/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Watching what is looked at, and putting it into an archive. sysfs is made of links: below the root of an archive
 * devices are plain directories, and links lead where they led in as few steps as are looked at.
 */
#include "save.h"

#include "base/newfile.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "save-filter.h"
#include "host/sysroot.h"

#define PAGE 4096u

struct seen {
	char *path;
	enum kq_look look;
};

static struct {
	struct seen *seen;
	size_t count;
} trail;

static void remember(void *context, enum kq_look look, const char *path)
{
	struct seen *more;

	(void)context;
	if (!(trail.count & (trail.count - 1))) {
		more = realloc(trail.seen, (trail.count ? 2 * trail.count : 1) * sizeof(*more));
		if (!more)
			return;
		trail.seen = more;
	}
	trail.seen[trail.count] = (struct seen){ strdup(path), look };
	trail.count += trail.seen[trail.count].path != NULL;
}

bool kq_save_is_apart(const char *path, const char *conf)
{
	if (!path || !conf || !kq_newfile_is(path, conf))
		return true;
	kq_warn("--save %s: it is the configuration file", path);
	return false;
}

void kq_save_start(void)
{
	kq_sysroot_watch(remember, NULL);
}

/* Links first, then files, then directories: the first of a path wins. */
static int by_path(const void *a, const void *b)
{
	static const int rank[] = { [KQ_LOOK_LINK] = 0, [KQ_LOOK_READ] = 1, [KQ_LOOK_LIST] = 2, [KQ_LOOK_THERE] = 3 };
	const struct seen *x = a, *y = b;
	const int order = strcmp(x->path, y->path);

	return order ? order : rank[x->look] - rank[y->look];
}

struct writer {
	struct archive *archive;
	const struct kq_host *host;
	const struct kq_examination *examination;
	struct kq_reason *reason;
};

static bool put(const struct writer *writer, const char *path, unsigned int type, const char *target, const void *bytes,
		size_t length)
{
	struct archive_entry *entry = archive_entry_new();
	bool done;

	if (!entry)
		return kq_fail(writer->reason, "out of memory");
	archive_entry_set_pathname(entry, path + 1);
	archive_entry_set_filetype(entry, type);
	archive_entry_set_perm(entry, type == AE_IFDIR ? 0755 : 0644);
	archive_entry_set_size(entry, (la_int64_t)length);
	if (target)
		archive_entry_set_symlink(entry, target);
	done = archive_write_header(writer->archive, entry) == ARCHIVE_OK &&
	       (!length || archive_write_data(writer->archive, bytes, length) == (la_ssize_t)length);
	if (!done)
		kq_fail(writer->reason, "%s: %s", path, archive_error_string(writer->archive));
	archive_entry_free(entry);
	return done;
}

/* A link of a PCI function. Its driver is a directory of the archive, in which the driver's module is a link again. */
static bool put_pci_link(const struct writer *writer, const char *path, const char *name)
{
	char driver[128], place[512], target[300];
	const char *last = strrchr(path, '/');
	char parent[300];

	snprintf(parent, sizeof(parent), "%.*s", (int)(last - path), path);
	if (!strcmp(last, "/module")) {
		if (!kq_host_link(writer->host, parent, driver, sizeof(driver)))
			return true;
		snprintf(place, sizeof(place), "/sys/bus/pci/drivers/%s/module", driver);
		snprintf(target, sizeof(target), "../../../../module/%s", name);
		return put(writer, place, AE_IFLNK, target, NULL, 0);
	}
	if (!strcmp(last, "/driver"))
		snprintf(target, sizeof(target), "../../drivers/%s", name);
	else
		snprintf(target, sizeof(target), "../../../../kernel/iommu_groups/%s", name);
	return put(writer, path, AE_IFLNK, target, NULL, 0);
}

static bool put_link(const struct writer *writer, const char *path)
{
	char name[128], target[PATH_MAX];

	if (!kq_host_link(writer->host, path, name, sizeof(name)))
		return true;
	if (!strncmp(path, "/sys/bus/pci/devices/", 21))
		return put_pci_link(writer, path, name);
	return !kq_host_target(writer->host, path, target, sizeof(target)) || put(writer, path, AE_IFLNK, target, NULL, 0);
}

static bool put_file(const struct writer *writer, const char *path)
{
	size_t length = 0;
	char *bytes = kq_save_filter(writer->host, writer->examination, path, &length);
	bool done = true;

	if (bytes)
		done = put(writer, path, AE_IFREG, NULL, bytes, length);
	free(bytes);
	return done;
}

/* A directory with the names that were seen; what is in them is seen for itself. */
static bool put_list(const struct writer *writer, const char *path)
{
	struct kq_names names;
	char below[PATH_MAX];
	bool done;

	if (!kq_host_list(writer->host, path, &names))
		return true;
	done = put(writer, path, AE_IFDIR, NULL, NULL, 0);
	for (size_t i = 0; done && i < names.count; i++) {
		snprintf(below, sizeof(below), "%.2048s/%.255s", path, names.name[i]);
		done = put(writer, below, AE_IFDIR, NULL, NULL, 0);
	}
	kq_names_free(&names);
	return done;
}

/* That something is there, but nothing of it. */
static bool put_presence(const struct writer *writer, const char *path)
{
	struct kq_names names;
	const bool directory = kq_host_list(writer->host, path, &names);

	kq_names_free(&names);
	if (!kq_host_exists(writer->host, path))
		return true;
	return put(writer, path, directory ? AE_IFDIR : AE_IFREG, NULL, NULL, 0);
}

static bool put_seen(const struct writer *writer, const struct seen *seen)
{
	switch (seen->look) {
	case KQ_LOOK_LINK:
		return put_link(writer, seen->path);
	case KQ_LOOK_READ:
		return put_file(writer, seen->path);
	case KQ_LOOK_LIST:
		return put_list(writer, seen->path);
	case KQ_LOOK_THERE:
		return put_presence(writer, seen->path);
	}
	return true;
}

static bool put_all(const struct writer *writer)
{
	bool done = true;

	qsort(trail.seen, trail.count, sizeof(*trail.seen), by_path);
	for (size_t i = 0; done && i < trail.count; i++)
		if (!i || strcmp(trail.seen[i].path, trail.seen[i - 1].path))
			done = put_seen(writer, &trail.seen[i]);
	return done;
}

static void forget(void)
{
	for (size_t i = 0; i < trail.count; i++)
		free(trail.seen[i].path);
	free(trail.seen);
	trail.seen = NULL;
	trail.count = 0;
}

bool kq_save_write(const char *path, const struct kq_host *host, const struct kq_examination *examination,
		   const struct kq_piece *pieces, unsigned int count, struct kq_reason *reason)
{
	struct writer writer = { archive_write_new(), host, examination, reason };
	struct kq_newfile file;
	size_t length;
	char *core;
	bool done;

	kq_sysroot_watch(NULL, NULL);
	if (!writer.archive)
		return kq_fail(reason, "out of memory");
	archive_write_set_format_filter_by_ext_def(writer.archive, path, ".tar");
	archive_write_set_format_pax_restricted(writer.archive);
	done = kq_newfile_open(&file, path, true, reason);
	if (done && archive_write_open_fd(writer.archive, file.fd) != ARCHIVE_OK)
		done = kq_fail(reason, "%s: %s", path, archive_error_string(writer.archive));
	done = done && put_all(&writer);
	if (done && count) {
		core = kq_corefile_make(pieces, count, &length);
		done = core ? put(&writer, "/proc/kcore", AE_IFREG, NULL, core, length)
			    : kq_fail(reason, "out of memory");
		free(core);
	}
	if (archive_write_close(writer.archive) != ARCHIVE_OK && done)
		done = kq_fail(reason, "%s: %s", path, archive_error_string(writer.archive));
	archive_write_free(writer.archive);
	forget();
	if (done)
		return kq_newfile_keep(&file, reason);
	kq_newfile_drop(&file);
	return false;
}

/* The first byte of the crash kernel's memory. */
static uint64_t crash_start(const struct kq_host *host)
{
	struct kq_range range;
	struct kq_reason reason;
	char *text = kq_host_read(host, "/proc/iomem", 4u << 20, NULL), *line;
	uint64_t first = 0;

	line = text ? strstr(text, " : Crash kernel") : NULL;
	while (line && line > text && line[-1] != '\n')
		line--;
	if (line)
		first = strtoull(line, NULL, 16);
	free(text);
	return kq_host_crash_range(host, first, &range, &reason) ? first : 0;
}

/* The loaded image, as far as it is looked at, into @piece. Returns how many pieces, *@bytes is to be freed. */
static unsigned int loaded_pieces(const struct kq_examination *examination, struct kq_piece piece[2], uint8_t **bytes)
{
	const struct iq_handover *handover = &examination->plugin.handover;
	static const uint8_t nothing[PAGE];
	unsigned int count = 0;
	uint8_t *header;

	*bytes = NULL;
	if (examination->loaded == KQ_LOADED_PLAIN)
		piece[count++] = (struct kq_piece){ crash_start(&examination->host), nothing, sizeof(nothing) };
	if (examination->loaded != KQ_LOADED_OURS)
		return count;
	*bytes = malloc((size_t)handover->image_size + handover->elfcorehdr_size);
	if (!*bytes || !kq_physical_read(&examination->physical, examination->plugin.address, *bytes, handover->image_size))
		return count;
	piece[count++] = (struct kq_piece){ examination->plugin.address, *bytes, handover->image_size };
	header = *bytes + handover->image_size;
	if (handover->elfcorehdr_size &&
	    kq_physical_read(&examination->physical, handover->elfcorehdr, header, handover->elfcorehdr_size))
		piece[count++] = (struct kq_piece){ handover->elfcorehdr, header, handover->elfcorehdr_size };
	return count;
}

bool kq_save_finish(const char *path, const struct kq_examination *examination, struct kq_reason *reason)
{
	unsigned int tables = 0, count;
	struct kq_piece *pieces = NULL, *all, loaded[2];
	uint8_t *bytes;
	bool done;

	if (examination->dry)
		pieces = kq_dry_pieces(&examination->dry->dry, &tables);
	count = loaded_pieces(examination, loaded, &bytes);
	all = realloc(pieces, (tables + IQ_ARRAY_SIZE(loaded)) * sizeof(*all));
	if (all) {
		memcpy(all + tables, loaded, count * sizeof(*all));
		done = kq_save_write(path, &examination->host, examination, all, tables + count, reason);
	} else {
		done = kq_fail(reason, "out of memory");
	}
	free(all ? all : pieces);
	free(bytes);
	return done;
}
