/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Modes block-writes and sink on AMD-Vi: which DMA goes on and which does not, for every number of levels and every kind of entry;
 * when a stricter mode is used instead; and controls that leave out each step.
 */
#include "amd-host.h"

#include "unit/core/cmocka-all.h"

#define REQUESTER 0x0010u
#define TARGET	  UINT64_C(0x60000000)
#define NO_PASID  MODEL_NO_PASID
#define TRAP_STEP 11u
#define EVERY_FLUSH                                                                                                    \
	(1u << MODEL_INVALIDATE_DEVTAB_ENTRY | 1u << MODEL_INVALIDATE_IOMMU_PAGES |                                    \
	 1u << MODEL_INVALIDATE_IOTLB_PAGES | 1u << MODEL_INVALIDATE_IOMMU_ALL)

static struct iq_record_stage block_stage(const struct amd_host *host)
{
	struct iq_record_stage block;

	assert_true(host_stage(host, 0, IQ_STAGE_BLOCK, &block));
	return block;
}

/* The mode of unit 0's first change in the record. */
static unsigned int mode_done(const struct amd_host *host)
{
	uint32_t length;
	const struct iq_change *change = (const struct iq_change *)host_section(host, 0, IQ_SECTION_CHANGES, &length);

	assert_non_null(change);
	return change->mode;
}

/* A device behind a host table of @levels with HOST_IOVA (as far as they reach) mapped. */
static struct model_device *behind(struct amd_host *host, struct model_amdvi *unit, uint16_t requester, uint16_t domain,
				   unsigned int levels, uint64_t *iova)
{
	uint64_t root = model_table_new(&host->tables);
	const struct model_amdvi_entry entry = { { MODEL_DTE_OPEN | MODEL_DTE_MODE(levels) | root, domain,
						   MODEL_DTE_WORD2(root), 0 } };

	*iova = levels < 3 ? 0x5000 : HOST_IOVA;
	model_map_host(&host->tables, root, levels, *iova, model_table_new(&host->tables), 12, MODEL_RW);
	host_set_entry(host, unit, requester, &entry);
	return host_device(host, unit, requester);
}

/* No DMA changes any memory except for the sink's page. */
static void assert_memory_untouched(struct amd_host *host, struct model_device *device, unsigned int levels)
{
	struct model_memory before = model_memory_copy(&host->machine.memory);

	for (unsigned int bit = 12; bit < (levels < 6 ? 12 + 9 * levels : 64); bit++)
		assert_sunk(device, (UINT64_C(1) << bit) + 0x40, NO_PASID);
	assert_int_equal(model_memory_changed(&host->machine.memory, &before, HOST_SINK, HOST_SINK + MODEL_PAGE),
			 UINT64_MAX);
	model_memory_free(&before);
}

static void test_reads_go_on_and_writes_do_not(void **state)
{
	for (unsigned int all = 0; all < 2; all++) {
		struct amd_host *host = all ? host_new() : *state;
		struct model_amdvi *unit = host_unit(host, 0, 2);
		struct model_device *translated = host_translated(host, unit, 0x0010, 5);
		struct model_device *through = host_passthrough(host, unit, 0x0018, 6);
		struct model_device *invalid = host_invalid(host, unit, 0x0020);
		struct model_device *guest = host_guest(host, unit, 0x0028, 7, 3);
		struct model_device *blocked = host_translated(host, unit, 0x0030, 8);

		unit->efr = MODEL_AMDVI_GT_SUP | (all ? MODEL_AMDVI_IA_SUP : 0);
		host_rule(host, 0, 0x0010, 0x002f, IQ_MODE_BLOCK_WRITES);
		host_live(translated, HOST_IOVA, NO_PASID);
		host_live(through, TARGET, NO_PASID);
		host_live(invalid, TARGET, NO_PASID);
		host_live(guest, HOST_IOVA, NO_PASID);
		host_live(guest, HOST_IOVA, 3);
		host_live(blocked, HOST_IOVA, NO_PASID);
		host_crash(host);
		assert_all_ok(host);
		assert_int_equal(block_stage(host).stricter, 0);
		assert_int_equal(mode_done(host), IQ_MODE_BLOCK_WRITES);
		assert_only_reads(translated, HOST_IOVA, NO_PASID);
		assert_only_reads(through, TARGET, NO_PASID);
		assert_only_reads(invalid, TARGET, NO_PASID);
		assert_only_reads(guest, HOST_IOVA, NO_PASID);
		assert_only_reads(guest, HOST_IOVA, 3);
		assert_refused(blocked, HOST_IOVA, NO_PASID);
		if (all)
			host_free(host);
	}
}

