/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fields of IORT in the words of Arm DEN 0049, 3.
 */
#include "dump.h"

#include <inttypes.h>
#include <string.h>

#include "firmware/iort.h"

static const struct kq_word component_flags[] = {
	{ IORT_COMPONENT_STALL, "Stall" }, { IORT_COMPONENT_PASID, "SubstreamWidth" }, { 0, NULL },
};
static const struct kq_word hints[] = {
	{ IQ_BIT(0), "TR" }, { IQ_BIT(1), "WA" }, { IQ_BIT(2), "RA" }, { IQ_BIT(3), "AHO" }, { 0, NULL },
};
static const struct kq_word memory_flags[] = { { IQ_BIT(0), "CPM" }, { IQ_BIT(1), "DACS" }, { 0, NULL } };
static const struct kq_word ats[] = {
	{ IORT_ROOT_ATS_SUPPORTED, "ATS" }, { IORT_ROOT_PRI_SUPPORTED, "PRI" }, { IORT_ROOT_PASID_FORWARD, "PASID" },
	{ 0, NULL },
};
static const struct kq_word smmu_models[] = {
	{ 0, "SMMUv1" }, { 1, "SMMUv2" }, { 2, "MMU-400" }, { 3, "MMU-500" }, { 4, "MMU-401" },
	{ 5, "ThunderX SMMUv2" }, { 0, NULL },
};
static const struct kq_word smmu_flags[] = { { IQ_BIT(0), "DVM" }, { IQ_BIT(1), "CoherentWalk" }, { 0, NULL } };
static const struct kq_word smmuv3_models[] = {
	{ 0, "generic SMMUv3" }, { 1, "HiSilicon Hi161x" }, { 2, "Cavium CN99xx" }, { 0, NULL },
};
static const struct kq_word smmuv3_flags[] = {
	{ IORT_SMMUV3_COHACC, "COHACC" },
	{ IORT_SMMUV3_HTTU, "HTTU" },
	{ IORT_SMMUV3_PROXIMITY_VALID, "ProximityDomainValid" },
	{ IORT_SMMUV3_ID_MAPPING_VALID, "DeviceIDMappingValid" },
	{ 0, NULL },
};
static const struct kq_word rmr_flags[] = {
	{ IORT_RMR_REMAP, "RemapPermitted" },
	{ IORT_RMR_PRIVILEGED, "Privileged" },
	{ IORT_RMR_ATTRIBUTES, "Attributes" },
	{ 0, NULL },
};
static const struct kq_word mapping_flags[] = { { IORT_SINGLE, "Single" }, { 0, NULL } };

static const struct kq_field header_fields[] = {
	{ "Number of IORT Nodes", IORT_NODE_COUNT, 4, KQ_NUMBER, NULL },
	{ "Offset to Array of IORT Nodes", IORT_NODE_OFFSET, 4, KQ_HEX, NULL },
	{ "Reserved", IORT_RESERVED, 4, KQ_RESERVED, NULL },
};

#define NODE_FIELDS                                                     \
	{ "Type", IORT_TYPE, 1, KQ_HEADING, NULL },                      \
	{ "Length", IORT_LENGTH, 2, KQ_HEADING, NULL },                  \
	{ "Revision", IORT_REVISION, 1, KQ_HEX, NULL },                 \
	{ "Identifier", IORT_IDENTIFIER, 4, KQ_HEX, NULL },             \
	{ "Number of ID Mappings", IORT_MAPPINGS, 4, KQ_NUMBER, NULL }, \
	{ "Reference to ID Array", IORT_MAPPINGS_AT, 4, KQ_HEX, NULL }

#define MEMORY_FIELDS(at)                                                           \
	{ "Cache Coherent Attribute", (at) + IORT_MEMORY_COHERENT, 4, KQ_HEX, NULL }, \
	{ "Allocation Hints", (at) + IORT_MEMORY_HINTS, 1, KQ_BITS, hints },        \
	{ "Reserved", (at) + IORT_MEMORY_RESERVED, 2, KQ_RESERVED, NULL },          \
	{ "Memory Access Flags", (at) + IORT_MEMORY_FLAGS, 1, KQ_BITS, memory_flags }

