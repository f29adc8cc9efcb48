/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IORT lists the Arm SMMUs, and the stream ids under which devices reach them. It is a table of nodes; each has an array of id
 * mappings that lead to other nodes. Formats from Arm DEN 0049 (IO Remapping Table), section 3.
 */
#ifndef IQ_IORT_H
#define IQ_IORT_H

#include "structure.h"

#define IQ_IORT_SIGNATURE "IORT"

#define IORT_NODE_COUNT	  36
#define IORT_NODE_OFFSET  40
#define IORT_RESERVED	  44
#define IORT_HEADER	  48u

/* The header of every node. Table 2 */
#define IORT_TYPE	  0
#define IORT_LENGTH	  1
#define IORT_REVISION	  3
#define IORT_IDENTIFIER	  4
#define IORT_MAPPINGS	  8
#define IORT_MAPPINGS_AT  12 /* from the start of the node */
#define IORT_NODE	  16u

#define IORT_ITS_GROUP	  0
#define IORT_COMPONENT	  1
#define IORT_ROOT_COMPLEX 2
#define IORT_SMMU	  3 /* SMMUv1 and v2 */
#define IORT_SMMUV3	  4
#define IORT_PMCG	  5
#define IORT_RMR	  6
#define IORT_IWB	  7

/* ITS group. Table 12 */
#define IORT_ITS_COUNT	  16
#define IORT_ITS_IDS	  20u

/* Named component. Table 13 */
#define IORT_COMPONENT_FLAGS 16
#define IORT_COMPONENT_MEMORY 20
#define IORT_COMPONENT_LIMIT 28
#define IORT_COMPONENT_NAME 29u
#define IORT_COMPONENT_STALL IQ_BIT(0)
#define IORT_COMPONENT_PASID IQ_MASK(5, 1)

/* Memory access properties, 8 bytes. Table 14 */
#define IORT_MEMORY_COHERENT 0
#define IORT_MEMORY_HINTS 4
#define IORT_MEMORY_RESERVED 5
#define IORT_MEMORY_FLAGS 7

/* Root complex. Table 15 */
#define IORT_ROOT_MEMORY  16
#define IORT_ROOT_ATS	  24
#define IORT_ROOT_SEGMENT 28
#define IORT_ROOT_LIMIT	  32
#define IORT_ROOT_PASID	  33
#define IORT_ROOT_RESERVED 35
#define IORT_ROOT_FLAGS	  36 /* since revision 4 */
#define IORT_ROOT_SIZE	  36u
#define IORT_ROOT_ATS_SUPPORTED IQ_BIT(0)
#define IORT_ROOT_PRI_SUPPORTED IQ_BIT(1)
#define IORT_ROOT_PASID_FORWARD IQ_BIT(2)

/* SMMUv1 and SMMUv2. Table 5 */
#define IORT_SMMU_BASE	  16
#define IORT_SMMU_SPAN	  24
#define IORT_SMMU_MODEL	  32
#define IORT_SMMU_FLAGS	  36
#define IORT_SMMU_GLOBAL_AT 40 /* from the start of the node, as the two below */
#define IORT_SMMU_CONTEXTS 44
#define IORT_SMMU_CONTEXTS_AT 48
#define IORT_SMMU_PMUS	  52
#define IORT_SMMU_PMUS_AT 56
#define IORT_SMMU_SIZE	  60u

/* SMMUv3. Table 9 */
#define IORT_SMMUV3_BASE  16
#define IORT_SMMUV3_FLAGS 24
#define IORT_SMMUV3_RESERVED 28
#define IORT_SMMUV3_VATOS 32
#define IORT_SMMUV3_MODEL 40
#define IORT_SMMUV3_EVENT 44
#define IORT_SMMUV3_PRI	  48
#define IORT_SMMUV3_GERR  52
#define IORT_SMMUV3_SYNC  56
#define IORT_SMMUV3_PROXIMITY 60 /* since revision 1 */
#define IORT_SMMUV3_ID_MAPPING 64
#define IORT_SMMUV3_SIZE  60u
#define IORT_SMMUV3_COHACC IQ_BIT(0)
#define IORT_SMMUV3_HTTU  IQ_MASK(2, 1)
#define IORT_SMMUV3_PROXIMITY_VALID IQ_BIT(3)
#define IORT_SMMUV3_ID_MAPPING_VALID IQ_BIT(4)

