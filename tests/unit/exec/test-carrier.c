/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rebuilt image runs the plugin, then starts its capture kernel, and has room for the record. Images of an unknown layout are
 * refused with the reason.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot/bootparams.h"
#include "loader-image.h"

struct trial {
	struct loader loader;
	struct kq_settings settings;
	struct loaded made;
	struct kq_parts parts;
	struct kq_carried carried;
	struct kq_reason reason;
};

static struct trial trial_default(void)
{
	return (struct trial){ .loader = loader_default(), .settings = no_settings };
}

static bool carry_made(struct trial *trial)
{
	memset(&trial->carried, 0, sizeof(trial->carried));
	return kq_image_check(&trial->made.image, &trial->made.crash, &trial->reason) &&
	       kq_image_parts(&trial->made.image, &trial->parts, &trial->reason) &&
	       kq_carry(&trial->made.image, &trial->parts, &trial->made.crash, &no_plugin, &trial->settings,
			&trial->carried, &trial->reason);
}

static bool carry(struct trial *trial)
{
	loader_make(&trial->loader, &trial->made);
	assert_true(purgatory_starts(&trial->made.image, trial->made.image.entry, 0, 0));
	return carry_made(trial);
}

static void finish(struct trial *trial)
{
	kq_carried_free(&trial->carried);
	loaded_free(&trial->made);
}

static void refused(struct trial *trial, const char *why)
{
	assert_false(carry_made(trial));
	if (!strstr(trial->reason.text, why))
		fail_msg("refused because \"%s\", expected \"%s\"", trial->reason.text, why);
	finish(trial);
}

static struct iq_handover handover_of(const struct kq_carried *carried)
{
	uint8_t *bytes = memory_at(&carried->image, carried->plugin, no_plugin.size);
	struct iq_handover handover;

	assert_int_equal(iq_handover_check(bytes, (uint32_t)no_plugin.size), IQ_OK);
	memcpy(&handover, bytes + IQ_HANDOVER_OFFSET, sizeof(handover));
	free(bytes);
	return handover;
}

static char *command_line_of(const struct trial *trial)
{
	uint64_t at = trial->carried.image.segment[LOADER_PARAMS].address + COMMAND_LINE_AT;

	return (char *)memory_at(&trial->carried.image, at, 0x1000);
}

/* The spare pages for the units are zeroed, and used by nothing else. */
static void check_spare(const struct kq_carried *carried)
{
	const uint64_t size = carried->spare_pages * IQ_PAGE_SIZE;
	uint8_t *pages = memory_at(&carried->image, carried->spare, size);

	for (unsigned int i = 0; i < size; i++)
		assert_int_equal(pages[i], 0);
	free(pages);
	assert_int_equal(carried->spare % IQ_PAGE_SIZE, 0);
	assert_true(carried->spare >= carried->note + carried->note_size || carried->spare + size <= carried->note);
}

/* Check what must hold for every rebuilt image. */
static void check_carried(const struct trial *trial)
{
	const struct kq_carried *carried = &trial->carried;
	struct kq_reason reason;
	struct iq_handover handover = handover_of(carried);

	assert_true(kq_image_check(&carried->image, &trial->made.crash, &reason));
	assert_int_equal(carried->image.entry, carried->plugin);
	assert_int_equal(carried->image.flags, trial->made.image.flags);
	assert_int_equal(handover.next, trial->made.image.entry);
	assert_int_equal(handover.note, carried->note);
	assert_int_equal(handover.note_size, carried->note_size);
	assert_true(purgatory_starts(&carried->image, trial->made.image.entry, carried->note, carried->note_size));
	assert_int_equal(handover.spare, carried->spare);
	assert_int_equal(handover.spare_pages, carried->spare_pages);
	if (carried->spare)
		check_spare(carried);
	if (carried->note_size)
		assert_true(carried->note_size >= IQ_NOTE_HEADER + IQ_RECORD_MIN + IQ_NOTE_TRAILER);
}

