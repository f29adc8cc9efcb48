/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lists the modules in initramfs images: with every compression that the kernel knows, several archives in one file, damaged files.
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

#include "machine/initrd.h"
#include "machine-root.h"

#define IMAGE_MAX 65536u

static struct kq_initrd initrd;
static struct kq_reason reason;

/* A buffer to which archives are appended. */
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
	assert_string_equal(initrd.unsquashed.text, "it is no squashfs");
}

/* An archive with the image @bytes in it. */
static void add_squash(const void *bytes, size_t length)
{
	uint8_t *at = image.bytes + image.length;

	sprintf((char *)at, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 1u, 0100644u, 0u, 0u, 1u, 0u,
		(unsigned int)length, 0u, 0u, 0u, 0u, 16u, 0u);
	memcpy(at + 110, "squash-root.img\0\0", 18);
	memcpy(at + 128, bytes, length);
	image.length += 128 + (length + 3) / 4 * 4;
	add_plain((const char *const[]){ NULL });
}

/* The output of unsquashfs(1) is read as names of files. */
static void put_unsquashfs(const char *script)
{
	char path[600];

	machine_text("/bin/unsquashfs", script);
	snprintf(path, sizeof(path), "chmod +x %s/bin/unsquashfs", machine.root);
	assert_int_equal(system(path), 0);
	snprintf(path, sizeof(path), "%s/bin:%s", machine.root, getenv("PATH"));
	setenv("PATH", path, 1);
}

static void test_squashed_modules_are_found(void **state)
{
	(void)state;
	put_unsquashfs(
		"#!/bin/sh\nhead -c 4 \"$3\" | grep -q hsqs || exit 9\n"
		"echo squashfs-root\necho squashfs-root/usr/lib/modules/6.1/kernel/drivers/net/mlx5-core.ko.xz\n");
	add_squash("hsqs and more", 13);
	add_plain(modules);
	assert_true(read_image());
	assert_false(initrd.squashed);
	assert_true(kq_initrd_has(&initrd, "mlx5_core"));
	assert_true(kq_initrd_has(&initrd, "e1000e"));
	assert_int_equal(initrd.unpacked, 13 + 10 * 5);
}

static void test_squashed_modules_that_cannot_be_listed_are_told(void **state)
{
	size_t length;
	char *bytes;

	(void)state;
	put_unsquashfs("#!/bin/sh\nexit 3\n");
	add_squash("hsqs", 4);
	assert_true(read_image());
	assert_true(initrd.squashed);
	assert_string_equal(initrd.unsquashed.text, "unsquashfs failed with exit status 3");

	/* The part of an initrd that is saved for later gives the same result. */
	bytes = kq_initrd_extract(&initrd, &length);
	kq_initrd_free(&initrd);
	memcpy(image.bytes, bytes, length);
	image.length = length;
	free(bytes);
	assert_true(read_image());
	assert_true(initrd.squashed);
	assert_string_equal(initrd.unsquashed.text, "unsquashfs failed with exit status 3");
}

static void test_real_squashfs(void **state)
{
	static uint8_t bytes[IMAGE_MAX / 2];
	char command[700];
	size_t length;
	FILE *file;

	(void)state;
	machine_text("/tree/usr/lib/modules/6.1/nvme-core.ko.zst", "");
	snprintf(command, sizeof(command), "mksquashfs %s/tree %s/image -quiet -no-progress >/dev/null 2>&1",
		 machine.root, machine.root);
	if (system(command) != 0) {
		print_message("mksquashfs is not installed: no real image was looked into\n");
		skip();
	}
	snprintf(command, sizeof(command), "%s/image", machine.root);
	file = fopen(command, "rb");
	length = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	add_squash(bytes, length);
	assert_true(read_image());
	assert_false(initrd.squashed);
	assert_true(kq_initrd_has(&initrd, "nvme_core"));
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
		TEST(test_real_squashfs),
		TEST(test_squashed_modules_are_found),
		TEST(test_squashed_modules_that_cannot_be_listed_are_told),
		TEST(test_extract_reads_the_same),
		TEST(test_damage_is_told),
		TEST(test_name_of_a_gigabyte_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