static void test_only_the_permission_to_write_goes(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 2);
	struct model_amdvi_entry before, after;

	host_guest(host, unit, REQUESTER, 0xabcd, 3);
	before = host_entry(host, unit, REQUESTER);
	before.word[1] |= MODEL_DTE_I | MODEL_DTE_EX | UINT64_C(3) << 33;
	host_set_entry(host, unit, REQUESTER, &before);
	host_rule(host, 0, REQUESTER, REQUESTER, IQ_MODE_BLOCK_WRITES);
	host_crash(host);
	assert_all_ok(host);
	after = host_entry(host, unit, REQUESTER);
	assert_int_equal(after.word[0], before.word[0] & ~MODEL_DTE_IW);
	assert_int_equal(after.word[1], before.word[1] & ~(MODEL_DTE_I | MODEL_DTE_EX));
}

static void test_a_device_that_translates_by_itself_writes_no_more(void **state)
{
	static const enum iq_mode modes[] = { IQ_MODE_BLOCK_WRITES, IQ_MODE_SINK };

	for (unsigned int i = 0; i < 2; i++) {
		struct amd_host *host = i ? host_new() : *state;
		struct model_amdvi *unit = host_unit(host, 0, 2);
		struct model_device *device = host_translated(host, unit, REQUESTER, 5);
		struct model_amdvi_entry entry = host_entry(host, unit, REQUESTER);

		entry.word[1] |= MODEL_DTE_I;
		host_set_entry(host, unit, REQUESTER, &entry);
		device->ats = true;
		host_rule(host, 0, REQUESTER, REQUESTER, modes[i]);
		host_live(device, HOST_IOVA, NO_PASID);
		assert_int_equal(device->translations, 1);
		host_crash(host);
		assert_all_ok(host);
		assert_refused(device, HOST_IOVA, NO_PASID);
		device->ats = false;
		device->translations = 0;
		if (modes[i] == IQ_MODE_SINK)
			assert_sunk(device, HOST_IOVA, NO_PASID);
		else
			assert_only_reads(device, HOST_IOVA, NO_PASID);
		if (i)
			host_free(host);
	}
}

static void test_every_level_count_leads_to_the_sink(void **state)
{
	for (unsigned int levels = 1; levels <= 6; levels++) {
		struct amd_host *host = levels > 1 ? host_new() : *state;
		struct model_amdvi *unit = host_unit(host, 0, 2);
		uint64_t iova;
		struct model_device *device = behind(host, unit, REQUESTER, 5, levels, &iova);

		host_rule(host, 0, REQUESTER, REQUESTER, IQ_MODE_SINK);
		host_live(device, iova, NO_PASID);
		host_crash(host);
		assert_all_ok(host);
		assert_int_equal(block_stage(host).stricter, 0);
		assert_int_equal(mode_done(host), IQ_MODE_SINK);
		assert_int_equal(host_entry(host, unit, REQUESTER).word[0] >> 9 & 7, levels);
		assert_sunk(device, iova, NO_PASID);
		assert_memory_untouched(host, device, levels);
		if (levels > 1)
			host_free(host);
	}
}

