/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AMD-Vi in words: its two rings, commands (AMD 48882, 2.4) and the device table entry (2.2.2), for iommu-inspect.
 */
#include "amdvi.h"

#define RING_ENTRY 16u

static void set_ring(const struct iq_unit *unit, struct iq_ring *ring, uint64_t base, bool on)
{
	const uint64_t length = iq_field(base, RING_LENGTH);

	ring->base = base & BASE_ADDRESS & ~unit->encryption;
	ring->entry_size = RING_ENTRY;
	ring->size = on && length >= RING_LENGTH_MIN ? (uint64_t)RING_ENTRY << length : 0;
}

bool amdvi_ring(const struct iq_unit *unit, unsigned int n, struct iq_ring *ring)
{
	const uint64_t *value = unit->value;

	*ring = (struct iq_ring){ 0 };
	switch (n) {
	case 0:
		ring->name = "Command Buffer";
		ring->commands = true;
		ring->head = value[AMDVI_COMMAND_HEAD] & RING_POINTER;
		ring->tail = value[AMDVI_COMMAND_TAIL] & RING_POINTER;
		set_ring(unit, ring, value[AMDVI_COMMAND_BASE], value[AMDVI_CONTROL] & CONTROL_CMD_BUF_EN);
		return true;
	case 1:
		ring->name = "Event Log";
		ring->head = value[AMDVI_EVENT_HEAD] & RING_POINTER;
		ring->tail = value[AMDVI_EVENT_TAIL] & RING_POINTER;
		set_ring(unit, ring, value[AMDVI_EVENT_BASE], value[AMDVI_CONTROL] & CONTROL_EVENT_LOG_EN);
		return true;
	}
	return false;
}

static const struct iq_named_field completion_wait[] = {
	{ "s", 0, IQ_BIT(0) },
	{ "i", 0, IQ_BIT(1) },
	{ "f", 0, IQ_BIT(2) },
	{ "StoreAddress", 0, IQ_MASK(51, 3) },
	{ "StoreData", 1, ~UINT64_C(0) },
};
static const struct iq_named_field device[] = {
	{ "DeviceID", 0, IQ_MASK(15, 0) },
};
static const struct iq_named_field pages[] = {
	{ "DomainID", 0, IQ_MASK(47, 32) }, { "PASID", 0, IQ_MASK(19, 0) }, { "S", 1, IQ_BIT(0) },
	{ "PDE", 1, IQ_BIT(1) },	    { "GN", 1, IQ_BIT(2) },	    { "Page", 1, IQ_MASK(63, 12) },
};
static const struct iq_named_field iotlb[] = {
	{ "DeviceID", 0, IQ_MASK(15, 0) }, { "QueueID", 0, IQ_MASK(47, 32) }, { "MaxPend", 0, IQ_MASK(31, 24) },
	{ "S", 1, IQ_BIT(0) },		   { "GN", 1, IQ_BIT(2) },	      { "Page", 1, IQ_MASK(63, 12) },
};
static const struct iq_named_field page_request[] = {
	{ "DeviceID", 0, IQ_MASK(15, 0) },
	{ "PASID", 0, IQ_MASK(51, 32) },
	{ "Tag", 1, IQ_MASK(9, 0) },
};

#define FIELDS(array) array, IQ_ARRAY_SIZE(array)

