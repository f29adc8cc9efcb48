/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command queue of the AMD IOMMU model (AMD 48882, 2.4). Steps of time fetch commands, which moves the head, and complete them
 * later. Reserved bits make a command illegal and stop the queue.
 */
#include "amdvi.h"

#include <string.h>

#define ADDRESS	     UINT64_C(0x000ffffffffff000)
#define COMMAND_SIZE 16u
#define DRAIN_STEPS  1000000u

#define OPCODE(word)  ((word)[1] >> 28)
#define WAIT_STORE    0x1u
#define WAIT_INTERRUPT 0x2u
#define WAIT_FLUSH    0x4u
#define PAGES_SIZE    0x1u
#define PAGES_PDE     0x2u
#define PAGES_GUEST   0x4u

/* Bits that must be 0, by opcode. The model has no other opcodes. */
static const uint32_t reserved[16][4] = {
	[MODEL_COMPLETION_WAIT] = { 0, 0x0ff00000, 0, 0 },
	[MODEL_INVALIDATE_DEVTAB_ENTRY] = { 0xffff0000, 0x0fffffff, 0xffffffff, 0xffffffff },
	[MODEL_INVALIDATE_IOMMU_PAGES] = { 0xfff00000, 0x0fff0000, 0x00000ff8, 0 },
	[MODEL_INVALIDATE_IOTLB_PAGES] = { 0, 0, 0x00000fca, 0 },
	[MODEL_INVALIDATE_INTERRUPT_TABLE] = { 0xffff0000, 0x0fffffff, 0xffffffff, 0xffffffff },
	[MODEL_PREFETCH_IOMMU_PAGES] = { 0x00ff0000, 0x0ff00000, 0x00000fea, 0 },
	[MODEL_COMPLETE_PPR_REQUEST] = { 0xffff0000, 0x0ff00000, 0xfffffffb, 0xffff0000 },
	[MODEL_INVALIDATE_IOMMU_ALL] = { 0xffffffff, 0x0fffffff, 0xffffffff, 0xffffffff },
};

static bool legal(const struct model_amdvi *unit, const uint32_t word[4])
{
	uint32_t opcode = OPCODE(word);

	if (opcode < MODEL_COMPLETION_WAIT || opcode > MODEL_INVALIDATE_IOMMU_ALL)
		return false;
	if (opcode == MODEL_INVALIDATE_IOMMU_ALL && !(unit->efr & MODEL_AMDVI_IA_SUP))
		return false;
	if (opcode == MODEL_INVALIDATE_IOTLB_PAGES && !unit->iotlb)
		return false;
	for (unsigned int i = 0; i < 4; i++)
		if (word[i] & reserved[opcode][i])
			return false;
	return true;
}

static uint64_t ring_bytes(const struct model_amdvi *unit)
{
	return (UINT64_C(1) << (unit->command_base >> 56 & 0xf)) * COMMAND_SIZE;
}

/* The range in DW2 and DW3 of commands 3 and 4; *@size 0 means all addresses. False for undefined encodings. */
static bool decode_range(const uint32_t word[4], uint64_t *address, uint64_t *size)
{
	uint64_t value = (uint64_t)word[3] << 32 | (word[2] & 0xfffff000u);
	unsigned int bit = 12;

	*address = value;
	*size = MODEL_PAGE;
	if (!(word[2] & PAGES_SIZE))
		return true;
	while (bit < 64 && value >> bit & 1)
		bit++;
	if (bit == 64)
		return false;
	*size = bit == 63 ? 0 : UINT64_C(2) << bit;
	*address = bit == 63 ? 0 : value & ~(*size - 1);
	return true;
}

