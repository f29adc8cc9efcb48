/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets up QEMU's amd-iommu and intel-iommu through their registers. It runs with the loader's own page tables.
 */
#include "unit.h"

#include "amd-vi/amdvi.h"
#include "vt-d/vtd.h"

#define AMDVI_BASE UINT64_C(0xfed80000)
#define VTD_BASE   UINT64_C(0xfed90000)

/* After the loader's memory, and inside the memory that the crashed kernel's page tables map. */
#define DEVICE_TABLE_AT UINT64_C(0x7100000) /* of two pages: 256 entries */
#define RING_AT		UINT64_C(0x7110000)
#define EVENTS_AT	UINT64_C(0x7112000)
#define ROOT_AT		UINT64_C(0x7120000)
#define CONTEXT_AT	UINT64_C(0x7121000)
#define SECOND_AT	UINT64_C(0x7122000)
#define QUEUE_AT	UINT64_C(0x7123000)
#define DIRECTORY_AT	UINT64_C(0x7124000)
#define PASIDS_AT	UINT64_C(0x7125000)
#define UNIT_MEMORY	UINT64_C(0x7126000)

#define DEVICE 0x10u /* 00:02.0 */
#define POLLS  1000000u

static volatile uint64_t *at64(uint64_t address)
{
	return (volatile uint64_t *)(uintptr_t)address;
}

static volatile uint32_t *at32(uint64_t address)
{
	return (volatile uint32_t *)(uintptr_t)address;
}

static volatile uint64_t *device_entry(void)
{
	return at64(DEVICE_TABLE_AT + DEVICE * DTE_SIZE);
}

static void start_amdvi(uint64_t table)
{
	for (unsigned int i = 0; i < 256; i++)
		*at64(DEVICE_TABLE_AT + i * DTE_SIZE) = DTE_V | DTE_TV;
	device_entry()[0] = DTE_V | DTE_TV | DTE_IR | DTE_IW | iq_put(3, DTE_MODE) | SECOND_AT;
	device_entry()[1] = 5;
	*at64(AMDVI_BASE + CONTROL) = 0;
	*at64(AMDVI_BASE + DEVICE_TABLE_BASE) = (table ? table : DEVICE_TABLE_AT) | 1;
	*at64(AMDVI_BASE + COMMAND_BUFFER_BASE) = RING_AT | iq_put(RING_LENGTH_MIN, RING_LENGTH);
	*at64(AMDVI_BASE + EVENT_LOG_BASE) = EVENTS_AT | iq_put(RING_LENGTH_MIN, RING_LENGTH);
	*at64(AMDVI_BASE + COMMAND_HEAD) = 0;
	*at64(AMDVI_BASE + COMMAND_TAIL) = 0;
	*at64(AMDVI_BASE + CONTROL) = CONTROL_IOMMU_EN | CONTROL_EVENT_LOG_EN | CONTROL_COHERENT | CONTROL_CMD_BUF_EN;
}

/* Set a bit of GCMD and wait until GSTS says so. */
static void command(uint32_t bit)
{
	*at32(VTD_BASE + GCMD_REG) = (*at32(VTD_BASE + GSTS_REG) & GCMD_KEEP) | bit;
	for (unsigned int i = 0; i < POLLS && !(*at32(VTD_BASE + GSTS_REG) & bit); i++)
		;
}

static void start_vtd(bool scalable, uint64_t table)
{
	*at64(ROOT_AT) = CONTEXT_AT | ROOT_P;
	*at64(SECOND_AT) = SECOND_AT | TABLE_RW;
	if (scalable) {
		*at64(CONTEXT_AT + DEVICE * CONTEXT_SM_SIZE) = DIRECTORY_AT | CONTEXT_P;
		*at64(DIRECTORY_AT) = PASIDS_AT | PASID_DIR_P;
		at64(PASIDS_AT)[0] = SECOND_AT | iq_put(PGTT_SECOND, PASID_PGTT) | iq_put(1, PASID_AW) | PASID_P;
		at64(PASIDS_AT)[1] = 5;
	} else {
		at64(CONTEXT_AT + DEVICE * CONTEXT_SIZE)[0] = SECOND_AT | CONTEXT_P;
		at64(CONTEXT_AT + DEVICE * CONTEXT_SIZE)[1] = 1 | iq_put(5, CONTEXT_DID);
	}
	/* The queue is set up only once, because it cannot be switched off in every state. */
	if (!(*at32(VTD_BASE + GSTS_REG) & GSTS_QIES)) {
		*at64(VTD_BASE + IQT_REG) = 0;
		*at64(VTD_BASE + IQA_REG) = QUEUE_AT | (scalable ? IQA_DW : 0);
		command((uint32_t)GSTS_QIES);
	}
	*at64(VTD_BASE + RTADDR_REG) =
		(table ? table : ROOT_AT) | iq_put(scalable ? TTM_SCALABLE : TTM_LEGACY, RTADDR_TTM);
	command((uint32_t)GSTS_RTPS);
	command((uint32_t)GSTS_TES);
}

void unit_start(enum unit_kind kind, uint64_t table)
{
	for (uint64_t at = DEVICE_TABLE_AT; at < UNIT_MEMORY; at += 8)
		if (at < QUEUE_AT || at >= DIRECTORY_AT)
			*at64(at) = 0;
	if (kind == UNIT_AMDVI)
		start_amdvi(table);
	else if (kind != UNIT_NONE)
		start_vtd(kind == UNIT_SCALABLE, table);
}

bool unit_is_closed(enum unit_kind kind)
{
	if (kind == UNIT_AMDVI)
		return !(device_entry()[0] & (DTE_IR | DTE_IW));
	/* In scalable mode the plugin clears the PASID table entry. */
	if (kind == UNIT_SCALABLE)
		return !(at64(PASIDS_AT)[0] & PASID_P);
	return !(*at64(SECOND_AT) & TABLE_RW);
}
