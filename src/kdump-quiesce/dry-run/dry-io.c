/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads from the machine, writes to copies of its pages.
 */
#include "dry-io.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "dry-config.h"
#include "firmware/acpi.h"
#include "firmware/mcfg.h"
#include "host/firmware.h"
#include "host/told.h"

#define GROUPS "/sys/kernel/iommu_groups"

/* Costs of accesses in nanoseconds. Uncached reads across the fabric make up most of the time. */
#define COST_REGISTER_READ  800
#define COST_REGISTER_WRITE 100
#define COST_MAP	    5
#define COST_STORE	    10
#define COST_WRITE_BACK	    100
#define COST_POLL	    1000

#define TABLES_MAX 16u /* of firmware */

static struct kq_dry *dry_of(struct iq_io *io)
{
	return (struct kq_dry *)io;
}

static const void *map(struct iq_memory *memory, uint64_t address, size_t length)
{
	struct kq_dry *dry = dry_of((struct iq_io *)memory);
	const uint64_t offset = address & ~IQ_PAGE_MASK;
	struct kq_dry_page *page;

	dry->clock += COST_MAP;
	if (offset + length > IQ_PAGE_SIZE)
		return NULL;
	page = kq_dry_page_at(dry, address & IQ_PAGE_MASK);
	if (!page)
		return NULL;
	/* Single words that a flush maps are those that it waits for. The completion word may be mapped before the flush. */
	if ((dry->run->stage == IQ_STAGE_FLUSH && length <= sizeof(uint64_t) && !(offset % length)) ||
	    address == dry->run->completion) {
		dry->word = page->now + offset;
		dry->word_size = length;
	}
	return page->now + offset;
}

static const void *map_past(struct iq_memory *memory, uint64_t address, size_t length)
{
	const uint64_t offset = address & ~IQ_PAGE_MASK;
	struct kq_dry_page *page;

	if (offset + length > IQ_PAGE_SIZE)
		return NULL;
	page = kq_dry_page_at(((struct kq_dry_past *)memory)->dry, address & IQ_PAGE_MASK);
	if (!page)
		return NULL;
	return (page->before ? page->before : page->now) + offset;
}

static void store64(struct iq_io *io, uint64_t address, uint64_t value)
{
	struct kq_dry *dry = dry_of(io);
	struct kq_dry_page *page = kq_dry_page_at(dry, address & IQ_PAGE_MASK);
	uint8_t *at = page ? page->now + (address & ~IQ_PAGE_MASK) : NULL;

	dry->clock += COST_STORE;
	if (!page || address % sizeof(value))
		return;
	if (!page->before && !page->own) {
		page->before = malloc(IQ_PAGE_SIZE);
		if (page->before)
			memcpy(page->before, page->now, IQ_PAGE_SIZE);
	}
	dry->stores++;
	kq_dry_list(dry, KQ_DRY_MEMORY, 64, address, iq_le64(at), value);
	memcpy(at, &value, sizeof(value));
}

static void write_back(struct iq_io *io, uint64_t address, uint64_t length)
{
	struct kq_dry *dry = dry_of(io);

	(void)address;
	dry->write_backs++;
	dry->clock += COST_WRITE_BACK * (1 + length / 64);
}

/* The unit that has these registers; NULL: none. */
static const struct iq_unit *unit_at(const struct kq_dry *dry, uint64_t base)
{
	for (unsigned int i = 0; i < dry->run->plan.units; i++)
		if (dry->run->plan.unit[i].base == base)
			return &dry->run->plan.unit[i];
	return NULL;
}

/* Registers that cannot be seen do not say whether a unit translates. That the running kernel uses no IOMMU does. */
static bool none_is_used(const struct kq_host *host)
{
	struct kq_names groups;
	bool none;

	kq_host_list(host, GROUPS, &groups);
	none = !groups.count && kq_host_exists(host, kq_told_whose() ? GROUPS : "/sys/kernel");
	kq_names_free(&groups);
	return none;
}

static enum iq_status map_registers(struct iq_io *io, uint64_t base, uint64_t length)
{
	struct kq_dry *dry = dry_of(io);
	struct kq_dry_window *window = &dry->window[dry->windows];
	uint64_t config;

	if (kq_dry_config_is(dry, base, &config))
		return IQ_OK;
	if (dry->windows == KQ_DRY_WINDOWS || base & ~IQ_PAGE_MASK || length > SIZE_MAX / 2)
		return IQ_NO_ROOM;
	*window = (struct kq_dry_window){ .base = base, .length = (size_t)iq_round_up(length, IQ_PAGE_SIZE) };
	window->at = dry->physical->no_registers.text[0] ? NULL : kq_physical_map(dry->physical, base, window->length);
	window->read = window->at ? calloc(1, window->length) : NULL;
	if (!window->at || !window->read) {
		if (dry->no_window.text[0])
			;
		else if (dry->physical->no_registers.text[0])
			dry->no_window = dry->physical->no_registers;
		else
			kq_fail(&dry->no_window, "registers at 0x%" PRIx64 ": %s", base, strerror(errno));
		return none_is_used(dry->host) ? IQ_OFF : IQ_UNREACHABLE;
	}
	window->unit = unit_at(dry, base);
	dry->windows++;
	return IQ_OK;
}

