/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Registers of the VT-d model: the rules for writes, and how GSTS follows GCMD (VT-d 4.1, 11.4).
 */
#include "vtd.h"

#include <stdlib.h>
#include <string.h>

#define ONE_SHOT   (MODEL_VTD_SRTP | MODEL_VTD_WBF | MODEL_VTD_SIRTP | UINT32_C(1) << 29)
#define PERSISTENT (MODEL_VTD_TE | MODEL_VTD_QIE | MODEL_VTD_IRE | MODEL_VTD_CFI | UINT32_C(1) << 28)
#define QUEUE_POINTER UINT64_C(0x7fff0)
#define FAULT_CLEARABLE 0x7du
#define START	   (UINT64_C(1) << 63) /* CCMD.ICC, IOTLB.IVT, FRCD.F */
#define GRANULARITY(value, lo) ((unsigned int)((value) >> (lo) & 3))

static uint64_t iotlb_offset(const struct model_vtd *unit)
{
	return (unit->ecap >> 8 & 0x3ff) * 16;
}

static uint64_t fault_offset(const struct model_vtd *unit)
{
	return (unit->cap >> 24 & 0x3ff) * 16;
}

static unsigned int fault_registers(const struct model_vtd *unit)
{
	return (unsigned int)(unit->cap >> 40 & 0xff) + 1;
}

void model_vtd_forbidden(struct model_vtd *unit, const char *what)
{
	unit->forbidden++;
	unit->forbidden_what = what;
}

/* The fault record register that holds @offset, NULL if none does. */
static uint64_t *fault_register(struct model_vtd *unit, uint64_t offset)
{
	uint64_t at = offset - fault_offset(unit);

	return offset >= fault_offset(unit) && at / 16 < fault_registers(unit) ? unit->fault[at / 16] : NULL;
}

static uint32_t fault_status(struct model_vtd *unit)
{
	uint32_t pending = 0;

	for (unsigned int i = 0; i < fault_registers(unit); i++)
		if (unit->fault[i][1] & START)
			pending = MODEL_VTD_PPF;
	return unit->fsts | pending;
}

/* The aligned 64 bits at @offset. */
static uint64_t value_at(struct model_vtd *unit, uint64_t offset)
{
	if (offset == iotlb_offset(unit))
		return unit->iva;
	if (offset == iotlb_offset(unit) + 8)
		return unit->iotlb;
	if (fault_register(unit, offset))
		return fault_register(unit, offset)[offset / 8 & 1];
	switch (offset) {
	case MODEL_VTD_VER:
		return unit->version;
	case MODEL_VTD_CAP:
		return unit->cap;
	case MODEL_VTD_ECAP:
		return unit->ecap;
	case MODEL_VTD_GCMD: /* reads as 0 */
		return (uint64_t)unit->gsts << 32;
	case MODEL_VTD_RTADDR:
		return unit->rtaddr;
	case MODEL_VTD_CCMD:
		return unit->ccmd;
	case MODEL_VTD_FSTS - 4:
		return (uint64_t)fault_status(unit) << 32;
	case MODEL_VTD_PMEN - 4:
		return (uint64_t)unit->pmen << 32;
	case MODEL_VTD_IQH:
		return unit->iqh;
	case MODEL_VTD_IQT:
		return unit->iqt;
	case MODEL_VTD_IQA:
		return unit->hides_width ? unit->iqa & ~MODEL_VTD_DW : unit->iqa;
	case MODEL_VTD_ICS - 4:
		return (uint64_t)unit->ics << 32;
	case MODEL_VTD_IQERCD:
		return unit->iqercd;
	case MODEL_VTD_IRTA:
		return unit->irta;
	default:
		return unit->other[offset / 8];
	}
}

static bool is_32_bits(uint64_t offset)
{
	switch (offset) {
	case MODEL_VTD_VER:
	case MODEL_VTD_GCMD:
	case MODEL_VTD_GSTS:
	case MODEL_VTD_FSTS & ~7u:
	case MODEL_VTD_FECTL:
	case MODEL_VTD_PMEN & ~7u:
	case MODEL_VTD_ICS & ~7u:
		return true;
	default:
		return false;
	}
}

static uint64_t read_register(void *device, uint64_t offset, unsigned int width)
{
	struct model_vtd *unit = device;
	uint64_t value;

	if (unit->trouble.absent)
		return ~UINT64_C(0);
	if (unit->trouble.zeros)
		return 0;
	if (width == 64 && is_32_bits(offset))
		model_vtd_forbidden(unit, "64-bit read of a 32-bit register");
	value = value_at(unit, offset & ~UINT64_C(7));
	return width == 32 ? value >> (offset & 4) * 8 & UINT32_MAX : value;
}

