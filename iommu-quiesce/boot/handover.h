/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The handover: what a carrier tells the plugin before the crash, which is only what cannot be had later. It lies at a fixed
 * place in the plugin's image, and its checksum covers the image's code and constants too. Fixed fields come first; what a
 * machine may have several of comes as a list of typed items.
 */
#ifndef IQ_HANDOVER_H
#define IQ_HANDOVER_H

#include "record.h"

#define IQ_HANDOVER_MAGIC   0x4851444bu /* "KDQH" */
#define IQ_HANDOVER_VERSION 2u
#define IQ_HANDOVER_OFFSET  16u /* of the handover in the plugin's image; a jump stands before it */

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
/* Policy: clear Bus Master Enable of the devices that are to be blocked, before an IOMMU refuses them. */
#define IQ_HANDOVER_STOP 0x10u
/* Policy: clear it in the root port above a device that did not obey, too. */
#define IQ_HANDOVER_STOP_PORTS 0x20u
/* Policy: keep root ports above blocked devices from reporting what is refused. */
#define IQ_HANDOVER_CONTAIN 0x40u
/* Leave IOMMUs as they are: the capture kernel would never reach again what they refuse. */
#define IQ_HANDOVER_NO_BLOCK 0x80u
/* Policy, with IQ_HANDOVER_STOP: only where a unit translates, or the capture kernel will have one translate. */
#define IQ_HANDOVER_STOP_AUTO 0x100u
/* The capture kernel's command line has units of all families translate (intel_iommu=on). */
#define IQ_HANDOVER_SWITCHED_ON 0x200u
/* It keeps units that do not translate from being switched on (iommu=off, amd_iommu=off, intel_iommu=off). */
#define IQ_HANDOVER_SWITCHED_OFF 0x400u
#define IQ_HANDOVER_FLAGS    0x7ffu /* all that there are; a handover with others is not understood */

/* Where the firmware's tables begin. */
enum iq_firmware_kind {
	IQ_FIRMWARE_SEARCH = 0,	     /* not known: the plugin looks where its machine has them */
	IQ_FIRMWARE_ACPI = 1,	     /* the ACPI root pointer (RSDP) */
	IQ_FIRMWARE_DEVICE_TREE = 2, /* a flattened device tree */
};

struct iq_firmware {
	uint64_t address; /* physical */
	uint32_t kind;	  /* enum iq_firmware_kind; others count as IQ_FIRMWARE_SEARCH */
	uint32_t reserved;
};

/* Where lines of text go. A plugin is quiet on kinds that its machine does not have. */
enum iq_console_kind {
	IQ_CONSOLE_NONE = 0,
	IQ_CONSOLE_8250_PORT = 1,   /* an 8250 UART: I/O port of its first register */
	IQ_CONSOLE_8250_MEMORY = 2, /* an 8250 UART: physical address of its first register */
	IQ_CONSOLE_PL011 = 3,	    /* an Arm PL011 UART: the same */
	IQ_CONSOLE_FIRMWARE = 4,    /* a call of firmware (OPAL): number of its terminal */
};

struct iq_console {
	uint64_t address;
	uint16_t kind; /* enum iq_console_kind */
	uint8_t width; /* of registers in memory: bytes of one access, 1, 2 or 4 */
	uint8_t shift; /* registers in memory lie 1 << shift bytes apart, at most IQ_CONSOLE_SHIFT */
	uint32_t reserved;
};

#define IQ_CONSOLE_SHIFT     4u
#define IQ_CONSOLE_REGISTERS 8u /* of an 8250 */

/* The counter that tells the time at the crash. */
enum iq_clock_kind {
	IQ_CLOCK_TSC = 1,      /* x86: time-stamp counter */
	IQ_CLOCK_GENERIC = 2,  /* Arm: virtual count of the generic timer */
	IQ_CLOCK_TIMEBASE = 3, /* Power: time base */
};

struct iq_clock {
	uint32_t kind; /* enum iq_clock_kind */
	uint32_t khz;  /* ticks per millisecond; 0, or a kind that the machine does not have: to be measured at the crash */
};

