/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Intel VT-d in the words of its specification: registers, root, context and PASID entries, descriptors. Private to the
 * family (vtd*.c). Section numbers are those of Intel Virtualization Technology for Directed I/O, revision 4.1.
 */
#ifndef IQ_VTD_H
#define IQ_VTD_H

#include "reader.h"
#include "run.h"

#define VTD_ID 2u /* iq_family.id */

/* Registers. 11.4 */
#define VTD_WINDOW	0x1000u

#define VER_REG		0x000u
#define   VER_MAJOR	IQ_MASK(7, 4)
#define CAP_REG		0x008u
#define   CAP_ND	IQ_MASK(2, 0)	/* 2^(2n+4) domain ids */
#define   CAP_RWBF	IQ_BIT(4)
#define   CAP_SAGAW	IQ_MASK(12, 8)	/* bit n: n + 2 levels */
#define   CAP_FRO	IQ_MASK(33, 24)	/* of 16 bytes */
#define   CAP_NFR	IQ_MASK(47, 40)	/* number of fault recording registers, less 1 */
#define   CAP_DWD	IQ_BIT(54)
#define   CAP_DRD	IQ_BIT(55)
#define   CAP_ESRTPS	IQ_BIT(63)	/* SRTP invalidates everything */
#define ECAP_REG	0x010u
#define   ECAP_C	IQ_BIT(0)	/* clear: table walks do not snoop */
#define   ECAP_IRO	IQ_MASK(17, 8)	/* of 16 bytes */
#define   ECAP_SMTS	IQ_BIT(43)
#define   ECAP_SLTS	IQ_BIT(46)
#define   ECAP_TDXC	IQ_BIT(50)	/* TDX Connect: has the upper half of the domain ids */
#define GCMD_REG	0x018u
#define GSTS_REG	0x01cu
#define   GSTS_TES	IQ_BIT(31)
#define   GSTS_RTPS	IQ_BIT(30)	/* GCMD.SRTP */
#define   GSTS_WBFS	IQ_BIT(27)	/* GCMD.WBF */
#define   GSTS_QIES	IQ_BIT(26)	/* GCMD.QIE */
#define   GCMD_KEEP	0x96ffffffu	/* GSTS without its one-shot bits: what may be written back */
#define RTADDR_REG	0x020u
#define   RTADDR_TTM	IQ_MASK(11, 10)	/* 0 legacy, 1 scalable, 3 abort */
#define   TTM_LEGACY	0u
#define   TTM_SCALABLE	1u
#define   TTM_ABORT	3u
#define CCMD_REG	0x028u
#define   CCMD_GLOBAL	(IQ_BIT(63) | IQ_BIT(61))
#define   CCMD_ICC	IQ_BIT(63)
#define FSTS_REG	0x034u
#define   FSTS_PFO	IQ_BIT(0)
#define   FSTS_IQE	IQ_BIT(4)
#define   FSTS_ICE	IQ_BIT(5)
#define   FSTS_ITE	IQ_BIT(6)
#define   FSTS_QUEUE	(FSTS_IQE | FSTS_ICE | FSTS_ITE)
#define FECTL_REG	0x038u
#define PMEN_REG	0x064u
#define IQH_REG		0x080u
#define IQT_REG		0x088u
#define   QUEUE_POINTER	IQ_MASK(18, 4)
#define IQA_REG		0x090u
#define   IQA_QS	IQ_MASK(2, 0)	/* 2^n pages */
#define   IQA_DW	IQ_BIT(11)	/* 256-bit descriptors */
#define ICS_REG		0x09cu
#define IQERCD_REG	0x0b0u
#define IRTA_REG	0x0b8u
/* at ECAP.IRO * 16 */
#define IOTLB_REG	8u
#define   IOTLB_GLOBAL	(IQ_BIT(63) | IQ_BIT(60))
#define   IOTLB_IVT	IQ_BIT(63)
#define   IOTLB_IAIG	IQ_MASK(58, 57)	/* granularity that was done, 0: none */
#define   IOTLB_DR	IQ_BIT(49)
#define   IOTLB_DW	IQ_BIT(48)
/* at CAP.FRO * 16, 16 bytes each */
#define FRCD_SIZE	16u
/* of the second word */
#define   FRCD_F	IQ_BIT(63)	/* write 1 to clear */
#define   FRCD_T1	IQ_BIT(62)	/* neither T1 nor T2: a write */
#define   FRCD_T2	IQ_BIT(28)
#define   FRCD_REASON	IQ_MASK(39, 32)
#define   FRCD_PP		IQ_BIT(31)	/* PASID is one */
#define   FRCD_PASID	IQ_MASK(59, 40)
#define   FRCD_SID	IQ_MASK(15, 0)