/* GCMD takes effect: every bit acts, also a 0 bit that software forgot to keep set. */
static void act(struct model_vtd *unit)
{
	uint32_t command = unit->command, stuck = unit->trouble.stuck;
	uint32_t follow = PERSISTENT & ~stuck;

	/* The queue stays on until all fetched descriptors are complete; a device's answer may take long. 6.5.2 */
	if (unit->gsts & ~command & MODEL_VTD_QIE && model_vtd_queue_is_owed(unit)) {
		unit->command_clock = 1;
		return;
	}
	unit->command_clock = 0;
	if (unit->trouble.keeps_queue && !model_vtd_queue_may_stop(unit))
		command |= unit->gsts & MODEL_VTD_QIE;
	if (unit->gsts & ~command & follow & MODEL_VTD_QIE)
		model_vtd_queue_off(unit);
	unit->gsts = (unit->gsts & ~follow) | (command & follow);
	if (command & ~stuck & MODEL_VTD_SRTP) {
		unit->root = unit->rtaddr;
		unit->gsts |= MODEL_VTD_SRTP;
		if (unit->cap & MODEL_VTD_CAP_ESRTPS)
			model_vtd_drop_all(unit);
	}
	if (command & ~stuck & MODEL_VTD_WBF) {
		model_vtd_flush_buffers(unit);
		unit->gsts &= ~MODEL_VTD_WBF;
	}
	if (command & ~stuck & MODEL_VTD_SIRTP)
		unit->gsts |= MODEL_VTD_SIRTP;
}

static void write_command(struct model_vtd *unit, uint32_t value)
{
	uint32_t changed = ((value ^ unit->gsts) & PERSISTENT) | (value & ONE_SHOT);

	if (unit->command_clock) {
		model_vtd_forbidden(unit, "GCMD written before GSTS had followed");
		act(unit);
	}
	if (changed & (changed - 1))
		model_vtd_forbidden(unit, "more than one bit of GCMD changed");
	unit->command = value;
	unit->command_clock = unit->command_delay + 1;
	unit->gsts &= ~(value & (MODEL_VTD_SRTP | MODEL_VTD_SIRTP));
	unit->gsts |= value & MODEL_VTD_WBF;
}

static bool by_registers(struct model_vtd *unit)
{
	if (!(unit->gsts & MODEL_VTD_QIE) && unit->version >> 4 < 6)
		return !unit->trouble.dead_registers;
	model_vtd_forbidden(unit, "register-based invalidation with the queue on, or in version 6");
	return false;
}

/* Complete the context command in CCMD. 11.4.5 */
static void finish_ccmd(struct model_vtd *unit)
{
	unsigned int granularity = GRANULARITY(unit->ccmd, 61);

	model_vtd_flush_buffers(unit);
	model_vtd_drop_contexts(unit, granularity, (uint16_t)unit->ccmd, (uint16_t)(unit->ccmd >> 16),
				GRANULARITY(unit->ccmd, 32));
	unit->ccmd = (unit->ccmd & ~(START | UINT64_C(3) << 59)) | (uint64_t)granularity << 59;
}

/* IOTLB invalidate register. 11.4.6.2 */
static void finish_iotlb(struct model_vtd *unit)
{
	unsigned int granularity = GRANULARITY(unit->iotlb, 60);
	struct model_vtd_drop drop = { .all = granularity == 1, .any_pasid = true, .second = true,
				       .domain = (uint16_t)(unit->iotlb >> 32) };

	if (granularity == 3) {
		drop.iova = unit->iva & ~UINT64_C(0xfff);
		drop.size = MODEL_PAGE << (unit->iva & 0x3f);
		drop.leaves_only = unit->iva >> 6 & 1;
	}
	model_vtd_flush_buffers(unit);
	if (granularity)
		model_vtd_drop_pages(unit, &drop);
	if (granularity && unit->iotlb >> 48 & 1)
		model_vtd_land(unit);
	unit->iotlb = (unit->iotlb & ~(START | UINT64_C(3) << 57)) | (uint64_t)granularity << 57;
}

static void write_fault_register(uint64_t *fault, uint64_t offset, uint64_t value)
{
	/* Writing 1 to F clears it; all other bits are read-only. */
	if (offset & 8 && value & START)
		fault[1] &= ~START;
}

static void write_64(struct model_vtd *unit, uint64_t offset, uint64_t value)
{
	switch (offset) {
	case MODEL_VTD_RTADDR:
		unit->rtaddr = value;
		return;
	case MODEL_VTD_IRTA:
		unit->irta = value;
		return;
	case MODEL_VTD_CCMD:
		unit->ccmd = value;
		if (value & START && by_registers(unit))
			unit->ccmd_clock = unit->register_delay + 1;
		return;
	case MODEL_VTD_IQT:
		unit->iqt = value & QUEUE_POINTER;
		return;
	case MODEL_VTD_IQA:
		if (unit->gsts & MODEL_VTD_QIE)
			model_vtd_forbidden(unit, "IQA written with the queue on");
		else
			unit->iqa = value;
		return;
	case MODEL_VTD_CAP:
	case MODEL_VTD_ECAP:
	case MODEL_VTD_IQH:
	case MODEL_VTD_IQERCD:
		model_vtd_forbidden(unit, "read-only register written");
		return;
	default:
		unit->other[offset / 8] = value;
	}
}