/* The ELF core header at @at has a PT_NOTE with the record's address. */
static void check_note(const struct trial *trial, uint64_t at)
{
	uint8_t *core = memory_at(&trial->carried.image, at, 0x5000);

	assert_true(iq_elfcorehdr_has_note(core, 0x5000, trial->carried.note, trial->carried.note_size));
	free(core);
}

static bool reserved(const struct trial *trial, uint64_t address, uint64_t length)
{
	uint8_t *params = memory_at(&trial->carried.image, trial->carried.image.segment[LOADER_PARAMS].address, 0x1000);
	bool found = false;

	for (unsigned int i = 0; i < params[0x1e8]; i++) {
		const uint8_t *entry = params + 0x2d0 + i * 20;

		if (iq_le32(entry + 16) == IQ_E820_RESERVED && iq_le64(entry) <= address &&
		    iq_le64(entry) + iq_le64(entry + 8) >= address + length)
			found = true;
	}
	free(params);
	return found;
}

static void record_goes_into_the_slack(void **state)
{
	struct trial trial = trial_default();
	const struct kq_segment *core;

	(void)state;
	assert_true(carry(&trial));
	check_carried(&trial);
	core = &trial.made.image.segment[LOADER_CORE];
	assert_int_equal(trial.carried.place, KQ_RECORD_SLACK);
	assert_true(trial.carried.note >= core->address + trial.parts.core.one_more);
	assert_int_equal(trial.carried.note + trial.carried.note_size, trial.carried.spare);
	assert_int_equal(trial.carried.spare + IQ_PAGE_SIZE, core->address + core->memory);
	check_note(&trial, core->address);
	assert_int_equal(handover_of(&trial.carried).flags, 0);
	finish(&trial);
}

static void a_byte_of_kernel_still_matters(void **state)
{
	struct trial trial = trial_default();

	(void)state;
	assert_true(carry(&trial));
	for (unsigned int i = 0; i < trial.made.image.segments; i++)
		if (i != LOADER_PURGATORY)
			assert_false(purgatory_starts(&trial.carried.image, trial.made.image.entry,
						      trial.made.image.segment[i].address, 1));
	finish(&trial);
}

static void translation_is_asked_for(void **state)
{
	struct trial trial = trial_default();
	char *line;

	(void)state;
	trial.loader.command_line = "root=/dev/vda1 iommu=pt";
	assert_true(carry(&trial));
	check_carried(&trial);
	assert_true(trial.carried.translated);
	line = command_line_of(&trial);
	assert_string_equal(line + strlen(line) - strlen(" iommu.passthrough=0"), " iommu.passthrough=0");
	free(line);
	finish(&trial);
}

/* Some distributions switch the kernel's own handover off in the capture kernel. Linux, Documentation/core-api/kho/ */
static void words_of_the_kernels_own_handover_stay(void **state)
{
	struct trial trial = trial_default();
	char *line;

	(void)state;
	trial.loader.command_line = "root=/dev/vda1 kho=off kho_scratch=16M,512M,256M";
	assert_true(carry(&trial));
	check_carried(&trial);
	line = command_line_of(&trial);
	assert_non_null(strstr(line, " kho=off kho_scratch=16M,512M,256M "));
	free(line);
	finish(&trial);
}

static void command_line_is_kept_when_asked(void **state)
{
	struct trial trial = trial_default();
	char *line;

	(void)state;
	trial.settings.keep_command_line = true;
	assert_true(carry(&trial));
	check_carried(&trial);
	line = command_line_of(&trial);
	assert_null(strstr(line, "iommu.passthrough"));
	free(line);
	finish(&trial);
	trial.loader.command_line = "root=/dev/vda1 iommu=pt";
	loader_make(&trial.loader, &trial.made);
	refused(&trial, "is to be kept");
}

