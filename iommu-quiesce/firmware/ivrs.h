/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IVRS lists the AMD IOMMUs, the devices behind each with their requester ids, and the memory that firmware needs some devices
 * to reach. Formats from the AMD I/O Virtualization Technology specification (48882), 5.2. Used by the plan, by topology and by
 * `kdump-quiesce tables`.
 */
#ifndef IQ_IVRS_H
#define IQ_IVRS_H

#include "io.h"
#include "structure.h"

struct iq_plan;

#define IQ_IVRS_SIGNATURE "IVRS"

/* I/O Virtualization Reporting Structure: blocks start behind IVinfo. 5.2.1 */
#define IVRS_IVINFO	    36
#define IVRS_RESERVED	    40
#define IVRS_BLOCKS	    48u
#define IVINFO_EFRSUP	    IQ_BIT(0)
#define IVINFO_DMA_REMAP    IQ_BIT(1)
#define IVINFO_GVASIZE	    IQ_MASK(7, 5)
#define IVINFO_PASIZE	    IQ_MASK(14, 8)
#define IVINFO_VASIZE	    IQ_MASK(21, 15)
#define IVINFO_HTATSRESV    IQ_BIT(22)

/* The header of every block. */
#define IVRS_BLOCK_TYPE	    0
#define IVRS_BLOCK_FLAGS    1
#define IVRS_BLOCK_LENGTH   2
#define IVRS_BLOCK_HEADER   4u

/* I/O Virtualization Hardware Definition. 5.2.2 */
#define IVHD_10		    0x10
#define IVHD_11		    0x11
#define IVHD_40		    0x40
#define IVHD_REQUESTER	    4
#define IVHD_CAPABILITY	    6
#define IVHD_BASE	    8
#define IVHD_SEGMENT	    16
#define IVHD_INFO	    18
#define IVHD_FEATURES	    20 /* feature reporting in type 10h, attributes in types 11h and 40h */
#define IVHD_10_SIZE	    24u
#define IVHD_EFR	    24 /* types 11h and 40h */
#define IVHD_EFR2	    32
#define IVHD_11_SIZE	    40u
#define IVHD_HTTUNEN	    IQ_BIT(0)
#define IVHD_PASSPW	    IQ_BIT(1)
#define IVHD_RESPASSPW	    IQ_BIT(2)
#define IVHD_ISOC	    IQ_BIT(3)
#define IVHD_IOTLBSUP	    IQ_BIT(4)
#define IVHD_COHERENT	    IQ_BIT(5)
#define IVHD_PREFSUP	    IQ_BIT(6) /* type 10h */
#define IVHD_PPRSUP	    IQ_BIT(7) /* type 10h */
#define IVHD_ATTRIBUTES_HATDIS IQ_BIT(0) /* types 11h and 40h: no host tables. Linux: IOMMU_IVHD_ATTR_HATDIS_SHIFT */
#define IVHD_INFO_MSINUM    IQ_MASK(4, 0)
#define IVHD_INFO_UNITID    IQ_MASK(12, 8)

/* IVHD device entries. 5.2.2.1: the two highest bits of the type give the length */
#define IVHD_ENTRY_TYPE	    0
#define IVHD_ENTRY_REQUESTER 1
#define IVHD_ENTRY_SETTING  3
#define IVHD_ENTRY_HEADER   4u
#define IVHD_PAD	    0x00
#define IVHD_ALL	    0x01
#define IVHD_SELECT	    0x02
#define IVHD_START	    0x03
#define IVHD_END	    0x04
#define IVHD_PAD_8	    0x40
#define IVHD_ALIAS	    0x42
#define IVHD_ALIAS_START    0x43
#define IVHD_EXT	    0x46
#define IVHD_EXT_START	    0x47
#define IVHD_SPECIAL	    0x48
#define IVHD_ACPI_HID	    0xf0
#define IVHD_ENTRY_ALIAS    5 /* the requester id that reaches the IOMMU: alias and special entries */
#define IVHD_ENTRY_EXTENDED 4
#define IVHD_EXTENDED_ATS_OFF IQ_BIT(31)
#define IVHD_ENTRY_HANDLE   4 /* special: IOAPIC id or HPET number */
#define IVHD_ENTRY_VARIETY  7
#define IVHD_VARIETY_IOAPIC 1
#define IVHD_VARIETY_HPET   2
#define IVHD_HID	    4 /* ACPI HID entries */
#define IVHD_CID	    12
#define IVHD_UID_FORMAT	    20
#define IVHD_UID_LENGTH	    21
#define IVHD_UID	    22
#define IVHD_HID_SIZE	    22u
#define IVHD_SETTING_INITPASS IQ_BIT(0)
#define IVHD_SETTING_EINTPASS IQ_BIT(1)
#define IVHD_SETTING_NMIPASS IQ_BIT(2)
#define IVHD_SETTING_SYSMGT IQ_MASK(5, 4)
#define IVHD_SETTING_LINT0PASS IQ_BIT(6)
#define IVHD_SETTING_LINT1PASS IQ_BIT(7)