static void write_32(struct model_vtd *unit, uint64_t offset, uint32_t value)
{
	switch (offset) {
	case MODEL_VTD_GCMD:
		write_command(unit, value);
		return;
	case MODEL_VTD_FSTS:
		unit->fsts &= ~(value & FAULT_CLEARABLE);
		return;
	case MODEL_VTD_PMEN:
		unit->pmen = value;
		return;
	case MODEL_VTD_FECTL:
		unit->other[offset / 8] = value;
		return;
	case MODEL_VTD_ICS:
		unit->ics &= ~(value & 1);
		return;
	default:
		model_vtd_forbidden(unit, "read-only register written");
	}
}

static void write_register(void *device, uint64_t offset, unsigned int width, uint64_t value)
{
	struct model_vtd *unit = device;
	uint64_t aligned = offset & ~UINT64_C(7);
	unsigned int shift = (unsigned int)(offset & 4) * 8;
	uint64_t given = width == 32 ? (value & UINT32_MAX) << shift : value;

	if (unit->trouble.absent || unit->trouble.zeros)
		return;
	if (is_32_bits(aligned)) {
		if (width == 64)
			model_vtd_forbidden(unit, "64-bit write of a 32-bit register");
		write_32(unit, offset, (uint32_t)value);
		return;
	}
	if (fault_register(unit, aligned)) {
		write_fault_register(fault_register(unit, aligned), aligned, given);
		return;
	}
	if (width == 32)
		given |= value_at(unit, aligned) & ~((uint64_t)UINT32_MAX << shift);
	if (aligned == iotlb_offset(unit)) {
		unit->iva = given;
	} else if (aligned == iotlb_offset(unit) + 8) {
		unit->iotlb = given;
		if (given & START && by_registers(unit))
			unit->iotlb_clock = unit->register_delay + 1;
	} else {
		write_64(unit, aligned, given);
	}
}

static const struct model_window_ops window_ops = {
	.read = read_register,
	.write = write_register,
};

static void step(void *context)
{
	struct model_vtd *unit = context;

	model_vtd_forget(unit);
	if (unit->command_clock && !--unit->command_clock)
		act(unit);
	if (unit->ccmd_clock && !--unit->ccmd_clock)
		finish_ccmd(unit);
	if (unit->iotlb_clock && !--unit->iotlb_clock)
		finish_iotlb(unit);
	model_vtd_queue_step(unit);
}

void model_vtd_init(struct model_vtd *unit, struct model_machine *machine, uint64_t base, uint64_t window)
{
	memset(unit, 0, sizeof(*unit));
	unit->iommu.dma = model_vtd_dma;
	unit->iommu.translate = model_vtd_translate;
	unit->machine = machine;
	unit->base = base;
	unit->version = 0x10;
	unit->cap = 0x2 | MODEL_VTD_CAP_SAGAW | UINT64_C(56) << 16 | MODEL_VTD_CAP_FRO(0x200) | MODEL_VTD_CAP_PAGES |
		    UINT64_C(1) << 39 | MODEL_VTD_CAP_NFR(4) | MODEL_VTD_CAP_DWD | MODEL_VTD_CAP_DRD |
		    MODEL_VTD_CAP_FL5LP;
	unit->ecap = MODEL_VTD_ECAP_C | MODEL_VTD_ECAP_QI | MODEL_VTD_ECAP_DT | MODEL_VTD_ECAP_PT |
		     MODEL_VTD_ECAP_IRO(0x100) | MODEL_VTD_ECAP_NEST | MODEL_VTD_ECAP_SMTS | MODEL_VTD_ECAP_SLTS |
		     MODEL_VTD_ECAP_FLTS | MODEL_VTD_ECAP_SMPWCS | MODEL_VTD_ECAP_RPS | UINT64_C(1) << 3;
	unit->command_delay = 2;
	unit->register_delay = 3;
	unit->fetch_delay = 2;
	unit->complete_delay = 3;
	unit->device_timeout = 5 * MODEL_TICK_KHZ;
	model_machine_window(machine, base, window, &window_ops, unit);
	model_machine_stepper(machine, step, unit);
}

void model_vtd_free(struct model_vtd *unit)
{
	free(unit->context);
	free(unit->pasid);
	free(unit->page);
	free(unit->directory);
	free(unit->buffered);
}

void model_vtd_start(struct model_vtd *unit, uint64_t rtaddr, uint64_t iqa)
{
	unit->rtaddr = unit->root = rtaddr;
	unit->iqa = iqa;
	unit->irta = 0x7654321000f;
	unit->gsts = MODEL_VTD_TE | MODEL_VTD_SRTP | MODEL_VTD_QIE | MODEL_VTD_IRE | MODEL_VTD_SIRTP | MODEL_VTD_CFI;
}

void model_vtd_attach(struct model_vtd *unit, struct model_device *device)
{
	if (unit->devices == MODEL_VTD_DEVICES)
		abort();
	unit->device[unit->devices++] = device;
	device->iommu = &unit->iommu;
}
