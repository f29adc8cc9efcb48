/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plugin's own sequence around the core's: check the handover, quiesce, seal, and back out. Everything that can go
 * wrong ends in the same place: the loader's own entry is jumped to.
 */
#include "plugin.h"

#include "elfcorehdr.h"
#include "quiesce.h"

static struct iq_run run;

struct job {
	const struct iq_handover *handover;
	struct iq_io *io;
	uint64_t entered;
};

static enum iq_status insert_note(void *context)
{
	const struct iq_handover *handover = ((const struct job *)context)->handover;
	void *header = (void *)(uintptr_t)handover->elfcorehdr;

	if (iq_elfcorehdr_has_note(header, handover->elfcorehdr_size, handover->note, handover->note_size))
		return IQ_NOTHING;
	return iq_elfcorehdr_insert_note(header, handover->elfcorehdr_size, handover->note, handover->note_size);
}

/* It was zeroed when it was loaded, days ago. A fault here: there is no record, but the DMA is stopped all the same. */
static enum iq_status clear_note(void *context)
{
	const struct iq_handover *handover = ((const struct job *)context)->handover;
	volatile uint64_t *word = (volatile uint64_t *)(uintptr_t)handover->note;

	if (!handover->note || handover->note % sizeof(*word))
		return IQ_NOTHING;
	for (uint32_t i = 0; i < handover->note_size / sizeof(*word); i++)
		word[i] = 0;
	return IQ_OK;
}

static enum iq_status quiesce(void *context)
{
	struct job *job = context;
	const struct iq_handover *handover = job->handover;
	struct iq_trap trap;
	void *note;

	machine_relocate();
	job->io = machine_open(handover, job->entered, &run.stage);
	if (!job->io)
		return IQ_UNSUPPORTED;
	/* Without the PT_NOTE the record is not found, but the DMA is stopped all the same. */
	if (handover->flags & IQ_HANDOVER_INSERT_NOTE && handover->elfcorehdr)
		machine_guard(insert_note, job, &trap);
	note = machine_guard(clear_note, job, &trap) == IQ_OK ? (void *)(uintptr_t)handover->note : NULL;
	return iq_quiesce(&run, job->io, handover, note, machine_completion(), job->entered);
}

/* The exception that ended the whole sequence; those that ended a unit's step are recorded by the core. */
static enum iq_status record_trap(void *context)
{
	const struct iq_trap *trap = context;
	const struct iq_record_trap item = { .stage = (uint16_t)run.stage, .trap = *trap };

	iq_record_item(&run.record, IQ_SECTION_TRAP, IQ_NO_UNIT, &item, sizeof(item));
	return IQ_OK;
}

static enum iq_status seal(void *context)
{
	(void)context;
	iq_quiesce_seal(&run, machine_nmis());
	return IQ_OK;
}

static enum iq_status close_machine(void *context)
{
	(void)context;
	machine_close();
	return IQ_OK;
}

void plugin_main(uint8_t *image, uint64_t entered)
{
	struct job job = {
		.handover = (const struct iq_handover *)(image + IQ_HANDOVER_OFFSET),
		.entered = entered,
	};
	struct iq_trap none = { .vector = UINT32_MAX }, trap = none;

	if (iq_handover_check(image, machine_image_size()) != IQ_OK)
		return;
	machine_guard(quiesce, &job, &trap);
	if (run.io) {
		if (trap.vector != none.vector)
			machine_guard(record_trap, &trap, &none);
		machine_guard(seal, NULL, &none);
	}
	machine_guard(close_machine, NULL, &none);
}
