/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The record has the registers themselves and is believed. Without a record, the kernel's own structures say where the tables
 * are.
 */
#include "units-source.h"

#include "kernel/left-info.h"
#include "kernel/machines.h"
#include "kernel/units.h"
#include "memory-notes.h"
#include "dump/notes.h"
#include "base/progress.h"
#include "unit-option.h"
#include "vmlinux.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every dump that QEMU took has notes of this name: the state of its CPUs. */
#define QEMU_NOTE "QEMU"
#define QEMU_TYPE 0u

enum record_state {
	RECORD_READ,
	RECORD_NONE, /* the dump has none */
	RECORD_BAD,  /* it cannot be read, or the dump is damaged; the user was told */
};

static bool take_record(struct inspect *inspect, void *bytes, size_t size)
{
	struct kq_reason reason;
	const char *warning;

	if (!evidence_open(&inspect->evidence, bytes, size, &reason)) {
		inspect_trouble(inspect, "%s", reason.text);
		evidence_close(&inspect->evidence);
		return false;
	}
	warning = evidence_warning(&inspect->evidence);
	if (warning)
		inspect_trouble(inspect, "%s", warning);
	return true;
}

/* In a dump that QEMU took: find the notes of the capture kernel that is loaded or runs. */
static void search_memory(struct inspect *inspect)
{
	struct kq_reason reason;
	void *bytes = NULL;
	uint64_t address;
	size_t size;

	if (inspect->memory_notes.searched)
		return;
	inspect->memory_notes.searched = true;
	if (notes_find(inspect->source, QEMU_NOTE, QEMU_TYPE, &bytes, &size, &reason) != NOTES_FOUND)
		return;
	free(bytes);
	if (source_start(inspect->source, &reason) && memory_notes_search(inspect->source, IQ_NOTE_NAME, &address) &&
	    memory_notes_read(&inspect->source->memory, source_arch(inspect->source), address,
			      &inspect->memory_notes.bytes, &inspect->memory_notes.size, &reason))
		inspect->memory_notes.address = address;
	kq_progress_end();
}

enum notes_answer units_note(struct inspect *inspect, const char *name, uint32_t type, void **bytes, size_t *size,
			     struct kq_reason *reason)
{
	const enum notes_answer answer = notes_find(inspect->source, name, type, bytes, size, reason);

	if (answer != NOTES_NONE || reason->text[0])
		return answer;
	search_memory(inspect);
	if (!inspect->memory_notes.bytes)
		return answer;
	return notes_find_in(source_arch(inspect->source)->order, inspect->memory_notes.bytes,
			     inspect->memory_notes.size, name, type, bytes, size, reason);
}

static enum record_state open_record(struct inspect *inspect)
{
	struct kq_reason reason;
	size_t size = 0;
	void *bytes = NULL;

	switch (units_note(inspect, IQ_NOTE_NAME, IQ_NOTE_TYPE, &bytes, &size, &reason)) {
	case NOTES_FOUND:
		return take_record(inspect, bytes, size) ? RECORD_READ : RECORD_BAD;
	case NOTES_NONE:
		if (!reason.text[0])
			return RECORD_NONE;
		break;
	case NOTES_DAMAGED:
		break;
	}
	inspect_trouble(inspect, "%s", reason.text);
	return RECORD_BAD;
}

static bool build_symbols(const struct kernel_build *build, uint64_t moved, struct symbol *symbol, size_t count,
			  struct kq_reason *reason)
{
	struct kq_reason why;

	return vmlinux_symbols(build->context, moved, symbol, count, &why) ||
	       kq_fail(reason, "--vmlinux: %.100s", why.text);
}

static bool build_layout(const struct kernel_build *build, struct member *member, size_t count,
			 struct kq_reason *reason)
{
	struct kq_reason why;

	return vmlinux_layout(build->context, member, count, &why) || kq_fail(reason, "--vmlinux: %.200s", why.text);
}

/* Find units by the kernel's structures in @memory, its vmcoreinfo @info, and the file @vmlinux if that is not NULL. */
static bool find_units(struct inspect *inspect, const char *vmlinux, struct vmcoreinfo info, struct iq_memory *memory,
		       struct evidence *found, struct kq_reason *reason)
{
	struct kernel_build build = { build_symbols, build_layout, NULL };
	const struct dump_arch *arch = source_arch(inspect->source);
	const struct kernel_clues clues = { arch, info, vmlinux ? &build : NULL };
	struct kq_reason why;
	bool ok;

	inspect->types = "BTF";
	if (vmlinux) {
		build.context = vmlinux_open(vmlinux, arch, &why);
		if (!build.context)
			return kq_fail(reason, "--vmlinux %.80s: %.160s", vmlinux, why.text);
		inspect->types = vmlinux_types(build.context);
	}
	ok = kernel_units_find(memory, &clues, found, reason);
	vmlinux_close(build.context);
	return ok;
}

