/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel images are read as hostile input. An image of an unknown layout is refused with the field and its value. No image causes an
 * access outside of its bytes.
 */
#include "unit/core/cmocka-all.h"

#include <stdlib.h>
#include <string.h>

#include "kernel-image.h"

static struct kq_reason reason;

static void a_kernel_is_understood(void **state)
{
	struct kernel kernel = kernel_make(true, true);
	struct kq_bzimage image;

	(void)state;
	assert_true(kq_bzimage_read(&image, kernel.bytes, kernel.size, &reason));
	assert_int_equal(image.size, KERNEL_SETUP + KERNEL_PAYLOAD);
	assert_int_equal(image.setup_size, KERNEL_SETUP);
	assert_int_equal(image.payload_size, KERNEL_PAYLOAD);
	assert_int_equal(image.init_size, KERNEL_INIT_SIZE);
	assert_int_equal(image.sections, 3);
	assert_int_equal(image.signature, image.size);
	assert_int_equal(image.signature_size, KERNEL_SIGNATURE);
	assert_string_equal(image.version, "9.9.9-test");
	free(kernel.bytes);
}

static void a_kernel_without_efi_is_understood(void **state)
{
	struct kernel kernel = kernel_make(false, false);
	struct kq_bzimage image;

	(void)state;
	assert_true(kq_bzimage_read(&image, kernel.bytes, kernel.size, &reason));
	assert_int_equal(image.pe, 0);
	assert_int_equal(image.signature_size, 0);
	free(kernel.bytes);
}

static void padding_behind_a_kernel_is_no_matter(void **state)
{
	struct kernel kernel = kernel_make(true, true);
	struct kq_bzimage image;

	(void)state;
	memset(kernel.bytes + KERNEL_SETUP + KERNEL_PAYLOAD, 0, KERNEL_SIGNATURE);
	kernel_put(&kernel, KERNEL_DIRECTORIES + 32, 8, 0);
	assert_true(kq_bzimage_read(&image, kernel.bytes, kernel.size, &reason));
	free(kernel.bytes);
}

struct lie {
	uint32_t offset, size;
	uint64_t value;
	const char *said;
};

/* What @lie makes of @kernel, which is freed, is refused, and the lie named. */
static void check_lie(struct kernel kernel, const struct lie *lie)
{
	struct kq_bzimage image;

	kernel_put(&kernel, lie->offset, lie->size, lie->value);
	if (kq_bzimage_read(&image, kernel.bytes, kernel.size, &reason))
		fail_msg("offset 0x%x, value 0x%llx: understood", lie->offset, (unsigned long long)lie->value);
	if (!strstr(reason.text, lie->said))
		fail_msg("\"%s\", expected \"%s\"", reason.text, lie->said);
	free(kernel.bytes);
}