#define ADDRESS		IQ_MASK(63, 12)

enum vtd_register {
	VTD_VER,
	VTD_CAP,
	VTD_ECAP,
	VTD_GSTS,
	VTD_RTADDR,
	VTD_FSTS,
	VTD_FECTL,
	VTD_PMEN,
	VTD_IQH,
	VTD_IQT,
	VTD_IQA,
	VTD_ICS,
	VTD_IQERCD,
	VTD_IRTA,
	VTD_REGISTERS
};

/* Root entry: 16 bytes, by bus. 9.1; scalable: second word for devices 16 to 31. 9.2 */
#define ROOT_SIZE	16u
#define ROOT_P		IQ_BIT(0)

/* Context entry: 16 bytes by device and function. 9.3; scalable 32 bytes. 9.4 */
#define CONTEXT_SIZE	16u
#define CONTEXT_SM_SIZE	32u
#define CONTEXT_P	IQ_BIT(0)
#define CONTEXT_FPD	IQ_BIT(1)	/* no fault is recorded for this device */
#define CONTEXT_TT	IQ_MASK(3, 2)
#define   TT_TABLE	0u		/* second level, translated requests refused */
#define   TT_ATS	1u		/* second level, device may translate */
#define   TT_PASSTHROUGH 2u
#define   TT_RESERVED	3u
#define CONTEXT_SM_DTE	IQ_BIT(2)	/* device may translate */
#define CONTEXT_SM_PRE	IQ_BIT(4)	/* page requests are served */
#define CONTEXT_SM_PDTS	IQ_MASK(11, 9)	/* directory has 2^(n+7) entries */
/* second word */
#define CONTEXT_AW	IQ_MASK(2, 0)	/* levels, less 2 */
#define CONTEXT_DID	IQ_MASK(23, 8)
#define CONTEXT_SM_RID_PASID IQ_MASK(19, 0)

/* Scalable-mode PASID directory entry, 8 bytes, 64 PASIDs each. 9.5 */
#define PASID_DIR_P	IQ_BIT(0)
/* PASID table entry, 64 bytes. 9.6 */
#define PASID_SIZE	64u
#define PASID_PER_TABLE	64u
#define PASID_P		IQ_BIT(0)
#define PASID_FPD	IQ_BIT(1)	/* no fault is recorded for this PASID, also where the entry is not present */
#define PASID_AW	IQ_MASK(4, 2)
#define PASID_SLEE	IQ_BIT(5)
#define PASID_PGTT	IQ_MASK(8, 6)
#define   PGTT_FIRST	1u
#define   PGTT_SECOND	2u
#define   PGTT_NESTED	3u
#define   PGTT_PASSTHROUGH 4u
#define PASID_SLADE	IQ_BIT(9)	/* second-level accessed and dirty bits are set */
/* second and third word */
#define PASID_DID	IQ_MASK(15, 0)
#define PASID_SRE	IQ_BIT(0)	/* requests with supervisor privilege are served */
#define PASID_FLPM	IQ_MASK(3, 2)	/* 0: 4 levels, 1: 5 levels */
#define PASID_WPE	IQ_BIT(4)	/* and cannot write where writing is not allowed */