static void completion_wait(struct model_amdvi *unit, const uint32_t word[4])
{
	uint64_t address = (uint64_t)(word[1] & 0xfffff) << 32 | (word[0] & ~7u);
	uint64_t data = (uint64_t)word[3] << 32 | word[2];

	if (word[0] & WAIT_INTERRUPT)
		unit->status |= MODEL_AMDVI_COM_WAIT_INT;
	if (!(word[0] & WAIT_STORE))
		return;
	if (unit->trouble.lost_stores) {
		unit->trouble.lost_stores--;
		return;
	}
	if (unit->trouble.wrong_data)
		data ^= 0x5a5a;
	/* With SNP a store outside of the completion store range is dropped. */
	if (unit->efr & MODEL_AMDVI_SNP_SUP &&
	    (address < (unit->exclusion_base & ADDRESS) || address > (unit->exclusion_limit | 0xfff)))
		return;
	model_memory_write(&unit->machine->memory, address, &data, sizeof(data));
}

static void invalidate_pages(struct model_amdvi *unit, const uint32_t word[4])
{
	uint32_t pasid = word[2] & PAGES_GUEST ? word[0] & 0xfffff : MODEL_NO_PASID;
	uint16_t domain = (uint16_t)(word[1] + unit->trouble.wrong_domain);
	uint64_t address, size;

	if (!decode_range(word, &address, &size))
		return;
	if (unit->trouble.narrow)
		size = MODEL_PAGE;
	model_amdvi_drop_pages(unit, domain, pasid, address, size, word[2] & PAGES_PDE);
}

/* InvTimeOut in ticks; 0: none. Control[7:5] */
static uint64_t invalidation_timeout(const struct model_amdvi *unit)
{
	uint64_t ticks = MODEL_TICK_KHZ;
	unsigned int code = unit->control >> 5 & 7;

	if (!code)
		return 0;
	while (--code)
		ticks *= 10;
	return ticks;
}

/* False while a device has not answered. */
static bool invalidate_iotlb(struct model_amdvi *unit, struct model_amdvi_inflight *command)
{
	const uint32_t *word = command->word;
	uint32_t pasid = (word[1] >> 16 & 0xff) | (word[0] >> 8 & 0xff00) | (word[1] >> 8 & 0xf0000);
	uint64_t address, size;

	if (!decode_range(word, &address, &size))
		return true;
	for (unsigned int i = 0; i < unit->devices; i++) {
		struct model_device *device = unit->device[i];

		if (device->requester != (uint16_t)word[0])
			continue;
		if (device->silent) {
			uint64_t timeout = invalidation_timeout(unit);

			if (!command->expires)
				command->expires = timeout ? unit->machine->clock + timeout : UINT64_MAX;
			if (unit->machine->clock < command->expires)
				return false;
			model_amdvi_event(unit, MODEL_IOTLB_INV_TIMEOUT, device->requester, command->address);
			continue;
		}
		model_device_invalidate(device, address, size, word[2] & PAGES_GUEST ? pasid : MODEL_NO_PASID);
	}
	return true;
}

/* False when the entries are to be dropped in the next step. */
static bool invalidate_all(struct model_amdvi *unit, struct model_amdvi_inflight *command)
{
	if (!unit->trouble.pages_first) {
		model_amdvi_drop_all(unit);
		return true;
	}
	if (!command->half) {
		model_amdvi_drop_translations(unit);
		command->half = true;
		return false;
	}
	unit->entries = 0;
	return true;
}

/* Complete a command. False if it has to wait. */
static bool perform(struct model_amdvi *unit, struct model_amdvi_inflight *command)
{
	const uint32_t *word = command->word;
	uint32_t opcode = OPCODE(word);

	if (unit->trouble.ignored >> opcode & 1) {
		unit->commands[opcode]++;
		return true;
	}
	switch (opcode) {
	case MODEL_COMPLETION_WAIT:
		completion_wait(unit, word);
		break;
	case MODEL_INVALIDATE_DEVTAB_ENTRY:
		model_amdvi_drop_entry(unit, (uint16_t)word[0]);
		break;
	case MODEL_INVALIDATE_IOMMU_PAGES:
		invalidate_pages(unit, word);
		break;
	case MODEL_INVALIDATE_IOTLB_PAGES:
		if (!invalidate_iotlb(unit, command))
			return false;
		break;
	case MODEL_INVALIDATE_IOMMU_ALL:
		if (!invalidate_all(unit, command))
			return false;
		break;
	default:
		break;
	}
	unit->commands[opcode]++;
	return true;
}

