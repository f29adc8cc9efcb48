/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VT-d in words: the invalidation queue and its descriptors (VT-d 4.1, 6.5.2), context entries (9.3, 9.4), for
 * iommu-inspect. Fault records are registers, not a ring: the record has them.
 */
#include "vtd.h"

bool vtd_ring(const struct iq_unit *unit, unsigned int n, struct iq_ring *ring)
{
	const uint64_t iqa = unit->value[VTD_IQA];
	/* QEMU does not read IQA.DW back; scalable mode knows no other width. */
	const bool wide = vtd_scalable(unit) || iqa & IQA_DW;

	*ring = (struct iq_ring){ 0 };
	if (n)
		return false;
	ring->name = "Invalidation Queue";
	ring->commands = true;
	ring->base = iqa & ADDRESS;
	ring->entry_size = wide ? 32 : 16;
	ring->size = unit->value[VTD_GSTS] & GSTS_QIES ? IQ_PAGE_SIZE << iq_field(iqa, IQA_QS) : 0;
	ring->head = unit->value[VTD_IQH] & QUEUE_POINTER;
	ring->tail = unit->value[VTD_IQT] & QUEUE_POINTER;
	return true;
}

static const struct iq_named_field context_cache[] = {
	{ "G", 0, IQ_MASK(5, 4) }, { "DID", 0, IQ_MASK(31, 16) }, { "SID", 0, IQ_MASK(47, 32) }, { "FM", 0, IQ_MASK(49, 48) },
};
static const struct iq_named_field iotlb[] = {
	{ "G", 0, IQ_MASK(5, 4) },  { "DW", 0, IQ_BIT(6) }, { "DR", 0, IQ_BIT(7) },	  { "DID", 0, IQ_MASK(31, 16) },
	{ "AM", 1, IQ_MASK(5, 0) }, { "IH", 1, IQ_BIT(6) }, { "Page", 1, IQ_MASK(63, 12) },
};
static const struct iq_named_field device_tlb[] = {
	{ "MIP", 0, IQ_MASK(20, 16) }, { "SID", 0, IQ_MASK(47, 32) }, { "S", 1, IQ_BIT(0) }, { "Page", 1, IQ_MASK(63, 12) },
};
static const struct iq_named_field interrupt[] = {
	{ "G", 0, IQ_BIT(4) }, { "IM", 0, IQ_MASK(31, 27) }, { "IIDX", 0, IQ_MASK(47, 32) },
};
static const struct iq_named_field wait[] = {
	{ "IF", 0, IQ_BIT(4) }, { "SW", 0, IQ_BIT(5) }, { "FN", 0, IQ_BIT(6) }, { "PD", 0, IQ_BIT(7) },
	{ "StatusData", 0, IQ_MASK(63, 32) }, { "StatusAddress", 1, IQ_MASK(63, 2) },
};
static const struct iq_named_field pasid_iotlb[] = {
	{ "G", 0, IQ_MASK(5, 4) },  { "DID", 0, IQ_MASK(31, 16) }, { "PASID", 0, IQ_MASK(51, 32) },
	{ "AM", 1, IQ_MASK(5, 0) }, { "IH", 1, IQ_BIT(6) },	   { "Page", 1, IQ_MASK(63, 12) },
};
static const struct iq_named_field pasid_cache[] = {
	{ "G", 0, IQ_MASK(5, 4) }, { "DID", 0, IQ_MASK(31, 16) }, { "PASID", 0, IQ_MASK(51, 32) },
};
static const struct iq_named_field pasid_device_tlb[] = {
	{ "SID", 0, IQ_MASK(31, 16) }, { "PASID", 0, IQ_MASK(51, 32) }, { "G", 1, IQ_BIT(0) }, { "S", 1, IQ_BIT(11) },
	{ "Page", 1, IQ_MASK(63, 12) },
};
static const struct iq_named_field page_group[] = {
	{ "RID", 0, IQ_MASK(31, 16) }, { "PASID", 0, IQ_MASK(51, 32) }, { "Code", 0, IQ_MASK(15, 12) },
	{ "PRGI", 1, IQ_MASK(11, 3) },
};

#define FIELDS(array) array, IQ_ARRAY_SIZE(array)

bool vtd_describe_command(const uint8_t *raw, uint32_t size, struct iq_command *command)
{
	static const struct iq_command commands[16] = {
		[1] = { "Context-cache Invalidate", FIELDS(context_cache) },
		[2] = { "IOTLB Invalidate", FIELDS(iotlb) },
		[3] = { "Device-TLB Invalidate", FIELDS(device_tlb) },
		[4] = { "Interrupt Entry Cache Invalidate", FIELDS(interrupt) },
		[5] = { "Invalidation Wait", FIELDS(wait) },
		[6] = { "PASID-based-IOTLB Invalidate", FIELDS(pasid_iotlb) },
		[7] = { "PASID-cache Invalidate", FIELDS(pasid_cache) },
		[8] = { "PASID-based-Device-TLB Invalidate", FIELDS(pasid_device_tlb) },
		[9] = { "Page Group Response", FIELDS(page_group) },
	};
	uint64_t any = 0;

	if (size < 16)
		return false;
	for (uint32_t at = 0; at < size; at += 8)
		any |= iq_le64(raw + at);
	if (!any)
		return false;
	*command = commands[iq_field(iq_le64(raw), DESCRIPTOR_TYPE)];
	if (!command->name)
		command->name = "unknown";
	return true;
}

