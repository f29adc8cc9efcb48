/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices that do DMA through an IOMMU model of any family. With ATS on they cache translations themselves.
 */
#ifndef MODEL_DEVICE_H
#define MODEL_DEVICE_H

#include "machine.h"

#define MODEL_NO_PASID	  UINT32_MAX
#define MODEL_DEVICE_TLB  32
#define MODEL_DEVICE_JOBS 8

struct model_request {
	uint16_t requester;
	uint32_t pasid; /* MODEL_NO_PASID: none */
	uint64_t iova;
	bool write;
	bool translated; /* the device says that the address is a physical one */
};

struct model_answer {
	bool ok;
	uint64_t physical;
	uint64_t size;	  /* of the page, for a translation request */
	bool read, write; /* what the translation allows */
};

/* What an IOMMU model does for the devices behind it. */
struct model_iommu {
	/* A memory request, untranslated or translated. */
	struct model_answer (*dma)(struct model_iommu *iommu, const struct model_request *request);
	/* An ATS translation request. */
	struct model_answer (*translate)(struct model_iommu *iommu, const struct model_request *request);
};

struct model_device {
	struct model_machine *machine;
	struct model_iommu *iommu;
	uint16_t requester;
	bool ats;    /* translation service enabled in the device */
	bool silent; /* answers no invalidation */
	struct {
		uint32_t pasid;
		uint64_t iova, physical, size;
		bool read, write;
	} tlb[MODEL_DEVICE_TLB];
	unsigned int translations;
	struct {
		uint64_t iova;
		uint32_t pasid;
		bool write;
	} job[MODEL_DEVICE_JOBS]; /* requests that are repeated at every step of time */
	unsigned int jobs;
	const uint8_t *command,
		*port_command;	  /* Command registers of its function and of the root port above; NULL: it has none */
	uint64_t landed, refused; /* requests so far */
	uint64_t home[2];	  /* pages that its DMA may write to, 0: any */
	uint64_t strays;	  /* requests that wrote to other pages */
};

void model_device_init(struct model_device *device, struct model_machine *machine, struct model_iommu *iommu,
		       uint16_t requester);
/*
 * One 8-byte request to @iova, through the device's own translation if it has one. A write that is let through leaves its mark in
 * memory, both in DRAM and in the CPUs' view.
 */
struct model_answer model_dma(struct model_device *device, uint64_t iova, bool write, uint32_t pasid);
/* From now on the device makes this request at every step of time. */
void model_device_busy(struct model_device *device, uint64_t iova, bool write, uint32_t pasid);
/* Drop the device's translations in [@iova, @iova + @size) (@size 0: all) that were made for exactly @pasid. */
void model_device_invalidate(struct model_device *device, uint64_t iova, uint64_t size, uint32_t pasid);

#endif
