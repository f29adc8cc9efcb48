/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AMD-Vi in the words of its specification: registers, device table entries, commands, log entries. Private to the family
 * (amdvi*.c). Section numbers are those of AMD document 48882, I/O Virtualization Technology.
 */
#ifndef IQ_AMDVI_H
#define IQ_AMDVI_H

#include "reader.h"
#include "run.h"

#define AMDVI_ID 1u /* iq_family.id */

/* MMIO registers. 3.4 */
#define MMIO_SIZE		0x4000u

#define DEVICE_TABLE_BASE	0x0000u
#define   DEVICE_TABLE_SIZE	IQ_MASK(8, 0)	/* (Size + 1) * 4 KiB */
#define   BASE_ADDRESS		IQ_MASK(51, 12)
#define COMMAND_BUFFER_BASE	0x0008u
#define EVENT_LOG_BASE		0x0010u
#define   RING_LENGTH		IQ_MASK(59, 56)	/* 2^n entries of 16 bytes, n = 8..15 */
#define   RING_LENGTH_MIN	8u
#define CONTROL			0x0018u
#define   CONTROL_IOMMU_EN	IQ_BIT(0)
#define   CONTROL_EVENT_LOG_EN	IQ_BIT(2)
#define   CONTROL_INV_TIME_OUT	IQ_MASK(7, 5)	/* n = 1..6: 10^(n-1) ms, 0: none */
#define   CONTROL_COHERENT	IQ_BIT(10)
#define   CONTROL_CMD_BUF_EN	IQ_BIT(12)
#define   CONTROL_DEV_TBL_SEG_EN IQ_MASK(36, 34)	/* 2^n segments, n = 0..3 */
#define   CONTROL_MARC_EN	IQ_BIT(40)	/* DMA to the MARC apertures goes by them and no table */
#define COMPLETION_STORE_BASE	0x0020u	/* exclusion base without SNP */
#define   EXCLUSION_ENABLE	IQ_BIT(0)
#define   EXCLUSION_ALLOW	IQ_BIT(1)	/* for all devices, whatever DTE.EX says */
#define COMPLETION_STORE_LIMIT	0x0028u
#define EXTENDED_FEATURE	0x0030u
#define   EFR_INVALIDATE_ALL	IQ_BIT(6)	/* IASup */
#define   EFR_HATS		IQ_MASK(11, 10)	/* levels of host tables, less 4; 3: none */
#define   EFR_SNP		IQ_BIT(63)	/* SNPSup */
#define DEVICE_TABLE_SEGMENT_1	0x0100u		/* 1..7, 8 bytes apart; Size is 7:0 */
#define EXTENDED_FEATURE_2	0x01a0u
#define COMMAND_HEAD		0x2000u
#define COMMAND_TAIL		0x2008u
#define EVENT_HEAD		0x2010u
#define EVENT_TAIL		0x2018u
#define   RING_POINTER		IQ_MASK(18, 4)
#define STATUS			0x2020u
#define   STATUS_EVENT_OVERFLOW	IQ_BIT(0)
#define   STATUS_EVENT_RUN	IQ_BIT(3)
#define   STATUS_COMMAND_RUN	IQ_BIT(4)

/* What unit->value[] holds, in this order; amdvi.c has the table with the offsets. */
enum amdvi_register {
	AMDVI_DEVICE_TABLE,
	AMDVI_COMMAND_BASE,
	AMDVI_EVENT_BASE,
	AMDVI_CONTROL,
	AMDVI_STORE_BASE,
	AMDVI_STORE_LIMIT,
	AMDVI_EFR,
	AMDVI_SEGMENT_1,
	AMDVI_SEGMENT_7 = AMDVI_SEGMENT_1 + 6,
	AMDVI_EFR2,
	AMDVI_COMMAND_HEAD,
	AMDVI_COMMAND_TAIL,
	AMDVI_EVENT_HEAD,
	AMDVI_EVENT_TAIL,
	AMDVI_STATUS,
	AMDVI_REGISTERS
};

/* Device table entry: four 64-bit words. 2.2.2 */
#define DTE_SIZE		32
#define DTE_WORDS		(DTE_SIZE / 8)
#define DTE_PER_PAGE		(IQ_PAGE_SIZE / DTE_SIZE)
/* word 0 */
#define DTE_V			IQ_BIT(0)	/* clear: DMA passes untranslated */
#define DTE_TV			IQ_BIT(1)
#define DTE_MODE		IQ_MASK(11, 9)	/* levels of the host table, 0: none */
#define DTE_ROOT		IQ_MASK(51, 12)
#define DTE_GIOV		IQ_BIT(54)	/* requests without PASID use the guest table of PASID 0 */
#define DTE_GV			IQ_BIT(55)
#define DTE_GLX			IQ_MASK(57, 56)	/* levels of the GCR3 table, less 1 */
#define DTE_GCR3_LOW		IQ_MASK(60, 58)	/* GCR3 root [14:12] */
#define DTE_IR			IQ_BIT(61)
#define DTE_IW			IQ_BIT(62)
#define DTE_WORD0_RESERVED	(IQ_MASK(6, 2) | IQ_BIT(63))
/* word 1 */
#define DTE_DOMAIN		IQ_MASK(15, 0)
#define DTE_GCR3_MIDDLE		IQ_MASK(31, 16)	/* [30:15] */
#define DTE_I			IQ_BIT(32)	/* device may use ATS */
#define DTE_EX			IQ_BIT(39)	/* the exclusion range counts for this device */
#define DTE_SYSMGT		IQ_MASK(41, 40)	/* 1: forward system management messages */
#define DTE_GCR3_HIGH		IQ_MASK(63, 43)	/* [51:31] */
/* word 2 */
#define DTE_IV			IQ_BIT(0)
#define DTE_GUEST_PAGING_MODE	IQ_MASK(55, 54)	/* 0: 4 levels, 1: 5 levels */

