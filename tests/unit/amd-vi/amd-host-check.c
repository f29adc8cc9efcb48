/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks of an AMD host after its crash: the record, the DMA that still reaches memory, and everything that must be unchanged.
 */
#include "amd-host.h"

#include "unit/core/cmocka-all.h"

#include <stdlib.h>
#include <string.h>

#define ADDRESS UINT64_C(0x000ffffffffff000)

/* The mode that the policy gives the requester; block by default. */
static void check_mode(const struct amd_host *host, uint16_t segment, const struct iq_change *change)
{
	struct iq_rule rules[IQ_HANDOVER_RULES];
	const unsigned int number = iq_handover_rules(&host->handover, rules);

	for (unsigned int i = 0; i < number && change->mode; i++) {
		const struct iq_rule *rule = &rules[i];

		if (rule->segment == segment && rule->first <= change->first && iq_change_last(change) <= rule->last) {
			assert_int_equal(change->mode, rule->mode);
			return;
		}
	}
	assert_int_equal(change->mode, IQ_MODE_BLOCK);
}

/* Expand the record's changes in @segment to one pointer for each requester, to a pair of words; NULL if it has no change. */
static void expand(const struct amd_host *host, uint16_t segment, const struct iq_change **change)
{
	struct iq_section section;
	const uint8_t *payload;
	uint32_t at = 0;

	while (iq_record_next(&host->record, &at, &section, &payload)) {
		if (section.type != IQ_SECTION_CHANGES || host->unit_segment[section.unit] != segment)
			continue;
		assert_int_equal(section.length % sizeof(struct iq_change), 0);
		for (uint32_t i = 0; i < section.length; i += (uint32_t)sizeof(struct iq_change)) {
			const struct iq_change *one = (const struct iq_change *)(payload + i);

			assert_int_equal(one->kind, IQ_CHANGE_ENTRY);
			check_mode(host, segment, one);
			for (uint32_t requester = one->first; requester <= iq_change_last(one); requester++) {
				assert_null(change[requester]);
				change[requester] = one;
			}
		}
	}
}

void assert_evidence(const struct amd_host *host)
{
	struct model_memory *before = (struct model_memory *)&host->before;
	struct model_memory *now = (struct model_memory *)&host->machine.memory;

	for (unsigned int i = 0; i < host->units; i++) {
		const struct iq_change **change = calloc(0x10000, sizeof(struct iq_change *));

		expand(host, host->unit_segment[i], change);
		for (uint32_t requester = 0; requester < 0x10000; requester++) {
			uint64_t address = model_amdvi_entry_address(&host->unit[i], (uint16_t)requester);
			uint64_t old[4], new[4];

			if (!address || !model_memory_read(before, address, old, sizeof(old), true) ||
			    !model_memory_read(now, address, new, sizeof(new), true))
				continue;
			assert_memory_equal(&old[2], &new[2], 16);
			assert_int_equal(memcmp(old, new, 16) != 0, change[requester] != NULL);
			if (change[requester])
				assert_memory_equal(change[requester]->old, old, 16);
		}
		free(change);
	}
}

static bool in_range(uint64_t address, uint64_t start, uint64_t length)
{
	return address - start < length;
}

bool host_may_store(const struct amd_host *host, uint64_t address)
{
	for (unsigned int i = 0; i < host->units; i++) {
		const struct model_amdvi *unit = &host->unit[i];

		if (in_range(address, unit->command_base & ADDRESS, UINT64_C(16) << (unit->command_base >> 56 & 0xf)))
			return true;
		for (unsigned int n = 0; n < MODEL_AMDVI_SEGMENTS; n++)
			if (in_range(address, unit->table[n] & ADDRESS, 0x200000) && address % 32 < 16)
				return true;
	}
	return in_range(address, HOST_SPARE, host->handover.spare ? host->handover.spare_pages * MODEL_PAGE : 0);
}

void assert_units_as_found(const struct amd_host *host)
{
	assert_false(host->machine.breach);
	for (unsigned int i = 0; i < host->units; i++) {
		const struct model_amdvi *now = &host->unit[i], *old = &host->unit_before[i];

		assert_int_equal(now->forbidden, 0);
		assert_memory_equal(now->table, old->table, sizeof(now->table));
		assert_int_equal(now->command_base, old->command_base);
		assert_int_equal(now->event_base, old->event_base);
		assert_int_equal(now->event_head, old->event_head);
		assert_int_equal(now->control, old->control);
		assert_int_equal(now->exclusion_base, old->exclusion_base);
		assert_int_equal(now->exclusion_limit, old->exclusion_limit);
		assert_memory_equal(now->other, old->other, sizeof(now->other));
	}
	for (size_t i = 0; i < host->machine.writes; i++)
		if (host->machine.write[i].kind == MODEL_WRITE_MEMORY)
			assert_true(host_may_store(host, host->machine.write[i].address));
}

void assert_all_ok(const struct amd_host *host)
{
	struct iq_record_stage flush, verify;

	assert_true(host->completed);
	assert_int_equal(host->status, IQ_OK);
	assert_int_equal(host->record_status, IQ_OK);
	for (unsigned int i = 0; i < host->units; i++) {
		assert_int_equal(host_stage_status(host, i, IQ_STAGE_SNAPSHOT), IQ_OK);
		assert_int_equal(host_stage_status(host, i, IQ_STAGE_BLOCK), IQ_OK);
		assert_true(host_stage(host, i, IQ_STAGE_FLUSH, &flush));
		assert_int_equal(flush.status, IQ_OK);
		assert_int_equal(flush.retries, 0);
		assert_true(host_stage(host, i, IQ_STAGE_VERIFY, &verify));
		assert_int_equal(verify.status, IQ_OK);
		assert_int_equal(verify.open, 0);
		assert_int_equal(host->unit[i].event_count[MODEL_ILLEGAL_DEV_TABLE_ENTRY], 0);
		assert_int_equal(host->unit[i].event_count[MODEL_ILLEGAL_COMMAND_ERROR], 0);
	}
	assert_evidence(host);
	assert_units_as_found(host);
}