static const struct kq_field node_fields[] = { NODE_FIELDS };
static const struct kq_field its_fields[] = { NODE_FIELDS, { "Number of ITSs", IORT_ITS_COUNT, 4, KQ_NUMBER, NULL } };
static const struct kq_field component_fields[] = {
	NODE_FIELDS,
	{ "Node Flags", IORT_COMPONENT_FLAGS, 4, KQ_BITS, component_flags },
	MEMORY_FIELDS(IORT_COMPONENT_MEMORY),
	{ "Device Memory Address Size Limit", IORT_COMPONENT_LIMIT, 1, KQ_NUMBER, NULL },
};
static const struct kq_field root_fields[] = {
	NODE_FIELDS,
	MEMORY_FIELDS(IORT_ROOT_MEMORY),
	{ "ATS Attribute", IORT_ROOT_ATS, 4, KQ_BITS, ats },
	{ "PCI Segment Number", IORT_ROOT_SEGMENT, 4, KQ_HEX, NULL },
	{ "Memory Address Size Limit", IORT_ROOT_LIMIT, 1, KQ_NUMBER, NULL },
	{ "PASID Capabilities", IORT_ROOT_PASID, 2, KQ_HEX, NULL },
	{ "Reserved", IORT_ROOT_RESERVED, 1, KQ_RESERVED, NULL },
};
static const struct kq_field smmu_fields[] = {
	NODE_FIELDS,
	{ "Base Address", IORT_SMMU_BASE, 8, KQ_HEX, NULL },
	{ "Span", IORT_SMMU_SPAN, 8, KQ_HEX, NULL },
	{ "Model", IORT_SMMU_MODEL, 4, KQ_CHOICE, smmu_models },
	{ "Flags", IORT_SMMU_FLAGS, 4, KQ_BITS, smmu_flags },
	{ "Reference to Global Interrupt Array", IORT_SMMU_GLOBAL_AT, 4, KQ_HEX, NULL },
	{ "Number of Context Interrupts", IORT_SMMU_CONTEXTS, 4, KQ_NUMBER, NULL },
	{ "Reference to Context Interrupt Array", IORT_SMMU_CONTEXTS_AT, 4, KQ_HEX, NULL },
	{ "Number of PMU Interrupts", IORT_SMMU_PMUS, 4, KQ_NUMBER, NULL },
	{ "Reference to PMU Interrupt Array", IORT_SMMU_PMUS_AT, 4, KQ_HEX, NULL },
};
static const struct kq_field smmuv3_fields[] = {
	NODE_FIELDS,
	{ "Base Address", IORT_SMMUV3_BASE, 8, KQ_HEX, NULL },
	{ "Flags", IORT_SMMUV3_FLAGS, 4, KQ_BITS, smmuv3_flags },
	{ "Reserved", IORT_SMMUV3_RESERVED, 4, KQ_RESERVED, NULL },
	{ "VATOS Address", IORT_SMMUV3_VATOS, 8, KQ_HEX, NULL },
	{ "Model", IORT_SMMUV3_MODEL, 4, KQ_CHOICE, smmuv3_models },
	{ "Event", IORT_SMMUV3_EVENT, 4, KQ_HEX, NULL },
	{ "PRI", IORT_SMMUV3_PRI, 4, KQ_HEX, NULL },
	{ "GERR", IORT_SMMUV3_GERR, 4, KQ_HEX, NULL },
	{ "Sync", IORT_SMMUV3_SYNC, 4, KQ_HEX, NULL },
	{ "Proximity Domain", IORT_SMMUV3_PROXIMITY, 4, KQ_HEX, NULL },
	{ "Device ID Mapping Index", IORT_SMMUV3_ID_MAPPING, 4, KQ_HEX, NULL },
};
static const struct kq_field pmcg_fields[] = {
	NODE_FIELDS,
	{ "Page 0 Base Address", IORT_PMCG_PAGE0, 8, KQ_HEX, NULL },
	{ "Overflow Interrupt GSIV", IORT_PMCG_GSIV, 4, KQ_HEX, NULL },
	{ "Node Reference", IORT_PMCG_NODE, 4, KQ_HEX, NULL },
	{ "Page 1 Base Address", IORT_PMCG_PAGE1, 8, KQ_HEX, NULL },
};
static const struct kq_field rmr_fields[] = {
	NODE_FIELDS,
	{ "Flags", IORT_RMR_FLAGS, 4, KQ_BITS, rmr_flags },
	{ "Number of Memory Range Descriptors", IORT_RMR_COUNT, 4, KQ_NUMBER, NULL },
	{ "Reference to Memory Range Descriptors", IORT_RMR_AT, 4, KQ_HEX, NULL },
};
static const struct kq_field mapping_fields[] = {
	{ "Input Base", IORT_INPUT, 4, KQ_HEX, NULL },
	{ "Number of IDs", IORT_COUNT, 4, KQ_HEX, NULL },
	{ "Output Base", IORT_OUTPUT, 4, KQ_HEX, NULL },
	{ "Output Reference", IORT_OUTPUT_NODE, 4, KQ_HEX, NULL },
	{ "Flags", IORT_MAPPING_FLAGS, 4, KQ_BITS, mapping_flags },
};
static const struct kq_field range_fields[] = {
	{ "Physical Range Offset", IORT_RANGE_BASE, 8, KQ_HEX, NULL },
	{ "Physical Range Length", IORT_RANGE_LENGTH, 8, KQ_HEX, NULL },
	{ "Reserved", IORT_RANGE_RESERVED, 4, KQ_RESERVED, NULL },
};

