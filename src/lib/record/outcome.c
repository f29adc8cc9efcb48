/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Adding up stages and devices of a record. A stage is well when it did what it had to do or had nothing to do.
 */
#include "outcome.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/items.h"
#include "base/output.h"
#include "stopped.h"

/* The stages of one unit, or of the machine, taken together. */
struct stages {
	unsigned int verified;	       /* stages verify that ended well */
	bool let_be;		       /* the IOMMUs were let be */
	struct iq_record_stage failed; /* the first that did not end well; stage 0: none */
};

/* Stage block of no unit: the policy lets the IOMMUs be. */
static bool is_let_be(const struct iq_record_stage *stage, unsigned int unit)
{
	return stage->stage == IQ_STAGE_BLOCK && unit == IQ_NO_UNIT;
}

static bool is_well(const struct iq_record_stage *stage)
{
	return stage->status == IQ_OK || stage->status == IQ_NOTHING || stage->status == IQ_PRESERVED;
}

static struct stages stages_of(const struct evidence *evidence, unsigned int unit)
{
	struct stages stages = { 0 };
	struct iq_record_stage stage;
	struct kq_items items;

	kq_items_start(&items, &evidence->view, IQ_SECTION_STAGE);
	while (kq_items_next(&items, &stage, sizeof(stage))) {
		if (items.section.unit != unit)
			continue;
		stages.verified += stage.stage == IQ_STAGE_VERIFY && is_well(&stage);
		stages.let_be |= is_let_be(&stage, unit);
		if (!is_well(&stage) && !is_let_be(&stage, unit) && !stages.failed.stage)
			stages.failed = stage;
	}
	return stages;
}

/* The next unit of the record: its index in *@number. False behind the last. */
static bool next_unit(struct kq_items *items, struct iq_record_unit *unit, unsigned int *number)
{
	while (kq_items_next(items, unit, sizeof(*unit))) {
		*number = items->section.unit;
		/* Registers follow the unit in its section, and are none. */
		if (items->offset == sizeof(*unit))
			return true;
	}
	return false;
}

static bool is_stopped(const struct iq_record_device *device)
{
	return device->status == IQ_OK || device->status == IQ_ABSENT;
}

static void add_units(struct outcome *outcome, const struct evidence *evidence)
{
	struct iq_record_unit unit;
	struct kq_items items;
	unsigned int number;

	if (stages_of(evidence, IQ_NO_UNIT).let_be)
		return;
	kq_items_start(&items, &evidence->view, IQ_SECTION_UNIT);
	while (next_unit(&items, &unit, &number)) {
		const struct stages stages = stages_of(evidence, number);

		if (unit.status == IQ_OFF || unit.status == IQ_ABSENT)
			continue;
		outcome->units++;
		outcome->closed += stages.verified && !stages.failed.stage;
	}
}

static void add_devices(struct outcome *outcome, const struct evidence *evidence)
{
	struct iq_record_device device;
	struct iq_record_stage stage;
	struct kq_items items;

	kq_items_start(&items, &evidence->view, IQ_SECTION_DEVICES);
	while (kq_items_next(&items, &device, sizeof(device))) {
		if (device.flags & IQ_DEVICE_PORT)
			continue;
		outcome->devices++;
		outcome->stopped += is_stopped(&device);
	}
	kq_items_start(&items, &evidence->view, IQ_SECTION_STAGE);
	while (kq_items_next(&items, &stage, sizeof(stage)))
		if (stage.stage == IQ_STAGE_STOP)
			outcome->left += stage.preserved;
	outcome->devices += outcome->left;
}

/* Without an IOMMU that is closed, all depends on devices: were they all found, and stopped? */
static bool devices_are_well(const struct outcome *outcome, const struct evidence *evidence)
{
	struct iq_record_stage stage;
	struct kq_items items;
	bool well = outcome->stopped + outcome->left == outcome->devices;

	kq_items_start(&items, &evidence->view, IQ_SECTION_STAGE);
	while (kq_items_next(&items, &stage, sizeof(stage)))
		well &= is_well(&stage) || items.section.unit != IQ_NO_UNIT ||
			(stage.stage == IQ_STAGE_PLAN ? stage.status == IQ_NOT_FOUND : stage.stage != IQ_STAGE_STOP);
	return well;
}

void outcome_read(struct outcome *outcome, const struct evidence *evidence)
{
	const struct iq_record_header *header = &evidence->view.header;

	*outcome = (struct outcome){ .answer = OUTCOME_STOPPED };
	add_units(outcome, evidence);
	add_devices(outcome, evidence);
	outcome->timed = evidence_us(evidence, header->left, &outcome->us);
	if (!evidence->whole || !(header->flags & IQ_RECORD_SEALED))
		outcome->answer = OUTCOME_UNKNOWN;
	else if (outcome->closed < outcome->units)
		outcome->answer = OUTCOME_PARTLY;
	else if (!outcome->units && !devices_are_well(outcome, evidence))
		outcome->answer = OUTCOME_PARTLY;
	else if (!outcome->units && outcome->left == outcome->devices)
		outcome->answer = OUTCOME_NOTHING;
}

/* "24.4 ms", "850 us", "1.25 s". */
static const char *duration(uint64_t us)
{
	static char text[40];

	if (us < 1000)
		snprintf(text, sizeof(text), "%" PRIu64 " us", us);
	else if (us < 1000000)
		snprintf(text, sizeof(text), "%" PRIu64 ".%" PRIu64 " ms", us / 1000, us % 1000 / 100);
	else
		snprintf(text, sizeof(text), "%" PRIu64 ".%02" PRIu64 " s", us / 1000000, us % 1000000 / 10000);
	return text;
}