static void translation_that_was_asked_for_is_not_asked_for_twice(void **state)
{
	struct trial trial = trial_default();

	(void)state;
	trial.loader.command_line = "iommu=pt iommu=nopt";
	assert_true(carry(&trial));
	check_carried(&trial);
	assert_false(trial.carried.translated);
	assert_string_equal(trial.carried.warning, "");
	finish(&trial);
}

static void full_command_line_is_said(void **state)
{
	struct trial trial = trial_default();

	(void)state;
	trial.loader.tight = true;
	assert_true(carry(&trial));
	check_carried(&trial);
	assert_false(trial.carried.translated);
	assert_non_null(strstr(trial.carried.warning, "no room for iommu.passthrough=0"));
	finish(&trial);

	trial.loader.tight = false;
	trial.loader.command_line_max = 70;
	assert_true(carry(&trial));
	assert_false(trial.carried.translated);
	finish(&trial);

	trial.loader.command_line = "iommu=pt a_long_word_that_fills_the_command_line";
	loader_make(&trial.loader, &trial.made);
	refused(&trial, "has no room");
}

static void capture_kernel_without_iommu_driver_is_refused(void **state)
{
	struct trial trial = trial_default();

	(void)state;
	trial.loader.command_line = "root=/dev/vda1 amd_iommu=off";
	loader_make(&trial.loader, &trial.made);
	refused(&trial, "amd_iommu=off");
}

static void large_record_goes_into_reserved_pages(void **state)
{
	struct trial trial = trial_default();

	(void)state;
	trial.settings.record = IQ_RECORD_MAX;
	assert_true(carry(&trial));
	check_carried(&trial);
	assert_int_equal(trial.carried.place, KQ_RECORD_CARVED);
	assert_int_equal(trial.carried.note_size, IQ_RECORD_MAX);
	assert_true(reserved(&trial, trial.carried.note, trial.carried.note_size));
	assert_true(reserved(&trial, trial.carried.spare, IQ_PAGE_SIZE));
	assert_false(reserved(&trial, trial.carried.plugin, 1));
	check_note(&trial, trial.made.image.segment[LOADER_CORE].address);
	finish(&trial);
}

/* Three cases: the slack has room for record and pages; it has not; and the memory map has no room either. */
static void a_policy_with_a_sink_brings_its_pages(void **state)
{
	for (unsigned int way = 0; way < 3; way++) {
		struct trial trial = trial_default();
		const struct kq_segment *core;
		uint64_t end;

		(void)state;
		trial.settings.rule[0] = (struct iq_rule){ .segment = 0, .first = 0x10, .last = 0x10, .mode = IQ_MODE_SINK, .reason = IQ_REASON_POLICY };
		trial.settings.rules = 1;
		trial.settings.record = way ? 0x10000 : IQ_RECORD_MIN;
		trial.loader.core_memory = 0x10000;
		if (way == 2)
			trial.loader.e820_more = 123; /* 127 in all */
		assert_true(carry(&trial));
		check_carried(&trial);
		core = &trial.made.image.segment[LOADER_CORE];
		end = trial.carried.spare + IQ_SPARE_PAGES_SINK * IQ_PAGE_SIZE;
		assert_int_equal(trial.carried.spare_pages, IQ_SPARE_PAGES_SINK);
		if (way == 0) {
			assert_int_equal(end, core->address + core->memory);
			assert_int_equal(trial.carried.note + trial.carried.note_size, trial.carried.spare);
		} else if (way == 1) {
			assert_true(reserved(&trial, trial.carried.spare, IQ_SPARE_PAGES_SINK * IQ_PAGE_SIZE));
			assert_int_equal(end,
					 trial.carried.plugin +
						 trial.carried.image.segment[trial.carried.image.segments - 1].memory);
		} else {
			assert_int_equal(trial.carried.spare, 0);
			assert_non_null(strstr(trial.carried.warning, "mode sink"));
		}
		finish(&trial);
	}
}