static const struct iq_named_field legacy[] = {
	{ "P", 0, CONTEXT_P },	     { "FPD", 0, CONTEXT_FPD }, { "TT", 0, CONTEXT_TT },
	{ "SLPTPTR", 0, ADDRESS },   { "AW", 1, CONTEXT_AW },	{ "DID", 1, CONTEXT_DID },
};
static const struct iq_named_field scalable[] = {
	{ "P", 0, CONTEXT_P },		     { "FPD", 0, CONTEXT_FPD },		{ "DTE", 0, CONTEXT_SM_DTE },
	{ "PASIDE", 0, IQ_BIT(3) },	     { "PRE", 0, CONTEXT_SM_PRE },	{ "PDTS", 0, CONTEXT_SM_PDTS },
	{ "PASIDDIRPTR", 0, ADDRESS },	     { "RID_PASID", 1, CONTEXT_SM_RID_PASID }, { "RID_PRIV", 1, IQ_BIT(20) },
};

const struct iq_named_field *vtd_entry_fields(const struct iq_unit *unit, unsigned int *count)
{
	*count = vtd_scalable(unit) ? IQ_ARRAY_SIZE(scalable) : IQ_ARRAY_SIZE(legacy);
	return vtd_scalable(unit) ? scalable : legacy;
}

/* 9.5 */
static const struct iq_named_field directory[] = {
	{ "P", 0, PASID_DIR_P },
	{ "FPD", 0, IQ_BIT(1) },
	{ "SMPTBLPTR", 0, ADDRESS },
};
/* 9.6 */
static const struct iq_named_field pasid_entry[] = {
	{ "P", 0, PASID_P },	      { "FPD", 0, IQ_BIT(1) },	{ "AW", 0, PASID_AW },	    { "SLEE", 0, IQ_BIT(5) },
	{ "PGTT", 0, PASID_PGTT },    { "SLADE", 0, IQ_BIT(9) }, { "SLPTPTR", 0, ADDRESS },  { "DID", 1, PASID_DID },
	{ "PWSNP", 1, IQ_BIT(23) },   { "PGSNP", 1, IQ_BIT(24) }, { "CD", 1, IQ_BIT(25) },    { "EMTE", 1, IQ_BIT(26) },
	{ "EMT", 1, IQ_MASK(29, 27) }, { "PWT", 1, IQ_BIT(30) }, { "PCD", 1, IQ_BIT(31) },   { "PAT", 1, IQ_MASK(63, 32) },
	{ "SRE", 2, IQ_BIT(0) },      { "ERE", 2, IQ_BIT(1) },	{ "FLPM", 2, PASID_FLPM },  { "WPE", 2, IQ_BIT(4) },
	{ "NXE", 2, IQ_BIT(5) },      { "SMEP", 2, IQ_BIT(6) },	{ "EAFE", 2, IQ_BIT(7) },   { "FLPTPTR", 2, ADDRESS },
};

/* NOLINTNEXTLINE(misc-no-recursion): once, from step 1 to step 0 */
enum iq_status vtd_pasid_step(struct iq_memory *memory, const struct iq_entry *entry, uint32_t pasid, unsigned int n,
				 struct iq_pasid_step *step)
{
	enum iq_status status;

	if (!entry->pasid_table || pasid / PASID_PER_TABLE >> (iq_field(entry->raw[0], CONTEXT_SM_PDTS) + 7))
		return IQ_NOT_FOUND;
	if (n == 0) {
		*step = (struct iq_pasid_step){
			.name = "PASID directory entry",
			.address = entry->pasid_table + pasid / PASID_PER_TABLE * 8,
			.words = 1,
			.fields = directory,
			.field_count = IQ_ARRAY_SIZE(directory),
		};
	} else {
		if (n > 1)
			return IQ_NOT_FOUND;
		status = vtd_pasid_step(memory, entry, pasid, 0, step);
		if (status != IQ_OK)
			return status;
		if (!(step->raw[0] & PASID_DIR_P))
			return IQ_NOT_FOUND;
		*step = (struct iq_pasid_step){
			.name = "PASID table entry",
			.address = (step->raw[0] & ADDRESS) + pasid % PASID_PER_TABLE * PASID_SIZE,
			.words = PASID_SIZE / 8,
			.fields = pasid_entry,
			.field_count = IQ_ARRAY_SIZE(pasid_entry),
		};
	}
	return iq_memory_read(memory, step->address, step->raw, step->words * 8) ? IQ_OK : IQ_UNREACHABLE;
}