/*
 * The kernel's vmcoreinfo: from the notes of the dump, else from @memory, the dump's or one that passes reads on to it. *@text is freed
 * by the caller.
 */
static bool find_info(struct inspect *inspect, struct iq_memory *memory, void **text, size_t *size, struct kq_reason *reason)
{
	const struct kernel_machine *machine;
	struct kq_reason unused;

	switch (units_note(inspect, VMCOREINFO_NOTE, VMCOREINFO_TYPE, text, size, reason)) {
	case NOTES_FOUND:
		return source_start(inspect->source, reason);
	case NOTES_NONE:
		break;
	case NOTES_DAMAGED:
		return false;
	}
	machine = kernel_machine_find(source_arch(inspect->source), &unused);
	if (machine && machine->note)
		return source_start(inspect->source, reason) &&
		       (left_info_read(machine, memory, text, size) ||
			kq_fail(reason, "no vmcoreinfo, neither among its notes nor where a kernel of %s leaves it in memory",
				machine->name));
	return kq_fail(reason, "no vmcoreinfo among its notes (QEMU writes one with -device vmcoreinfo)");
}

/* @memory is the memory of the dump, or passes reads on to it. */
static bool find_by_symbols(struct inspect *inspect, const struct units_options *options, struct iq_memory *memory,
			    struct evidence *found, struct kq_reason *reason)
{
	const bool zero_excluded = inspect->source->zero_excluded;
	size_t size = 0;
	void *text = NULL;
	bool ok;

	/* A structure whose page was left out of the dump must be an error, not an empty structure. */
	inspect->source->zero_excluded = false;
	ok = find_info(inspect, memory, &text, &size, reason) &&
	     find_units(inspect, options->vmlinux, (struct vmcoreinfo){ text, size }, memory, found, reason);
	inspect->source->zero_excluded = zero_excluded;
	free(text);
	if (ok && !found->units)
		return kq_fail(reason, "the kernel had no IOMMU that this program knows");
	return ok;
}

static bool find_by_hand(struct inspect *inspect, const struct units_options *options, struct evidence *found)
{
	for (unsigned int i = 0; i < options->hands; i++) {
		struct kq_reason reason;

		if (unit_option_add(options->hand[i], found, &reason))
			continue;
		kq_warn("--unit %s: %s", options->hand[i], reason.text);
		inspect->status = EXIT_USAGE;
		return false;
	}
	return true;
}

/* Take @found for the units. If there is a record, it still says what the plugin changed. */
static bool take(struct inspect *inspect, const struct evidence *found, enum units_from from)
{
	struct kq_reason reason;

	inspect->from = from;
	if (evidence_replace(&inspect->evidence, found, &reason))
		return true;
	inspect_trouble(inspect, "%s", reason.text);
	return false;
}

/* False if kernels of this machine are not read: no more can be said of its units. */
static bool tell_no_record(struct inspect *inspect)
{
	const struct kernel_machine *machine;
	struct kq_reason reason;

	machine = kernel_machine_find(source_arch(inspect->source), &reason);
	if (!machine)
		inspect_trouble(inspect, "no record of kdump-quiesce among its notes: %s", reason.text);
	else if (machine->plugin)
		inspect_trouble(inspect, "no record of kdump-quiesce among its notes: the plugin was not loaded");
	else
		inspect_trouble(inspect, "no record of kdump-quiesce among its notes: there is no plugin for %s", machine->name);
	return machine;
}

/* Take the units that the kernel's symbols lead to: they were asked for, or there is no record. */
static bool take_symbols(struct inspect *inspect, const struct units_options *options, enum record_state record)
{
	struct evidence found = { 0 };
	struct kq_reason reason;
	const bool ok = find_by_symbols(inspect, options, &inspect->source->memory, &found, &reason);
	bool taken = false, more = true;

	if (ok || found.units)
		taken = take(inspect, &found, UNITS_SYMBOLS);
	if (!ok && record == RECORD_NONE && options->from == UNITS_ANY && !found.units)
		more = tell_no_record(inspect);
	if (!ok && more && (record != RECORD_BAD || options->from == UNITS_SYMBOLS))
		inspect_trouble(inspect, "units by the kernel's symbols: %s%s", reason.text,
				found.units ? "" : "; --unit FAMILY,root=ADDRESS gives them by hand");
	evidence_close(&found);
	return taken;
}

static bool take_by_hand(struct inspect *inspect, const struct units_options *options)
{
	struct evidence found = { 0 };
	const bool taken = find_by_hand(inspect, options, &found) && take(inspect, &found, UNITS_BY_COMMAND);

	evidence_close(&found);
	return taken;
}