static void lies_are_named(void **state)
{
	static const struct lie lies[] = {
		{ 0x202, 1, 'h', "it is no kernel" },
		{ 0x206, 2, 0x20b, "version at offset 0x206 is 0x20b" },
		{ 0x211, 1, 0, "LOADED_HIGH" },
		{ 0x236, 2, 0x7e, "xloadflags (no 64-bit entry) at offset 0x236 is 0x7e" },
		{ 0x234, 1, 0, "relocatable_kernel at offset 0x234 is 0x0" },
		{ 0x230, 4, 0x300000, "kernel_alignment" },
		{ 0x230, 4, 0, "kernel_alignment" },
		{ 0x230, 4, 0x80000000, "kernel_alignment" },
		{ 0x1f1, 1, 255, "setup_sects" },
		{ KQ_SETUP_SYSSIZE, 4, 0, "syssize" },
		{ KQ_SETUP_SYSSIZE, 4, 0xffffffff, "syssize (the file does not have it) at offset 0x1f4 is 0xffffffff" },
		{ KQ_SETUP_SYSSIZE, 4, (KERNEL_PAYLOAD + KERNEL_SIGNATURE) / 16 + 1, "syssize" },
		{ KQ_SETUP_SYSSIZE, 4, KERNEL_PAYLOAD / 16 - 1, "PointerToRawData of a PE section" },
		{ KQ_SETUP_INIT_SIZE, 4, 0xfffff000, "init_size at offset 0x260 is 0xfffff000" },
		{ KQ_SETUP_INIT_SIZE, 4, KERNEL_PAYLOAD - 1, "init_size" },
		{ KQ_SETUP_PAYLOAD_OFFSET, 4, 0xffffff00, "payload_offset" },
		{ 0x24c, 4, 0xffffff00, "payload_offset" },
		{ KQ_SETUP_HANDOVER, 4, KERNEL_PAYLOAD, "handover_offset" },
		{ KQ_SETUP_KERNEL_INFO, 4, 0xffffffff, "kernel_info_offset" },
		{ 0x3c, 4, 0xffffffff, "PE header at offset 0x3c is 0xffffffff" },
		{ 0x3c, 4, 0, "PE header" },
		{ 0x3c, 4, KERNEL_SETUP - 8, "PE header" },
		{ KERNEL_OPTIONAL, 2, 0x10b, "magic" },
		{ KERNEL_PE + 6, 2, 0xffff, "NumberOfSections" },
		{ KERNEL_PE + 6, 2, 1, "0 PE sections begin where the payload does" },
		{ KERNEL_PE + 20, 2, 0xffff, "NumberOfRvaAndSizes" },
		{ KERNEL_PE + 20, 2, 100, "NumberOfRvaAndSizes" },
		{ KERNEL_OPTIONAL + 108, 4, 0xffffffff, "NumberOfRvaAndSizes" },
		{ KERNEL_OPTIONAL + KQ_PE_IMAGE_SIZE, 4, 0xffffffff, "SizeOfImage" },
		{ KERNEL_DIRECTORIES, 4, 0x100, "a PE directory of unknown content" },
		{ KERNEL_DIRECTORIES + 40, 4, KERNEL_SETUP, "a PE directory of unknown content" },
		{ KERNEL_DIRECTORIES + 32, 4, 16, "directory of signatures" },
		{ KERNEL_DIRECTORIES + 36, 4, 0xffffffff, "directory of signatures" },
		{ KERNEL_DIRECTORIES + 36, 4, KERNEL_SIGNATURE - 9, "behind the payload" },
		{ KERNEL_DIRECTORIES + 32, 8, 0, "1000 bytes behind the payload, from offset 0x11000 on, are not known" },
		{ KERNEL_SECTIONS + 40 + KQ_SECTION_ADDRESS, 4, 0x5000, "VirtualAddress of the PE section with the payload" },
		{ KERNEL_SECTIONS + 40 + KQ_SECTION_OFFSET, 4, KERNEL_SETUP - 16, "SizeOfRawData of a PE section" },
		{ KERNEL_SECTIONS + 80 + KQ_SECTION_OFFSET, 4, 0xffffff00, "PointerToRawData" },
		{ KERNEL_SECTIONS + 80 + KQ_SECTION_BYTES, 4, 0xffffff00, "PointerToRawData" },
		{ KERNEL_SECTIONS + 80 + KQ_SECTION_ADDRESS, 4, 0xffffff00, "VirtualAddress" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
		check_lie(kernel_make(true, true), &lies[i]);
}

static void every_truncation_is_refused(void **state)
{
	struct kernel kernel = kernel_make(true, true);
	struct kq_bzimage image;

	(void)state;
	for (size_t size = 0; size < kernel.size; size += size < 0x1100 ? 1 : 977) {
		/* An allocation of exactly this size, so that the sanitizer sees every read beyond it. */
		uint8_t *copy = malloc(size ? size : 1);

		memcpy(copy, kernel.bytes, size);
		if (kq_bzimage_read(&image, copy, size, &reason))
			fail_msg("%zu bytes are understood", size);
		free(copy);
	}
	free(kernel.bytes);
}

#define LINUX_AT 0x400u

static void a_unified_image_is_read_as_its_kernel(void **state)
{
	struct kernel unified = kernel_unify(kernel_make(true, true), LINUX_AT);
	struct kq_bzimage image;

	(void)state;
	if (!kq_bzimage_read(&image, unified.bytes, unified.size, &reason))
		fail_msg("%s", reason.text);
	assert_true(image.unified);
	assert_ptr_equal(image.bytes, unified.bytes + LINUX_AT);
	assert_int_equal(image.size, KERNEL_SETUP + KERNEL_PAYLOAD);
	assert_int_equal(image.signature_size, KERNEL_SIGNATURE);
	assert_string_equal(image.version, "9.9.9-test");
	free(unified.bytes);
}

static void lies_of_unified_images_are_named(void **state)
{
	static const struct lie lies[] = {
		{ UNIFIED_SECTIONS + KQ_SECTION_OFFSET, 4, LINUX_AT + 1, "begins in the middle of a word, at offset 0x401" },
		{ UNIFIED_SECTIONS + KQ_SECTION_OFFSET, 4, 0xfffffff8, "section .linux is empty" },
		{ UNIFIED_SECTIONS + KQ_SECTION_OFFSET, 4, 0, "section .linux: a unified kernel image" },
		{ UNIFIED_SECTIONS + KQ_SECTION_BYTES, 4, 0, "section .linux is empty" },
		{ UNIFIED_SECTIONS + KQ_SECTION_BYTES, 4, KERNEL_SETUP, "section .linux: syssize" },
		{ UNIFIED_SECTIONS + KQ_SECTION_BYTES, 4, 0xffffffff, "section .linux: 512 bytes behind the payload" },
		{ LINUX_AT + KQ_SETUP_INIT_SIZE, 4, 0, "section .linux: init_size at offset 0x260" },
		{ KERNEL_PE + 6, 2, 0, "a program for EFI without a kernel in it" },
		{ UNIFIED_SECTIONS, 1, 'x', "a program for EFI without a kernel in it" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
		check_lie(kernel_unify(kernel_make(true, false), LINUX_AT), &lies[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Calls the fuzz target with two fields at a time set to edge values. */
static void bent_fields_lead_nowhere(void **state)
{
	static const uint32_t values[] = { 0,	    1,		15,	    0x1ff,	0x1000,	   0x10000,
					   0x11000, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff };
	uint32_t seed = 1;

	(void)state;
	for (unsigned int round = 0; round < 6000; round++) {
		struct kernel kernel = kernel_make(true, round % 2);

		for (unsigned int k = 0; k < 2; k++) {
			seed = seed * 1103515245 + 12345;
			kernel_put(&kernel, (seed >> 8) % 0x270, 1 + (seed >> 28) % 4, values[(seed >> 4) % 11]);
		}
		LLVMFuzzerTestOneInput(kernel.bytes, kernel.size);
		if (round % 4 == 0) {
			kernel = kernel_unify(kernel, LINUX_AT);
			kernel_put(&kernel, (seed >> 12) % (UNIFIED_SECTIONS + 80), 1 + (seed >> 30) % 4, values[(seed >> 6) % 11]);
			LLVMFuzzerTestOneInput(kernel.bytes, kernel.size);
		}
		free(kernel.bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kernel_is_understood),
		cmocka_unit_test(a_kernel_without_efi_is_understood),
		cmocka_unit_test(padding_behind_a_kernel_is_no_matter),
		cmocka_unit_test(lies_are_named),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(a_unified_image_is_read_as_its_kernel),
		cmocka_unit_test(lies_of_unified_images_are_named),
		cmocka_unit_test(bent_fields_lead_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
