/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kdump-compressed dumps with all their compressors, through libkdumpfile.
 */
#include "source.h"

#include "kdump-file.h"

#include <stdlib.h>
#include <string.h>

#include <libkdumpfile/kdumpfile.h>

struct kdump_source {
	struct kdump_file file;
	kdump_ctx_t *context;
};

static bool probe(const uint8_t *head, size_t size)
{
	return size >= 8 && (!memcmp(head, "KDUMP   ", 8) || !memcmp(head, "DISKDUMP", 8));
}

/*
 * A context whose open failed: libkdumpfile 0.5.1 crashes when it is freed. It is kept until the program ends, at once.
 */
static kdump_ctx_t *volatile failed;

static bool open_dump(struct kdump_source *kdump, struct kq_reason *reason)
{
	/* In front of the library's own words, which are about its attributes. */
	static const char prefix[] = "Cannot set file.set.0.fd: ";
	kdump_ctx_t *context = kdump_new();
	const char *error;

	if (!context)
		return kq_fail(reason, "out of memory");
	if (kdump_open_fd(context, kdump->file.fd) == KDUMP_OK) {
		kdump->context = context;
		return true;
	}
	error = kdump_get_err(context);
	if (!strncmp(error, prefix, sizeof(prefix) - 1))
		error += sizeof(prefix) - 1;
	failed = context;
	return kq_fail(reason, "libkdumpfile: %s", error);
}

static bool start(struct source *source, struct kq_reason *reason)
{
	struct kdump_source *kdump = calloc(1, sizeof(*kdump));

	source->private = kdump;
	if (!kdump)
		return kq_fail(reason, "out of memory");
	if (!kdump_file_read(source->fd, &kdump->file, reason) || !kdump_file_read_bitmaps(&kdump->file, reason))
		return false;
	source->frames = kdump->file.frames * (kdump->file.block_size / IQ_PAGE_SIZE);
	return open_dump(kdump, reason);
}

static void close_dump(struct source *source)
{
	struct kdump_source *kdump = source->private;

	if (!kdump)
		return;
	kdump_file_free(&kdump->file);
	if (kdump->context)
		kdump_free(kdump->context);
	free(kdump);
}

static enum source_answer page(struct source *source, uint64_t address, void *to, struct kq_reason *reason)
{
	struct kdump_source *kdump = source->private;
	enum source_answer answer;
	size_t length = IQ_PAGE_SIZE;
	kdump_status status;

	answer = kdump_file_find(&kdump->file, address / kdump->file.block_size, reason);
	if (answer != SOURCE_READ)
		return answer;
	status = kdump_read(kdump->context, KDUMP_MACHPHYSADDR, address, to, &length);
	if (status == KDUMP_OK)
		return SOURCE_READ;
	kq_fail(reason, "libkdumpfile: %s", kdump_get_err(kdump->context));
	kdump_clear_err(kdump->context);
	return status == KDUMP_ERR_NODATA ? SOURCE_EXCLUDED : SOURCE_DAMAGED;
}

const struct source_ops source_kdumpfile = {
	.name = "libkdumpfile",
	.probe = probe,
	.start = start,
	.close = close_dump,
	.page = page,
};
