/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks for tests of the modes block-writes and sink.
 */
#include "modes-scene.h"

#include "unit/core/cmocka-all.h"

struct model_vtd *new_unit(struct intel_host *host, const void *state)
{
	return host_unit(host, 0, ((const struct intel_host *)state)->mode);
}

struct iq_record_stage stage_of(const struct intel_host *host, enum iq_stage stage)
{
	struct iq_record_stage found;

	assert_true(host_stage(host, 0, stage, &found));
	return found;
}

/* The record's mode of the entry of @requester of unit 0. */
unsigned int mode_done(const struct intel_host *host, uint16_t requester)
{
	struct iq_section section;
	const uint8_t *payload;
	uint32_t at = 0;

	while (iq_record_next(&host->record, &at, &section, &payload)) {
		const struct iq_change *change = (const struct iq_change *)payload;

		if (section.type != IQ_SECTION_CHANGES || section.unit)
			continue;
		for (uint32_t i = 0; i < section.length / sizeof(*change); i++)
			if (change[i].kind == IQ_CHANGE_ENTRY && change[i].first <= requester &&
			    requester <= iq_change_last(&change[i]))
				return change[i].mode;
	}
	fail_msg("no change of the entry is in the record");
	return 0;
}

void assert_clean(const struct intel_host *host, unsigned int stricter)
{
	assert_true(host->completed);
	assert_int_equal(host->status, IQ_OK);
	assert_int_equal(host->record_status, IQ_OK);
	assert_int_equal(stage_of(host, IQ_STAGE_BLOCK).stricter, stricter);
	assert_units_as_found(host);
	assert_restorable(host);
}

/* No DMA of @device changes any memory but the sink's page, and none is refused or recorded. */
void assert_memory_untouched(struct intel_host *host, struct model_vtd *unit, struct model_device *device,
				    unsigned int levels)
{
	struct model_memory before = model_memory_copy(&host->machine.memory);
	const uint64_t recorded = unit->recorded;

	for (unsigned int bit = 12; bit < 12 + 9 * levels; bit++)
		assert_sunk(device, (UINT64_C(1) << bit) + 0x40, NO_PASID);
	assert_int_equal(model_memory_changed(&host->machine.memory, &before, HOST_SINK, HOST_SINK + MODEL_PAGE),
			 UINT64_MAX);
	assert_int_equal(unit->recorded, recorded);
	model_memory_free(&before);
}

uint16_t domain_of(struct intel_host *host, const struct model_vtd *unit, uint16_t requester)
{
	if (host_scalable(unit))
		return (uint16_t)host_word(
			host, model_vtd_pasid_address(&host->tables, host_directory(host, unit, requester), 0) + 8);
	return (uint16_t)(host_word(host, host_context_address(host, unit, requester) + 8) >> 8);
}