bool amdvi_describe_command(const uint8_t *raw, uint32_t size, struct iq_command *command)
{
	/* By opcode, bits 63:60 of the first word */
	static const struct iq_command commands[16] = {
		[1] = { "COMPLETION_WAIT", FIELDS(completion_wait) },
		[2] = { "INVALIDATE_DEVTAB_ENTRY", FIELDS(device) },
		[3] = { "INVALIDATE_IOMMU_PAGES", FIELDS(pages) },
		[4] = { "INVALIDATE_IOTLB_PAGES", FIELDS(iotlb) },
		[5] = { "INVALIDATE_INTERRUPT_TABLE", FIELDS(device) },
		[6] = { "PREFETCH_IOMMU_PAGES", FIELDS(device) },
		[7] = { "COMPLETE_PPR_REQUEST", FIELDS(page_request) },
		[8] = { "INVALIDATE_IOMMU_ALL", NULL, 0 },
	};
	uint64_t first;

	if (size < RING_ENTRY)
		return false;
	first = iq_le64(raw);
	if (!first && !iq_le64(raw + 8))
		return false;
	*command = commands[iq_field(first, IQ_MASK(63, 60))];
	if (!command->name)
		command->name = "UNKNOWN";
	return true;
}

static const struct iq_named_field entry[] = {
	{ "V", 0, DTE_V },
	{ "TV", 0, DTE_TV },
	{ "HAD", 0, IQ_MASK(8, 7) },
	{ "Mode", 0, DTE_MODE },
	{ "Root", 0, DTE_ROOT },
	{ "PPR", 0, IQ_BIT(52) },
	{ "GIOV", 0, DTE_GIOV },
	{ "GV", 0, DTE_GV },
	{ "GLX", 0, DTE_GLX },
	{ "GCR3[14:12]", 0, DTE_GCR3_LOW },
	{ "IR", 0, DTE_IR },
	{ "IW", 0, DTE_IW },
	{ "DomainID", 1, DTE_DOMAIN },
	{ "GCR3[30:15]", 1, DTE_GCR3_MIDDLE },
	{ "I", 1, DTE_I },
	{ "SE", 1, IQ_BIT(33) },
	{ "SA", 1, IQ_BIT(34) },
	{ "SysMgt", 1, DTE_SYSMGT },
	{ "GCR3[51:31]", 1, DTE_GCR3_HIGH },
	{ "IV", 2, DTE_IV },
	{ "IntTabLen", 2, IQ_MASK(4, 1) },
	{ "IntTab", 2, IQ_MASK(51, 6) },
	{ "GuestPagingMode", 2, DTE_GUEST_PAGING_MODE },
	{ "IntCtl", 2, IQ_MASK(61, 60) },
};

const struct iq_named_field *amdvi_entry_fields(const struct iq_unit *unit, unsigned int *count)
{
	(void)unit;
	*count = IQ_ARRAY_SIZE(entry);
	return entry;
}

static const struct iq_named_field gcr3[] = {
	{ "V", 0, GCR3_VALID },
	{ "Address", 0, GCR3_ADDRESS },
};

/* GCR3 tables have up to three levels. 2.2.6 */
enum iq_status amdvi_pasid_step(struct iq_memory *memory, const struct iq_entry *owner, uint32_t pasid, unsigned int n,
				 struct iq_pasid_step *step)
{
	static const char *const names[] = { "GCR3 table entry, level 1", "GCR3 table entry, level 2",
					     "GCR3 table entry, level 3" };
	uint64_t table = owner->pasid_table;

	if (!table || n >= owner->pasid_levels || owner->pasid_levels > IQ_ARRAY_SIZE(names) ||
	    pasid >> (9 * owner->pasid_levels))
		return IQ_NOT_FOUND;
	for (unsigned int at = 0;; at++) {
		const unsigned int below = owner->pasid_levels - 1u - at;

		*step = (struct iq_pasid_step){
			.name = names[below],
			.address = table + (pasid >> (9 * below) & 0x1ff) * 8,
			.words = 1,
			.fields = gcr3,
			.field_count = IQ_ARRAY_SIZE(gcr3),
		};
		if (!iq_memory_read(memory, step->address, step->raw, 8))
			return IQ_UNREACHABLE;
		if (at == n)
			return IQ_OK;
		if (!(step->raw[0] & GCR3_VALID))
			return IQ_NOT_FOUND;
		table = step->raw[0] & GCR3_ADDRESS & ~owner->encryption;
	}
}