static void test_entries_without_a_table_get_the_widest_sink(void **state)
{
	for (unsigned int levels = 4; levels <= 6; levels++) {
		struct amd_host *host = levels > 4 ? host_new() : *state;
		struct model_amdvi *unit = host_unit(host, 0, 2);
		struct model_device *device[] = { host_passthrough(host, unit, 0x0010, 5),
						  host_invalid(host, unit, 0x0011),
						  host_guest(host, unit, 0x0012, 6, 3) };

		unit->efr = MODEL_AMDVI_GT_SUP | MODEL_AMDVI_IA_SUP | MODEL_AMDVI_HATS(levels);
		host_rule(host, 0, 0x0010, 0x0012, IQ_MODE_SINK);
		host_live(device[0], TARGET, NO_PASID);
		host_live(device[1], TARGET, NO_PASID);
		host_live(device[2], HOST_IOVA, NO_PASID);
		host_live(device[2], HOST_IOVA, 3);
		host_crash(host);
		assert_all_ok(host);
		assert_int_equal(block_stage(host).stricter, 0);
		for (unsigned int i = 0; i < 3; i++) {
			assert_int_equal(host_entry(host, unit, device[i]->requester).word[0] >> 9 & 7, levels);
			assert_memory_untouched(host, device[i], levels);
		}
		/* The new entry uses no guest tables. */
		assert_refused(device[2], HOST_IOVA, 3);
		assert_int_equal(host_entry(host, unit, 0x0012).word[1] >> 16 & 0xffff, 0);
		if (levels > 4)
			host_free(host);
	}
}

/* A unit may tag translations by the domain alone: entries that lead to the sink need a domain id of their own. */
static void test_a_domain_shared_with_other_modes_is_not_the_sinks(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 2);
	struct model_device *kept = host_translated(host, unit, 0x0010, 5), *sunk, *read, *blocked;
	struct model_amdvi_entry entry = host_entry(host, unit, 0x0010);
	uint64_t buffer;

	unit->efr = 0;
	unit->by_domain = true;
	for (uint16_t id = 0x0011; id <= 0x0013; id++)
		host_set_entry(host, unit, id, &entry);
	sunk = host_device(host, unit, 0x0011);
	read = host_device(host, unit, 0x0012);
	blocked = host_device(host, unit, 0x0013);
	host_preserve(host, 0, 0x0010, 0x0010);
	host_rule(host, 0, 0x0011, 0x0011, IQ_MODE_SINK);
	host_rule(host, 0, 0x0012, 0x0012, IQ_MODE_BLOCK_WRITES);
	for (unsigned int i = 0; i < 4; i++)
		host_live(&host->device[i], HOST_IOVA, NO_PASID);
	buffer = model_dma(kept, HOST_IOVA, true, NO_PASID).physical;
	host_crash(host);
	assert_all_ok(host);
	for (unsigned int round = 0; round < 2; round++) {
		assert_int_equal(model_dma(kept, HOST_IOVA, true, NO_PASID).physical, buffer);
		assert_sunk(sunk, HOST_IOVA, NO_PASID);
		assert_only_reads(read, HOST_IOVA, NO_PASID);
		assert_refused(blocked, HOST_IOVA, NO_PASID);
	}
	/* The control: with the old domain id the sunk device and the preserved device share translations. */
	entry = host_entry(host, unit, 0x0011);
	assert_int_not_equal(entry.word[1] & 0xffff, 5);
	entry.word[1] = 5;
	host_set_entry(host, unit, 0x0011, &entry);
	model_amdvi_drop_all(unit);
	assert_sunk(sunk, HOST_IOVA, NO_PASID);
	assert_int_equal(model_dma(kept, HOST_IOVA, true, NO_PASID).physical, HOST_SINK);
}

/* A unit may give what it cached for one entry to all of the domain, with that entry's permissions. */
static void test_a_domain_of_more_than_one_mode_is_taken_apart(void **state)
{
	for (unsigned int all = 0; all < 2; all++) {
		struct amd_host *host = host_new();
		struct model_amdvi *unit = host_unit(host, 0, 2);
		struct model_device *kept = host_translated(host, unit, 0x0010, 5), *read, *blocked;
		const struct model_amdvi_entry entry = host_entry(host, unit, 0x0010);

		host_unit(host, 0, 2);
		unit->efr = all ? MODEL_AMDVI_IA_SUP : 0;
		unit->by_domain = unit->combined = true;
		host_set_entry(host, unit, 0x0012, &entry);
		host_set_entry(host, unit, 0x0013, &entry);
		read = host_device(host, unit, 0x0012);
		blocked = host_device(host, unit, 0x0013);
		host_preserve(host, 0, 0x0010, 0x0010);
		host_rule(host, 0, 0x0012, 0x0012, IQ_MODE_BLOCK_WRITES);
		for (unsigned int i = 0; i < 3; i++)
			host_live(&host->device[i], HOST_IOVA, NO_PASID);
		/* Both ids were somebody's before. */
		model_amdvi_cache_page(unit, &(struct model_amdvi_page){ 0, 0x4005, NO_PASID, HOST_IOVA, MODEL_PAGE, 0x5000,
									  true, true });
		model_amdvi_cache_page(unit, &(struct model_amdvi_page){ 0, 0x8005, NO_PASID, HOST_IOVA, MODEL_PAGE, 0x5000,
									  true, true });
		host_crash(host);
		assert_all_ok(host);
		for (unsigned int round = 0; round < 2; round++) {
			assert_lands(kept, HOST_IOVA, NO_PASID);
			assert_only_reads(read, HOST_IOVA, NO_PASID);
			assert_refused(blocked, HOST_IOVA, NO_PASID);
		}
		host_free(host);
	}
	(void)state;
}

