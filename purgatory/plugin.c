/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plugin's own sequence around the core's: check the handover, quiesce, seal, and back out. Everything that can go
 * wrong ends in the same place: the loader's own entry is jumped to.
 */
#include "plugin.h"

#include "boot/capture.h"
#include "boot/elfcorehdr.h"
#include "image.h"
#include "layout.h"
#include "port.h"
#include "quiesce.h"
#include "text.h"

static struct iq_run run;
/* The handover with what is found out at the crash: where firmware's tables begin, and what the image carrier could not know. */
static struct iq_handover completed;

struct job {
	const struct iq_handover *handover;
	struct iq_io *io;
	uint64_t entered;
	uint8_t *image;
	uint64_t handed; /* physical address of what the boot protocol hands over, if the image carrier brought us here */
	struct iq_boot boot;
	enum iq_status capture; /* what iq_capture_prepare() returned */
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

static enum iq_status prepare_capture(void *context)
{
	struct job *job = context;

	return iq_capture_prepare(&job->boot, &completed, (uintptr_t)job->image);
}

static enum iq_status find_firmware(void *context)
{
	const struct job *job = context;

	job->boot.form->find_firmware(&job->boot, &job->io->memory, &completed.firmware);
	return IQ_OK;
}

/* Complete the image carrier's handover. False: this is no start of a capture kernel. */
static bool start_capture(struct job *job)
{
	struct iq_trap trap;

	if (!iq_capture_is_one(&job->boot))
		return false;
	job->capture = machine_guard(prepare_capture, job, &trap);
	/* What cannot even be prepared without a fault is not blocked either: no plugin is better than one. */
	if (job->capture == IQ_FAULT || job->capture == IQ_INTERRUPTED) {
		completed.note = 0;
		job->capture = IQ_UNSUPPORTED;
	}
	return true;
}

static void read_firmware(struct job *job)
{
	const uint64_t start = completed.crash_start, end = completed.crash_end;
	struct iq_trap trap;

	/* The loader's lists are in the crash region, which is closed to the sequence. */
	if (job->boot.address)
		completed.crash_start = completed.crash_end = 0;
	job->io->reads_firmware = true;
	machine_guard(find_firmware, job, &trap);
	job->io->reads_firmware = false;
	completed.crash_start = start;
	completed.crash_end = end;
}

static void say_capture(const struct job *job)
{
	struct iq_text text;

	if (job->capture == IQ_OK || !job->io->log)
		return;
	iq_text_start(&text);
	iq_text_string(&text, job->capture == IQ_UNSUPPORTED ? "kdump-quiesce: not with this capture kernel: " :
							       "kdump-quiesce: no record: ");
	iq_text_string(&text, iq_status_name(job->capture));
	job->io->log(job->io, text.line);
}

static enum iq_status quiesce(void *context)
{
	struct job *job = context;
	const struct iq_handover *handover = &completed;
	struct iq_trap trap;
	void *note;

	run.stage = IQ_STAGE_GUARD;
	image_relocate();
	completed = *job->handover;
	job->handover = &completed;
	machine_boot(&job->boot, completed.flags & IQ_HANDOVER_IMAGE ? job->handed : 0);
	if (completed.flags & IQ_HANDOVER_IMAGE && !start_capture(job))
		return IQ_NOTHING;
	job->io = machine_open(handover, job->entered);
	if (!job->io)
		return IQ_UNSUPPORTED;
	read_firmware(job);
	say_capture(job);
	/* Without the PT_NOTE the record is not found, but the DMA is stopped all the same. */
	if (handover->flags & IQ_HANDOVER_INSERT_NOTE && handover->elfcorehdr)
		machine_guard(insert_note, job, &trap);
	note = machine_guard(clear_note, job, &trap) == IQ_OK ? (void *)(uintptr_t)handover->note : NULL;
	if (job->capture == IQ_UNSUPPORTED) {
		iq_quiesce_refuse(&run, job->io, handover, note, job->entered, IQ_UNSUPPORTED);
		return IQ_UNSUPPORTED;
	}
	return iq_quiesce(&run, job->io, handover, note, machine_completion(note), job->entered);
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

IQ_BEFORE_CHECK void plugin_main(uint8_t *image, uint64_t entered, uint64_t handed)
{
	struct job job = {
		.handover = (const struct iq_handover *)(image + IQ_HANDOVER_OFFSET),
		.entered = entered,
		.image = image,
		.handed = handed,
	};
	struct iq_trap none = { .cause = UINT32_MAX }, trap = none;

	if (iq_handover_check(image, image_size()) != IQ_OK || job.handover->machine != LAYOUT_MACHINE)
		return;
	machine_guard(quiesce, &job, &trap);
	if (run.io) {
		if (trap.cause != none.cause)
			machine_guard(record_trap, &trap, &none);
		machine_guard(seal, NULL, &none);
		machine_hold_nmis();
	}
	machine_guard(close_machine, NULL, &none);
}
