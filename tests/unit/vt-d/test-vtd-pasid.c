/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All of scalable mode: every PASID of a device is closed, in first-level, second-level, nested and pass-through entries. Tables of
 * processes do not change. Directories that are shared, huge or wrong take bounded time.
 */
#include "intel-host.h"

#include "unit/core/cmocka-all.h"

#define REQUESTER 0x0210u
#define PRESENT	  UINT64_C(1)
#define FPD	  UINT64_C(2)

/* A device with two entries of any kind: PASID 0 for requests without PASID, and @pasid. */
struct kind {
	unsigned int type, levels;
	uint64_t second, first;
};

static struct kind kind(struct intel_host *host, unsigned int type, unsigned int levels)
{
	struct kind k = { .type = type, .levels = levels };

	switch (type) {
	case MODEL_PASID_FIRST:
		k.first = host_first(host, levels, 0);
		break;
	case MODEL_PASID_SECOND:
		k.second = host_second(host, levels);
		break;
	case MODEL_PASID_NESTED:
		k.second = model_table_new(&host->tables);
		k.first = host_first(host, 4, k.second);
		break;
	default:
		break;
	}
	return k;
}

static void set_pasid(struct intel_host *host, struct model_vtd *unit, uint16_t requester, uint32_t pasid,
		      const struct kind *k, uint16_t domain)
{
	model_vtd_set_pasid(&host->tables, host_directory(host, unit, requester), pasid, k->type, k->second, k->levels,
			    k->first, domain);
}

static uint64_t pasid_word(struct intel_host *host, struct model_vtd *unit, uint32_t pasid)
{
	return host_word(host, model_vtd_pasid_address(&host->tables, host_directory(host, unit, REQUESTER), pasid));
}

static uint64_t iova_of(const struct kind *k)
{
	return k->type == MODEL_PASID_PASSTHROUGH ? HOST_TARGET : HOST_IOVA;
}

static void assert_clean(const struct intel_host *host)
{
	assert_true(host->completed);
	assert_int_equal(host->status, IQ_OK);
	assert_int_equal(host->record_status, IQ_OK);
	assert_units_as_found(host);
	assert_restorable(host);
}

static void every_kind_of_entry_is_closed_for_every_pasid(void **state)
{
	static const struct {
		unsigned int type, levels;
	} kinds[] = { { MODEL_PASID_FIRST, 4 }, { MODEL_PASID_FIRST, 5 }, { MODEL_PASID_SECOND, 3 },
		    { MODEL_PASID_SECOND, 4 }, { MODEL_PASID_SECOND, 5 }, { MODEL_PASID_NESTED, 4 },
		    { MODEL_PASID_PASSTHROUGH, 5 } };

	for (unsigned int i = 0; i < 7; i++) {
		struct intel_host *host = i ? host_new() : *state;
		struct model_vtd *unit = host_unit(host, 0, MODEL_VTD_SCALABLE);
		struct model_device *device = host_with_pasids(host, unit, REQUESTER, 7);
		const uint32_t pasids[] = { 0, 1, 63, 64, 4097, 0xfffff };
		uint64_t iova = 0;

		for (unsigned int n = 0; n < 6; n++) {
			struct kind k = kind(host, kinds[i].type, kinds[i].levels);

			set_pasid(host, unit, REQUESTER, pasids[n], &k, (uint16_t)(10 + n));
			iova = iova_of(&k);
			if (n < 4)
				host_live(device, iova, n ? pasids[n] : MODEL_NO_PASID);
			else
				assert_lands(device, iova, pasids[n]);
		}
		host_crash(host);
		assert_clean(host);
		for (unsigned int n = 0; n < 6; n++) {
			assert_silently_refused(unit, device, iova, pasids[n]);
			assert_int_equal(pasid_word(host, unit, pasids[n]) & (PRESENT | FPD), FPD);
		}
		assert_silently_refused(unit, device, iova, MODEL_NO_PASID);
		if (i)
			host_free(host);
	}
}

static void requests_without_pasid_go_by_the_pasid_that_the_entry_names(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = host_unit(host, 0, MODEL_VTD_SCALABLE);
	struct model_device *device = host_with_pasids(host, unit, REQUESTER, 3);
	struct kind own = kind(host, MODEL_PASID_FIRST, 4);

	model_memory_set64(&host->machine.memory, host_context_address(host, unit, REQUESTER) + 8, 77);
	set_pasid(host, unit, REQUESTER, 77, &own, 5);
	host_live(device, HOST_IOVA, MODEL_NO_PASID);
	host_crash(host);
	assert_clean(host);
	assert_silently_refused(unit, device, HOST_IOVA, MODEL_NO_PASID);
}