/* The newest window that holds @address: one that was mapped again is larger. */
static struct kq_dry_window *window_at(struct kq_dry *dry, uint64_t address, size_t length)
{
	for (unsigned int i = dry->windows; i--;) {
		struct kq_dry_window *window = &dry->window[i];

		if (window->base <= address && address - window->base + length <= window->length)
			return window;
	}
	return NULL;
}

static uint64_t read_register(struct kq_dry *dry, uint64_t address, size_t length)
{
	struct kq_dry_window *window = window_at(dry, address, length);
	uint64_t offset = window ? address - window->base : 0, value, none = 0, config;

	if (kq_dry_config_is(dry, address, &config))
		return kq_dry_config_get(dry, config);
	dry->clock += COST_REGISTER_READ;
	if (!window)
		return length == 4 ? UINT32_MAX : UINT64_MAX;
	if (window->moved && (offset == window->asked_at || offset == window->answer_at))
		return window->asked;
	value = length == 4 ? *(const volatile uint32_t *)(window->at + offset) :
			      *(const volatile uint64_t *)(window->at + offset);
	if (!memcmp(window->read + offset, &none, length))
		memcpy(window->read + offset, &value, length);
	return value;
}

static uint32_t read32(struct iq_io *io, uint64_t address)
{
	return (uint32_t)read_register(dry_of(io), address, 4);
}

static uint64_t read64(struct iq_io *io, uint64_t address)
{
	return read_register(dry_of(io), address, 8);
}

/* Does an idle unit answer a write of the register at @offset? It has done at once what its queue asks for. */
static bool is_answered(struct kq_dry_window *window, uint32_t offset)
{
	const struct iq_unit *unit = window->unit;

	return unit && unit->family->crash && unit->family->crash->idle(offset, &window->answer_at);
}

static void write_register(struct kq_dry *dry, uint64_t address, uint64_t value, size_t length)
{
	struct kq_dry_window *window = window_at(dry, address, length);
	uint64_t old = 0, config;

	if (kq_dry_config_is(dry, address, &config)) {
		kq_dry_config_set(dry, config, (uint32_t)value);
		return;
	}
	dry->clock += COST_REGISTER_WRITE;
	dry->register_writes++;
	if (!window)
		return;
	memcpy(&old, window->read + (address - window->base), length);
	kq_dry_list(dry, KQ_DRY_REGISTER, (unsigned int)length * 8, address, old, value);
	if (is_answered(window, (uint32_t)(address - window->base))) {
		window->asked_at = (uint32_t)(address - window->base);
		window->asked = value;
		window->moved = true;
	}
}

static void write32(struct iq_io *io, uint64_t address, uint32_t value)
{
	write_register(dry_of(io), address, value, 4);
}

static void write64(struct iq_io *io, uint64_t address, uint64_t value)
{
	write_register(dry_of(io), address, value, 8);
}

static uint64_t now(struct iq_io *io)
{
	return dry_of(io)->clock;
}

/* The core waits. It polls a word that it mapped before: store the value that it waits for. */
static void relax(struct iq_io *io)
{
	struct kq_dry *dry = dry_of(io);

	dry->clock += COST_POLL;
	if (!dry->word)
		return;
	if (dry->word_size == sizeof(uint64_t))
		*(volatile uint64_t *)dry->word = dry->run->token;
	else if (dry->word_size == sizeof(uint32_t))
		*(volatile uint32_t *)dry->word = (uint32_t)dry->run->token;
}

static enum iq_status guard(struct iq_io *io, iq_step step, void *context, struct iq_trap *trap)
{
	(void)io;
	(void)trap;
	return step(context);
}

/* Put @length bytes at @address into pages of the dry run's own. */
static bool put(struct kq_dry *dry, uint64_t address, const void *bytes, size_t length)
{
	const uint8_t *from = bytes;

	while (length) {
		const size_t offset = address & ~IQ_PAGE_MASK, part = (size_t)iq_min(length, IQ_PAGE_SIZE - offset);
		uint8_t *page = kq_dry_own_page(dry, address & IQ_PAGE_MASK);

		if (!page)
			return false;
		memcpy(page + offset, from, part);
		from += part;
		address += part;
		length -= part;
	}
	return true;
}

static void set_checksum(uint8_t *bytes, uint32_t length, uint32_t at)
{
	bytes[at] = 0;
	bytes[at] = (uint8_t)-iq_acpi_sum(bytes, length);
}

/* A table of tables while it is made. */
struct xsdt {
	uint8_t bytes[IQ_ACPI_HEADER + 8 * TABLES_MAX];
	uint32_t size;
	uint64_t next; /* address of the next table */
};

