/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading images: everything that differs from the layout of kexec-tools is refused with the reason. A hostile image is either
 * refused, or accepted and starts.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "loader-image.h"

static struct kq_reason reason;
static struct kq_parts parts;

static void made_by(const struct loader *loader, struct loaded *made)
{
	loader_make(loader, made);
	assert_true(kq_image_check(&made->image, &made->crash, &reason));
}

static void refused(struct loaded *made, const char *why)
{
	if (kq_image_check(&made->image, &made->crash, &reason))
		assert_false(kq_image_parts(&made->image, &parts, &reason));
	if (!strstr(reason.text, why))
		fail_msg("refused because \"%s\", expected \"%s\"", reason.text, why);
	loaded_free(made);
}

static void parts_are_found(void **state)
{
	struct loader loader = loader_default();
	struct loaded made;

	(void)state;
	made_by(&loader, &made);
	assert_true(kq_image_parts(&made.image, &parts, &reason));
	assert_int_equal(parts.purgatory, LOADER_PURGATORY);
	assert_int_equal(parts.boot_params, LOADER_PARAMS);
	assert_int_equal(parts.elfcorehdr, LOADER_CORE);
	assert_int_equal(parts.core.notes, loader.notes);
	assert_int_equal(parts.command_line, COMMAND_LINE_AT);
	assert_int_equal(parts.command_line_room, 0x1000);
	assert_string_equal(kq_image_role(&made.image, &parts, LOADER_INITRD), "initrd");
	assert_string_equal(kq_image_role(&made.image, &parts, LOADER_KERNEL), "kernel");
	assert_memory_equal(kq_image_command_line(&made.image, &parts), loader.command_line, strlen(loader.command_line));
	loaded_free(&made);
}

static void segments_that_the_kernel_would_refuse(void **state)
{
	const struct loader loader = loader_default();
	struct loaded made;

	(void)state;
	made_by(&loader, &made);
	made.image.segment[LOADER_INITRD].address += 0x200;
	refused(&made, "not page-aligned");
	made_by(&loader, &made);
	made.image.segment[LOADER_INITRD].size = 0x10001;
	refused(&made, "0x10001 bytes for 0x10000 bytes of memory");
	made_by(&loader, &made);
	made.image.segment[LOADER_INITRD].address = made.crash.end - 0x1000;
	refused(&made, "outside the crash kernel's memory");
	made_by(&loader, &made);
	made.image.segment[LOADER_INITRD].address = UINT64_MAX - 0xfff;
	made.image.segment[LOADER_INITRD].memory = 0x20000;
	refused(&made, "outside the crash kernel's memory");
	made_by(&loader, &made);
	made.image.segment[LOADER_INITRD].address = made.image.segment[LOADER_KERNEL].address + 0x1000;
	refused(&made, "overlap");
	made_by(&loader, &made);
	made.image.segments = 17;
	refused(&made, "17 segments");
	made_by(&loader, &made);
	made.image.segments = 0;
	refused(&made, "0 segments");
}

static void entry_must_lie_in_purgatory(void **state)
{
	const struct loader loader = loader_default();
	struct loaded made;

	(void)state;
	made_by(&loader, &made);
	made.image.entry = made.crash.end;
	refused(&made, "no segment of the image looks like its purgatory");
}

static void boot_params_must_be_there_once(void **state)
{
	const struct loader loader = loader_default();
	struct loaded made;

	(void)state;
	made_by(&loader, &made);
	made.bytes[LOADER_PARAMS][0x202] = 'X';
	refused(&made, "no segment of the image looks like its boot_params");
	made_by(&loader, &made);
	memcpy(made.bytes[LOADER_INITRD], made.bytes[LOADER_PARAMS], 0x1000);
	refused(&made, "2 segments of the image look like its boot_params");
}