/* Another device used the domain id before, or the unit read the entry between the writes of its two words. */
static void test_entries_cached_under_the_sinks_domain_are_flushed(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 2);
	struct model_device *device = host_translated(host, unit, REQUESTER, 5);
	const struct model_amdvi_page stale = { .requester = REQUESTER, .domain = 0xfffe, .pasid = NO_PASID,
						.iova = HOST_IOVA, .size = MODEL_PAGE, .physical = TARGET,
						.read = true, .write = true };

	unit->efr = 0;
	model_amdvi_cache_page(unit, &stale);
	host_rule(host, 0, REQUESTER, REQUESTER, IQ_MODE_SINK);
	host_live(device, HOST_IOVA, NO_PASID);
	host_crash(host);
	assert_all_ok(host);
	assert_int_equal(host_entry(host, unit, REQUESTER).word[1] & 0xffff, stale.domain);
	assert_sunk(device, HOST_IOVA, NO_PASID);
}

/* Neither record nor table have the entry's old domain id, and a capture kernel may give that id to another device. */
static void test_the_old_domain_is_forgotten_without_a_record_too(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 2);
	struct model_device *device = host_translated(host, unit, REQUESTER, 5);

	unit->efr = 0;
	host->handover.note_size = 0;
	host_rule(host, 0, REQUESTER, REQUESTER, IQ_MODE_SINK);
	host_live(device, HOST_IOVA, NO_PASID);
	host_crash(host);
	assert_int_equal(host->status, IQ_OK);
	assert_sunk(device, HOST_IOVA, NO_PASID);
	for (size_t i = 0; i < unit->pages; i++)
		assert_int_not_equal(unit->page[i].domain, 5);
}

static void test_units_of_one_segment_share_the_sink(void **state)
{
	for (unsigned int segment = 0; segment < 2; segment++) {
		struct amd_host *host = segment ? host_new() : *state;
		struct model_device *device[3];

		for (unsigned int i = 0; i < 3; i++) {
			struct model_amdvi *unit = host_unit(host, segment ? (uint16_t)i : 0, 4);

			unit->efr = i == 1 ? MODEL_AMDVI_IA_SUP : 0;
			device[i] = host_translated(host, unit, (uint16_t)(0x100 * i % 0x200 + i), 5);
			host_rule(host, segment ? (uint16_t)i : 0, device[i]->requester, device[i]->requester,
				  IQ_MODE_SINK);
			host_live(device[i], HOST_IOVA, NO_PASID);
		}
		host_crash(host);
		assert_all_ok(host);
		for (unsigned int i = 0; i < 3; i++)
			assert_memory_untouched(host, device[i], 3);
		if (segment)
			host_free(host);
	}
}

