/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Modules out of initramfs images: every compression that the kernel knows, archives behind each other, damage.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "initrd.h"
#include "machine-root.h"

#define IMAGE_MAX 65536u

static struct kq_initrd initrd;
static struct kq_reason reason;

/* A buffer that archives are put behind each other in. */
static struct {
	uint8_t bytes[IMAGE_MAX];
	size_t length;
} image;

static int start(void **state)
{
	image.length = 0;
	return machine_make(state);
}

static int end(void **state)
{
	kq_initrd_free(&initrd);
	return machine_remove(state);
}

/* A cpio archive of the files @names, each with @size bytes of zeros. */
static size_t make_cpio(uint8_t *to, const char *const names[], unsigned int size)
{
	size_t at = 0;

	for (;; names++) {
		const char *name = *names ? *names : "TRAILER!!!";
		const unsigned int bytes = *names ? size : 0;

		at += (size_t)sprintf((char *)to + at, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08zx%08x",
				      1u, 0100644u, 0u, 0u, 1u, 0u, bytes, 0u, 0u, 0u, 0u, strlen(name) + 1, 0u);
		memcpy(to + at, name, strlen(name) + 1);
		for (at += strlen(name) + 1; at % 4;)
			to[at++] = 0;
		memset(to + at, 0, bytes);
		for (at += bytes; at % 4;)
			to[at++] = 0;
		if (!*names)
			return at;
	}
}

static void add_plain(const char *const names[])
{
	image.length += make_cpio(image.bytes + image.length, names, 10);
}

static void add_compressed(const char *const names[], int (*filter)(struct archive *archive))
{
	struct archive *archive = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	static uint8_t cpio[IMAGE_MAX];
	size_t length = make_cpio(cpio, names, 1000), used;

	archive_write_set_format_raw(archive);
	assert_int_equal(filter(archive), ARCHIVE_OK);
	archive_write_set_bytes_per_block(archive, 0);
	archive_write_open_memory(archive, image.bytes + image.length, IMAGE_MAX - image.length, &used);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_write_header(archive, entry);
	assert_int_equal(archive_write_data(archive, cpio, length), length);
	archive_write_close(archive);
	image.length += used;
	archive_entry_free(entry);
	archive_write_free(archive);
}

static bool read_image(void)
{
	machine_put("/initrd", image.bytes, image.length);
	return kq_initrd_read(&initrd, &machine, "/initrd", &reason);
}

static const char *const early[] = { "kernel/x86/microcode/GenuineIntel.bin", NULL };
static const char *const modules[] = { "lib/modules/6.1/kernel/nvme.ko", "lib/modules/6.1/kernel/nvme-core.ko.xz",
				       "usr/lib/modules/6.1/e1000e.ko.zst", "etc/not.kof", "bin/sh", NULL };

static void assert_modules(void)
{
	assert_int_equal(initrd.modules, 3);
	assert_true(kq_initrd_has(&initrd, "nvme"));
	assert_true(kq_initrd_has(&initrd, "nvme_core"));
	assert_true(kq_initrd_has(&initrd, "nvme-core"));
	assert_true(kq_initrd_has(&initrd, "e1000e"));
	assert_false(kq_initrd_has(&initrd, "ahci"));
	assert_false(initrd.squashed);
}

static int (*const filters[])(struct archive *archive) = {
	archive_write_add_filter_gzip, archive_write_add_filter_bzip2, archive_write_add_filter_xz,
	archive_write_add_filter_lzma, archive_write_add_filter_lz4,   archive_write_add_filter_zstd,
};

static void test_every_compression(void **state)
{
	(void)state;
	for (size_t i = 0; i < IQ_ARRAY_SIZE(filters); i++) {
		image.length = 0;
		add_plain(early);
		add_compressed(modules, filters[i]);
		if (!read_image())
			fail_msg("%zu: %s", i, reason.text);
		assert_modules();
		assert_int_equal(initrd.archives, 2);
		assert_int_equal(initrd.unpacked, 5 * 1000 + 10);
		kq_initrd_free(&initrd);
	}
}

static void test_uncompressed_with_zeros_between(void **state)
{
	(void)state;
	add_plain(early);
	memset(image.bytes + image.length, 0, 508);
	image.length += 508;
	add_plain(modules);
	assert_true(read_image());
	assert_modules();
}

static void test_archive_behind_a_compressed_one(void **state)
{
	static const char *const more[] = { "lib/modules/ahci.ko", NULL };

	(void)state;
	for (size_t i = 0; i < IQ_ARRAY_SIZE(filters); i++) {
		memset(&image, 0, sizeof(image));
		add_compressed(modules, filters[i]);
		image.length = (image.length + 7) & ~(size_t)3;
		add_plain(more);
		if (!read_image())
			fail_msg("%zu: %s", i, reason.text);
		assert_int_equal(initrd.modules, 4);
		assert_true(kq_initrd_has(&initrd, "nvme"));
		assert_true(kq_initrd_has(&initrd, "ahci"));
		assert_int_equal(initrd.archives, 2);
		kq_initrd_free(&initrd);
	}
}

static void test_squashed_root_is_told(void **state)
{
	static const char *const squashed[] = { "squash-root.img", NULL };

	(void)state;
	add_plain(squashed);
	assert_true(read_image());
	assert_true(initrd.squashed);
}

static void test_extract_reads_the_same(void **state)
{
	uint64_t packed, unpacked;
	size_t length;
	char *bytes;

	(void)state;
	add_plain(early);
	add_compressed(modules, archive_write_add_filter_xz);
	assert_true(read_image());
	packed = initrd.packed;
	unpacked = initrd.unpacked;
	bytes = kq_initrd_extract(&initrd, &length);
	machine_put("/initrd", bytes, length);
	free(bytes);
	kq_initrd_free(&initrd);
	assert_true(kq_initrd_read(&initrd, &machine, "/initrd", &reason));
	assert_modules();
	assert_int_equal(initrd.packed, packed);
	assert_int_equal(initrd.unpacked, unpacked);
}

static void test_damage_is_told(void **state)
{
	(void)state;
	add_plain(modules);
	for (size_t length = 0; length < image.length; length += 7) {
		machine_put("/initrd", image.bytes, length);
		assert_false(kq_initrd_read(&initrd, &machine, "/initrd", &reason));
		assert_non_null(strstr(reason.text, "/initrd: "));
		kq_initrd_free(&initrd);
	}
	image.length = 0;
	add_compressed(modules, archive_write_add_filter_zstd);
	image.length /= 2;
	assert_false(read_image());
	kq_initrd_free(&initrd);
	memset(image.bytes, 'x', 4096);
	image.length = 4096;
	assert_false(read_image());
	assert_string_equal(reason.text, "/initrd: neither a cpio archive nor compressed in a way that is known");
}

static void test_name_of_a_gigabyte_is_refused(void **state)
{
	(void)state;
	add_plain(modules);
	memcpy(image.bytes + 6 + 8 * 11, "40000000", 8);
	assert_false(read_image());
	kq_initrd_free(&initrd);
	memcpy(image.bytes + 6 + 8 * 11, "0000000z", 8);
	assert_false(read_image());
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)
	const struct CMUnitTest tests[] = {
		TEST(test_every_compression),
		TEST(test_uncompressed_with_zeros_between),
		TEST(test_archive_behind_a_compressed_one),
		TEST(test_squashed_root_is_told),
		TEST(test_extract_reads_the_same),
		TEST(test_damage_is_told),
		TEST(test_name_of_a_gigabyte_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
