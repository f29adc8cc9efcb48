/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Building the sink's tables at the crash: what the spare pages held until then is not trusted.
 */
#include "sink.h"

#include "run.h"

#define ENTRIES (IQ_PAGE_SIZE / sizeof(uint64_t))

_Static_assert(IQ_SPARE_PAGES_SINK == IQ_SPARE_PAGES + 1 + IQ_SINK_LEVELS, "zeros, the page, and a table a level");

/* The table of @level; 0: the page that all addresses lead to. */
static uint64_t page_of(const struct iq_run *run, unsigned int level)
{
	return run->spare + (IQ_SPARE_PAGES + level) * IQ_PAGE_SIZE;
}

static uint64_t entry_of(const struct iq_run *run, const struct iq_sink_form *form, unsigned int level)
{
	return page_of(run, level - 1) | form->bits | iq_put(level - 1, form->next_level);
}

/* Store @value to every word of the page of @level. */
static bool fill(struct iq_run *run, unsigned int level, uint64_t value)
{
	const uint64_t page = page_of(run, level);
	struct iq_io *io = run->io;

	if (!io->memory.map(&io->memory, page, IQ_PAGE_SIZE))
		return false;
	for (unsigned int i = 0; i < ENTRIES; i++)
		io->store64(io, page + i * sizeof(value), value);
	io->write_back(io, page, IQ_PAGE_SIZE);
	return true;
}

static bool is_filled(struct iq_run *run, unsigned int level, uint64_t value)
{
	struct iq_memory *memory = &run->io->memory;
	const volatile uint64_t *word = memory->map(memory, page_of(run, level), IQ_PAGE_SIZE);

	for (unsigned int i = 0; word && i < ENTRIES; i++)
		if (word[i] != value)
			return false;
	return word;
}

static bool tables_are_filled(struct iq_run *run, const struct iq_sink_form *form)
{
	for (unsigned int level = 1; level <= IQ_SINK_LEVELS; level++)
		if (!is_filled(run, level, entry_of(run, form, level)))
			return false;
	return true;
}

static bool build(struct iq_run *run, const struct iq_sink_form *form)
{
	if (!run->spare || run->spare & ~IQ_PAGE_MASK || run->spare_pages < IQ_SPARE_PAGES_SINK)
		return false;
	if (!fill(run, 0, 0) || !is_filled(run, 0, 0))
		return false;
	for (unsigned int level = 1; level <= IQ_SINK_LEVELS; level++)
		if (!fill(run, level, entry_of(run, form, level)))
			return false;
	return tables_are_filled(run, form);
}

uint64_t iq_sink_table(struct iq_run *run, const struct iq_sink_form *form, unsigned int level)
{
	if (!level || level > IQ_SINK_LEVELS)
		return 0;
	if (!run->sink && build(run, form))
		run->sink = form;
	return run->sink == form ? page_of(run, level) : 0;
}

bool iq_sink_intact(struct iq_run *run, const struct iq_sink_form *form)
{
	return run->sink == form && tables_are_filled(run, form);
}