/* Put the host's table at @path into memory and into the table of tables, if the host has one. */
static bool put_table(struct kq_dry *dry, struct xsdt *xsdt, const char *path)
{
	size_t length;
	char *table = xsdt->size < sizeof(xsdt->bytes) ? kq_host_read(dry->host, path, IQ_ACPI_TABLE_MAX, &length) : NULL;
	bool done;

	if (!table)
		return true;
	done = put(dry, xsdt->next, table, length);
	if (!memcmp(table, IQ_MCFG_SIGNATURE, 4))
		kq_dry_config_mapped(dry, (const uint8_t *)table, (uint32_t)length);
	memcpy(xsdt->bytes + xsdt->size, &xsdt->next, sizeof(xsdt->next));
	xsdt->size += (uint32_t)sizeof(xsdt->next);
	xsdt->next = iq_round_up(xsdt->next + length, IQ_PAGE_SIZE);
	free(table);
	return done;
}

/*
 * The firmware's tables as the kernel shows them, with a root pointer (ACPI 6.5, 5.2.5.3) and a table of tables (5.2.8)
 * of our own: user space can seldom read the originals in memory.
 */
static bool put_tables(struct kq_dry *dry)
{
	const uint64_t xsdt_at = KQ_DRY_RSDP + 0x1000;
	struct xsdt xsdt = { "XSDT", IQ_ACPI_HEADER, xsdt_at + 0x1000 };
	uint8_t rsdp[36] = "RSD PTR ";
	const struct iq_family *family;
	char path[KQ_TABLE_PATH];
	bool done = true;

	for (unsigned int n = 0; done && (family = iq_family(n)); n++)
		if (kq_host_table_path(family, path))
			done = put_table(dry, &xsdt, path);
	/* Where firmware has several Linux numbers the files (drivers/acpi/sysfs.c, acpi_table_attr_init()), and uses the first. */
	done = done && put_table(dry, &xsdt, "/sys/firmware/acpi/tables/" IQ_MCFG_SIGNATURE) &&
	       put_table(dry, &xsdt, "/sys/firmware/acpi/tables/" IQ_MCFG_SIGNATURE "1");
	memcpy(xsdt.bytes + 4, &xsdt.size, sizeof(xsdt.size));
	set_checksum(xsdt.bytes, xsdt.size, 9);
	rsdp[15] = 2;
	rsdp[20] = sizeof(rsdp);
	memcpy(rsdp + 24, &xsdt_at, sizeof(xsdt_at));
	set_checksum(rsdp, 20, 8);
	set_checksum(rsdp, sizeof(rsdp), 32);
	return done && put(dry, xsdt_at, xsdt.bytes, xsdt.size) && put(dry, KQ_DRY_RSDP, rsdp, sizeof(rsdp));
}

bool kq_dry_start(struct kq_dry *dry, struct iq_run *run, const struct kq_host *host,
		  const struct kq_physical *physical)
{
	static const uint8_t zeros[IQ_SPARE_PAGES_SINK * IQ_PAGE_SIZE];

	memset(dry, 0, sizeof(*dry));
	dry->io = (struct iq_io){
		.machine = IQ_MACHINE_X86_64,
		.memory = { map },
		.config = { kq_dry_config_read, kq_dry_config_write },
		.map_registers = map_registers,
		.read32 = read32,
		.read64 = read64,
		.write32 = write32,
		.write64 = write64,
		.store64 = store64,
		.write_back = write_back,
		.now = now,
		.tick_khz = KQ_DRY_KHZ,
		.relax = relax,
		.guard = guard,
	};
	dry->past = (struct kq_dry_past){ { map_past }, dry };
	dry->host = host;
	dry->physical = physical;
	dry->run = run;
	dry->write = malloc(KQ_DRY_WRITES * sizeof(*dry->write));
	return dry->write && put(dry, KQ_DRY_COMPLETION, zeros, IQ_PAGE_SIZE) &&
	       put(dry, KQ_DRY_SPARE, zeros, sizeof(zeros)) && put_tables(dry);
}

void kq_dry_end(struct kq_dry *dry)
{
	for (size_t i = 0; i < dry->page_room; i++)
		if (dry->page[i]) {
			free(dry->page[i]->before);
			free(dry->page[i]);
		}
	free(dry->page);
	for (unsigned int i = 0; i < dry->windows; i++) {
		munmap((void *)(uintptr_t)dry->window[i].at, dry->window[i].length);
		free(dry->window[i].read);
	}
	free(dry->write);
	memset(dry, 0, sizeof(*dry));
}

struct kq_piece *kq_dry_pieces(const struct kq_dry *dry, unsigned int *count)
{
	struct kq_piece *pieces = calloc(dry->pages + dry->windows + 1, sizeof(*pieces));

	*count = 0;
	/* The newest window of a unit is the largest, and found first. */
	for (unsigned int i = dry->windows; pieces && i--;)
		pieces[(*count)++] =
			(struct kq_piece){ dry->window[i].base, dry->window[i].read, dry->window[i].length };
	for (size_t i = 0; pieces && i < dry->page_room; i++) {
		const struct kq_dry_page *page = dry->page[i];

		if (page && !page->own)
			pieces[(*count)++] = (struct kq_piece){ page->address, page->before ? page->before : page->now,
								IQ_PAGE_SIZE };
	}
	return pieces;
}
