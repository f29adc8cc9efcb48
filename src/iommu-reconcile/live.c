/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /proc/kcore is an ELF core of the running kernel, to root and unless lockdown forbids it. The memory of the old kernel is
 * not in it, and that of the new one not in the dump.
 */
#include "live.h"

#include "base/cleanup.h"
#include "kernel/units.h"
#include "dump/file.h"
#include "dump/notes.h"
#include "registers.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KCORE "/proc/kcore"

static const void *map_memory(struct iq_memory *memory, uint64_t address, size_t length)
{
	struct live *live = (struct live *)memory;

	if (live->source && memory_map_hit(live->map, address, length))
		return live->limits.memory.map(&live->limits.memory, address, length);
	return live->dump->memory.map(&live->dump->memory, address, length);
}

static bool find_units(struct live *live, struct kq_reason *reason)
{
	struct kernel_clues clues = { .arch = source_arch(live->source) };
	_cleanup_free_ void *text = NULL;

	if (notes_find(live->source, VMCOREINFO_NOTE, VMCOREINFO_TYPE, &text, &clues.info.size, reason) !=
	    NOTES_FOUND)
		return reason->text[0] ? false : kq_fail(reason, "no vmcoreinfo among its notes");
	clues.info.text = text;
	if (!kernel_units_find(&live->limits.memory, &clues, &live->units, reason) && !live->units.units)
		return false;
	return live->units.units || kq_fail(reason, "this kernel has no IOMMU that this program knows");
}

void live_start(struct live *live, const struct memory_map *map, struct limits *dump)
{
	memset(live, 0, sizeof(*live));
	live->memory.map = map_memory;
	live->map = map;
	live->dump = dump;
}

/*
 * Is @unit one that firmware names? Those of the record are. The memory of a crashed kernel may name any address, and reading a
 * register of some other device can have side effects.
 */
static bool is_named(const struct reconcile *reconcile, const struct iq_unit *unit, struct kq_reason *why)
{
	if (reconcile->crashed.units == UNITS_RECORD)
		return true;
	for (unsigned int i = 0; reconcile->running.plan && i < reconcile->running.plan->units; i++)
		if (reconcile->running.plan->unit[i].base == unit->base && reconcile->running.plan->unit[i].family == unit->family)
			return true;
	return kq_fail(why, "no firmware's table names a unit at 0x%" PRIx64, unit->base);
}

/* Registers count more than the kernel's own structures, and can be read where these cannot. */
static void read_registers(struct live *live, struct reconcile *reconcile)
{
	const struct evidence *evidence = &reconcile->crashed.evidence;

	reconcile->running.now = calloc(evidence->units ? evidence->units : 1, sizeof(*reconcile->running.now));
	for (unsigned int i = 0; reconcile->running.now && i < evidence->units; i++) {
		const struct iq_unit *unit = &evidence->unit[i].unit;

		if (!unit->family || !unit->family->register_count)
			continue;
		if (!is_named(reconcile, unit, &reconcile->running.no_now) ||
		    !registers_read(&reconcile->host, unit, &reconcile->running.now[i], &reconcile->running.no_now)) {
			free(reconcile->running.now);
			reconcile->running.now = NULL;
			return;
		}
	}
	live->evidence = evidence;
	live->registers = reconcile->running.now;
}

static void open_tables(struct live *live, struct reconcile *reconcile)
{
	static char path[PATH_MAX];
	char *const paths[] = { path };
	struct kq_reason *why = &reconcile->running.no_live;

	if (!reconcile->running.map.ranges || reconcile->running.map.reserved) {
		kq_fail(why, "which memory it lives in is not known");
		return;
	}
	if (snprintf(path, sizeof(path), "%s" KCORE, reconcile->host.root) >= (int)sizeof(path) ||
	    !file_give(path, kq_host_open(&reconcile->host, KCORE, O_RDONLY)))
		return;
	live->source = source_open(source_only_elf, paths, 1, false, why);
	if (!live->source)
		return;
	live->source->by_page = true;
	limits_start(&live->limits, live->source);
	if (source_start(live->source, why) && find_units(live, why))
		return;
	live_close(live);
}

void live_open(struct live *live, struct reconcile *reconcile)
{
	open_tables(live, reconcile);
	reconcile->running.live = live->source;
	read_registers(live, reconcile);
}

void live_close(struct live *live)
{
	evidence_close(&live->units);
	source_close(live->source);
	live->source = NULL;
}

const struct iq_unit *live_unit(const struct live *live, const struct evidence_unit *unit)
{
	const struct iq_unit *now = live->registers ? &live->registers[unit - live->evidence->unit] : NULL;
	unsigned int same;

	/* The registers say where its tables are; to read them, this kernel's memory is needed too. */
	if (now && now->family && (now->status == IQ_OFF || (now->status == IQ_OK && live->source)))
		return now;
	if (!live->source)
		return NULL;
	same = evidence_same(&live->units, unit);
	if (same == live->units.units ||
	    (live->units.unit[same].unit.status != IQ_OK && live->units.unit[same].unit.status != IQ_OFF))
		return NULL;
	return &live->units.unit[same].unit;
}

static bool owns_root(const struct live *live, const struct iq_radix_root *root)
{
	return root->form && memory_map_hit(live->map, root->table, IQ_PAGE_SIZE);
}

bool live_owns(const struct live *live, const struct iq_entry *entry)
{
	if (live->map->reserved || entry->translation != IQ_TRANSLATION_TABLE)
		return false;
	for (unsigned int i = 0; i < entry->windows; i++)
		if (owns_root(live, &entry->window[i].first) || owns_root(live, &entry->window[i].second))
			return true;
	return false;
}