static void test_a_unit_that_does_not_snoop_sees_the_new_entries(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 2);
	struct model_device *sunk = host_translated(host, unit, 0x0010, 5);
	struct model_device *read = host_translated(host, unit, 0x0011, 6);

	unit->control &= ~MODEL_AMDVI_COHERENT;
	host_rule(host, 0, 0x0010, 0x0010, IQ_MODE_SINK);
	host_rule(host, 0, 0x0011, 0x0011, IQ_MODE_BLOCK_WRITES);
	host_live(sunk, HOST_IOVA, NO_PASID);
	host_live(read, HOST_IOVA, NO_PASID);
	host_crash(host);
	assert_all_ok(host);
	assert_sunk(sunk, HOST_IOVA, NO_PASID);
	assert_only_reads(read, HOST_IOVA, NO_PASID);
	for (uint64_t page = HOST_SPARE; page < HOST_SPARE + IQ_SPARE_PAGES_SINK * MODEL_PAGE; page += MODEL_PAGE)
		assert_memory_equal(model_memory_page(&host->machine.memory, page)->cpu,
				    model_memory_page(&host->machine.memory, page)->dram, MODEL_PAGE);
}

/* SNP forbids untranslated requests, also reads. A table of the plugin may be walked. */
static void test_snp_has_no_reading_without_a_table(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 2);
	struct model_device *invalid = host_invalid(host, unit, 0x0010);
	struct model_device *translated = host_translated(host, unit, 0x0011, 5);
	struct model_device *sunk = host_invalid(host, unit, 0x0012);

	unit->efr |= MODEL_AMDVI_SNP_SUP;
	unit->exclusion_base = unit->exclusion_limit = HOST_SNP_PAGE;
	unit->snp = true;
	host_rule(host, 0, 0x0010, 0x0011, IQ_MODE_BLOCK_WRITES);
	host_rule(host, 0, 0x0012, 0x0012, IQ_MODE_SINK);
	host_live(invalid, TARGET, NO_PASID);
	host_live(translated, HOST_IOVA, NO_PASID);
	host_live(sunk, TARGET, NO_PASID);
	host_crash(host);
	assert_all_ok(host);
	assert_int_equal(block_stage(host).stricter, 1);
	assert_int_equal(mode_done(host), IQ_MODE_BLOCK);
	assert_refused(invalid, TARGET, NO_PASID);
	assert_only_reads(translated, HOST_IOVA, NO_PASID);
	assert_sunk(sunk, TARGET, NO_PASID);
}

/* Make the sink impossible in way number @way; false if there is no such way. */
static bool spoil(struct amd_host *host, struct model_amdvi *unit, unsigned int way)
{
	struct model_amdvi_entry entry = host_entry(host, unit, REQUESTER);

	switch (way) {
	case 0: /* no pages */
		host->handover.spare = 0;
		return true;
	case 1: /* too few */
		host->handover.spare_pages = IQ_SPARE_PAGES_SINK - 1;
		return true;
	case 2: /* not memory */
		host->handover.spare = UINT64_C(0xf0000000000);
		return true;
	case 3: /* the last of them is not memory */
		host->handover.spare = UINT64_C(0x80000000) - (IQ_SPARE_PAGES_SINK - 1) * MODEL_PAGE;
		return true;
	case 4: /* not page-aligned */
		host->handover.spare += 8;
		return true;
	case 5: /* every domain id is in use, the device's by this device only */
		for (uint32_t id = 0; id < 0x10000; id++) {
			entry = (struct model_amdvi_entry){ { MODEL_DTE_V | MODEL_DTE_TV, id == 5 ? REQUESTER : id, 0,
							      0 } };
			if (id != REQUESTER)
				host_set_entry(host, unit, (uint16_t)id, &entry);
		}
		return true;
	case 6: /* the unit walks no host tables, and the entry has none */
		unit->efr |= UINT64_C(3) << 10;
		entry.word[0] = MODEL_DTE_OPEN;
		break;
	case 7: /* refuses everything already */
		entry.word[0] &= ~MODEL_DTE_TV;
		break;
	case 8:
		entry.word[0] |= 4; /* reserved */
		break;
	case 9: /* firmware says that the unit walks no host tables: attribute HATDis */
		host->ivrs.bytes[host->ivrs.block + 20] |= 1;
		model_acpi_seal(host->ivrs.bytes, host->ivrs.length);
		return true;
	default:
		return false;
	}
	host_set_entry(host, unit, REQUESTER, &entry);
	return true;
}

