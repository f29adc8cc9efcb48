/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opening a dump of whatever kind, and the page cache between it and the core's readers.
 */
#include "source.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIVE_HOST "/proc/kcore"
#define NO_PAGE	  UINT64_C(1)

/* Files that are a dump only after something was done to them. */
static const struct {
	const char *magic;
	size_t length;
	const char *what;
	const char *advice;
} wrapped[] = {
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
	const uint8_t *page;

	(void)length; /* the range crosses no page boundary */
	page = source->ops->direct ? source->ops->direct(source, address & IQ_PAGE_MASK) : NULL;
	if (page)
		return page + (address & ~IQ_PAGE_MASK);
	if (!find(source, address & IQ_PAGE_MASK))
		return NULL;
	source->used[source->last] = ++source->clock;
	return source->page[source->last] + (address & ~IQ_PAGE_MASK);
}

/* With one of the high bits taken away, the address that failed would be one of memory. */
static bool looks_encrypted(const struct source *source)
{
	const uint64_t high = source->failed & IQ_MASK(51, 43), low = source->failed & ~high;
	uint64_t start, length;

	return high && !(high & (high - 1)) && source->ops->range(source, low, &start, &length) && start == low;
}

const char *source_trouble(struct source *source)
{
	static char text[512];
	const uint64_t frame = source->failed / IQ_PAGE_SIZE;

	switch (source->answer) {
	case SOURCE_READ:
		return "no trouble";
	case SOURCE_OUTSIDE:
		snprintf(text, sizeof(text), "frame 0x%" PRIx64 " is outside the memory that the dump describes%s", frame,
			 looks_encrypted(source) ? ", but not without its topmost bit: see --c-bit" : "");
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

static const struct source_ops *probe(const struct dump_file *file, struct kq_reason *reason)
{
	uint8_t head[4096] = { 0 };
	size_t size = file_head(file, head, sizeof(head));

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
	for (size_t i = 0; source_kinds[i]; i++)
		if (source_kinds[i]->probe(head, size))
			return source_kinds[i];
	if (source_kinds[1])
		kq_fail(reason, "not a dump: neither an ELF core of a 64-bit little-endian machine nor kdump-compressed");
	else
		kq_fail(reason, "not an ELF core of a 64-bit little-endian machine");
	return NULL;
}

/* Open the next file and find out of what kind it is. */
static const struct source_ops *open_file(struct source *source, const char *path, struct kq_reason *reason)
{
	if (!file_open(path, &source->file[source->files], reason)) {
		if (!strcmp(path, LIVE_HOST) && access(path, R_OK))
			kq_fail(reason,
				"%s: the living host is for root only, needs a kernel with CONFIG_PROC_KCORE, and is "
				"for nobody "
				"where lockdown keeps memory confidential",
				strerror(errno));
		return NULL;
	}
	return probe(&source->file[source->files++], reason);
}

/* Open all files; the kind of the first is that of all. */
static bool open_files(struct source *source, char *const *path, unsigned int files, struct kq_reason *reason)
{
	source->file = calloc(files, sizeof(*source->file));
	if (!source->file)
		return kq_fail(reason, "out of memory");
	for (unsigned int i = 0; i < files; i++) {
		const struct source_ops *ops;
		struct kq_reason why;

		ops = open_file(source, path[i], &why);
		if (!ops)
			return i ? kq_fail(reason, "%.60s: %.180s", path[i], why.text)
				 : kq_fail(reason, "%s", why.text);
		if (i && ops != source->ops)
			return kq_fail(reason, "%s is no dump of the same kind", path[i]);
		source->ops = ops;
	}
	if (files > source->ops->files)
		return kq_fail(reason, "%u files, but a dump of this kind has one", files);
	return true;
}

struct source *source_open(char *const *path, unsigned int files, bool zero_excluded, struct kq_reason *reason)
{
	struct source *source = aligned_alloc(64, sizeof(*source));

	if (!source) {
		kq_fail(reason, "out of memory");
		return NULL;
	}
	memset(source, 0, sizeof(*source));
	source->memory.map = map;
	source->zero_excluded = zero_excluded;
	for (unsigned int i = 0; i < SOURCE_PAGES; i++)
		source->cached[i] = NO_PAGE;
	if (open_files(source, path, files, reason))
		return source;
	source_close(source);
	return NULL;
}

bool source_start(struct source *source, struct kq_reason *reason)
{
	if (source->started)
		return source->ready || kq_fail(reason, "its memory cannot be read");
	source->started = true;
	source->ready = source->ops->start(source, reason);
	return source->ready;
}

void source_close(struct source *source)
{
	if (!source)
		return;
	if (source->started)
		source->ops->close(source);
	for (unsigned int i = 0; i < source->files; i++)
		file_close(&source->file[i]);
	free(source->file);
	free(source);
}
