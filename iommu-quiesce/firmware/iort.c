/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decodes the nodes of IORT and their arrays, and follows an id from node to node. Every offset is checked.
 */
#include "iort.h"

static uint32_t fixed_size(uint16_t type)
{
	static const uint8_t size[] = {
		[IORT_ITS_GROUP] = IORT_ITS_IDS, [IORT_COMPONENT] = IORT_COMPONENT_NAME,
		[IORT_ROOT_COMPLEX] = IORT_ROOT_SIZE, [IORT_SMMU] = IORT_SMMU_SIZE,
		[IORT_SMMUV3] = IORT_SMMUV3_SIZE, [IORT_PMCG] = IORT_PMCG_SIZE,
		[IORT_RMR] = IORT_RMR_SIZE, [IORT_IWB] = IORT_NODE,
	};

	return type < IQ_ARRAY_SIZE(size) ? size[type] : 0;
}

static void measure_node(struct iq_structure *node)
{
	node->type = node->bytes[IORT_TYPE];
	node->claimed = iq_le16(node->bytes + IORT_LENGTH);
	node->fixed = fixed_size(node->type);
}

static void measure_mapping(struct iq_structure *mapping)
{
	mapping->claimed = IORT_MAPPING_SIZE;
	mapping->fixed = IORT_MAPPING_SIZE;
}

static void measure_range(struct iq_structure *range)
{
	range->claimed = IORT_RANGE_SIZE;
	range->fixed = IORT_RANGE_SIZE;
}

static const struct iq_structures nodes = { IORT_NODE, measure_node };

bool iq_iort_nodes(struct iq_walk *walk, const uint8_t *table, uint32_t length)
{
	uint32_t at;

	iq_walk_start(walk, &nodes, table, length, length);
	if (length < IORT_HEADER)
		return false;
	at = iq_le32(table + IORT_NODE_OFFSET);
	if (at < IORT_HEADER || at > length)
		return false;
	walk->at = at;
	walk->left = iq_le32(table + IORT_NODE_COUNT);
	return true;
}

bool iq_iort_node(const uint8_t *table, uint32_t length, uint32_t offset, struct iq_structure *node)
{
	struct iq_walk walk;

	if (!iq_iort_nodes(&walk, table, length))
		return false;
	while (iq_walk_next(&walk, node) && node->flaw <= IQ_FLAW_SHORT)
		if (node->offset == offset)
			return true;
	return false;
}

/* Start a walk over @count structures at @at bytes into @node. An array that exceeds the node ends with a flawed structure. */
static void start_array(struct iq_walk *walk, const struct iq_structures *kind, const uint8_t *table,
			const struct iq_structure *node, uint32_t at, uint32_t count)
{
	iq_walk_start(walk, kind, table, node->offset + (uint32_t)iq_min(at, node->length),
		      node->offset + node->length);
	walk->left = count;
}

void iq_iort_mappings(struct iq_walk *walk, const uint8_t *table, const struct iq_structure *node)
{
	static const struct iq_structures mappings = { IORT_MAPPING_SIZE, measure_mapping };

	start_array(walk, &mappings, table, node, iq_structure_32(node, IORT_MAPPINGS_AT),
		    iq_structure_32(node, IORT_MAPPINGS));
}

void iq_iort_mapping(const struct iq_structure *structure, struct iq_iort_mapping *mapping)
{
	*mapping = (struct iq_iort_mapping){
		.input = iq_structure_32(structure, IORT_INPUT),
		.count = iq_structure_32(structure, IORT_COUNT),
		.output = iq_structure_32(structure, IORT_OUTPUT),
		.node = iq_structure_32(structure, IORT_OUTPUT_NODE),
		.flags = iq_structure_32(structure, IORT_MAPPING_FLAGS),
	};
}

void iq_iort_ranges(struct iq_walk *walk, const uint8_t *table, const struct iq_structure *node)
{
	static const struct iq_structures ranges = { IORT_RANGE_SIZE, measure_range };

	start_array(walk, &ranges, table, node, iq_structure_32(node, IORT_RMR_AT),
		    iq_structure_32(node, IORT_RMR_COUNT));
}

void iq_iort_range(const struct iq_structure *structure, struct iq_iort_range *range)
{
	range->base = iq_structure_64(structure, IORT_RANGE_BASE);
	range->length = iq_structure_64(structure, IORT_RANGE_LENGTH);
}

bool iq_iort_smmu(const struct iq_structure *node, struct iq_iort_smmu *smmu)
{
	if (node->type == IORT_SMMUV3)
		*smmu = (struct iq_iort_smmu){
			.v3 = true,
			.base = iq_structure_64(node, IORT_SMMUV3_BASE),
			.model = iq_structure_32(node, IORT_SMMUV3_MODEL),
			.flags = iq_structure_32(node, IORT_SMMUV3_FLAGS),
		};
	else if (node->type == IORT_SMMU)
		*smmu = (struct iq_iort_smmu){
			.base = iq_structure_64(node, IORT_SMMU_BASE),
			.span = iq_structure_64(node, IORT_SMMU_SPAN),
			.model = iq_structure_32(node, IORT_SMMU_MODEL),
			.flags = iq_structure_32(node, IORT_SMMU_FLAGS),
		};
	else
		return false;
	return true;
}

bool iq_iort_root_complex(const struct iq_structure *node, struct iq_iort_root_complex *root)
{
	if (node->type != IORT_ROOT_COMPLEX)
		return false;
	*root = (struct iq_iort_root_complex){
		.segment = iq_structure_32(node, IORT_ROOT_SEGMENT),
		.ats = iq_structure_32(node, IORT_ROOT_ATS),
		.address_limit = iq_structure_8(node, IORT_ROOT_LIMIT),
	};
	return true;
}

bool iq_iort_map(const uint8_t *table, const struct iq_structure *node, uint32_t id, uint32_t *out, uint32_t *to)
{
	struct iq_iort_mapping mapping;
	struct iq_structure structure;
	struct iq_walk walk;
	bool found = false;

	iq_iort_mappings(&walk, table, node);
	while (iq_walk_next(&walk, &structure) && !structure.flaw) {
		iq_iort_mapping(&structure, &mapping);
		if (mapping.flags & IORT_SINGLE || id < mapping.input || id - mapping.input > mapping.count)
			continue;
		if (found && id != mapping.input)
			continue;
		*out = mapping.output + (id - mapping.input);
		*to = mapping.node;
		found = true;
	}
	return found;
}

bool iq_iort_stream(const uint8_t *table, uint32_t length, const struct iq_structure *node, uint32_t id,
		    uint32_t *stream, struct iq_structure *smmu)
{
	struct iq_structure here = *node;
	uint32_t to;

	for (unsigned int hop = 0; hop < IQ_IORT_HOPS; hop++) {
		if (!iq_iort_map(table, &here, id, &id, &to) || !iq_iort_node(table, length, to, &here))
			return false;
		if (here.type == IORT_SMMU || here.type == IORT_SMMUV3) {
			*stream = id;
			*smmu = here;
			return true;
		}
	}
	return false;
}
