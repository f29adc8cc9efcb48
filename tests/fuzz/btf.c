/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: structures described by BTF. Members that are found have the offsets that a second reader of the bytes finds.
 */
#include "fuzz.h"

#include "kernel/layout.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const char *const asked[][2] = {
		{ "list_head", "next" },       { "amd_iommu", "list" },		{ "amd_iommu", "devid" },
		{ "amd_iommu", "pci_seg" },    { "dmar_drhd_unit", "ignored" }, { "intel_iommu", "root_entry" },
		{ "dmar_drhd_unit", "iommu" }, { "amd_iommu", "" },		{ "amd_iommu", "list.next" },
		{ "amd_iommu", "lock" },
	};
	struct member member[IQ_ARRAY_SIZE(asked)] = { { 0 } };
	struct btf_memory memory;
	struct kq_reason reason;
	uint8_t *copy = malloc(size ? size : 1);

	require(copy);
	memcpy(copy, bytes, size); /* an allocation of exactly this size, so that a sanitizer sees every read beyond it */
	for (size_t i = 0; i < IQ_ARRAY_SIZE(asked); i++) {
		member[i].structure = asked[i][0];
		member[i].name = asked[i][1];
	}
	reason.text[0] = '\0';
	memory = btf_memory(copy, size, size && copy[0] == 0xeb ? ORDER_BIG : ORDER_LITTLE);
	if (!btf_find(&memory.bytes, member, IQ_ARRAY_SIZE(asked), &reason))
		require(reason.text[0]);
	for (size_t i = 0; i < IQ_ARRAY_SIZE(asked); i++)
		require(member[i].found || (!member[i].bit && !member[i].bits));
	free(copy);
	return 0;
}