/* I/O Virtualization Memory Definition. 5.2.3 */
#define IVMD_ALL	    0x20
#define IVMD_SELECT	    0x21
#define IVMD_RANGE	    0x22
#define IVMD_FIRST	    4
#define IVMD_LAST	    6 /* type 22h */
#define IVMD_SEGMENT	    8 /* Linux reads it so; reserved in the specification */
#define IVMD_RESERVED	    10
#define IVMD_BASE	    16
#define IVMD_LENGTH	    24
#define IVMD_SIZE	    32u
#define IVMD_UNITY	    IQ_BIT(0)
#define IVMD_IR		    IQ_BIT(1)
#define IVMD_IW		    IQ_BIT(2)
#define IVMD_EXCLUSION	    IQ_BIT(3)

/* One IOMMU. */
struct iq_ivhd {
	uint8_t type, flags;
	uint16_t requester;  /* its own PCI function */
	uint16_t capability; /* offset of its capability in configuration space */
	uint16_t segment;
	uint16_t info;
	uint32_t features;   /* type 10h: feature reporting; else: attributes */
	uint64_t base;	     /* physical address of its registers */
	uint64_t efr, efr2;  /* extended feature registers; 0 in type 10h, which has none */
};

/* One device entry, or the start and the end entry of a range. */
struct iq_ivhd_device {
	uint32_t offset;      /* of the first entry */
	uint8_t type;	      /* of the first entry */
	uint8_t setting;
	uint16_t first, last; /* requester ids; in a special entry the id that the IOAPIC or HPET uses */
	bool aliased;	      /* the devices' requests carry the requester id `alias` */
	uint16_t alias;
	uint32_t extended;    /* extended setting, 0 if there is none */
	bool unpaired;	      /* a range without start or end, or one that ends before it starts: only `first` is valid */
};

/* Memory that stays reachable for some devices. */
struct iq_ivmd {
	uint8_t type, flags;
	uint16_t segment, first, last; /* requester ids; type 20h is for all of them */
	uint64_t base, length;	       /* physical address, bytes */
};

/* Start a walk over the blocks in the IVRS at @table, of @length bytes. */
void iq_ivrs_blocks(struct iq_walk *walk, const uint8_t *table, uint32_t length);
/* 0 if @type is no IVHD, or one that this code does not know. Else a rank: the type with the highest rank is the valid one. */
unsigned int iq_ivhd_rank(uint16_t type);
void iq_ivhd_decode(const struct iq_structure *block, struct iq_ivhd *ivhd);
/*
 * Is @block, an IVHD, the valid one for its IOMMU? Firmware describes a unit once in each type, for older and newer software.
 * The highest type is valid; of two blocks of that type, the first.
 */
bool iq_ivrs_counts(const uint8_t *table, uint32_t length, const struct iq_structure *block);
/* Start a walk over the device entries of @block, an IVHD in @table. */
void iq_ivhd_entries(struct iq_walk *walk, const uint8_t *table, const struct iq_structure *block);
/* Get the next device or range of devices. Padding and unknown types are skipped. False at the end. */
bool iq_ivhd_next_device(struct iq_walk *entries, struct iq_ivhd_device *device);
bool iq_ivmd_is(uint16_t type);
void iq_ivmd_decode(const struct iq_structure *block, struct iq_ivmd *ivmd);
/* Is its memory at least one page? */
bool iq_ivmd_has_memory(const struct iq_ivmd *ivmd);
/*
 * Do the blocks of types 21h and 22h that name memory name every device of @segment together? Then that is as good as type 20h.
 * Up to 8 disorders of ranges are seen through.
 */
bool iq_ivrs_reserves_for_all(const uint8_t *table, uint32_t length, uint16_t segment);


#endif
