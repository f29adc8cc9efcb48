/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Adds devices to a bus, and reads what the record says about them.
 */
#include "stop-scene.h"

#include "unit/core/cmocka-all.h"

#include <string.h>

#define NIC 0x0200

struct source new_source(struct amd_host *host, struct model_amdvi *unit, uint16_t segment, uint16_t requester)
{
	struct source source;

	source.function = model_pci_endpoint(&host->pci, segment, requester, MODEL_PCI_ENDPOINT, NIC);
	source.device = host_translated(host, unit, requester, 5);
	model_pci_attach(source.function, NULL, source.device);
	/* If the unit translates nothing, use an address in memory. */
	source.iova = unit->control & MODEL_AMDVI_IOMMU_EN ? HOST_IOVA : 0x60000000;
	host_live(source.device, source.iova, MODEL_NO_PASID);
	return source;
}

void stop_start(struct amd_host *host)
{
	host->handover.flags = IQ_HANDOVER_STOP;
}

bool is_master(const struct model_function *function)
{
	return function->space[MODEL_PCI_COMMAND] & MODEL_PCI_BUS_MASTER;
}

/* Get the record's entry of @requester. False if there is none. */
bool stop_recorded(const struct amd_host *host, uint16_t segment, uint16_t requester, struct iq_record_device *found)
{
	struct iq_section section;
	const uint8_t *payload;
	uint32_t at = 0;

	while (iq_record_next(&host->record, &at, &section, &payload))
		for (uint32_t i = 0; section.type == IQ_SECTION_DEVICES && i + sizeof(*found) <= section.length;
		     i += (uint32_t)sizeof(*found)) {
			memcpy(found, payload + i, sizeof(*found));
			if (found->segment == segment && found->requester == requester)
				return true;
		}
	return false;
}

enum iq_status stop_status(const struct amd_host *host, uint16_t requester)
{
	struct iq_record_device device;

	assert_true(stop_recorded(host, 0, requester, &device));
	return (enum iq_status)device.status;
}

struct iq_record_stage stop_stage(const struct amd_host *host)
{
	struct iq_record_stage stage;

	assert_true(host_stage(host, IQ_NO_UNIT, IQ_STAGE_STOP, &stage));
	return stage;
}

void turn_off(struct model_amdvi *unit)
{
	unit->control &= ~MODEL_AMDVI_IOMMU_EN;
}