static void the_page_table_of_a_process_is_left_as_it_is(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = host_unit(host, 0, MODEL_VTD_SCALABLE);
	struct model_device *device = host_with_pasids(host, unit, REQUESTER, 3);
	struct kind own = kind(host, MODEL_PASID_FIRST, 4), process = kind(host, MODEL_PASID_FIRST, 4);

	set_pasid(host, unit, REQUESTER, 0, &own, 5);
	set_pasid(host, unit, REQUESTER, 900, &process, 1);
	host_live(device, HOST_IOVA, 900);
	host_live(device, HOST_IOVA, MODEL_NO_PASID);
	host_crash(host);
	assert_clean(host);
	for (size_t i = 0; i < host->machine.writes; i++)
		assert_int_not_equal(host->machine.write[i].address & ~UINT64_C(0xfff), process.first);
	assert_silently_refused(unit, device, HOST_IOVA, 900);
	assert_silently_refused(unit, device, HOST_IOVA, MODEL_NO_PASID);
}

static void translations_of_pasids_in_the_device_are_worth_nothing(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = host_unit(host, 0, MODEL_VTD_SCALABLE);
	struct model_device *device = host_with_pasids(host, unit, REQUESTER, 3);
	struct kind k = kind(host, MODEL_PASID_FIRST, 4);
	uint64_t context = host_context_address(host, unit, REQUESTER);

	set_pasid(host, unit, REQUESTER, 900, &k, 1);
	host_ats(host, unit, device);
	model_memory_set64(&host->machine.memory, context, host_word(host, context) | MODEL_CONTEXT_SM_PRE);
	host_live(device, HOST_IOVA, 900);
	assert_int_equal(device->translations, 1);
	host_crash(host);
	assert_clean(host);
	assert_int_equal(host_word(host, context) & (MODEL_CONTEXT_SM_DTE | MODEL_CONTEXT_SM_PRE), 0);
	assert_silently_refused(unit, device, HOST_IOVA, 900);
}

static void a_directory_shared_with_a_preserved_device_is_left_as_it_is(void **state)
{
	for (unsigned int shared = 0; shared < 2; shared++) { /* the directory, or only a table of it */
		struct intel_host *host = shared ? host_new() : *state;
		struct model_vtd *unit = host_unit(host, 0, MODEL_VTD_SCALABLE);
		struct model_device *kept = host_with_pasids(host, unit, 0x0108, 0);
		struct model_device *blocked = host_with_pasids(host, unit, 0x0110, 0);
		struct kind k = kind(host, MODEL_PASID_FIRST, 4);
		uint64_t directory = host_directory(host, unit, 0x0108);

		set_pasid(host, unit, 0x0108, 0, &k, 5);
		if (shared)
			model_memory_set64(&host->machine.memory, host_directory(host, unit, 0x0110),
					   host_word(host, directory));
		else
			model_memory_set64(&host->machine.memory, host_context_address(host, unit, 0x0110),
					   directory | MODEL_CONTEXT_P);
		host_preserve(host, 0, 0x0108, 0x0108);
		host_live(kept, HOST_IOVA, MODEL_NO_PASID);
		host_live(blocked, HOST_IOVA, MODEL_NO_PASID);
		host_crash(host);
		assert_clean(host);
		assert_lands(kept, HOST_IOVA, MODEL_NO_PASID);
		assert_silently_refused(unit, blocked, HOST_IOVA, MODEL_NO_PASID);
		if (shared)
			host_free(host);
	}
}

/* Two devices have different directories that lead to the same tables. */
static void tables_shared_with_a_preserved_device_are_left_as_they_are(void **state)
{
	static const unsigned int types[] = { MODEL_PASID_FIRST, MODEL_PASID_SECOND, MODEL_PASID_NESTED };

	for (unsigned int i = 0; i < 6; i++) {
		struct intel_host *host = i ? host_new() : *state;
		struct model_vtd *unit = host_unit(host, 0, MODEL_VTD_SCALABLE);
		struct model_device *kept = host_with_pasids(host, unit, 0x0108, 1);
		struct model_device *blocked = host_with_pasids(host, unit, 0x0110, 1);
		struct kind k = kind(host, types[i % 3], 4);

		/* The shared directory comes after an entry that cannot be followed. */
		if (i >= 3)
			model_memory_set64(&host->machine.memory, host_directory(host, unit, 0x0108) + 8,
					   UINT64_C(0xf00000000000) | 1);
		set_pasid(host, unit, 0x0108, 200, &k, 5);
		set_pasid(host, unit, 0x0110, 0, &k, 5);
		host_preserve(host, 0, 0x0108, 0x0108);
		host_live(kept, HOST_IOVA, 200);
		host_live(blocked, HOST_IOVA, MODEL_NO_PASID);
		host_crash(host);
		assert_clean(host);
		assert_lands(kept, HOST_IOVA, 200);
		assert_silently_refused(unit, blocked, HOST_IOVA, MODEL_NO_PASID);
		if (i)
			host_free(host);
	}
}

static void a_domain_shared_with_a_preserved_passthrough_device_opens_nothing(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = host_unit(host, 0, MODEL_VTD_SCALABLE);
	struct model_device *kept = host_passthrough(host, unit, 0x0108);
	struct model_device *blocked = host_passthrough(host, unit, 0x0110);

	host_preserve(host, 0, 0x0108, 0x0108);
	host_live(kept, HOST_TARGET, MODEL_NO_PASID);
	host_live(blocked, HOST_TARGET, MODEL_NO_PASID);
	host_crash(host);
	assert_clean(host);
	assert_lands(kept, HOST_TARGET, MODEL_NO_PASID);
	assert_silently_refused(unit, blocked, HOST_TARGET, MODEL_NO_PASID);
}

