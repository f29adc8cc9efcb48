/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Registers and event log of the AMD IOMMU model, with the rules for writes (AMD 48882, 3.4 and 2.5).
 */
#include "amdvi.h"

#include <stdlib.h>
#include <string.h>

#define ADDRESS		 UINT64_C(0x000ffffffffff000)
#define RING_OFFSET	 UINT64_C(0x7fff0)
#define STATUS_CLEARABLE UINT64_C(0x68e67) /* write 1 to clear; the run bits are read-only */
#define ENTRY_SIZE	 16u

static uint64_t ring_bytes(uint64_t base)
{
	return (UINT64_C(1) << (base >> 56 & 0xf)) * ENTRY_SIZE;
}

bool model_amdvi_running(const struct model_amdvi *unit)
{
	if (unit->trouble.never_stops || (unit->trouble.lingers && unit->inflight_count))
		return true;
	return model_amdvi_fetching(unit);
}

bool model_amdvi_fetching(const struct model_amdvi *unit)
{
	if (unit->trouble.never_stops)
		return true;
	return unit->control & MODEL_AMDVI_IOMMU_EN && unit->control & MODEL_AMDVI_CMD_BUF_EN && !unit->command_error;
}

static bool logging(const struct model_amdvi *unit)
{
	return unit->control & MODEL_AMDVI_IOMMU_EN && unit->control & MODEL_AMDVI_EVENT_LOG_EN && !unit->event_error;
}

static uint64_t status(const struct model_amdvi *unit)
{
	return unit->status | (logging(unit) ? MODEL_AMDVI_EVENT_LOG_RUN : 0) |
	       (model_amdvi_running(unit) ? MODEL_AMDVI_CMD_BUF_RUN : 0);
}

void model_amdvi_event(struct model_amdvi *unit, enum model_amdvi_event code, uint64_t first, uint64_t second)
{
	const uint64_t entry[2] = { first | (uint64_t)code << 60, second };
	uint64_t next = (unit->event_tail + ENTRY_SIZE) & (ring_bytes(unit->event_base) - 1);

	unit->event_count[code]++;
	if (!logging(unit))
		return;
	if (next == unit->event_head) {
		unit->status |= MODEL_AMDVI_EVENT_OVERFLOW;
		unit->event_error = true;
		return;
	}
	if (unit->trouble.late_event && !unit->event_due) {
		memcpy(unit->event, entry, sizeof(entry));
		unit->event_address = (unit->event_base & ADDRESS) + unit->event_tail;
		unit->event_due = unit->machine->clock + unit->trouble.late_event;
	} else {
		model_memory_write(&unit->machine->memory, (unit->event_base & ADDRESS) + unit->event_tail, entry,
				   sizeof(entry));
	}
	unit->event_tail = next;
}

void model_amdvi_event_step(struct model_amdvi *unit)
{
	if (!unit->event_due || unit->machine->clock < unit->event_due)
		return;
	model_memory_write(&unit->machine->memory, unit->event_address, unit->event, sizeof(unit->event));
	unit->event_due = 0;
}

/* The storage of the 64-bit register at @offset; NULL if reads or writes have effects. */
static uint64_t *storage(struct model_amdvi *unit, uint64_t offset)
{
	if (offset >= MODEL_AMDVI_SEGMENT_1 && offset < MODEL_AMDVI_SEGMENT_1 + 8 * (MODEL_AMDVI_SEGMENTS - 1))
		return &unit->table[(offset - MODEL_AMDVI_SEGMENT_1) / 8 + 1];
	switch (offset) {
	case MODEL_AMDVI_TABLE:
		return &unit->table[0];
	case MODEL_AMDVI_COMMAND_BASE:
		return &unit->command_base;
	case MODEL_AMDVI_EVENT_BASE:
		return &unit->event_base;
	case MODEL_AMDVI_CONTROL:
		return &unit->control;
	case MODEL_AMDVI_EXCLUSION_BASE:
		return &unit->exclusion_base;
	case MODEL_AMDVI_EXCLUSION_LIMIT:
		return &unit->exclusion_limit;
	case MODEL_AMDVI_EFR:
		return &unit->efr;
	case MODEL_AMDVI_EFR2:
		return &unit->efr2;
	case MODEL_AMDVI_COMMAND_HEAD:
		return &unit->command_head;
	case MODEL_AMDVI_COMMAND_TAIL:
		return &unit->command_tail;
	case MODEL_AMDVI_EVENT_HEAD:
		return &unit->event_head;
	case MODEL_AMDVI_EVENT_TAIL:
		return &unit->event_tail;
	default:
		return &unit->other[offset / 8];
	}
}

static uint64_t read_register(void *device, uint64_t offset, unsigned int width)
{
	struct model_amdvi *unit = device;
	uint64_t value;

	if (unit->trouble.absent)
		return ~UINT64_C(0);
	if (unit->trouble.zeros)
		return 0;
	value = (offset & ~UINT64_C(7)) == MODEL_AMDVI_STATUS ? status(unit) : *storage(unit, offset & ~UINT64_C(7));
	return width == 32 ? value >> (offset & 4) * 8 & UINT32_MAX : value;
}

