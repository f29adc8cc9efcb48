/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A page for each function: the part of its configuration space that the kernel shows, all ones behind that. A function that does not
 * exist has no page; a scan asks for many of those.
 */
#include "dry-config.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/requester.h"

#define COMMAND 0x04
#define COST	1000 /* nanoseconds, of reads and of writes: configuration writes are answered */

/* Clear Transactions Pending: at a crash a function finishes its transactions when its Bus Master is off. */
static void finish_transactions(uint8_t *config)
{
	unsigned int at = config[0x34] & 0xfc;

	for (unsigned int i = 0; i < 48 && at >= 0x40 && at <= 0xf0; i++, at = config[at + 1] & 0xfc)
		if (config[at] == 0x10)
			config[at + 0x0a] &= (uint8_t)~0x20;
}

static uint8_t *space_of(struct kq_dry *dry, uint64_t config)
{
	const uint64_t address = KQ_DRY_SPACE + (config & IQ_PAGE_MASK);
	uint8_t *space = kq_dry_find_page(dry, address);
	char path[PATH_MAX];
	size_t length = 0;
	char *bytes;

	if (space)
		return space;
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/config",
		 requester_text((uint16_t)(config >> 28), (uint16_t)(config >> 12)));
	bytes = kq_host_read(dry->host, path, IQ_PAGE_SIZE, &length);
	if (!bytes)
		return NULL;
	space = kq_dry_own_page(dry, address);
	if (space) {
		memset(space, 0xff, IQ_PAGE_SIZE);
		memcpy(space, bytes, length);
		finish_transactions(space);
	}
	free(bytes);
	return space;
}

uint32_t kq_dry_config_get(struct kq_dry *dry, uint64_t config)
{
	const uint8_t *space = space_of(dry, config);

	dry->clock += COST;
	return space ? iq_le32(space + (config & ~IQ_PAGE_MASK)) : UINT32_MAX;
}

void kq_dry_config_set(struct kq_dry *dry, uint64_t config, uint32_t value)
{
	uint8_t *space = space_of(dry, config);
	uint8_t *at = space ? space + (config & ~IQ_PAGE_MASK) : NULL;

	dry->clock += COST;
	dry->config_writes++;
	if (!at)
		return;
	kq_dry_list(dry, KQ_DRY_CONFIG, 32, config, iq_le32(at), value);
	/* Status bits are cleared by ones. PCI Express Base Specification 6.0, 7.5.1.1.4 */
	if ((config & ~IQ_PAGE_MASK) == COMMAND)
		value = (value & 0xffff) | (iq_le32(at) & ~value & 0xffff0000);
	memcpy(at, &value, sizeof(value));
}

static struct kq_dry *dry_of(struct iq_config *config)
{
	return (struct kq_dry *)((uint8_t *)config - offsetof(struct iq_io, config));
}

static uint64_t place(uint16_t segment, uint16_t requester, uint16_t offset)
{
	return (uint64_t)segment << 28 | (uint64_t)requester << 12 | offset;
}

uint32_t kq_dry_config_read(struct iq_config *config, uint16_t segment, uint16_t requester, uint16_t offset)
{
	return kq_dry_config_get(dry_of(config), place(segment, requester, offset));
}

void kq_dry_config_write(struct iq_config *config, uint16_t segment, uint16_t requester, uint16_t offset,
			 uint32_t value)
{
	kq_dry_config_set(dry_of(config), place(segment, requester, offset), value);
}

void kq_dry_config_mapped(struct kq_dry *dry, const uint8_t *mcfg, uint32_t length)
{
	struct iq_structure structure;
	struct iq_walk walk;

	iq_mcfg_allocations(&walk, mcfg, length);
	while (iq_walk_next(&walk, &structure) && !structure.flaw && dry->ecams < IQ_PCI_WINDOWS)
		iq_mcfg_decode(&structure, &dry->ecam[dry->ecams++]);
}

bool kq_dry_config_is(const struct kq_dry *dry, uint64_t address, uint64_t *config)
{
	for (unsigned int i = 0; i < dry->ecams; i++) {
		const struct iq_mcfg_allocation *ecam = &dry->ecam[i];
		const uint64_t offset = address - ecam->base;

		if (address < ecam->base || offset >> 20 < ecam->first_bus || offset >> 20 > ecam->last_bus)
			continue;
		*config = (uint64_t)ecam->segment << 28 | offset;
		return true;
	}
	return false;
}