static const struct kq_layout node_layouts[] = {
	[IORT_ITS_GROUP] = KQ_LAYOUT("ITS Group", its_fields, false),
	[IORT_COMPONENT] = KQ_LAYOUT("Named Component", component_fields, false),
	[IORT_ROOT_COMPLEX] = KQ_LAYOUT("Root Complex", root_fields, false),
	[IORT_SMMU] = KQ_LAYOUT("SMMUv1 or SMMUv2", smmu_fields, false),
	[IORT_SMMUV3] = KQ_LAYOUT("SMMUv3", smmuv3_fields, false),
	[IORT_PMCG] = KQ_LAYOUT("PMCG", pmcg_fields, false),
	[IORT_RMR] = KQ_LAYOUT("Reserved Memory Range", rmr_fields, false),
	[IORT_IWB] = KQ_LAYOUT("Interrupt Wire Bridge", node_fields, false),
};
static const struct kq_layout unknown_layout = KQ_LAYOUT("Unknown Node", node_fields, false);
static const struct kq_layout mapping_layout = KQ_LAYOUT("ID Mapping", mapping_fields, true);
static const struct kq_layout range_layout = KQ_LAYOUT("Memory Range", range_fields, true);

/* Words of @size bytes, @count of them at @at, as far as the node reaches. */
static void write_words(struct kq_dump *dump, const struct iq_structure *node, const char *name, uint32_t at,
			uint32_t count, uint16_t size)
{
	const struct kq_field field = { name, 0, size, KQ_HEX, NULL };

	for (uint32_t i = 0; i < count && at <= node->length && at + size <= node->length; i++, at += size)
		kq_dump_field(dump, &field, node->offset + at, size);
}

static void write_interrupts(struct kq_dump *dump, const struct iq_structure *node)
{
	static const struct kq_field global[] = {
		{ "SMMU_NSgIrpt Interrupt", 0, 4, KQ_HEX, NULL },
		{ "SMMU_NSgIrpt Interrupt Flags", 4, 4, KQ_HEX, NULL },
		{ "SMMU_NSgCfgIrpt Interrupt", 8, 4, KQ_HEX, NULL },
		{ "SMMU_NSgCfgIrpt Interrupt Flags", 12, 4, KQ_HEX, NULL },
	};
	const uint32_t at = iq_structure_32(node, IORT_SMMU_GLOBAL_AT);

	for (size_t i = 0; i < IQ_ARRAY_SIZE(global); i++)
		if (at <= node->length && at + global[i].offset + 4 <= node->length)
			kq_dump_field(dump, &global[i], node->offset + at + global[i].offset, 4);
	write_words(dump, node, "Context Interrupt", iq_structure_32(node, IORT_SMMU_CONTEXTS_AT),
		    iq_structure_32(node, IORT_SMMU_CONTEXTS), 8);
	write_words(dump, node, "PMU Interrupt", iq_structure_32(node, IORT_SMMU_PMUS_AT),
		    iq_structure_32(node, IORT_SMMU_PMUS), 8);
}

/* What a type has behind its fixed part, other than id mappings. */
static void write_tail(struct kq_dump *dump, const struct iq_structure *node)
{
	static const struct kq_field name = { "Device Object Name", 0, 0, KQ_TEXT, NULL };
	static const struct kq_field flags = { "Flags", 0, 4, KQ_HEX, NULL };
	uint32_t length;

	if (node->type == IORT_ITS_GROUP) {
		write_words(dump, node, "GIC ITS Identifier", IORT_ITS_IDS, iq_structure_32(node, IORT_ITS_COUNT), 4);
	} else if (node->type == IORT_COMPONENT && node->length > IORT_COMPONENT_NAME) {
		length = node->length - IORT_COMPONENT_NAME;
		length = (uint32_t)strnlen((const char *)node->bytes + IORT_COMPONENT_NAME, length - 1) + 1;
		kq_dump_field(dump, &name, node->offset + IORT_COMPONENT_NAME, length);
	} else if (node->type == IORT_SMMU) {
		write_interrupts(dump, node);
	} else if (node->type == IORT_ROOT_COMPLEX && node->length >= IORT_ROOT_FLAGS + 4 &&
		   iq_structure_32(node, IORT_MAPPINGS_AT) >= IORT_ROOT_FLAGS + 4) {
		kq_dump_field(dump, &flags, node->offset + IORT_ROOT_FLAGS, 4);
	}
}