static void stop(struct model_amdvi *unit, enum model_amdvi_event why, uint64_t address)
{
	unit->command_error = true;
	model_amdvi_event(unit, why, 0, address);
}

static void fetch(struct model_amdvi *unit)
{
	struct model_amdvi_inflight *command = &unit->inflight[unit->inflight_count];

	command->address = (unit->command_base & ADDRESS) + unit->command_head;
	command->expires = 0;
	command->half = false;
	if (!model_memory_read(&unit->machine->memory, command->address, command->word, COMMAND_SIZE,
			       unit->control & MODEL_AMDVI_COHERENT)) {
		stop(unit, MODEL_COMMAND_HARDWARE_ERROR, command->address);
		return;
	}
	if (!legal(unit, command->word)) {
		stop(unit, MODEL_ILLEGAL_COMMAND_ERROR, command->address);
		return;
	}
	unit->inflight_count++;
	unit->command_head = (unit->command_head + COMMAND_SIZE) & (ring_bytes(unit) - 1);
}

/*
 * Index of the command to complete next: the oldest. With trouble.overlap: the newest command that need not stay behind a wait.
 * A wait is completed after all earlier commands, and with F=1 before all later ones. -1: none yet.
 */
static int next_done(const struct model_amdvi *unit)
{
	bool more = model_amdvi_fetching(unit) && unit->command_head != unit->command_tail && !unit->trouble.wedged;
	unsigned int end = 0;

	if (!unit->inflight_count)
		return -1;
	if (!unit->trouble.overlap)
		return 0;
	while (end < unit->inflight_count && !(OPCODE(unit->inflight[end].word) == MODEL_COMPLETION_WAIT &&
					       unit->inflight[end].word[0] & WAIT_FLUSH))
		end++;
	if (end == unit->inflight_count && end < unit->depth && more)
		return -1;
	while (end > 1 && OPCODE(unit->inflight[end - 1].word) == MODEL_COMPLETION_WAIT)
		end--;
	return end ? (int)end - 1 : 0;
}

void model_amdvi_queue_step(struct model_amdvi *unit)
{
	const struct model_amdvi_trouble *trouble = &unit->trouble;
	bool stuck = trouble->wedged && !trouble->fetches;
	int done;

	unit->fetch_clock++;
	unit->complete_clock++;
	if (model_amdvi_fetching(unit) && !stuck && unit->command_head != unit->command_tail &&
	    unit->fetch_clock >= unit->fetch_delay && unit->inflight_count < unit->depth) {
		unit->fetch_clock = 0;
		if (unit->trouble.fetches)
			unit->trouble.fetches--;
		fetch(unit);
	}
	done = next_done(unit);
	if (done < 0 || trouble->never_completes)
		return;
	if (unit->complete_clock < unit->complete_delay +
	    (OPCODE(unit->inflight[done].word) == MODEL_COMPLETION_WAIT ? trouble->late : 0))
		return;
	if (!perform(unit, &unit->inflight[done]))
		return;
	unit->complete_clock = 0;
	unit->inflight_count--;
	memmove(&unit->inflight[done], &unit->inflight[done + 1],
		(unit->inflight_count - (unsigned int)done) * sizeof(unit->inflight[0]));
}

uint64_t model_amdvi_push(struct model_amdvi *unit, uint32_t w0, uint32_t w1, uint32_t w2, uint32_t w3)
{
	const uint32_t word[4] = { w0, w1, w2, w3 };

	model_memory_write(&unit->machine->memory, (unit->command_base & ADDRESS) + unit->command_tail, word,
			   sizeof(word));
	unit->command_tail = (unit->command_tail + COMMAND_SIZE) & (ring_bytes(unit) - 1);
	return unit->command_tail;
}

bool model_amdvi_drain(struct model_amdvi *unit)
{
	for (unsigned int i = 0; i < DRAIN_STEPS; i++) {
		if (unit->command_head == unit->command_tail && !unit->inflight_count)
			return true;
		if (!model_amdvi_running(unit) && !unit->inflight_count)
			return false;
		model_machine_steps(unit->machine, 1);
	}
	return false;
}
