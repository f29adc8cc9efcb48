/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looking at the files of a machine below its root directory.
 */
#include "sysroot.h"

#include "base/cleanup.h"
#include "base/message.h"
#include "below.h"
#include "told.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE_BELIEVED (1u << 20)

static struct {
	void (*seen)(void *context, enum kq_look look, const char *path);
	void *context;
} watch;

void kq_sysroot_watch(void (*seen)(void *context, enum kq_look look, const char *path), void *context)
{
	watch.seen = seen;
	watch.context = context;
}

void kq_sysroot_seen(enum kq_look look, const char *path)
{
	if (watch.seen)
		watch.seen(watch.context, look, path);
}

int kq_host_open(const struct kq_host *host, const char *path, int flags)
{
	if (host->root[0])
		return kq_below_open(host->root, path, flags);
	return open(path, flags | O_CLOEXEC | O_NOCTTY);
}

/* Is it longer than @max by its size? What has a size of a few pages may be a file of sysfs, which has fewer bytes. */
static bool is_longer(int file, size_t max)
{
	struct stat st;

	return max >= SIZE_BELIEVED && !fstat(file, &st) && S_ISREG(st.st_mode) && (uint64_t)st.st_size > max;
}

/* sysfs and procfs do not know their sizes: read until the end, or until one byte too many. */
static char *read_all(int file, size_t max, size_t *length)
{
	size_t size = 0, room = 0;
	char *text = NULL, *more;
	ssize_t got;

	if (is_longer(file, max)) {
		errno = EFBIG;
		return NULL;
	}
	for (;;) {
		if (size == room) {
			room = room ? room * 2 : 4096;
			if (room > max + 1)
				room = max + 1;
			more = realloc(text, room + 1);
			if (!more)
				break;
			text = more;
		}
		got = read(file, text + size, room - size);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			break;
		size += (size_t)got;
		if (size > max) {
			errno = EFBIG;
			break;
		}
		if (got == 0) {
			text[size] = 0;
			*length = size;
			return text;
		}
	}
	free(text);
	return NULL;
}

/* Say that the file @path is not read, once: whoever asked for it may go on without it. */
static void say_longer(const char *path, size_t max)
{
	static struct kq_names said;
	char **more;

	for (size_t i = 0; i < said.count; i++)
		if (!strcmp(said.name[i], path))
			return;
	kq_warn("%s: more than %zu bytes: it is not read", path, max);
	more = realloc(said.name, (said.count + 1) * sizeof(*more));
	if (!more)
		return;
	said.name = more;
	said.name[said.count] = strdup(path);
	said.count += said.name[said.count] != NULL;
}

/* A copy of the file @path that something tells of; NULL with errno set. */
static char *read_told(const char *path, size_t max, size_t *length)
{
	const struct kq_told *told = kq_told_find(path);
	char *text;

	if (!told)
		return NULL;
	if (!told->bytes || told->length > max) {
		errno = told->bytes ? EFBIG : ENODATA;
		return NULL;
	}
	text = malloc(told->length + 1);
	if (text)
		memcpy(text, told->bytes, told->length + 1);
	*length = told->length;
	return text;
}

char *kq_host_read(const struct kq_host *host, const char *path, size_t max, size_t *length)
{
	char *text;
	size_t size = 0;
	int file, error;

	kq_sysroot_seen(KQ_LOOK_READ, path);
	file = kq_host_open(host, path, O_RDONLY | O_NONBLOCK);
	text = file < 0 ? read_told(path, max, &size) : read_all(file, max, &size);
	error = errno;
	if (file >= 0)
		close(file);
	if (!text && error == EFBIG)
		say_longer(path, max);
	errno = error;
	if (text && length)
		*length = size;
	return text;
}

uint64_t kq_host_number(const struct kq_host *host, const char *path, uint64_t otherwise)
{
	char *text = kq_host_read(host, path, 64, NULL), *end;
	uint64_t number;

	if (!text)
		return otherwise;
	errno = 0;
	number = strtoull(text, &end, 0);
	if (errno || end == text)
		number = otherwise;
	free(text);
	return number;
}

uint32_t kq_host_config_read(struct iq_config *config, uint16_t segment, uint16_t requester, uint16_t offset)
{
	const struct kq_host *host = ((struct kq_host_config *)config)->host;
	_cleanup_close_ int file = -1;
	const struct kq_told *told;
	uint32_t value;
	char path[64];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%04x:%02x:%02x.%x/config", segment, requester >> 8,
		 requester >> 3 & 0x1f, requester & 7);
	told = kq_told_find(path);
	if (told && told->bytes && offset + sizeof(value) <= told->length) {
		memcpy(&value, told->bytes + offset, sizeof(value));
		return value;
	}
	file = kq_host_open(host, path, O_RDONLY);
	return file >= 0 && pread(file, &value, sizeof(value), offset) == sizeof(value) ? value : UINT32_MAX;
}