static void record_shrinks_where_memory_map_is_full_or_overruled(void **state)
{
	struct trial trial = trial_default();

	(void)state;
	trial.settings.record = IQ_RECORD_MAX;
	trial.loader.e820_more = 123; /* 127 in all */
	assert_true(carry(&trial));
	check_carried(&trial);
	assert_int_equal(trial.carried.place, KQ_RECORD_SLACK);
	finish(&trial);

	trial.loader.e820_more = 0;
	trial.loader.command_line = "memmap=exactmap memmap=640K@0";
	assert_true(carry(&trial));
	check_carried(&trial);
	assert_int_equal(trial.carried.place, KQ_RECORD_SLACK);
	finish(&trial);
}

/* 291 program headers leave 24 bytes of 16 KiB: there is no room for another one. */
static void full_elf_core_header_moves(void **state)
{
	struct trial trial = trial_default();
	uint64_t copy;
	char *line, word[40];

	(void)state;
	trial.loader.notes = 257;
	trial.loader.loads = 34;
	assert_true(carry(&trial));
	check_carried(&trial);
	assert_true(trial.carried.moved_header);
	line = command_line_of(&trial);
	assert_true(kq_image_check(&trial.carried.image, &trial.made.crash, &trial.reason));
	copy = strtoull(strrchr(line, '=') + 1, NULL, 0);
	snprintf(word, sizeof(word), " elfcorehdr=0x%llx", (unsigned long long)copy);
	assert_string_equal(line + strlen(line) - strlen(word), word);
	free(line);
	check_note(&trial, copy);
	assert_true(reserved(&trial, copy, 0x4000));
	/* The digest covers the copy, and does not cover the record. */
	assert_false(purgatory_starts(&trial.carried.image, trial.made.image.entry, copy + 100, 1));
	finish(&trial);
}

static void full_elf_core_header_that_cannot_move_loses_the_record_only(void **state)
{
	struct trial trial = trial_default();

	(void)state;
	trial.loader.notes = 257;
	trial.loader.loads = 34;
	trial.loader.command_line = "memmap=exactmap";
	assert_true(carry(&trial));
	check_carried(&trial);
	assert_int_equal(trial.carried.place, KQ_RECORD_NONE);
	assert_int_equal(trial.carried.note_size, 0);
	assert_non_null(strstr(trial.carried.warning, "no room for a record"));
	finish(&trial);
}

static void hotplug_keeps_the_record_out_of_the_kernels_way(void **state)
{
	struct trial trial = trial_default();
	struct iq_handover handover;

	(void)state;
	trial.loader.flags |= KQ_KEXEC_UPDATE_ELFCOREHDR;
	trial.loader.core_hashed = false;
	trial.loader.core_memory = 0x40000;
	trial.settings.elfcorehdr_size = 0x3f000;
	assert_true(carry(&trial));
	check_carried(&trial);
	assert_int_equal(trial.carried.place, KQ_RECORD_CARVED);
	handover = handover_of(&trial.carried);
	assert_int_equal(handover.flags, IQ_HANDOVER_INSERT_NOTE);
	assert_int_equal(handover.elfcorehdr, trial.made.image.segment[LOADER_CORE].address);
	assert_int_equal(handover.elfcorehdr_size, 0x40000);
	finish(&trial);

	trial.loader.command_line = "memmap=exactmap";
	assert_true(carry(&trial));
	check_carried(&trial);
	assert_int_equal(trial.carried.place, KQ_RECORD_SLACK);
	assert_true(trial.carried.note >= trial.made.image.segment[LOADER_CORE].address + 0x3f000);
	finish(&trial);
}

static void memory_above_4_gib(void **state)
{
	struct trial trial = trial_default();

	(void)state;
	trial.loader.crash = (struct kq_range){ 0x15f000000, 0x17f000000 };
	trial.settings.record = IQ_RECORD_MAX;
	assert_true(carry(&trial));
	check_carried(&trial);
	assert_true(trial.carried.plugin > 0x100000000);
	finish(&trial);
}