static void write_mappings(struct kq_dump *dump, const struct iq_structure *node)
{
	uint32_t claimed = iq_structure_32(node, IORT_MAPPINGS), written = 0;
	struct iq_iort_mapping mapping;
	struct iq_structure structure, to;
	struct iq_walk walk;

	iq_iort_mappings(&walk, dump->table, node);
	for (; iq_walk_next(&walk, &structure); written++) {
		iq_iort_mapping(&structure, &mapping);
		kq_dump_begin(dump, &mapping_layout, &structure, NULL);
		if (!structure.flaw && !iq_iort_node(dump->table, dump->length, mapping.node, &to))
			kq_dump_flaw(dump, "leads to offset 0x%" PRIx32 ", where no node starts", mapping.node);
		else if (!structure.flaw && mapping.node == node->offset)
			kq_dump_flaw(dump, "leads to its own node");
		kq_dump_end(dump);
	}
	if (written < claimed)
		kq_dump_flaw(dump, "has room for %" PRIu32 " of its %" PRIu32 " id mappings", written, claimed);
}

static void write_ranges(struct kq_dump *dump, const struct iq_structure *node)
{
	uint32_t claimed = iq_structure_32(node, IORT_RMR_COUNT), written = 0;
	struct iq_structure structure;
	struct iq_iort_range range;
	struct iq_walk walk;

	iq_iort_ranges(&walk, dump->table, node);
	for (; iq_walk_next(&walk, &structure); written++) {
		kq_dump_begin(dump, &range_layout, &structure, NULL);
		iq_iort_range(&structure, &range);
		if (!iq_no_wrap(range.base, range.length))
			kq_dump_flaw(dump, "wraps around the address space");
		kq_dump_end(dump);
	}
	if (written < claimed)
		kq_dump_flaw(dump, "has room for %" PRIu32 " of its %" PRIu32 " memory ranges", written, claimed);
}

/* Fields end where the id mappings start: later revisions have more of them. */
static void write_node(struct kq_dump *dump, const struct iq_structure *node)
{
	const bool known = node->flaw <= IQ_FLAW_SHORT && node->type < IQ_ARRAY_SIZE(node_layouts);
	const uint32_t array = iq_structure_32(node, IORT_MAPPINGS_AT);
	const uint32_t reach = iq_structure_32(node, IORT_MAPPINGS) && array >= IORT_NODE && array < node->length ?
				       array : node->length;
	const bool mappings_first = array < iq_structure_32(node, IORT_RMR_AT);
	char type[16];

	snprintf(type, sizeof(type), "type %u", node->type);
	kq_dump_begin_part(dump, known ? &node_layouts[node->type] : &unknown_layout, node, reach, known ? NULL : type);
	if (known) {
		write_tail(dump, node);
		if (mappings_first)
			write_mappings(dump, node);
		if (node->type == IORT_RMR)
			write_ranges(dump, node);
		if (!mappings_first)
			write_mappings(dump, node);
	}
	kq_dump_end(dump);
}

static void structures(struct kq_dump *dump)
{
	const uint32_t claimed = iq_le32(dump->table + IORT_NODE_COUNT);
	struct iq_structure node;
	uint32_t written = 0;
	struct iq_walk walk;

	if (!iq_iort_nodes(&walk, dump->table, dump->length)) {
		kq_dump_flaw(dump, "its nodes are not where it says, at offset 0x%" PRIx32,
			     iq_le32(dump->table + IORT_NODE_OFFSET));
		return;
	}
	for (; iq_walk_next(&walk, &node); written++)
		write_node(dump, &node);
	if (written < claimed)
		kq_dump_flaw(dump, "has %" PRIu32 " of the %" PRIu32 " nodes that it counts", written, claimed);
}

const struct kq_table_kind kq_iort_table = {
	IQ_IORT_SIGNATURE, "IO Remapping Table", 0, 7, IORT_HEADER, header_fields, IQ_ARRAY_SIZE(header_fields),
	structures, NULL,
};
