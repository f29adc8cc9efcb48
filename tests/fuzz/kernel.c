/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target, on arbitrary memory: units by a kernel's symbols, and what their tables map and mapped before; symbols of a big-endian
 * kernel; notes by an ELF core header, and the one that a kernel left. The input is the text of vmcoreinfo, ended by a 0, then pages: frame number (4 bytes), length (2 bytes), the page's first bytes.
 */
#include "fuzz.h"

#include "kernel/family.h"
#include "kernel/left-info.h"
#include "kernel/machines.h"
#include "kernel/units.h"
#include "memory-notes.h"
#include "record/reach.h"
#include "record/unflushed.h"

#include <elf.h>
#include <string.h>

#define PAGES	  64u
#define PAGE_HEAD 6u
#define TABLES	  64u /* that are walked for a unit */

struct machine {
	struct iq_memory memory; /* first */
	unsigned int pages;
	uint64_t address[PAGES];
	uint8_t *page[PAGES];
};

static const void *map(struct iq_memory *memory, uint64_t address, size_t length)
{
	const struct machine *machine = (struct machine *)memory;

	require(length && length <= IQ_PAGE_SIZE - address % IQ_PAGE_SIZE);
	for (unsigned int i = 0; i < machine->pages; i++)
		if (machine->address[i] == (address & IQ_PAGE_MASK))
			return machine->page[i] + address % IQ_PAGE_SIZE;
	return NULL;
}

static void fill(struct machine *machine, const uint8_t *bytes, size_t size)
{
	while (size >= PAGE_HEAD && machine->pages < PAGES) {
		const size_t length = iq_min(iq_min(iq_le16(bytes + 4), IQ_PAGE_SIZE), size - PAGE_HEAD);

		machine->address[machine->pages] = iq_le32(bytes) * IQ_PAGE_SIZE;
		machine->page[machine->pages] = calloc(1, IQ_PAGE_SIZE);
		require(machine->page[machine->pages]);
		memcpy(machine->page[machine->pages++], bytes + PAGE_HEAD, length);
		bytes += PAGE_HEAD + length;
		size -= PAGE_HEAD + length;
	}
}

static const struct dump_arch archs[] = { { ORDER_LITTLE, EM_X86_64, "x86_64" }, { ORDER_BIG, EM_S390, "s390x" } };

/* What was mapped, cut by what is to be flushed: the parts are the whole. */
struct past_visitor {
	struct iq_radix_visitor visitor; /* first */
	const struct evidence_driver *driver;
};

static bool on_past(struct iq_radix_visitor *visitor, const struct iq_mapping *mapping, unsigned int count)
{
	const struct past_visitor *past = (struct past_visitor *)visitor;

	for (unsigned int i = 0; i < count; i++) {
		struct iq_mapping rest = mapping[i], part;
		uint64_t sum = 0;

		while (rest.length) {
			unflushed_cut(past->driver->unflushed, &rest, &part);
			require(part.length && part.iova == mapping[i].iova + sum);
			sum += part.length;
		}
		require(sum == mapping[i].length);
	}
	return true;
}

static void ask_tables(struct machine *machine, const struct evidence_unit *unit)
{
	struct past_visitor past = { .visitor.mappings = on_past, .driver = &unit->driver };
	struct iq_radix_totals totals;
	struct iq_entry entry, before;
	iq_source_id id = 0;

	if (!unit->reader->next(&machine->memory, &unit->unit, &id) ||
	    unit->reader->entry(&machine->memory, &unit->unit, id, &entry) != IQ_OK)
		return;
	reach_walk(&machine->memory, &entry, TABLES, &past.visitor, &totals);
	if (reach_past(&entry, &before))
		reach_walk(&machine->memory, &before, TABLES, &past.visitor, &totals);
}

static void ask_units(struct machine *machine, const struct dump_arch *arch, const char *text, size_t length)
{
	const struct kernel_clues clues = { .arch = arch, .info = { .text = text, .size = length } };
	struct evidence evidence = { 0 };
	struct kq_reason reason = { .text = "" };

	if (!kernel_units_find(&machine->memory, &clues, &evidence, &reason))
		require(reason.text[0]);
	require(evidence.units <= KERNEL_UNITS_MAX);
	for (unsigned int i = 0; i < evidence.units; i++) {
		const struct iq_unit *unit = &evidence.unit[i].unit;
		struct iq_entry entry;

		require(unit->family && evidence.unit[i].shares <= i);
		iq_reader_of(unit->family)->entry(&machine->memory, unit, 8, &entry);
		ask_tables(machine, &evidence.unit[i]);
	}
	evidence_close(&evidence);
}

static bool start(struct kernel_memory *kernel, const struct vmcoreinfo *info, struct kq_reason *reason)
{
	(void)kernel;
	(void)info;
	(void)reason;
	return true;
}

static enum iq_status translate(struct kernel_memory *kernel, uint64_t page, uint64_t *physical)
{
	(void)kernel;
	*physical = page;
	return IQ_OK;
}

/* A made-up machine, whose kernel addresses equal physical addresses. */
static void ask_big(struct machine *machine, const char *text, size_t length)
{
	static const struct kernel_machine big = { .order = ORDER_BIG, .start = start, .translate = translate };
	const struct vmcoreinfo info = { .text = text, .size = length };
	struct symbol symbol[] = { { "hose_list", 0 }, { "zpci_list", 0 }, { "__start_BTF", 0 } };
	struct kq_reason reason = { .text = "" };
	struct kernel_memory kernel;

	require(kernel_memory_open(&kernel, &big, &machine->memory, &info, &reason));
	if (!kallsyms_find(&kernel, &info, symbol, IQ_ARRAY_SIZE(symbol), &reason))
		require(reason.text[0]);
}

static void ask_left(struct machine *machine, const struct dump_arch *arch)
{
	struct kq_reason reason;
	void *text = NULL;
	size_t size;

	if (left_info_read(kernel_machine_find(arch, &reason), &machine->memory, &text, &size))
		require(text);
	free(text);
}

/* This machine is used whatever machine the dump names. */
static void ask_notes(struct machine *machine, uint64_t address)
{
	struct kq_reason reason;
	uint8_t *bytes;
	size_t size;

	for (size_t i = 0; i < IQ_ARRAY_SIZE(archs); i++) {
		if (!memory_notes_read(&machine->memory, &archs[i], address, &bytes, &size, &reason))
			continue;
		require(bytes && size);
		free(bytes);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const uint8_t *end = memchr(bytes, 0, size);
	struct machine machine = { .memory = { .map = map } };
	char *text;

	if (!end)
		return 0;
	text = strndup((const char *)bytes, size);
	require(text);
	fill(&machine, end + 1, size - (size_t)(end + 1 - bytes));
	for (size_t i = 0; i < IQ_ARRAY_SIZE(archs); i++) {
		ask_units(&machine, &archs[i], text, strlen(text));
		ask_left(&machine, &archs[i]);
	}
	ask_big(&machine, text, strlen(text));
	for (unsigned int i = 0; i < machine.pages; i++)
		ask_notes(&machine, machine.address[i]);
	for (unsigned int i = 0; i < machine.pages; i++)
		free(machine.page[i]);
	free(text);
	return 0;
}