static void fifteen_segments_are_not_too_many(void **state)
{
	struct trial trial = trial_default();

	(void)state;
	trial.loader.more = KQ_SEGMENTS - LOADER_MORE - 1;
	assert_true(carry(&trial));
	check_carried(&trial);
	assert_int_equal(trial.carried.image.segments, KQ_SEGMENTS);
	finish(&trial);
}

static void sixteen_segments_are(void **state)
{
	struct trial trial = trial_default();

	(void)state;
	trial.loader.more = KQ_SEGMENTS - LOADER_MORE;
	loader_make(&trial.loader, &trial.made);
	refused(&trial, "no slot for the plugin");
}

static void plugin_goes_into_a_hole(void **state)
{
	struct trial trial = trial_default();
	struct kq_segment *backup;

	(void)state;
	/* One segment fills everything below the kernel, except for one hole. */
	loader_make(&trial.loader, &trial.made);
	backup = &trial.made.image.segment[LOADER_BACKUP];
	trial.made.crash.end = trial.made.image.segment[LOADER_CORE].address + 0x4000;
	trial.made.crash.first = backup->address = trial.made.image.segment[LOADER_KERNEL].address - 0x1000;
	loader_hash(&trial.made, true);
	assert_true(carry_made(&trial));
	check_carried(&trial);
	finish(&trial);
}

static void no_hole_is_said(void **state)
{
	struct trial trial = trial_default();
	struct kq_segment *kernel, *core;

	(void)state;
	loader_make(&trial.loader, &trial.made);
	core = &trial.made.image.segment[LOADER_CORE];
	kernel = &trial.made.image.segment[LOADER_KERNEL];
	trial.made.crash.first = trial.made.image.segment[LOADER_INITRD].address - 0x82000;
	trial.made.crash.end = core->address + 0x4000;
	kernel->address = trial.made.crash.first + 0x1000;
	trial.made.image.segment[LOADER_BACKUP].address = trial.made.crash.first;
	trial.made.image.segment[LOADER_INITRD].memory =
		trial.made.image.segment[LOADER_PARAMS].address - trial.made.image.segment[LOADER_INITRD].address;
	loader_hash(&trial.made, true);
	refused(&trial, "no hole");
}

static void damaged_digest_is_refused(void **state)
{
	struct trial trial = trial_default();

	(void)state;
	loader_make(&trial.loader, &trial.made);
	trial.made.bytes[LOADER_PURGATORY][PURGATORY_DIGEST] ^= 1;
	refused(&trial, "found 0 times");
}

static void damaged_segment_is_refused(void **state)
{
	struct trial trial = trial_default();

	(void)state;
	loader_make(&trial.loader, &trial.made);
	trial.made.bytes[LOADER_KERNEL][77] ^= 1;
	refused(&trial, "found 0 times");
}

static void two_digests_are_refused(void **state)
{
	struct trial trial = trial_default();

	(void)state;
	loader_make(&trial.loader, &trial.made);
	memcpy(trial.made.bytes[LOADER_PURGATORY] + 0x100, trial.made.bytes[LOADER_PURGATORY] + PURGATORY_DIGEST, 32);
	refused(&trial, "found 2 times");
}

static void two_lists_are_refused(void **state)
{
	struct trial trial = trial_default();

	(void)state;
	loader_make(&trial.loader, &trial.made);
	memcpy(trial.made.bytes[LOADER_PURGATORY] + 0x100, trial.made.bytes[LOADER_PURGATORY] + PURGATORY_REGIONS, 256);
	refused(&trial, "found 2 times");
}

static void purgatory_without_checks_is_refused(void **state)
{
	struct trial trial = trial_default();

	(void)state;
	loader_make(&trial.loader, &trial.made);
	memset(trial.made.bytes[LOADER_PURGATORY] + PURGATORY_DIGEST, 0, 32 + 256);
	refused(&trial, "--no-checks");
}

