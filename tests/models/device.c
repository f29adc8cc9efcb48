/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The DMA engine: requests, ATS translations kept by the device, and the mark that DMA leaves in memory.
 */
#include "device.h"

#include <stdlib.h>
#include <string.h>

#define BUS_MASTER 0x4u
#define MARK UINT64_C(0x2e21414d44444d41)

static void step(void *context)
{
	struct model_device *device = context;

	for (unsigned int i = 0; i < device->jobs; i++)
		model_dma(device, device->job[i].iova, device->job[i].write, device->job[i].pasid);
}

void model_device_init(struct model_device *device, struct model_machine *machine, struct model_iommu *iommu,
		       uint16_t requester)
{
	memset(device, 0, sizeof(*device));
	device->machine = machine;
	device->iommu = iommu;
	device->requester = requester;
}

void model_device_busy(struct model_device *device, uint64_t iova, bool write, uint32_t pasid)
{
	if (device->jobs == MODEL_DEVICE_JOBS)
		abort();
	if (!device->jobs)
		model_machine_stepper(device->machine, step, device);
	device->job[device->jobs].iova = iova;
	device->job[device->jobs].write = write;
	device->job[device->jobs++].pasid = pasid;
}

/* Index of the device's own translation of @iova, -1 if it has none. */
static int find(const struct model_device *device, uint64_t iova, uint32_t pasid, bool write)
{
	for (unsigned int i = 0; i < device->translations; i++)
		if (device->tlb[i].pasid == pasid && iova - device->tlb[i].iova < device->tlb[i].size &&
		    (write ? device->tlb[i].write : device->tlb[i].read))
			return (int)i;
	return -1;
}

/* Request a translation from the IOMMU (ATS), and cache it in the device. */
static int fetch(struct model_device *device, const struct model_request *request)
{
	struct model_answer answer = device->iommu->translate(device->iommu, request);
	unsigned int at;

	if (!answer.ok || !(request->write ? answer.write : answer.read))
		return -1;
	at = device->translations < MODEL_DEVICE_TLB ? device->translations++ : 0;
	device->tlb[at].pasid = request->pasid;
	device->tlb[at].iova = request->iova & ~(answer.size - 1);
	device->tlb[at].physical = answer.physical & ~(answer.size - 1);
	device->tlb[at].size = answer.size;
	device->tlb[at].read = answer.read;
	device->tlb[at].write = answer.write;
	return (int)at;
}

struct model_answer model_dma(struct model_device *device, uint64_t iova, bool write, uint32_t pasid)
{
	struct model_request request = { .requester = device->requester, .pasid = pasid, .iova = iova, .write = write };
	struct model_answer answer;
	const uint64_t mark = MARK;
	uint64_t ignored;

	/* Without Bus Master the device sends no request; without the root port's none gets through. PCIe 6.0, 7.5.1.1.3 */
	if (device->command && !(*device->command & BUS_MASTER))
		return (struct model_answer){ .ok = false };
	if (device->port_command && !(*device->port_command & BUS_MASTER)) {
		device->refused++;
		return (struct model_answer){ .ok = false };
	}
	if (device->ats) {
		int at = find(device, iova, pasid, write);

		if (at < 0)
			at = fetch(device, &request);
		if (at >= 0) {
			request.iova = device->tlb[at].physical + (iova - device->tlb[at].iova);
			request.translated = true;
		}
	}
	answer = device->iommu->dma(device->iommu, &request);
	if (answer.ok && write)
		answer.ok = model_memory_write(&device->machine->memory, answer.physical, &mark, sizeof(mark));
	else if (answer.ok)
		answer.ok = model_memory_read(&device->machine->memory, answer.physical, &ignored, sizeof(ignored), true);
	if (answer.ok && device->home[0] && (answer.physical & ~(MODEL_PAGE - 1)) != device->home[0] &&
	    (answer.physical & ~(MODEL_PAGE - 1)) != device->home[1])
		device->strays++;
	if (answer.ok)
		device->landed++;
	else
		device->refused++;
	return answer;
}

void model_device_invalidate(struct model_device *device, uint64_t iova, uint64_t size, uint32_t pasid)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < device->translations; i++) {
		uint64_t start = device->tlb[i].iova, length = device->tlb[i].size;
		bool hit = !size || (start < iova + size && iova < start + length);

		if (!hit || device->tlb[i].pasid != pasid)
			device->tlb[kept++] = device->tlb[i];
	}
	device->translations = kept;
}