static void test_where_there_is_no_sink_the_device_is_blocked(void **state)
{
	for (unsigned int way = 0;; way++) {
		struct amd_host *host = way ? host_new() : *state;
		struct model_amdvi *unit = host_unit(host, 0, 512);
		struct model_device *device = host_translated(host, unit, REQUESTER, 5);
		bool more;

		host_rule(host, 0, REQUESTER, REQUESTER, IQ_MODE_SINK);
		model_device_busy(device, HOST_IOVA, true, NO_PASID);
		more = spoil(host, unit, way);
		if (more) {
			host_crash(host);
			assert_int_equal(host->status, IQ_OK);
			assert_int_equal(block_stage(host).stricter, 1);
			assert_int_equal(mode_done(host), IQ_MODE_BLOCK);
			assert_evidence(host);
			assert_refused(device, HOST_IOVA, NO_PASID);
		}
		if (way)
			host_free(host);
		if (!more)
			break;
	}
}

static void test_closed_entries_stay_closed(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 2);
	struct model_device *device = host_device(host, unit, REQUESTER);

	host_rule(host, 0, 0x0000, 0x00ff, IQ_MODE_SINK);
	host_crash(host);
	assert_all_ok(host);
	assert_int_equal(block_stage(host).changed, 0);
	assert_refused(device, HOST_IOVA, NO_PASID);
}

static void test_spare_pages_may_hold_anything_before(void **state)
{
	struct amd_host *host = *state;
	struct model_amdvi *unit = host_unit(host, 0, 2);
	struct model_device *device = host_translated(host, unit, REQUESTER, 5);

	for (uint64_t at = HOST_SPARE; at < HOST_SPARE + IQ_SPARE_PAGES_SINK * MODEL_PAGE; at += 8)
		model_memory_set64(&host->machine.memory, at, at | MODEL_DTE_OPEN);
	host_rule(host, 0, REQUESTER, REQUESTER, IQ_MODE_SINK);
	host_live(device, HOST_IOVA, NO_PASID);
	host_crash(host);
	assert_all_ok(host);
	assert_memory_untouched(host, device, 3);
}

/* Flushes are lost, so cached translations stay in use: writes reach memory, and the sink's device reaches its old memory. */
static void test_controls_see_the_damage(void **state)
{
	static const enum iq_mode modes[] = { IQ_MODE_BLOCK_WRITES, IQ_MODE_SINK };
	static const uint32_t ignored[] = { EVERY_FLUSH, 1u << MODEL_INVALIDATE_DEVTAB_ENTRY,
					    1u << MODEL_INVALIDATE_IOMMU_PAGES };

	for (unsigned int i = 0; i < 6; i++) {
		struct amd_host *host = i ? host_new() : *state;
		struct model_amdvi *unit = host_unit(host, 0, 2);
		struct model_device *device = host_translated(host, unit, REQUESTER, 5);
		struct model_answer answer;

		unit->efr = 0;
		unit->trouble.ignored = ignored[i / 2];
		host_rule(host, 0, REQUESTER, REQUESTER, modes[i % 2]);
		host_live(device, HOST_IOVA, NO_PASID);
		host_crash(host);
		answer = model_dma(device, HOST_IOVA, true, NO_PASID);
		if (modes[i % 2] == IQ_MODE_BLOCK_WRITES)
			assert_true(answer.ok);
		else if (ignored[i / 2] != 1u << MODEL_INVALIDATE_IOMMU_PAGES) /* otherwise the new domain id has nothing cached */
			assert_int_not_equal(answer.physical, HOST_SINK);
		if (i)
			host_free(host);
	}
}

/* Changes the entry or the tables between block and verify, as another CPU would. */
static struct {
	struct amd_host *host;
	uint64_t address, value;
} meddler;

static void meddle(void *context)
{
	struct amd_host *host = context;

	if (host->run->stage == IQ_STAGE_FLUSH)
		model_memory_set64(&host->machine.memory, meddler.address, meddler.value);
}