/* May software write this register now? 48882, 3.4; SNP: 2.12.2.1 */
static bool writable(const struct model_amdvi *unit, uint64_t offset)
{
	switch (offset) {
	case MODEL_AMDVI_TABLE:
	case MODEL_AMDVI_EXCLUSION_BASE:
	case MODEL_AMDVI_EXCLUSION_LIMIT:
		return !unit->snp;
	case MODEL_AMDVI_COMMAND_BASE:
		return !unit->snp && !model_amdvi_running(unit);
	case MODEL_AMDVI_EVENT_BASE:
		return !unit->snp && !logging(unit);
	case MODEL_AMDVI_COMMAND_HEAD:
		return !model_amdvi_running(unit);
	case MODEL_AMDVI_EVENT_TAIL:
		return !logging(unit);
	case MODEL_AMDVI_EFR:
	case MODEL_AMDVI_EFR2:
		return false;
	default:
		return true;
	}
}

static void write_control(struct model_amdvi *unit, uint64_t value)
{
	if (!(value & MODEL_AMDVI_CMD_BUF_EN))
		unit->command_error = unit->trouble.never_starts;
	/* An overflow ends when its bit is cleared and EventLogEn goes from 0 to 1. */
	if (value & ~unit->control & MODEL_AMDVI_EVENT_LOG_EN)
		unit->event_error = unit->status & MODEL_AMDVI_EVENT_OVERFLOW;
	unit->control = value;
}

static void write_register(void *device, uint64_t offset, unsigned int width, uint64_t value)
{
	struct model_amdvi *unit = device;
	uint64_t aligned = offset & ~UINT64_C(7);
	uint64_t *at = storage(unit, aligned);

	if (unit->trouble.absent || unit->trouble.zeros)
		return;
	if (width == 32) {
		unsigned int shift = (unsigned int)(offset & 4) * 8;

		value = (value & UINT32_MAX) << shift;
		if (aligned != MODEL_AMDVI_STATUS)
			value |= *at & ~((uint64_t)UINT32_MAX << shift);
	}
	if (!writable(unit, aligned)) {
		unit->forbidden++;
		return;
	}
	switch (aligned) {
	case MODEL_AMDVI_STATUS:
		unit->status &= ~(value & STATUS_CLEARABLE);
		return;
	case MODEL_AMDVI_CONTROL:
		write_control(unit, value);
		return;
	case MODEL_AMDVI_COMMAND_BASE:
		unit->command_head = unit->command_tail = 0;
		break;
	case MODEL_AMDVI_EVENT_BASE:
		unit->event_head = unit->event_tail = 0;
		break;
	case MODEL_AMDVI_COMMAND_HEAD:
	case MODEL_AMDVI_COMMAND_TAIL:
	case MODEL_AMDVI_EVENT_HEAD:
	case MODEL_AMDVI_EVENT_TAIL:
		value &= RING_OFFSET;
		break;
	default:
		break;
	}
	*at = value;
}

static const struct model_window_ops window_ops = {
	.read = read_register,
	.write = write_register,
};

static void step(void *context)
{
	model_amdvi_queue_step(context);
	model_amdvi_event_step(context);
}

void model_amdvi_init(struct model_amdvi *unit, struct model_machine *machine, uint64_t base)
{
	memset(unit, 0, sizeof(*unit));
	unit->iommu.dma = model_amdvi_dma;
	unit->iommu.translate = model_amdvi_translate;
	unit->machine = machine;
	unit->base = base;
	unit->iotlb = true;
	unit->depth = MODEL_AMDVI_INFLIGHT;
	unit->fetch_delay = 2;
	unit->complete_delay = 3;
	model_machine_window(machine, base, MODEL_AMDVI_WINDOW, &window_ops, unit);
	model_machine_stepper(machine, step, unit);
}

void model_amdvi_free(struct model_amdvi *unit)
{
	free(unit->entry);
	free(unit->page);
	free(unit->directory);
}

void model_amdvi_attach(struct model_amdvi *unit, struct model_device *device)
{
	if (unit->devices == MODEL_AMDVI_DEVICES)
		abort();
	unit->device[unit->devices++] = device;
	device->iommu = &unit->iommu;
}

uint64_t model_amdvi_entry_address(const struct model_amdvi *unit, uint16_t requester)
{
	unsigned int bits = unit->control >> 34 & 7;
	unsigned int segment = bits ? requester >> (16 - bits) : 0;
	uint64_t index = requester & (0xffffu >> bits), entries;

	if (segment >= MODEL_AMDVI_SEGMENTS)
		return 0;
	entries = ((unit->table[segment] & (segment ? 0xff : 0x1ff)) + 1) * 128;
	return index < entries ? (unit->table[segment] & ADDRESS) + index * 32 : 0;
}