const char *outcome_text(const struct outcome *outcome)
{
	static const char *const answers[] = {
		[OUTCOME_STOPPED] = "DMA was stopped",
		[OUTCOME_PARTLY] = "DMA was not stopped everywhere",
		[OUTCOME_NOTHING] = "no DMA was stopped: no IOMMU was to be closed, no device to be stopped",
		[OUTCOME_UNKNOWN] = "whether DMA was stopped cannot be known: the record is not whole",
	};
	static char text[256];
	const char *before = ": ";
	size_t used = (size_t)snprintf(text, sizeof(text), "%s", answers[outcome->answer]);

	if (outcome->answer == OUTCOME_UNKNOWN || outcome->answer == OUTCOME_NOTHING)
		return text;
	if (outcome->units) {
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%u of %u IOMMU%s closed", before, outcome->closed,
					 outcome->units, kq_plural(outcome->units));
		before = ", ";
	}
	if (outcome->devices)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%u of %u device%s stopped", before, outcome->stopped,
					 outcome->devices, kq_plural(outcome->devices));
	if (outcome->timed)
		snprintf(text + used, sizeof(text) - used, ", in %s", duration(outcome->us));
	return text;
}

const char *outcome_name(enum outcome_answer answer)
{
	static const char *const names[] = {
		[OUTCOME_STOPPED] = "stopped",
		[OUTCOME_PARTLY] = "partly",
		[OUTCOME_NOTHING] = "nothing",
		[OUTCOME_UNKNOWN] = "unknown",
	};

	return names[answer];
}

const char *outcome_next(enum outcome_answer answer)
{
	static const char *const next[] = {
		[OUTCOME_STOPPED] = "devices says who could do DMA at the crash, who PHYS who could reach a page",
		[OUTCOME_PARTLY] = "devices says what could be reached and what is open now, log what was refused",
		[OUTCOME_NOTHING] = "units says which IOMMUs there were, record what the policy was",
		[OUTCOME_UNKNOWN] = "devices says what is open now; the last stage below is where the record ends",
	};

	return next[answer];
}

static const char *device_note(const struct iq_record_device *device)
{
	switch ((enum iq_status)device->status) {
	case IQ_TIMEOUT:
		return "still has requests pending";
	case IQ_STILL_OPEN:
		return "did not obey: its Bus Master Enable stays set";
	case IQ_SKIPPED:
		return "gave no answer: its bus was slow";
	default:
		return "was told to stop, and nobody looked again";
	}
}

struct notes {
	const struct evidence *evidence;
	void (*say)(void *context, const char *note);
	void *context;
};

static void __attribute__((format(printf, 2, 3))) note(const struct notes *notes, const char *format, ...)
{
	char text[200];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	notes->say(notes->context, text);
}

/* Returns whether there was one. */
static bool note_devices(const struct notes *notes)
{
	struct iq_record_device device;
	struct kq_items items;
	bool any = false;

	kq_items_start(&items, &notes->evidence->view, IQ_SECTION_DEVICES);
	while (kq_items_next(&items, &device, sizeof(device))) {
		if (is_stopped(&device))
			continue;
		note(notes, "%s %s", stopped_place(device.segment, device.requester, device.behind), device_note(&device));
		any = true;
	}
	return any;
}

static void note_units(const struct notes *notes)
{
	struct iq_record_unit unit;
	struct kq_items items;
	const bool let_be = stages_of(notes->evidence, IQ_NO_UNIT).let_be;
	unsigned int number;

	kq_items_start(&items, &notes->evidence->view, IQ_SECTION_UNIT);
	while (next_unit(&items, &unit, &number)) {
		const struct stages stages = stages_of(notes->evidence, number);

		if (stages.failed.stage)
			note(notes, "unit %u: %s: %s", number, iq_stage_name(stages.failed.stage),
			     iq_status_name(stages.failed.status));
		else if (unit.status != IQ_OK)
			note(notes, "unit %u: %s", number, iq_status_name(unit.status));
		else if (let_be)
			note(notes, "unit %u was let be, as the policy has it", number);
		else if (!stages.verified)
			note(notes, "unit %u: not verified", number);
	}
}

/* @told: stage stop's trouble was already told, by device. */
static void note_machine(const struct notes *notes, bool told)
{
	const struct iq_record_header *header = &notes->evidence->view.header;
	const struct stages stages = stages_of(notes->evidence, IQ_NO_UNIT);
	struct iq_record_trap trap;
	struct kq_items items;

	if (stages.failed.stage && !(told && stages.failed.stage == IQ_STAGE_STOP))
		note(notes, "%s: %s", iq_stage_name(stages.failed.stage), iq_status_name(stages.failed.status));
	kq_items_start(&items, &notes->evidence->view, IQ_SECTION_TRAP);
	while (kq_items_next(&items, &trap, sizeof(trap)))
		note(notes, "an exception in stage %s was caught", iq_stage_name(trap.stage));
	if (header->dropped)
		note(notes, "%u item%s found no room in the record", header->dropped, kq_plural(header->dropped));
}

void outcome_notes(const struct evidence *evidence, void (*say)(void *context, const char *note), void *context)
{
	const struct notes notes = { evidence, say, context };
	struct outcome outcome = { 0 };
	bool told;

	add_devices(&outcome, evidence);
	told = note_devices(&notes);
	if (outcome.left)
		note(&notes, "%u device%s left alone, as the rules have it", outcome.left, outcome.left == 1 ? " was" : "s were");
	note_units(&notes);
	note_machine(&notes, told);
}
