/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: every reader of tables, on arbitrary memory. The input begins with the family, its registers and the request (struct
 * question); pages follow, 256 bytes each.
 */
#include "models/families.h"
#include "fuzz.h"

#include "commands/compare.h"
#include "record/reach.h"
#include "reader.h"

#include <string.h>

#define MAX_TABLES 64u
#define RUNS_TRIED 16u
#define PASIDS     64u

struct question {
	uint8_t family; /* odd: AMD-Vi, even: VT-d */
	uint8_t max_tables;
	uint16_t requester;
	uint32_t pasid;
	uint64_t iova;
	uint64_t value[IQ_UNIT_REGISTERS];
};

/* Runs are in order of IOVA, and agree with the translation of their single addresses. */
struct checker {
	struct iq_radix_visitor visitor; /* first */
	struct iq_memory *memory;
	const struct iq_entry *entry;
	uint64_t end; /* end of the last run; 0 at first */
	unsigned int tried;
	bool begun;
};

static bool on_mappings(struct iq_radix_visitor *visitor, const struct iq_mapping *mapping, unsigned int count)
{
	struct checker *checker = (struct checker *)visitor;

	for (unsigned int i = 0; i < count; i++) {
		const struct iq_mapping *run = &mapping[i];
		struct reach_path path;

		require(!checker->begun || (checker->end && run->iova >= checker->end));
		checker->begun = true;
		checker->end = run->iova + run->length;
		if (!run->length || reach_has_nested(checker->entry) || checker->tried++ >= RUNS_TRIED)
			continue;
		for (unsigned int at = 0; at < 2; at++) {
			const uint64_t iova = at ? run->iova + (run->length - 1) : run->iova;

			require(reach_translate(checker->memory, checker->entry, iova, &path) == IQ_OK);
			require(path.mapping.physical + (iova - path.mapping.iova) ==
			        run->physical + (iova - run->iova));
			require(path.mapping.read == run->read && path.mapping.write == run->write);
		}
	}
	return true;
}

static bool on_error(struct iq_radix_visitor *visitor, const struct iq_radix_error *error)
{
	(void)visitor;
	require(error->level && error->level <= IQ_RADIX_LEVELS && error->status != IQ_OK);
	return true;
}

static void ask_way(struct fuzz_memory *memory, const struct iq_entry *entry, const struct question *question)
{
	const uint64_t limit = question->max_tables % MAX_TABLES + 1;
	struct checker checker = {
	    .visitor = {.mappings = on_mappings, .error = on_error},
	    .memory = &memory->memory,
	    .entry = entry,
	};
	struct iq_radix_totals totals;
	struct reach_path path;

	reach_walk(&memory->memory, entry, limit, &checker.visitor, &totals);
	require(totals.tables <= limit);
	if (reach_translate(&memory->memory, entry, question->iova, &path) == IQ_OK && path.mapping.length)
		require(question->iova - path.mapping.iova < path.mapping.length);
}

static bool on_difference(struct compare *compare, enum compare_which which, const struct iq_mapping *run)
{
	(void)compare;
	(void)which;
	(void)run;
	return false;
}

static void on_trouble(struct compare *compare, enum compare_which which, const struct iq_radix_error *error)
{
	(void)compare;
	(void)which;
	(void)error;
}

/* Comparing tables with themselves finds no difference. */
static void compare_with_itself(struct fuzz_memory *memory, const struct iq_entry *entry, const struct question *question)
{
	const struct compare_side side = {
		.memory = &memory->memory,
		.way = *entry,
		.max_tables = question->max_tables % MAX_TABLES + 1,
	};
	struct compare compare = { .side = { side, side }, .differs = on_difference, .error = on_trouble };

	require(!compare_can(entry) || compare_ways(&compare));
}

/* Walk the entry's window together with a second one. The input chooses its place: after the first, overlapping it, or impossible. */
static void ask_windows(struct fuzz_memory *memory, const struct iq_entry *entry, const struct question *question)
{
	struct iq_entry both = *entry;
	struct iq_window *second = &both.window[1];

	if (!entry->windows)
		return;
	both.windows = 2;
	*second = both.window[0];
	(second->first.form ? &second->first : &second->second)->base = question->iova & IQ_PAGE_MASK;
	ask_way(memory, &both, question);
	*second = (struct iq_window){
		.direct = { .iova = question->iova, .physical = question->value[0], .length = question->value[1], .read = true },
	};
	ask_way(memory, &both, question);
}

static void ask_pasids(struct fuzz_memory *memory, const struct iq_unit *unit, const struct iq_entry *entry,
                       const struct question *question)
{
	uint32_t pasid = question->pasid & 0xfffff;
	struct iq_entry way;

	if (iq_reader_of(unit->family)->pasid(&memory->memory, unit, entry, pasid, &way) == IQ_OK)
		ask_way(memory, &way, question);
	for (unsigned int i = 0; i < PASIDS; i++, pasid++) {
		const uint32_t from = pasid;

		if (iq_reader_of(unit->family)->next_pasid(&memory->memory, entry, &pasid) != IQ_OK)
			break;
		require(pasid >= from && pasid < 0x100000);
		if (iq_reader_of(unit->family)->pasid(&memory->memory, unit, entry, pasid, &way) == IQ_OK && i < 4)
			ask_way(memory, &way, question);
	}
}

static void ask_requester(struct fuzz_memory *memory, const struct iq_unit *unit, uint16_t requester,
                          const struct question *question)
{
	const struct iq_change change = {
	    .first = requester, .old = {question->iova, question->value[0]}};
	struct iq_entry entry;

	if (iq_reader_of(unit->family)->entry(&memory->memory, unit, requester, &entry) != IQ_OK)
		return;
	require(entry.id == requester);
	ask_way(memory, &entry, question);
	ask_windows(memory, &entry, question);
	if (requester == question->requester)
		compare_with_itself(memory, &entry, question);
	if (entry.pasid_table)
		ask_pasids(memory, unit, &entry, question);
	iq_reader_of(unit->family)->restore(&memory->memory, unit, &change, &entry);
	ask_way(memory, &entry, question);
}

static void ask_words(struct fuzz_memory *memory, const struct iq_unit *unit)
{
	const struct iq_reader *reader = iq_reader_of(unit->family);
	struct iq_command command;
	struct iq_event event;
	struct iq_ring ring;

	for (unsigned int n = 0; reader->ring(unit, n, &ring); n++)
		require(ring.size % ring.entry_size == 0 && ring.size <= UINT64_C(1) << 20);
	for (unsigned int i = 0; i < memory->pages; i++) {
		if (reader->describe_command(memory->page[i], 32, &command))
			require(command.name);
		reader->describe_command(memory->page[i], 16, &command);
		if (iq_reader_of(unit->family)->describe_event(memory->page[i], 16, &event))
			require(event.name);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct question question;
	struct iq_unit unit = {.status = IQ_OK};
	struct fuzz_memory memory;

	if (size < sizeof(question))
		return 0;
	memcpy(&question, bytes, sizeof(question));
	unit.family = question.family & 1 ? &iq_amdvi : &iq_vtd;
	memcpy(unit.value, question.value, sizeof(unit.value));
	fuzz_memory_start(&memory, bytes + sizeof(question), size - sizeof(question));
	require(iq_reader_of(unit.family)->ids(&unit) <= 0x10000);
	unit.family->tables(&unit);
	ask_requester(&memory, &unit, question.requester, &question);
	for (uint16_t requester = 0; requester < 8; requester++)
		ask_requester(&memory, &unit, requester, &question);
	ask_words(&memory, &unit);
	fuzz_memory_end(&memory);
	return 0;
}