/* GCR3 table entry: 512 a level. 2.2.6 */
#define GCR3_VALID		IQ_BIT(0)
#define GCR3_ADDRESS		IQ_MASK(51, 12)
#define PASIDS			0x100000u	/* that a request can name */

/* Commands: 16 bytes, opcode in bits 63:60 of the first word. 2.4 */
#define COMMAND_SIZE		16u
#define COMMAND(opcode)		iq_put((opcode), IQ_MASK(63, 60))
#define COMPLETION_WAIT		COMMAND(1)
#define   COMPLETION_STORE	IQ_BIT(0)
#define   COMPLETION_FLUSH	IQ_BIT(2)	/* later commands wait too */
#define   COMPLETION_ADDRESS	IQ_MASK(51, 3)
#define INVALIDATE_DEVTAB_ENTRY	COMMAND(2)
#define INVALIDATE_IOMMU_PAGES	COMMAND(3)
#define   INVALIDATE_DOMAIN	IQ_MASK(47, 32)
#define INVALIDATE_IOMMU_ALL	COMMAND(8)
/* Second word of the page invalidation: the whole address space, with directory entries (PDE). 2.4.3 */
#define ALL_PAGES		UINT64_C(0x7ffffffffffff003)

/* Event log entries: 16 bytes, code in bits 63:60 of the first word. 2.5 */
#define EVENT_SIZE		16u
#define EVENT_CODE		IQ_MASK(63, 60)
#define EVENT_REQUESTER		IQ_MASK(15, 0)
#define EVENT_INTERRUPT		IQ_BIT(51)
#define EVENT_PRESENT		IQ_BIT(52)
#define EVENT_WRITE		IQ_BIT(53)
#define EVENT_TRANSLATION	IQ_BIT(56)

#define AMDVI_SEGMENTS		8u

/*
 * Domain ids of entries that let less through than another entry of their domain: the old one and a bit. Linux gives out ids from
 * 1 up; where one is found that has a bit of these, no entry is moved.
 */
#define APART_CLOSED		0x4000u
#define APART_READ_ONLY		0x8000u

/* unit->traits */
#define AMDVI_APART		0x1u /* there are such entries */
#define AMDVI_NO_HOST_TABLES	0x2u /* by firmware's word */

/* One segment of the device table. */
struct amdvi_table {
	uint64_t base;	    /* physical address */
	uint32_t first;	    /* source id of its first entry */
	uint32_t entries;   /* that the segment register says, at most those that requester ids can name */
};

/* How many segments @unit's device table has, 0 if the register is out of range. 3.3.6 */
unsigned int amdvi_segments(const struct iq_unit *unit);
/* Segment @n, 0 .. amdvi_segments() - 1. */
struct amdvi_table amdvi_segment(const struct iq_unit *unit, unsigned int n);

enum iq_status amdvi_block(struct iq_run *run, struct iq_unit *unit, struct iq_record_stage *stage);
enum iq_status amdvi_verify(struct iq_run *run, struct iq_unit *unit, struct iq_record_stage *stage);
bool amdvi_next_open(struct iq_memory *memory, const struct iq_unit *unit, iq_source_id *id);
enum iq_status amdvi_flush(struct iq_run *run, struct iq_unit *unit, struct iq_record_stage *stage);

uint64_t amdvi_tables(const struct iq_unit *unit);
bool amdvi_readable(struct iq_memory *memory, const struct iq_unit *unit);
/*
 * Add the units and the reserved-memory rules of the @length bytes of IVRS at @table to @plan. What cannot be used is
 * left out and counted. @config is not needed: IVRS names requester ids. IQ_OK; IQ_NOT_FOUND if it names no unit;
 * IQ_MALFORMED with *@offset of the first structure that is not sound, with what could be used of the others.
 */
enum iq_status amdvi_plan(const struct iq_family *family, const uint8_t *table, uint32_t length,
			  struct iq_config *config, struct iq_plan *plan, uint32_t *offset);

/* For the reader alone: fields in words, rings, commands, events. */
bool amdvi_describe_event(const uint8_t *raw, uint32_t size, struct iq_event *event);
const char *amdvi_event_name(uint32_t code);
bool amdvi_ring(const struct iq_unit *unit, unsigned int n, struct iq_ring *ring);
bool amdvi_describe_command(const uint8_t *raw, uint32_t size, struct iq_command *command);
const struct iq_named_field *amdvi_entry_fields(const struct iq_unit *unit, unsigned int *count);
enum iq_status amdvi_pasid_step(struct iq_memory *memory, const struct iq_entry *owner, uint32_t pasid, unsigned int n,
				struct iq_pasid_step *step);

extern const struct iq_family iq_amdvi;

/* iq_reader.owners */
bool amdvi_owners(const uint8_t *table, uint32_t length, struct iq_config *config, const struct iq_plan *plan, iq_owner_taker take,
		  void *context);

#endif
