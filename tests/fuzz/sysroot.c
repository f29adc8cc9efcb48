/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: a machine for --sysroot that somebody else made, of files, directories, links and FIFOs in places that the input names. No
 * look at it leads out of it, waits, or changes it; and both ways of opening what is below a root come to the same file. The input is a
 * list: a line "= KIND PATH", and behind it the file's bytes, or where the link leads to. KIND is f, d, l or p.
 */
#include "fuzz.h"

#include "ask-checks.h"
#include "base/message.h"
#include "host/below.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD	    "= "
#define HEAD_SIZE   4u /* with the kind and a space */
#define ENTRIES_MAX 64u
#define DEPTH_MAX   16u
#define DESCRIPTORS 16

static const char secret[] = "what is outside of the machine";
/* The machine is below a directory of its own, beside a file that must not be read. */
static char place[40], root[48];
static char path_of[ENTRIES_MAX][256];
static unsigned int entries;

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	return remove(path);
}

static void remove_place(void)
{
	nftw(place, remove_one, DESCRIPTORS, FTW_DEPTH | FTW_PHYS);
}

static void write_file(int directory, const char *name, const void *bytes, size_t size)
{
	const int file = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (file < 0)
		return;
	require(write(file, bytes, size) == (ssize_t)size);
	close(file);
}

static void prepare_once(void)
{
	int above;

	if (place[0])
		return;
	kq_message_setup("fuzz", KQ_QUIET);
	strcpy(place, "/dev/shm/kdump-quiesce-fuzz-XXXXXX");
	if (!mkdtemp(place)) {
		strcpy(place, "/tmp/kdump-quiesce-fuzz-XXXXXX");
		require(mkdtemp(place));
	}
	require(!atexit(remove_place));
	snprintf(root, sizeof(root), "%s/root", place);
	above = open(place, O_PATH | O_DIRECTORY | O_CLOEXEC);
	require(above >= 0);
	write_file(above, "secret", secret, sizeof(secret));
	close(above);
}

/* Make the directories of @path, which is written to, below the root; links among them are not followed. Its last name goes to *@name. */
static int make_directories(char *path, char **name)
{
	int directory = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC), below;
	unsigned int depth = 0;
	char *slash;

	for (*name = path; directory >= 0 && (slash = strchr(*name, '/')); *name = slash + 1) {
		*slash = 0;
		if (!**name)
			continue;
		below = -1;
		if (++depth < DEPTH_MAX && strcmp(*name, "..") && (!mkdirat(directory, *name, 0700) || errno == EEXIST))
			below = openat(directory, *name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close(directory);
		directory = below;
	}
	return directory;
}

static void make_entry(char kind, const char *path, size_t length, const char *body, size_t size)
{
	const char *line = memchr(body, '\n', size);
	char target[256], copy[256], *name;
	int directory;

	if (entries == ENTRIES_MAX || !length || length >= sizeof(copy) || memchr(path, 0, length))
		return;
	snprintf(path_of[entries++], sizeof(path_of[0]), "%.*s", (int)length, path);
	memcpy(copy, path_of[entries - 1], length + 1);
	directory = make_directories(copy, &name);
	if (directory < 0)
		return;
	snprintf(target, sizeof(target), "%.*s", (int)(line ? (size_t)(line - body) : size), body);
	if (kind == 'f')
		write_file(directory, name, body, size);
	else if (kind == 'd')
		(void)!mkdirat(directory, name, 0700);
	else if (kind == 'l')
		(void)!symlinkat(target, directory, name);
	else if (kind == 'p')
		(void)!mkfifoat(directory, name, 0600);
	close(directory);
}

/* The beginning of the next entry in @text; @end if there is none. */
static const char *next_head(const char *text, const char *end)
{
	for (const char *line = text; line < end; line++)
		if ((line == text || line[-1] == '\n') && (size_t)(end - line) > HEAD_SIZE && !memcmp(line, HEAD, strlen(HEAD)))
			return line;
	return end;
}

static void make_machine(const char *text, size_t size)
{
	const char *end = text + size, *head = next_head(text, end);

	entries = 0;
	require(!mkdir(root, 0700));
	while (head < end) {
		const char *path = head + HEAD_SIZE, *newline = memchr(path, '\n', (size_t)(end - path));
		const char *body = newline ? newline + 1 : end;
		const char kind = head[strlen(HEAD)];

		head = next_head(body, end);
		make_entry(kind, path, (size_t)((newline ? newline : end) - path), body, (size_t)(head - body));
	}
}

static bool is_same(int a, int b)
{
	struct stat first, second;

	return !fstat(a, &first) && !fstat(b, &second) && first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

/* Opened in both ways, it is the same, or nothing. */
static void open_both(const char *path, int flags)
{
	const int one = kq_below_open(root, path, flags), other = kq_below_open_by_hand(root, path, flags);

	require((one < 0) == (other < 0) && (one < 0 || is_same(one, other)));
	if (one >= 0)
		close(one);
	if (other >= 0)
		close(other);
}

static void look_at(const struct kq_host *host, const char *path)
{
	char resolved[PATH_MAX], *text;
	struct kq_names names;
	size_t length = 0;

	open_both(path, O_RDONLY);
	open_both(path, O_PATH | O_NOFOLLOW);
	text = kq_host_read(host, path, 1 << 20, &length);
	require(!text || !memmem(text, length, secret, strlen(secret)));
	free(text);
	kq_host_list(host, path, &names);
	for (size_t i = 0; i < names.count; i++)
		require(strcmp(names.name[i], "secret") || strcmp(path, "/"));
	kq_names_free(&names);
	if (kq_host_resolve(host, path, resolved, sizeof(resolved))) {
		require(resolved[0] == '/' && !strstr(resolved, "/../"));
		open_both(resolved, O_PATH | O_NOFOLLOW);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const struct kq_host host = { root };

	prepare_once();
	make_machine((const char *)bytes, size);
	for (unsigned int i = 0; i < entries; i++)
		look_at(&host, path_of[i]);
	look_at(&host, "/");
	ask_checks(&host);
	nftw(root, remove_one, DESCRIPTORS, FTW_DEPTH | FTW_PHYS);
	return 0;
}
