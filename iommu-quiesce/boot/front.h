/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first page of a wrapped kernel's payload: the two entries that the boot protocol fixes, and what is known of the
 * kernel behind. Made by the image carrier, run by the boot loader (purgatory/x86_64/front.S), read again by unwrap and
 * show-image.
 *
 * A wrapped payload: this page; the plugin with its memory; the area that the capture kernel leaves alone; the kernel's
 * own payload. The constants are for assembly too.
 */
#ifndef IQ_FRONT_H
#define IQ_FRONT_H

#define IQ_FRONT_SIZE	4096
#define IQ_FRONT_OFFSET 0x400 /* of struct iq_front in the page */
/* The plugin follows the page; its second entry is so far from its first byte. */
#define IQ_FRONT_ENTRY	8
/* Fields that the entries use. */
#define IQ_FRONT_INIT_SIZE 16
#define IQ_FRONT_SHIFT	   20

#ifndef __ASSEMBLER__
#include "bits.h"

#define IQ_FRONT_MAGIC	 "KDQFRONT"
#define IQ_FRONT_VERSION 1u
#define IQ_FRONT_EDITS	 128u

/* A field of the kernel image that the carrier changed: where in the file, how many bytes, what was there. */
struct iq_front_edit {
	uint32_t offset;
	uint32_t size; /* 1 to 8 */
	uint64_t original;
};

struct iq_front {
	char magic[8];
	uint16_t version;
	uint16_t size;	    /* of this structure */
	uint32_t crc;	    /* CRC-32 of this structure with this field 0 */
	uint32_t init_size; /* what boot_params must say to the kernel behind */
	uint32_t shift;	    /* from the first byte of this page to that of the kernel's own payload */
	uint32_t plugin_size; /* bytes of the plugin's image */
	uint32_t edits;
	char producer[24];  /* program and version that wrote it, NUL-terminated */
	struct iq_front_edit edit[IQ_FRONT_EDITS];
};

_Static_assert(offsetof(struct iq_front, init_size) == IQ_FRONT_INIT_SIZE, "init_size");
_Static_assert(offsetof(struct iq_front, shift) == IQ_FRONT_SHIFT, "shift");
_Static_assert(IQ_FRONT_OFFSET + sizeof(struct iq_front) <= IQ_FRONT_SIZE, "the front is one page");
#endif

#endif
