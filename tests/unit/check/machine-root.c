/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes the files of a made-up machine.
 */
#include "machine-root.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware/ivrs.h"

static char root[64];
struct kq_host machine = { root };

int machine_make(void **state)
{
	(void)state;
	strcpy(root, "/tmp/kdump-quiesce-test-XXXXXX");
	return mkdtemp(root) ? 0 : -1;
}

int machine_remove(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", root);
	return system(command);
}

static void full_path(const char *path, char full[512])
{
	snprintf(full, 512, "%s%s", root, path);
	for (char *slash = strchr(full + strlen(root) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		mkdir(full, 0777);
		*slash = '/';
	}
}

void machine_put(const char *path, const void *bytes, size_t length)
{
	char full[512];
	FILE *file;

	full_path(path, full);
	file = fopen(full, "w");
	if (!file || fwrite(bytes, 1, length, file) != length)
		abort();
	fclose(file);
}

void machine_text(const char *path, const char *text)
{
	machine_put(path, text, strlen(text));
}

void machine_link(const char *path, const char *target)
{
	char full[512];

	full_path(path, full);
	if (symlink(target, full))
		abort();
}

static void put16(uint8_t *at, unsigned int value)
{
	at[0] = (uint8_t)value;
	at[1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value & 0xffff);
	put16(at + 2, value >> 16);
}

/* PCIe 6.0, 7.5.1 (header), 7.5.3 (capability at 0x40), 9.3.3 (SR-IOV at 0x100), 7.8.9 (PASID at 0x180). */
void machine_function(const struct machine_function *function)
{
	uint8_t config[4096] = { 0 };
	char path[96];

	put16(config, function->vendor);
	put16(config + 2, function->device);
	put16(config + 4, function->master ? 4 : 0);
	put32(config + 8, function->class << 8);
	if (function->secondary) {
		config[0x0e] = 1;
		config[0x19] = function->secondary;
		config[0x1a] = function->subordinate;
	}
	if (function->port >= 0) {
		put16(config + 6, 0x10);
		config[0x34] = 0x40;
		put16(config + 0x40, 0x10);
		put16(config + 0x42, 2u | (unsigned int)function->port << 4);
		put32(config + 0x44, (uint32_t)function->phantom << 3);
		put16(config + 0x48, function->phantom ? 0x200 : 0);
	}
	if (function->port >= 0 && (function->vfs || function->pasid)) {
		put32(config + 0x100, 0x10010 | (function->pasid ? 0x18000000 : 0));
		put16(config + 0x108, function->vfs ? 1 : 0);
		put16(config + 0x110, function->vfs);
		put16(config + 0x114, function->vf_offset);
		put16(config + 0x116, function->vf_stride);
		if (function->pasid)
			put32(config + 0x180, 0x1001b);
	}
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%04x:%02x:%02x.%x/config", function->domain,
		 function->id >> 8, function->id >> 3 & 0x1fu, function->id & 7u);
	machine_put(path, config, sizeof(config));
}

void machine_ivrs(const void *entries, size_t length)
{
	static const uint8_t all[] = { IVHD_START, 0, 0, 0, IVHD_END, 0xff, 0xff, 0 };
	uint8_t table[512] = "IVRS";
	const uint32_t block = (uint32_t)(IVHD_10_SIZE + sizeof(all) + length);

	put32(table + 4, IVRS_BLOCKS + block);
	table[IVRS_BLOCKS] = IVHD_10;
	put16(table + IVRS_BLOCKS + IVRS_BLOCK_LENGTH, block);
	put16(table + IVRS_BLOCKS + IVHD_REQUESTER, 2);
	put32(table + IVRS_BLOCKS + IVHD_BASE, 0xfed80000);
	if (length)
		memcpy(table + IVRS_BLOCKS + IVHD_10_SIZE, entries, length);
	memcpy(table + IVRS_BLOCKS + IVHD_10_SIZE + length, all, sizeof(all));
	machine_put("/sys/firmware/acpi/tables/IVRS", table, IVRS_BLOCKS + block);
}
