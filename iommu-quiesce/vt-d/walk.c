/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VT-d at the crash: from root entries to context entries to PASID tables. What it reads can be shared, and lie.
 */
#include "walk.h"

#include "sink.h"

/* A second-level entry that leads on, with all permissions. 9.8 */
static const struct iq_sink_form sink_form = { .bits = TABLE_RW };

#define PASID_PAGES 65536u /* directory pages and PASID tables read for one unit */

const volatile uint64_t *vtd_map(struct vtd_walk *walk, uint64_t address, size_t length)
{
	struct iq_memory *memory = &walk->run->io->memory;

	return memory->map(memory, address, length);
}

void vtd_unreachable(struct vtd_walk *walk, uint64_t address)
{
	walk->status = IQ_UNREACHABLE;
	walk->stage->address = address;
}

enum iq_status vtd_next_pasid_table(struct vtd_walk *walk, uint64_t context, uint32_t *index, uint64_t *table)
{
	const uint32_t entries = 1u << (iq_field(context, CONTEXT_SM_PDTS) + 7);
	const volatile uint64_t *page = NULL;

	for (; *index < entries; ++*index) {
		const uint64_t address = (context & ADDRESS) + *index * 8;

		if (!page || !(address % IQ_PAGE_SIZE)) {
			if (walk->pasid_pages++ >= PASID_PAGES)
				return IQ_NO_ROOM;
			page = vtd_map(walk, address & IQ_PAGE_MASK, IQ_PAGE_SIZE);
		}
		if (!page)
			return IQ_UNREACHABLE;
		*table = page[address % IQ_PAGE_SIZE / 8];
		if (*table & PASID_DIR_P) {
			*table &= ADDRESS;
			return vtd_map(walk, *table, IQ_PAGE_SIZE) ? IQ_OK : IQ_UNREACHABLE;
		}
	}
	return IQ_NOT_FOUND;
}

void vtd_each_context(struct vtd_walk *walk,
		      void (*what)(struct vtd_walk *walk, iq_source_id id, const uint64_t word[2], uint64_t address))
{
	const uint32_t size = vtd_scalable(walk->unit) ? CONTEXT_SM_SIZE : CONTEXT_SIZE;
	const uint32_t per_table = (uint32_t)(IQ_PAGE_SIZE / size);

	for (iq_source_id first = 0; first < VTD_IDS; first += per_table) {
		const uint64_t table = vtd_context_table(&walk->run->io->memory, walk->unit, first);
		const volatile uint64_t *page = table ? vtd_map(walk, table, IQ_PAGE_SIZE) : NULL;

		if (table && !page)
			vtd_unreachable(walk, table);
		for (uint32_t i = 0; page && i < per_table; i++) {
			const volatile uint64_t *entry = page + i * (size / 8);

			if (!(entry[0] & CONTEXT_P))
				continue;
			what(walk, first + i, (const uint64_t[]){ entry[0], entry[1] }, table + i * size);
			/* Mapped anew: what was done to it may have mapped more pages than stay valid. */
			page = vtd_map(walk, table, IQ_PAGE_SIZE);
		}
		walk->stage->examined += page ? per_table : 0;
	}
}

uint64_t vtd_widest_aw(const struct iq_unit *unit)
{
	const uint64_t sagaw = iq_field(unit->value[VTD_CAP], CAP_SAGAW);

	return sagaw & 8 ? 3 : sagaw & 4 ? 2 : sagaw & 2 ? 1 : 0;
}

uint64_t vtd_find_sink(struct iq_run *run, const struct iq_unit *unit)
{
	const uint64_t aw = vtd_widest_aw(unit);

	if (!aw || !iq_plan_wants(&run->plan, unit, IQ_MODE_SINK))
		return 0;
	if (vtd_scalable(unit) && !(unit->value[VTD_ECAP] & ECAP_SLTS))
		return 0;
	return iq_sink_table(run, &sink_form, (unsigned int)aw + 2);
}

bool vtd_sink_intact(struct iq_run *run, const struct iq_unit *unit)
{
	return unit->sink_domain && iq_sink_intact(run, &sink_form);
}