/* First and second level alike: what lets an access through. 9.7, 9.8 */
#define TABLE_RW	IQ_MASK(1, 0)
#define TABLE_W		IQ_BIT(1)
#define TABLE_ENTRIES	512u

/* Invalidation descriptors. 6.5.2 */
#define DESCRIPTOR_TYPE	IQ_MASK(3, 0)
#define CONTEXT_CACHE_GLOBAL UINT64_C(0x11)
#define PASID_CACHE_GLOBAL UINT64_C(0x37)
#define IOTLB_INV_GLOBAL UINT64_C(0x12)
#define   IOTLB_INV_DW	IQ_BIT(6)
#define   IOTLB_INV_DR	IQ_BIT(7)
#define WAIT_STATUS	UINT64_C(0x25)
#define   WAIT_DATA	IQ_MASK(63, 32)

static inline bool vtd_scalable(const struct iq_unit *unit)
{
	return iq_field(unit->value[VTD_RTADDR], RTADDR_TTM) == TTM_SCALABLE;
}

/* Source ids are requester ids: 256 buses of 256 functions. */
#define VTD_IDS 0x10000u

/* Physical address of the page of context entries that holds source id @id, 0 if the root entry names none. */
uint64_t vtd_context_table(struct iq_memory *memory, const struct iq_unit *unit, iq_source_id id);

enum iq_status vtd_block(struct iq_run *run, struct iq_unit *unit, struct iq_record_stage *stage);
enum iq_status vtd_edit_tables(struct iq_run *run, struct iq_unit *unit, struct iq_record_stage *stage);
enum iq_status vtd_verify(struct iq_run *run, struct iq_unit *unit, struct iq_record_stage *stage);
enum iq_status vtd_flush(struct iq_run *run, struct iq_unit *unit, struct iq_record_stage *stage);
/*
 * Make the unit forget context and PASID table entries, so that FPD counts before tables are edited. Where it does not answer
 * there will be fault records; the flush that follows finds out why.
 */
void vtd_forget_entries(struct iq_run *run, struct iq_unit *unit, struct iq_record_stage *stage);

bool vtd_next_open(struct iq_memory *memory, const struct iq_unit *unit, iq_source_id *id);
uint64_t vtd_tables(const struct iq_unit *unit);
bool vtd_readable(struct iq_memory *memory, const struct iq_unit *unit);
/*
 * Add the units (DRHD) and the reserved-memory rules (RMRR) of the @length bytes of DMAR at @table to @plan. @config
 * finds the buses behind bridges; NULL: scopes that need it are left out and counted. IQ_OK; IQ_NOT_FOUND if it names
 * no unit; IQ_MALFORMED with *@offset of the first structure that is not sound, with what could be used of the others.
 */
enum iq_status vtd_plan(const struct iq_family *family, const uint8_t *table, uint32_t length,
			  struct iq_config *config, struct iq_plan *plan, uint32_t *offset);

/* For the reader alone: fields in words, rings, commands, events. */
bool vtd_describe_event(const uint8_t *raw, uint32_t size, struct iq_event *event);
const char *vtd_event_name(uint32_t code);
bool vtd_ring(const struct iq_unit *unit, unsigned int n, struct iq_ring *ring);
bool vtd_describe_command(const uint8_t *raw, uint32_t size, struct iq_command *command);
const struct iq_named_field *vtd_entry_fields(const struct iq_unit *unit, unsigned int *count);
enum iq_status vtd_pasid_step(struct iq_memory *memory, const struct iq_entry *entry, uint32_t pasid, unsigned int n,
			      struct iq_pasid_step *step);

extern const struct iq_family iq_vtd;

/* iq_reader.owners */
bool vtd_owners(const uint8_t *table, uint32_t length, struct iq_config *config, const struct iq_plan *plan, iq_owner_taker take,
		void *context);

#endif
