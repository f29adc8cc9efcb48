/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: the record of a dump is decoded and applied to memory. The input is the note's descriptor. Its checksum may be wrong,
 * because truncated records are read too.
 */
#include "fuzz.h"

#include "record/evidence.h"
#include "record/past.h"

#include <string.h>

static void look_at_units(const struct evidence *evidence, struct past *past)
{
	for (unsigned int i = 0; i < evidence->units; i++) {
		const struct evidence_unit *unit = &evidence->unit[i];
		iq_source_id id = 0;

		require(unit->shares <= i);
		if (!unit->unit.family || unit->unit.status != IQ_OK)
			continue;
		require(unit->reader->ids(&unit->unit) <= 0x10000);
		for (; unit->reader->next(&past->memory, &unit->unit, &id); id += 509) {
			const struct iq_change *change;
			struct iq_entry entry;
			bool partial;

			evidence_entry(evidence, &past->memory, i, id, &entry, &change, &partial);
			require(!change || (change->first <= id && id <= iq_change_last(change)));
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct past past;
	struct fuzz_memory memory;
	struct evidence evidence;
	struct kq_reason reason;
	void *copy = malloc(size ? size : 1);
	uint64_t us;

	require(copy);
	memcpy(copy, bytes, size);
	if (evidence_open(&evidence, copy, size, &reason)) {
		fuzz_memory_start(&memory, bytes, size);
		past_start(&past, &memory.memory, &evidence);
		require(evidence.whole == !evidence_warning(&evidence));
		evidence_us(&evidence, evidence.view.header.left, &us);
		for (unsigned int i = 0; i < evidence.patches; i++)
			past.memory.map(&past.memory, evidence.patch[i].page, IQ_PAGE_SIZE);
		look_at_units(&evidence, &past);
		fuzz_memory_end(&memory);
	}
	evidence_close(&evidence);
	return 0;
}
