/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Says of a file that cannot be read what it is, and which command turns it into what is wanted: wrap, unwrap and show-image
 * want a kernel, iommu-inspect and iommu-reconcile a dump.
 */
#ifndef KQ_FOREIGN_H
#define KQ_FOREIGN_H

#include "message.h"

#include <stddef.h>
#include <stdint.h>

enum kq_wanted {
	KQ_WANTED_KERNEL, /* a bzImage */
	KQ_WANTED_DUMP,	  /* an ELF core or a kdump-compressed dump of a 64-bit machine */
};

enum kq_foreign {
	KQ_FOREIGN_UNKNOWN, /* it may be what is wanted, or anything */
	KQ_FOREIGN_UNIFIED, /* a unified kernel image: there is a kernel in it */
	KQ_FOREIGN_OTHER,
};

/*
 * Recognise a file by its first @size bytes at @head; all of them are best, 4096 are enough for most. Unless it is unknown, @reason says
 * what it is, and what to do with it.
 */
enum kq_foreign kq_foreign_look(const uint8_t *head, size_t size, enum kq_wanted wanted, struct kq_reason *reason);

/*
 * Where the section called @name (8 characters at most) is in the @size bytes of the program for EFI at @file: the first *@length bytes of
 * it that are there, at *@offset. False: it has none, or is no such program. Microsoft PE/COFF, 4.
 */
bool kq_foreign_section(const uint8_t *file, size_t size, const char *name, size_t *offset, size_t *length);

/*
 * Where the kernel is in the @size bytes of the unified kernel image at @file (UAPI.5, section ".linux"): the first *@length bytes of it
 * that are there, at *@offset. False: it is no such image.
 */
bool kq_foreign_kernel(const uint8_t *file, size_t size, size_t *offset, size_t *length);

#endif
