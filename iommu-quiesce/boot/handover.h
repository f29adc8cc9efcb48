/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The handover: what a carrier tells the plugin before the crash. Only what cannot be had later: the plan itself is built
 * at the crash from ACPI tables and live registers. It lies at a fixed place in the plugin's image; its checksum covers
 * the image's code and read-only data too.
 */
#ifndef IQ_HANDOVER_H
#define IQ_HANDOVER_H

#include "record.h"

#define IQ_HANDOVER_MAGIC   0x4851444bu /* "KDQH" */
#define IQ_HANDOVER_VERSION 1u
#define IQ_HANDOVER_OFFSET  16u /* of the handover in the plugin's image; a jump stands before it */
#define IQ_HANDOVER_RULES   64u

/* Spare pages: one of zeros; with rules of mode sink also those of sink.h. */
#define IQ_SPARE_PAGES	    1u
#define IQ_SPARE_PAGES_SINK 8u

#define IQ_HANDOVER_VERBOSE 0x1u /* one line a stage on the console */
/* Insert the PT_NOTE at the crash if it is not there: the kernel rewrites the elfcorehdr when CPUs or memory change. */
#define IQ_HANDOVER_INSERT_NOTE 0x2u
/*
 * From the image carrier, which does not know where it will lie: next and note are counted from the image's first byte, and
 * what else is not known is found at the crash (capture.h). note_size is IQ_CAPTURE_AREA.
 */
#define IQ_HANDOVER_IMAGE 0x4u
/* From the image carrier: add iommu.passthrough=0 to the capture kernel's command line. */
#define IQ_HANDOVER_TRANSLATE 0x8u
/* Policy: clear Bus Master Enable of the devices that are to be blocked, before the IOMMU refuses them. */
#define IQ_HANDOVER_STOP 0x10u
/* And of the root port above one that does not obey. */
#define IQ_HANDOVER_STOP_PORTS 0x20u
/* Keep root ports above blocked devices from reporting what is refused. */
#define IQ_HANDOVER_CONTAIN 0x40u
/* Leave IOMMUs as they are: the capture kernel would never reach again what they refuse. */
#define IQ_HANDOVER_NO_BLOCK 0x80u

struct iq_handover {
	uint32_t magic;
	uint16_t version;
	uint16_t size;	     /* of this structure */
	uint32_t image_size; /* bytes of the image that the checksum covers, from its first byte */
	uint32_t memory_size;/* bytes that the plugin uses: image, zeroed data, stack, page tables */
	uint32_t crc;	     /* CRC-32 of those image_size bytes, with this field 0; filled in by iq_handover_seal() */
	uint32_t flags;	     /* IQ_HANDOVER_* */
	uint64_t next;	     /* physical address of what runs next, jumped to at the end with all registers as found */
	uint64_t note;	     /* physical address of the ELF note that will hold the record, page-aligned not required */
	uint32_t note_size;  /* bytes there: note header, record, trailer */
	uint32_t elfcorehdr_size;
	uint64_t elfcorehdr; /* physical address of the ELF core header, for IQ_HANDOVER_INSERT_NOTE */
	uint64_t spare;	     /* physical address of pages of zeros that the capture kernel leaves alone, 0: none */
	uint64_t rsdp;	     /* physical address of the ACPI root pointer, 0: search for it */
	uint32_t tick_khz;   /* TSC ticks per millisecond, 0: to be measured at the crash */
	uint32_t wait_us;    /* longest wait for one completion */
	uint32_t total_us;   /* all waits together end within this time */
	uint16_t console;    /* I/O port of an 8250 UART, 0: none */
	uint16_t rules;	     /* entries of rule[] in use */
	/* The crash kernel's memory: no table of the crashed kernel lies in there. End exclusive; 0, 0: not known. */
	uint64_t crash_start, crash_end;
	uint32_t spare_pages; /* at spare: IQ_SPARE_PAGES or IQ_SPARE_PAGES_SINK */
	uint32_t reserved;
	struct iq_rule rule[IQ_HANDOVER_RULES];
};

/*
 * The last bytes of the image: where to go on, once more and far from the first, for a plugin whose checksum does not
 * match. Filled in by iq_handover_seal().
 */
struct iq_handover_tail {
	uint64_t next;
	uint64_t complement; /* ~next */
};

#define IQ_WAIT_US_DEFAULT  100000u
#define IQ_TOTAL_US_DEFAULT 2000000u
/* Bounds that iq_handover_check() enforces: nobody waits longer than this for a crash dump to start. */
#define IQ_TOTAL_US_MAX 60000000u

/* How many spare pages the @rules at @rule take. */
uint32_t iq_handover_spare_pages(const struct iq_rule *rule, unsigned int rules);
/* Fill in the tail and the checksum of the image at @image, whose handover is complete. */
void iq_handover_seal(void *image);
/*
 * Check the handover inside the @length bytes at @image and the checksum over both. IQ_OK, IQ_MALFORMED, IQ_UNSUPPORTED or
 * IQ_DAMAGED. Trusts nothing but @length.
 */
enum iq_status iq_handover_check(const void *image, uint32_t length);

#endif
