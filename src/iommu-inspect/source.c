/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opening a dump of whatever kind, and the page cache between it and the core's readers.
 */
#include "source.h"

#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NO_PAGE UINT64_C(1)

static const struct source_ops *const kinds[] = {
	&source_elf,
	&source_kdumpfile,
};

/* Files that are a dump only after something was done to them. */
static const struct {
	const char *magic;
	size_t length;
	const char *what;
	const char *advice;
} wrapped[] = {
	{ "makedumpfile\0\0\0\0", 16, "a flattened dump", "rearrange it first: makedumpfile -R VMCORE < FILE" },
	{ "\x1f\x8b", 2, "compressed with gzip", "decompress it first: gzip -d" },
	{ "\x28\xb5\x2f\xfd", 4, "compressed with zstd", "decompress it first: zstd -d" },
	{ "\xfd\x37zXZ", 6, "compressed with xz", "decompress it first: xz -d" },
	{ "BZh", 3, "compressed with bzip2", "decompress it first: bzip2 -d" },
};

static unsigned int oldest(const struct source *source)
{
	unsigned int page = 0;

	for (unsigned int i = 1; i < SOURCE_PAGES; i++)
		if (source->used[i] < source->used[page])
			page = i;
	return page;
}

/* Put the page at @address in place of the one that was asked for longest ago. False if it cannot be read. */
static bool fetch(struct source *source, uint64_t address)
{
	const unsigned int page = oldest(source);
	enum source_answer answer;

	source->cached[page] = NO_PAGE;
	answer = source->ops->page(source, address, source->page[page], &source->detail);
	if (answer == SOURCE_EXCLUDED && source->zero_excluded) {
		memset(source->page[page], 0, IQ_PAGE_SIZE);
		answer = SOURCE_READ;
	}
	if (answer != SOURCE_READ) {
		source->failed = address;
		source->answer = answer;
		return false;
	}
	source->cached[page] = address;
	source->last = page;
	return true;
}

static bool find(struct source *source, uint64_t address)
{
	if (source->cached[source->last] == address)
		return true;
	for (unsigned int i = 0; i < SOURCE_PAGES; i++) {
		if (source->cached[i] == address) {
			source->last = i;
			return true;
		}
	}
	return fetch(source, address);
}

static const void *map(struct iq_memory *memory, uint64_t address, size_t length)
{
	struct source *source = (struct source *)memory;

	(void)length; /* the range crosses no page boundary */
	if (!find(source, address & IQ_PAGE_MASK))
		return NULL;
	source->used[source->last] = ++source->clock;
	return source->page[source->last] + (address & ~IQ_PAGE_MASK);
}

const char *source_trouble(struct source *source)
{
	static char text[512];
	const uint64_t frame = source->failed / IQ_PAGE_SIZE;

	switch (source->answer) {
	case SOURCE_READ:
		return "no trouble";
	case SOURCE_OUTSIDE:
		snprintf(text, sizeof(text), "frame 0x%" PRIx64 " is outside the memory that the dump describes", frame);
		break;
	case SOURCE_EXCLUDED:
		snprintf(text, sizeof(text), "frame 0x%" PRIx64 " was excluded from the dump", frame);
		break;
	case SOURCE_DAMAGED:
		snprintf(text, sizeof(text), "frame 0x%" PRIx64 " cannot be read: %s", frame, source->detail.text);
		break;
	}
	return text;
}

/* Up to @size bytes from the start of @fd; how many there were. */
static size_t read_head(int fd, uint8_t *head, size_t size)
{
	size_t used = 0;

	while (used < size) {
		ssize_t got = pread(fd, head + used, size - used, (off_t)used);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		used += (size_t)got;
	}
	return used;
}

static const struct source_ops *probe(int fd, struct kq_reason *reason)
{
	uint8_t head[4096] = { 0 };
	size_t size = read_head(fd, head, sizeof(head));

	if (!size) {
		kq_fail(reason, "the file is empty or cannot be read");
		return NULL;
	}
	for (size_t i = 0; i < IQ_ARRAY_SIZE(wrapped); i++) {
		if (size < wrapped[i].length || memcmp(head, wrapped[i].magic, wrapped[i].length))
			continue;
		kq_fail(reason, "%s, which is not supported; %s", wrapped[i].what, wrapped[i].advice);
		return NULL;
	}
	for (size_t i = 0; i < IQ_ARRAY_SIZE(kinds); i++)
		if (kinds[i]->probe(head, size))
			return kinds[i];
	kq_fail(reason, "not a dump: neither an ELF core of a 64-bit little-endian machine nor kdump-compressed");
	return NULL;
}

struct source *source_open(const char *path, bool zero_excluded, struct kq_reason *reason)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_free_ struct source *source = aligned_alloc(64, sizeof(*source));
	struct source *opened;

	if (fd < 0) {
		kq_fail(reason, "%s", strerror(errno));
		return NULL;
	}
	if (!source) {
		kq_fail(reason, "out of memory");
		return NULL;
	}
	memset(source, 0, sizeof(*source));
	source->memory.map = map;
	source->zero_excluded = zero_excluded;
	for (unsigned int i = 0; i < SOURCE_PAGES; i++)
		source->cached[i] = NO_PAGE;
	source->fd = fd;
	source->ops = probe(fd, reason);
	if (!source->ops)
		return NULL;
	fd = -1;
	opened = source;
	source = NULL;
	return opened;
}

bool source_start(struct source *source, struct kq_reason *reason)
{
	source->started = true;
	return source->ops->start(source, reason);
}

void source_close(struct source *source)
{
	if (!source)
		return;
	if (source->started)
		source->ops->close(source);
	close(source->fd);
	free(source);
}
