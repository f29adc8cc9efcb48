/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of Linux about any IOMMU (drivers/iommu/iommu.c, dma-iommu.c, kernel/dma/), which tell of no fault. Last in the list of
 * sources: its marks are in the messages of others too.
 */
#include "others.h"

static const struct explain_help mapping = {
	{ "all addresses of the device are in use: mappings are never given back (a leak of a driver)",
	  "the buffer is too large for the space that the device can address" },
	{ "look which driver has mappings: a dump and iommu-inspect DUMP devices", "update the device's driver" },
};

static const struct explain_help debug = {
	{ "a driver gives back a buffer that it did not map, or in another way than it was mapped" },
	{ "report it to the driver's authors: the message names it" },
};

enum {
	NO_ADDRESS = EXPLAIN_OWN + 1,
	DMA_API,
};

static const struct explain_reason reasons[] = {
	{ NO_ADDRESS, "mapping failed", "got no addresses for a buffer", EXPLAIN_DEVICE, &mapping },
	{ DMA_API, "DMA-API", "is driven by a driver that uses its buffers wrongly", EXPLAIN_DEVICE, &debug },
	{ 0 },
};

static const struct explain_form forms[] = {
	{ "{device}: DMA-API: ", DMA_API, 0 },
	{ "DMA-API: ", DMA_API, 0 },
	{ "iommu_alloc failed", NO_ADDRESS, 0 },
	{ "Adding to iommu group", 0, EXPLAIN_ORDINARY },
	{ "Removing from iommu group", 0, EXPLAIN_ORDINARY },
	{ "Default domain type", 0, EXPLAIN_ORDINARY },
	{ "DMA domain TLB invalidation policy", 0, EXPLAIN_ORDINARY },
	{ "Using direct mapping", 0, EXPLAIN_ORDINARY },
	{ "IOMMU enabled", 0, EXPLAIN_ORDINARY },
	{ "bypass window", 0, EXPLAIN_ORDINARY },
	{ "DMA-API: preallocated", 0, EXPLAIN_ORDINARY },
	{ "ommand line:", 0, EXPLAIN_ORDINARY },
	{ "PCI-DMA: ", 0, EXPLAIN_ORDINARY },
	{ NULL, 0, 0 },
};

static const char *const marks[] = { "iommu", "IOMMU", "DMA-API", "PCI-DMA", NULL };

const struct explain_source explain_iommu = {
	.name = "iommu",
	.title = "IOMMU",
	.unit = "an IOMMU",
	.marks = marks,
	.forms = forms,
	.reasons = reasons,
};