static void elf_core_header_must_be_the_one_on_the_command_line(void **state)
{
	struct loader loader = loader_default();
	struct loaded made;

	(void)state;
	made_by(&loader, &made);
	made.bytes[LOADER_CORE][0] = 0;
	refused(&made, "no segment of the image looks like its ELF core header");
	loader.elfcorehdr = "";
	made_by(&loader, &made);
	refused(&made, "no elfcorehdr=");
	loader.elfcorehdr = " elfcorehdr=0x1000";
	made_by(&loader, &made);
	refused(&made, "elfcorehdr=0x1000, but the ELF core header is at");
}

static void unknown_bytes_behind_the_elf_core_header_are_not_written_to(void **state)
{
	const struct loader loader = loader_default();
	struct loaded made;

	(void)state;
	made_by(&loader, &made);
	made.bytes[LOADER_CORE][0x3ff] = 1;
	refused(&made, "something unknown lies behind the ELF core header");
}

static void command_line_must_end(void **state)
{
	const struct loader loader = loader_default();
	struct loaded made;

	(void)state;
	made_by(&loader, &made);
	memset(made.bytes[LOADER_PARAMS] + COMMAND_LINE_AT, 'a', made.image.segment[LOADER_PARAMS].size - COMMAND_LINE_AT);
	refused(&made, "has no end");
	made_by(&loader, &made);
	made.bytes[LOADER_PARAMS][0x228 + 3] = 0;
	refused(&made, "is not behind boot_params");
}

/* Random changes of an image never crash the reader, and an image that is accepted starts. */
static void hostile_images(void **state)
{
	static const unsigned int targets[] = { LOADER_PARAMS, LOADER_CORE, LOADER_PURGATORY };
	const struct loader loader = loader_default();
	unsigned int accepted = 0;

	(void)state;
	srandom(1);
	for (int round = 0; round < 60; round++) {
		struct loaded made;

		loader_make(&loader, &made);
		for (int i = 0; i < 20; i++) {
			unsigned int target = targets[random() % 3];
			uint64_t at = (uint64_t)random() % 0x400, *word = (uint64_t *)&made.image.segment[random() % 6];
			struct kq_segment saved[KQ_SEGMENTS];
			struct kq_carried carried = { .owned_number = 0 };
			uint8_t old = made.bytes[target][at];

			memcpy(saved, made.image.segment, sizeof(saved));
			if (random() % 4)
				made.bytes[target][at] = (uint8_t)random();
			else /* size, address or memory; the size never exceeds the allocation */
				word[2 + random() % 2] += (uint64_t)(random() % 5 - 2) * (random() % 2 ? 0x1000 : 0x800000000);
			if (kq_image_check(&made.image, &made.crash, &reason) &&
			    kq_image_parts(&made.image, &parts, &reason) &&
			    kq_carry(&made.image, &parts, &made.crash, &no_plugin, &no_settings, &carried, &reason)) {
				assert_true(purgatory_starts(&carried.image, made.image.entry, carried.note,
							     carried.note_size));
				accepted++;
			}
			kq_carried_free(&carried);
			memcpy(made.image.segment, saved, sizeof(saved));
			made.bytes[target][at] = old;
			if (i % 2) {
				/* The loader itself made this change: the hash covers it, so it is accepted. */
				if (target == LOADER_PURGATORY)
					target = LOADER_CORE;
				made.bytes[target][at] ^= (uint8_t)(1u << random() % 8);
				loader_hash(&made, true);
			}
		}
		loaded_free(&made);
	}
	assert_true(accepted > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_are_found),
		cmocka_unit_test(segments_that_the_kernel_would_refuse),
		cmocka_unit_test(entry_must_lie_in_purgatory),
		cmocka_unit_test(boot_params_must_be_there_once),
		cmocka_unit_test(elf_core_header_must_be_the_one_on_the_command_line),
		cmocka_unit_test(unknown_bytes_behind_the_elf_core_header_are_not_written_to),
		cmocka_unit_test(command_line_must_end),
		cmocka_unit_test(hostile_images),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