/* An item is a struct iq_section that belongs to no unit, with its payload padded to 8 bytes. */
enum iq_item_type {
	IQ_ITEM_RULES = 1, /* struct iq_rule[]: policy, the first that matches wins */
	IQ_ITEM_ROOTS = 2, /* struct iq_root_buses[], of each PCI segment: without it root buses are not known */
};

/*
 * The root buses of a PCI segment that firmware gave the crashed kernel. Others may be hidden: reading there can hang or reset a
 * machine.
 */
struct iq_root_buses {
	uint16_t segment;
	uint16_t reserved[3];
	uint8_t bus[32]; /* a bit a bus number, the lowest first */
};

#define IQ_ROOT_SEGMENTS 8u

#define IQ_HANDOVER_RULES 64u
/* Bytes of items: room for so many rules and segments, and for others. */
#define IQ_HANDOVER_ITEMS \
	(128u + IQ_HANDOVER_RULES * (unsigned int)sizeof(struct iq_rule) + \
	 IQ_ROOT_SEGMENTS * (unsigned int)sizeof(struct iq_root_buses))

struct iq_handover {
	uint32_t magic;
	uint16_t version;
	uint16_t machine;    /* EM_* (machine.h) of the machine that the plugin was built for */
	uint32_t size;	     /* of this structure */
	uint32_t image_size; /* bytes of the image that the checksum covers, from its first byte */
	uint32_t memory_size;/* bytes that the plugin uses: image, zeroed data, stack, page tables */
	uint32_t crc;	     /* CRC-32 of those image_size bytes, with this field 0; filled in by iq_handover_seal() */
	uint32_t flags;	     /* IQ_HANDOVER_* */
	uint32_t items_size; /* bytes of item[] in use, a multiple of 8 */
	uint64_t next;	     /* physical address of what runs next, jumped to at the end with all registers as found */
	uint64_t note;	     /* physical address of the ELF note that will hold the record, 8-aligned; 0: no record */
	uint64_t elfcorehdr; /* physical address of the ELF core header, 0: not known */
	uint64_t spare;	     /* physical address of pages of zeros that the capture kernel leaves alone, 0: none */
	/* The crash kernel's memory: no table of the crashed kernel lies in there. End exclusive; 0, 0: not known. */
	uint64_t crash_start, crash_end;
	uint32_t note_size;  /* bytes at note: note header, record, trailer */
	uint32_t elfcorehdr_size;
	uint32_t spare_pages;/* at spare: IQ_SPARE_PAGES or IQ_SPARE_PAGES_SINK */
	uint32_t wait_us;    /* longest wait for one completion */
	uint32_t total_us;   /* all waits together end within this time */
	uint32_t reserved;
	struct iq_firmware firmware;
	struct iq_console console;
	struct iq_clock clock;
	uint64_t item[IQ_HANDOVER_ITEMS / 8];
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

/* Can a console of this kind have these fields? True for kinds that are not known. */
bool iq_console_is_sound(const struct iq_console *console);
/* How many spare pages the @rules at @rule take. */
uint32_t iq_handover_spare_pages(const struct iq_rule *rule, unsigned int rules);
/* Append an item of @length bytes at @data. False if there is no room. */
bool iq_handover_add(struct iq_handover *handover, enum iq_item_type type, const void *data, uint32_t length);
/* The item behind the one at *@offset (start with 0): as iq_section_next(), for a handover that was checked. */
bool iq_handover_next(const struct iq_handover *handover, uint32_t *offset, struct iq_section *item,
		      const uint8_t **payload);
/* Copy all rules of the checked @handover to @rule. Returns how many. */
unsigned int iq_handover_rules(const struct iq_handover *handover, struct iq_rule rule[IQ_HANDOVER_RULES]);
/* Fill in the tail and the checksum of the image at @image, whose handover is complete. */
void iq_handover_seal(void *image);
/*
 * Check the checksum over the @length bytes at @image and every field of the handover inside. IQ_OK, IQ_MALFORMED, IQ_DAMAGED;
 * IQ_UNSUPPORTED for another version, or flags that are not known. Trusts nothing but @length.
 */
enum iq_status iq_handover_check(const void *image, uint32_t length);

#endif
