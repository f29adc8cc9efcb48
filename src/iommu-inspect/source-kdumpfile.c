/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Dumps through libkdumpfile: ELF vmcores and kdump-compressed files with all their compressors.
 */
#include "source.h"

#include <elf.h>
#include <string.h>

#include <libkdumpfile/kdumpfile.h>

static bool probe(const uint8_t *head, size_t size)
{
	if (size >= EI_NIDENT && !memcmp(head, ELFMAG, SELFMAG))
		return head[EI_CLASS] == ELFCLASS64 && head[EI_DATA] == ELFDATA2LSB;
	return size >= 8 && (!memcmp(head, "KDUMP   ", 8) || !memcmp(head, "DISKDUMP", 8));
}

static bool open_dump(struct source *source, struct kq_reason *reason)
{
	kdump_ctx_t *context = kdump_new();
	kdump_num_t page_size;

	if (!context)
		return kq_fail(reason, "out of memory");
	if (kdump_open_fd(context, source->fd) != KDUMP_OK) {
		kq_fail(reason, "%s", kdump_get_err(context));
		kdump_free(context);
		return false;
	}
	if (kdump_get_number_attr(context, KDUMP_ATTR_PAGE_SIZE, &page_size) == KDUMP_OK && page_size % IQ_PAGE_SIZE) {
		kdump_free(context);
		return kq_fail(reason, "pages of %lu bytes", (unsigned long)page_size);
	}
	source->private = context;
	return true;
}

static void close_dump(struct source *source)
{
	kdump_free(source->private);
}

/* Whether the bit of the frame at @address is set in the bitmap attribute @key. */
static bool in_bitmap(kdump_ctx_t *context, const char *key, uint64_t address)
{
	const kdump_addr_t frame = address / IQ_PAGE_SIZE;
	kdump_attr_t attribute;
	unsigned char bits = 0;
	bool set;

	if (kdump_get_attr(context, key, &attribute) != KDUMP_OK) {
		kdump_clear_err(context);
		return false;
	}
	set = attribute.type == KDUMP_BITMAP &&
	      kdump_bmp_get_bits(attribute.val.bitmap, frame, frame, &bits) == KDUMP_OK && bits & 1;
	return set;
}

static enum source_answer page(struct source *source, uint64_t address, void *to, struct kq_reason *reason)
{
	kdump_ctx_t *context = source->private;
	size_t length = IQ_PAGE_SIZE;
	kdump_status status;

	status = kdump_read(context, KDUMP_MACHPHYSADDR, address, to, &length);
	if (status == KDUMP_OK)
		return SOURCE_READ;
	kq_fail(reason, "%s", kdump_get_err(context));
	kdump_clear_err(context);
	if (status != KDUMP_ERR_NODATA)
		return SOURCE_DAMAGED;
	return in_bitmap(context, KDUMP_ATTR_MEMORY_PAGEMAP, address) ? SOURCE_EXCLUDED : SOURCE_OUTSIDE;
}

const struct source_ops source_kdumpfile = {
	.name = "libkdumpfile",
	.probe = probe,
	.open = open_dump,
	.close = close_dump,
	.page = page,
};