/* Performance monitoring counter group. Table 20 */
#define IORT_PMCG_PAGE0	  16
#define IORT_PMCG_GSIV	  24
#define IORT_PMCG_NODE	  28
#define IORT_PMCG_PAGE1	  32
#define IORT_PMCG_SIZE	  32u

/* Reserved memory range. Tables 21 and 22 */
#define IORT_RMR_FLAGS	  16
#define IORT_RMR_COUNT	  20
#define IORT_RMR_AT	  24 /* from the start of the node */
#define IORT_RMR_SIZE	  28u
#define IORT_RMR_REMAP	  IQ_BIT(0)
#define IORT_RMR_PRIVILEGED IQ_BIT(1)
#define IORT_RMR_ATTRIBUTES IQ_MASK(9, 2)
#define IORT_RANGE_BASE	  0
#define IORT_RANGE_LENGTH 8
#define IORT_RANGE_RESERVED 16
#define IORT_RANGE_SIZE	  20u

/* Id mapping. Table 4 */
#define IORT_INPUT	  0
#define IORT_COUNT	  4 /* ids minus one */
#define IORT_OUTPUT	  8
#define IORT_OUTPUT_NODE  12 /* from the start of the table */
#define IORT_MAPPING_FLAGS 16
#define IORT_MAPPING_SIZE 20u
#define IORT_SINGLE	  IQ_BIT(0)

/* Bound of a chain of nodes. A sound one has three: device, SMMU, ITS group. */
#define IQ_IORT_HOPS	  8

struct iq_iort_mapping {
	uint32_t input;	 /* first id */
	uint32_t count;	 /* number of ids minus one */
	uint32_t output; /* the first id is translated to this id */
	uint32_t node;	 /* offset of the node to which `output` belongs */
	uint32_t flags;
};

struct iq_iort_smmu {
	bool v3;
	uint64_t base; /* physical address of its registers */
	uint64_t span; /* bytes of registers: v1 and v2 only */
	uint32_t model, flags;
};

struct iq_iort_root_complex {
	uint32_t segment;
	uint32_t ats; /* IORT_ROOT_ATS_SUPPORTED .. */
	uint8_t address_limit;
};

/* Memory that stays reachable for the stream ids in the node's mappings. */
struct iq_iort_range {
	uint64_t base, length; /* physical address, bytes */
};

/* Start a walk over the nodes in the IORT at @table, of @length bytes. False if the table does not say where they are. */
bool iq_iort_nodes(struct iq_walk *walk, const uint8_t *table, uint32_t length);
/* Get the node that starts at @offset. False if none does. */
bool iq_iort_node(const uint8_t *table, uint32_t length, uint32_t offset, struct iq_structure *node);
/* Start a walk over @node's id mappings. An array that exceeds the node is flawed. */
void iq_iort_mappings(struct iq_walk *walk, const uint8_t *table, const struct iq_structure *node);
void iq_iort_mapping(const struct iq_structure *structure, struct iq_iort_mapping *mapping);
/* Start a walk over the memory ranges of @node, an RMR. */
void iq_iort_ranges(struct iq_walk *walk, const uint8_t *table, const struct iq_structure *node);
void iq_iort_range(const struct iq_structure *structure, struct iq_iort_range *range);
/* False if @node is no SMMU. */
bool iq_iort_smmu(const struct iq_structure *node, struct iq_iort_smmu *smmu);
/* False if @node is no root complex. */
bool iq_iort_root_complex(const struct iq_structure *node, struct iq_iort_root_complex *root);
/*
 * Translate @id of @node by one step: to the id @out of the node at offset @to. If two mappings contain the id, the one that starts
 * with it is used: some firmware stores the number of ids where the number minus one belongs. False if no mapping contains the id.
 * Single mappings are not considered.
 */
bool iq_iort_map(const uint8_t *table, const struct iq_structure *node, uint32_t id, uint32_t *out, uint32_t *to);
/*
 * Get the stream id with which @id of @node reaches an SMMU, and that SMMU. For a root complex @id is a requester id. False if the
 * id reaches no SMMU within IQ_IORT_HOPS nodes.
 */
bool iq_iort_stream(const uint8_t *table, uint32_t length, const struct iq_structure *node, uint32_t id,
		    uint32_t *stream, struct iq_structure *smmu);

#endif