static int is_name(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
}

/* Add the name of @length bytes at @name unless it is there; there is room for it. */
static void add_name(struct kq_names *names, const char *name, size_t length)
{
	for (size_t i = 0; i < names->count; i++)
		if (strlen(names->name[i]) == length && !memcmp(names->name[i], name, length))
			return;
	names->name[names->count] = strndup(name, length);
	names->count += names->name[names->count] != NULL;
}

/* The names of files that something tells of. */
static void list_told(const char *path, struct kq_names *names)
{
	const struct kq_told *told;

	for (size_t n = 0; (told = kq_told_at(n)); n++) {
		const char *name = kq_told_below(told, path);
		char **more = name ? realloc(names->name, (names->count + 1) * sizeof(*more)) : NULL;

		if (!more)
			continue;
		names->name = more;
		add_name(names, name, strcspn(name, "/"));
	}
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

bool kq_host_list(const struct kq_host *host, const char *path, struct kq_names *names)
{
	_cleanup_close_ int directory = -1;
	struct dirent **entry;
	int count;

	*names = (struct kq_names){ NULL, 0 };
	kq_sysroot_seen(KQ_LOOK_LIST, path);
	directory = kq_host_open(host, path, O_RDONLY | O_DIRECTORY);
	count = directory < 0 ? -1 : scandirat(directory, ".", &entry, is_name, NULL);
	if (count < 0 && !kq_told_exists(path))
		return false;
	names->name = calloc((size_t)(count < 0 ? 0 : count) + 1, sizeof(*names->name));
	for (int i = 0; i < count; i++) {
		char *name = names->name ? strdup(entry[i]->d_name) : NULL;

		if (name)
			names->name[names->count++] = name;
		free(entry[i]);
	}
	if (count >= 0)
		free(entry);
	if (!names->name)
		return false;
	list_told(path, names);
	qsort(names->name, names->count, sizeof(*names->name), by_name);
	return true;
}

void kq_names_free(struct kq_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->name[i]);
	free(names->name);
	*names = (struct kq_names){ NULL, 0 };
}

bool kq_host_exists(const struct kq_host *host, const char *path)
{
	_cleanup_close_ int place = -1;

	kq_sysroot_seen(KQ_LOOK_THERE, path);
	if (!host->root[0])
		return access(path, F_OK) == 0;
	place = kq_host_open(host, path, O_PATH);
	return place >= 0 || kq_told_exists(path);
}

bool kq_host_target(const struct kq_host *host, const char *path, char *target, size_t size)
{
	_cleanup_close_ int link = kq_host_open(host, path, O_PATH | O_NOFOLLOW);
	const ssize_t length = link < 0 ? -1 : readlinkat(link, "", target, size - 1);

	if (length >= 0)
		target[length] = 0;
	return length >= 0;
}

bool kq_host_link(const struct kq_host *host, const char *path, char *name, size_t size)
{
	char target[PATH_MAX];
	const char *last;

	/* Whoever saves a machine can save the target only of a link. */
	if (!kq_host_target(host, path, target, sizeof(target)))
		return false;
	kq_sysroot_seen(KQ_LOOK_LINK, path);
	last = strrchr(target, '/');
	snprintf(name, size, "%s", last ? last + 1 : target);
	return true;
}

bool kq_host_line(const struct kq_host *host, const char *path, char *line, size_t size)
{
	char *text = kq_host_read(host, path, PATH_MAX, NULL), *start;
	size_t length;

	if (!text)
		return false;
	start = text + strspn(text, " \t");
	length = strcspn(start, "\n");
	while (length && strchr(" \t", start[length - 1]))
		length--;
	snprintf(line, size, "%.*s", (int)length, start);
	free(text);
	return true;
}

static void saw_link(const char *path)
{
	kq_sysroot_seen(KQ_LOOK_LINK, path);
}

bool kq_host_resolve(const struct kq_host *host, const char *path, char *resolved, size_t size)
{
	char now[PATH_MAX];

	if (path[0] != '/' || !kq_below_resolve(host->root, path, true, now, saw_link) || strlen(now) >= size)
		return false;
	memcpy(resolved, now, strlen(now) + 1);
	return kq_host_exists(host, resolved);
}