static void plugin_of_another_version_is_refused(void **state)
{
	struct trial trial = trial_default();
	uint8_t *bytes = malloc(no_plugin.size);
	const struct kq_plugin other = { bytes, no_plugin.size };

	(void)state;
	memcpy(bytes, no_plugin.bytes, no_plugin.size);
	bytes[IQ_HANDOVER_OFFSET + offsetof(struct iq_handover, version)]++;
	loader_make(&trial.loader, &trial.made);
	assert_true(kq_image_parts(&trial.made.image, &trial.parts, &trial.reason));
	assert_false(kq_carry(&trial.made.image, &trial.parts, &trial.made.crash, &other, &trial.settings, &trial.carried,
			      &trial.reason));
	assert_non_null(strstr(trial.reason.text, "does not fit"));
	finish(&trial);
	free(bytes);
}

static void callers_bytes_are_never_written_to(void **state)
{
	struct trial trial = trial_default();
	uint8_t *before[LOADER_MORE];

	(void)state;
	trial.settings.record = IQ_RECORD_MAX;
	loader_make(&trial.loader, &trial.made);
	for (unsigned int i = 0; i < LOADER_MORE; i++) {
		before[i] = malloc(trial.made.image.segment[i].size);
		memcpy(before[i], trial.made.bytes[i], trial.made.image.segment[i].size);
	}
	assert_true(carry_made(&trial));
	for (unsigned int i = 0; i < LOADER_MORE; i++) {
		assert_memory_equal(before[i], trial.made.bytes[i], trial.made.image.segment[i].size);
		free(before[i]);
	}
	finish(&trial);
}

static void record_grows_with_the_machine(void **state)
{
	(void)state;
	assert_int_equal(kq_carrier_record(1, 5), 8192);
	assert_true(kq_carrier_record(8, 400) > kq_carrier_record(1, 5));
	assert_int_equal(kq_carrier_record(64, 65536), IQ_RECORD_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(record_goes_into_the_slack),
		cmocka_unit_test(a_byte_of_kernel_still_matters),
		cmocka_unit_test(translation_is_asked_for),
		cmocka_unit_test(words_of_the_kernels_own_handover_stay),
		cmocka_unit_test(command_line_is_kept_when_asked),
		cmocka_unit_test(translation_that_was_asked_for_is_not_asked_for_twice),
		cmocka_unit_test(full_command_line_is_said),
		cmocka_unit_test(capture_kernel_without_iommu_driver_is_refused),
		cmocka_unit_test(large_record_goes_into_reserved_pages),
		cmocka_unit_test(a_policy_with_a_sink_brings_its_pages),
		cmocka_unit_test(record_shrinks_where_memory_map_is_full_or_overruled),
		cmocka_unit_test(full_elf_core_header_moves),
		cmocka_unit_test(full_elf_core_header_that_cannot_move_loses_the_record_only),
		cmocka_unit_test(hotplug_keeps_the_record_out_of_the_kernels_way),
		cmocka_unit_test(memory_above_4_gib),
		cmocka_unit_test(fifteen_segments_are_not_too_many),
		cmocka_unit_test(sixteen_segments_are),
		cmocka_unit_test(plugin_goes_into_a_hole),
		cmocka_unit_test(no_hole_is_said),
		cmocka_unit_test(damaged_digest_is_refused),
		cmocka_unit_test(damaged_segment_is_refused),
		cmocka_unit_test(two_digests_are_refused),
		cmocka_unit_test(two_lists_are_refused),
		cmocka_unit_test(purgatory_without_checks_is_refused),
		cmocka_unit_test(plugin_of_another_version_is_refused),
		cmocka_unit_test(callers_bytes_are_never_written_to),
		cmocka_unit_test(record_grows_with_the_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