static void test_an_entry_that_allows_more_than_its_mode_is_reported(void **state)
{
	for (unsigned int way = 0; way < 5; way++) {
		struct amd_host *host = way ? host_new() : *state;
		struct model_amdvi *unit = host_unit(host, 0, 2);
		const enum iq_mode mode = way < 2 ? IQ_MODE_BLOCK_WRITES : IQ_MODE_SINK;
		struct iq_record_stage verify;

		host_translated(host, unit, REQUESTER, 5);
		host_rule(host, 0, REQUESTER, REQUESTER, mode);
		meddler.address = model_amdvi_entry_address(unit, REQUESTER);
		meddler.value = host_entry(host, unit, REQUESTER).word[0];
		if (way == 1 || way == 3) { /* translated requests only: I=1 */
			meddler.address += 8;
			meddler.value = MODEL_DTE_I | 5;
		} else if (way == 4) { /* a table of the sink */
			meddler.address = HOST_SINK + 2 * MODEL_PAGE + 0x80;
			meddler.value = TARGET | 1 | UINT64_C(3) << 61;
		}
		model_machine_stepper(&host->machine, meddle, host);
		host_crash(host);
		assert_true(host_stage(host, 0, IQ_STAGE_VERIFY, &verify));
		assert_int_equal(verify.status, IQ_STILL_OPEN);
		assert_int_equal(verify.open, 1);
		if (way)
			host_free(host);
	}
}

/* Whichever access raises an exception, DMA goes to its old memory, to the sink, or nowhere. */
static void test_exceptions_lead_no_dma_astray(void **state)
{
	uint64_t calls = 1;

	(void)state;
	for (uint64_t at = 0; at <= calls; at += TRAP_STEP) { /* 0: none, to count the calls */
		struct amd_host *host = host_new();
		struct model_amdvi *unit = host_unit(host, 0, 2);
		struct model_device *device[] = { host_translated(host, unit, 0x0010, 5),
						  host_translated(host, unit, 0x0011, 6),
						  host_guest(host, unit, 0x0012, 7, 3) };
		uint64_t before[3];

		unit->efr = MODEL_AMDVI_GT_SUP;
		host_rule(host, 0, 0x0010, 0x0010, IQ_MODE_SINK);
		host_rule(host, 0, 0x0011, 0x0011, IQ_MODE_BLOCK_WRITES);
		host_rule(host, 0, 0x0012, 0x0012, IQ_MODE_SINK);
		for (unsigned int i = 0; i < 3; i++) {
			host_live(device[i], HOST_IOVA, NO_PASID);
			before[i] = model_dma(device[i], HOST_IOVA, true, NO_PASID).physical;
		}
		host->machine.trouble.trap_at = at;
		host_crash(host);
		assert_int_equal(host->record_status, IQ_OK);
		for (unsigned int i = 0; i < 6; i++) {
			const struct model_answer answer = model_dma(device[i / 2], HOST_IOVA, i % 2, NO_PASID);

			if (answer.ok && answer.physical != before[i / 2])
				assert_int_equal(answer.physical, HOST_SINK + HOST_IOVA % MODEL_PAGE);
		}
		assert_int_equal(unit->event_count[MODEL_ILLEGAL_DEV_TABLE_ENTRY], 0);
		calls = host->run_calls > calls ? host->run_calls : calls;
		host_free(host);
	}
	assert_true(calls > (IQ_SPARE_PAGES_SINK - 1) * 512); /* the sink was built */
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, host_setup, host_teardown)
	const struct CMUnitTest tests[] = {
		T(test_reads_go_on_and_writes_do_not),
		T(test_only_the_permission_to_write_goes),
		T(test_a_device_that_translates_by_itself_writes_no_more),
		T(test_every_level_count_leads_to_the_sink),
		T(test_entries_without_a_table_get_the_widest_sink),
		T(test_a_domain_shared_with_other_modes_is_not_the_sinks),
		T(test_a_domain_of_more_than_one_mode_is_taken_apart),
		T(test_entries_cached_under_the_sinks_domain_are_flushed),
		T(test_the_old_domain_is_forgotten_without_a_record_too),
		T(test_units_of_one_segment_share_the_sink),
		T(test_a_unit_that_does_not_snoop_sees_the_new_entries),
		T(test_snp_has_no_reading_without_a_table),
		T(test_where_there_is_no_sink_the_device_is_blocked),
		T(test_closed_entries_stay_closed),
		T(test_spare_pages_may_hold_anything_before),
		T(test_controls_see_the_damage),
		T(test_an_entry_that_allows_more_than_its_mode_is_reported),
		T(test_exceptions_lead_no_dma_astray),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