bool units_open(struct inspect *inspect, const struct units_options *options, bool only_record)
{
	const enum record_state record = open_record(inspect);
	bool opened = record == RECORD_READ;

	inspect->from = UNITS_RECORD;
	if (only_record || options->from == UNITS_RECORD) {
		if (record == RECORD_NONE)
			tell_no_record(inspect);
	} else if (options->hands) {
		opened = take_by_hand(inspect, options);
	} else if (!opened || options->from == UNITS_SYMBOLS) {
		opened = take_symbols(inspect, options, record);
	}
	past_start(&inspect->past, &inspect->source->memory, &inspect->evidence);
	return opened;
}

struct comparison {
	struct units_difference *difference;
	int count;
};

static bool differ(struct comparison *to, const struct units_difference *difference)
{
	struct units_difference *more = realloc(to->difference, ((size_t)to->count + 1) * sizeof(*more));

	if (!more)
		return false;
	to->difference = more;
	to->difference[to->count++] = *difference;
	return true;
}

static bool compare_one(struct comparison *to, unsigned int index, const char *what, uint64_t record, uint64_t symbols)
{
	return record == symbols || differ(to, &(struct units_difference){ index, what, true, true, record, symbols });
}

static bool compare_unit(struct comparison *to, const struct evidence_unit *record, const struct evidence_unit *symbols)
{
	const struct iq_family *family = record->unit.family;
	const unsigned int index = record->unit.index;

	if (!compare_one(to, index, "segment", record->unit.segment, symbols->unit.segment) ||
	    !compare_one(to, index, "its own requester", record->unit.requester, symbols->unit.requester) ||
	    !compare_one(to, index, "status", record->unit.status, symbols->unit.status))
		return false;
	for (unsigned int i = 0; i < family->register_count; i++)
		if (record->known[i] && symbols->known[i] &&
		    !compare_one(to, index, family->registers[i].name, record->unit.value[i], symbols->unit.value[i]))
			return false;
	return true;
}

static bool compare_all(struct comparison *to, const struct evidence *record, const struct evidence *symbols)
{
	for (unsigned int i = 0; i < record->units; i++) {
		const struct evidence_unit *unit = &record->unit[i];
		const unsigned int same = evidence_same(symbols, unit);
		struct units_difference only = { .unit = unit->unit.index, .in_record = true };

		only.what = evidence_place(&unit->unit, &only.record);

		if (unit->unit.family &&
		    !(same < symbols->units ? compare_unit(to, unit, &symbols->unit[same]) : differ(to, &only)))
			return false;
	}
	for (unsigned int i = 0; i < symbols->units; i++) {
		const struct evidence_unit *unit = &symbols->unit[i];
		struct units_difference only = { .unit = unit->unit.index, .in_symbols = true };

		only.what = evidence_place(&unit->unit, &only.symbols);

		if (evidence_same(record, unit) == record->units && !differ(to, &only))
			return false;
	}
	return true;
}

int units_compare(struct inspect *inspect, const struct units_options *options, struct units_difference **difference)
{
	struct comparison comparison = { 0 };
	struct evidence symbols = { 0 };
	struct kq_reason reason;
	bool ok;

	*difference = NULL;
	if (inspect->from != UNITS_RECORD || options->from == UNITS_RECORD)
		return -1;
	ok = find_by_symbols(inspect, options, &inspect->source->memory, &symbols, &reason) &&
	     compare_all(&comparison, &inspect->evidence, &symbols);
	evidence_close(&symbols);
	*difference = comparison.difference;
	return ok ? comparison.count : -1;
}

void units_remember(struct inspect *inspect, struct iq_memory *memory)
{
	struct evidence found = { 0 };
	struct kq_reason reason;
	uint8_t *bytes = NULL;
	size_t size;

	if (inspect->memory_notes.bytes &&
	    memory_notes_read(memory, source_arch(inspect->source), inspect->memory_notes.address, &bytes, &size, &reason))
		free(bytes);
	if (inspect->from == UNITS_SYMBOLS)
		find_by_symbols(inspect, inspect->units_options, memory, &found, &reason);
	evidence_close(&found);
}

const char *units_source_name(enum units_from from)
{
	switch (from) {
	case UNITS_SYMBOLS:
		return "symbols";
	case UNITS_BY_COMMAND:
		return "unit";
	case UNITS_ANY:
	case UNITS_RECORD:
		break;
	}
	return "record";
}

const char *units_source_text(const struct inspect *inspect)
{
	static char text[64];

	switch (inspect->from) {
	case UNITS_SYMBOLS:
		snprintf(text, sizeof(text), "the kernel's symbols and %s", inspect->types);
		return text;
	case UNITS_BY_COMMAND:
		return "the command line";
	case UNITS_ANY:
	case UNITS_RECORD:
		break;
	}
	return "the record";
}