static void directories_and_tables_outside_of_memory_close_the_whole_entry(void **state)
{
	static const uint64_t nowhere = UINT64_C(0xf00000000000);

	for (unsigned int i = 0; i < 3; i++) {
		struct intel_host *host = i ? host_new() : *state;
		struct model_vtd *unit = host_unit(host, 0, MODEL_VTD_SCALABLE);
		struct model_device *device = host_with_pasids(host, unit, REQUESTER, 3);
		struct kind k = kind(host, MODEL_PASID_SECOND, 4);
		uint64_t directory = host_directory(host, unit, REQUESTER),
			 context = host_context_address(host, unit, REQUESTER);

		set_pasid(host, unit, REQUESTER, 0, &k, 5);
		host_live(device, HOST_IOVA, MODEL_NO_PASID);
		if (i == 0)
			model_memory_set64(&host->machine.memory, context, nowhere | MODEL_CONTEXT_P);
		else if (i == 1)
			model_memory_set64(&host->machine.memory, directory + 8, nowhere | 1);
		else
			model_memory_set64(&host->machine.memory, model_vtd_pasid_address(&host->tables, directory, 0),
					   nowhere | 2 << 6 | 2 << 2 | 1);
		host_crash(host);
		assert_clean(host);
		assert_int_equal(host_word(host, context) & MODEL_CONTEXT_FPD, MODEL_CONTEXT_FPD);
		assert_silently_refused(unit, device, HOST_IOVA, MODEL_NO_PASID);
		if (i)
			host_free(host);
	}
}

static void entries_of_no_known_type_are_closed(void **state)
{
	struct intel_host *host = *state;
	struct model_vtd *unit = host_unit(host, 0, MODEL_VTD_SCALABLE);

	for (unsigned int type = 0; type < 8; type++) {
		struct kind k = { .type = type, .levels = 5, .second = HOST_TARGET };

		host_with_pasids(host, unit, (uint16_t)(REQUESTER + type), 0);
		if (type == MODEL_PASID_FIRST || type == MODEL_PASID_SECOND || type == MODEL_PASID_NESTED)
			k = kind(host, type, 4);
		set_pasid(host, unit, (uint16_t)(REQUESTER + type), 0, &k, 5);
	}
	host_crash(host);
	assert_clean(host);
	for (unsigned int type = 0; type < 8; type++)
		assert_silently_refused(unit, &host->device[type], HOST_TARGET, MODEL_NO_PASID);
}

/* All 65,536 requester ids have the same directory, in which every entry leads to the same table. */
static void the_largest_lie_about_directories_ends_in_bounded_time(void **state)
{
	for (unsigned int full = 0; full < 2; full++) {
		struct intel_host *host = full ? host_new() : *state;
		struct model_vtd *unit = host_unit(host, 0, MODEL_VTD_SCALABLE);
		struct model_device *device = host_with_pasids(host, unit, 0xfff8, 7);
		struct kind k = kind(host, MODEL_PASID_SECOND, 4);
		uint64_t directory = host_directory(host, unit, 0xfff8), table;

		set_pasid(host, unit, 0xfff8, 0, &k, 5);
		host_live(device, HOST_IOVA, MODEL_NO_PASID);
		table = host_word(host, directory);
		for (unsigned int i = 0; full && i < 0x4000; i++)
			model_memory_set64(&host->machine.memory, directory + i * 8, table);
		for (uint32_t id = 0; id < 0xfff8; id++)
			model_vtd_set_context(&host->tables, unit->rtaddr & ~UINT64_C(0xfff), true, (uint16_t)id,
					      directory | MODEL_CONTEXT_SM_PDTS(7) | MODEL_CONTEXT_P, 0);
		host->machine.call_limit = 30000000;
		host_crash(host);
		assert_true(host->completed);
		assert_int_equal(host->status, IQ_OK);
		assert_silently_refused(unit, device, HOST_IOVA, MODEL_NO_PASID);
		if (full)
			host_free(host);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		SCALABLE(every_kind_of_entry_is_closed_for_every_pasid),
		SCALABLE(requests_without_pasid_go_by_the_pasid_that_the_entry_names),
		SCALABLE(the_page_table_of_a_process_is_left_as_it_is),
		SCALABLE(translations_of_pasids_in_the_device_are_worth_nothing),
		SCALABLE(a_directory_shared_with_a_preserved_device_is_left_as_it_is),
		SCALABLE(tables_shared_with_a_preserved_device_are_left_as_they_are),
		SCALABLE(a_domain_shared_with_a_preserved_passthrough_device_opens_nothing),
		SCALABLE(directories_and_tables_outside_of_memory_close_the_whole_entry),
		SCALABLE(entries_of_no_known_type_are_closed),
		SCALABLE(the_largest_lie_about_directories_ends_in_bounded_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
