/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DMAR lists the VT-d units, the devices behind each, and the memory that firmware needs some devices to reach.
 * Formats from the VT-d specification, 8. Used by the plan, by topology and by `kdump-quiesce tables`.
 */
#ifndef IQ_DMAR_H
#define IQ_DMAR_H

#include "io.h"
#include "structure.h"

struct iq_plan;

#define IQ_DMAR_SIGNATURE "DMAR"

/* DMA Remapping Reporting Structure: remapping structures start behind the reserved bytes. 8.1 */
#define DMAR_WIDTH	  36 /* host address width minus one */
#define DMAR_FLAGS	  37
#define DMAR_RESERVED	  38
#define DMAR_STRUCTURES	  48u
#define DMAR_INTR_REMAP	  IQ_BIT(0)
#define DMAR_X2APIC_OPT_OUT IQ_BIT(1)
#define DMAR_DMA_CTRL_OPT_IN IQ_BIT(2)

/* The header of every structure. 8.2 */
#define DMAR_TYPE	  0
#define DMAR_LENGTH	  2
#define DMAR_HEADER	  4u

/* DMA-remapping hardware unit definition. 8.3 */
#define DMAR_DRHD	  0
#define DRHD_FLAGS	  4
#define DRHD_SIZE	  5 /* 3:0 the registers are 2^N pages of 4 KiB; reserved before VT-d 4.1 */
#define DRHD_SEGMENT	  6
#define DRHD_BASE	  8
#define DRHD_SCOPES	  16u
#define DRHD_ALL	  IQ_BIT(0) /* INCLUDE_PCI_ALL */
#define DRHD_SIZE_PAGES	  IQ_MASK(3, 0)

/* Reserved memory region reporting. 8.4 */
#define DMAR_RMRR	  1
#define RMRR_RESERVED	  4
#define RMRR_SEGMENT	  6
#define RMRR_BASE	  8
#define RMRR_LIMIT	  16 /* inclusive */
#define RMRR_SCOPES	  24u

/* Root port ATS capability reporting. 8.5 */
#define DMAR_ATSR	  2
#define ATSR_FLAGS	  4
#define ATSR_RESERVED	  5
#define ATSR_SEGMENT	  6
#define ATSR_SCOPES	  8u
#define ATSR_ALL_PORTS	  IQ_BIT(0)

/* Remapping hardware static affinity. 8.6 */
#define DMAR_RHSA	  3
#define RHSA_RESERVED	  4
#define RHSA_BASE	  8
#define RHSA_PROXIMITY	  16
#define RHSA_LENGTH	  20u

/* ACPI name-space device declaration. 8.7 */
#define DMAR_ANDD	  4
#define ANDD_RESERVED	  4
#define ANDD_NUMBER	  7
#define ANDD_NAME	  8u

/* SoC integrated address translation cache reporting. 8.8 */
#define DMAR_SATC	  5
#define SATC_FLAGS	  4
#define SATC_RESERVED	  5
#define SATC_SEGMENT	  6
#define SATC_SCOPES	  8u
#define SATC_ATC_REQUIRED IQ_BIT(0)

/* SoC integrated device property reporting. 8.9 */
#define DMAR_SIDP	  6
#define SIDP_RESERVED	  4
#define SIDP_SEGMENT	  6
#define SIDP_SCOPES	  8u

/* Device scope. 8.3.1 */
#define SCOPE_TYPE	  0
#define SCOPE_ENDPOINT	  1
#define SCOPE_HIERARCHY	  2
#define SCOPE_IOAPIC	  3
#define SCOPE_HPET	  4
#define SCOPE_ACPI	  5
#define SCOPE_LENGTH	  1
#define SCOPE_FLAGS	  2 /* in SIDP and SATC; reserved in other structures and in older versions */
#define SCOPE_RESERVED	  3
#define SCOPE_ENUMERATION 4
#define SCOPE_BUS	  5
#define SCOPE_PATH	  6u
#define SCOPE_STEP	  2u

struct iq_drhd {
	uint16_t segment;
	uint64_t base; /* physical address of its registers */
	uint64_t size; /* bytes of registers, according to firmware */
	bool all;      /* serves all devices of the segment that are in no other unit's scopes */
};

/* Memory that stays reachable for the devices in its scopes. */
struct iq_rmrr {
	uint16_t segment;
	uint64_t base, limit; /* physical addresses, inclusive */
};

/* The device that a scope names, and the buses behind it. */
struct iq_dmar_scope {
	uint16_t requester;
	uint8_t first_bus; /* the lowest bus behind it; 0: there is none */
	uint8_t last_bus;  /* the highest bus behind it; its own bus if there is none */
};

/* Start a walk over the remapping structures in the DMAR at @table, of @length bytes. */
void iq_dmar_structures(struct iq_walk *walk, const uint8_t *table, uint32_t length);
/* Start a walk over the device scopes of @structure. Only DRHD, RMRR, ATSR, SATC and SIDP have any. */
void iq_dmar_scopes(struct iq_walk *walk, const uint8_t *table, const struct iq_structure *structure);
void iq_dmar_drhd(const struct iq_structure *structure, struct iq_drhd *drhd);
void iq_dmar_rmrr(const struct iq_structure *structure, struct iq_rmrr *rmrr);
/* Is its memory at least one page? */
bool iq_rmrr_has_memory(const struct iq_rmrr *rmrr);
/*
 * Follow @scope's path from bridge to bridge through @config. If @config is NULL, only paths of one step can be followed. False
 * if the path leads nowhere.
 */
bool iq_dmar_resolve(const struct iq_structure *scope, uint16_t segment, struct iq_config *config,
		      struct iq_dmar_scope *found);


#endif
