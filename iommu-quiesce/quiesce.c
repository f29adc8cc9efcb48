/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sequence. Stage by stage over all units, so that the time in which any device can still write is as short as it can
 * be; an exception costs one unit the rest of its stages, never another unit its own.
 */
#include "quiesce.h"

#include "pci/contain.h"
#include "pci/pci.h"
#include "pci/sources.h"
#include "pci/stop.h"
#include "text.h"

/* One stage for one unit, as the guarded step sees it. */
struct step {
	struct iq_run *run;
	struct iq_unit *unit;
	struct iq_record_stage stage;
};

/* A serial line takes longer than most stages. Logging extends deadlines by its own duration; its total is capped. */
static void put_line(struct iq_run *run, const char *line)
{
	struct iq_io *io = run->io;
	const uint64_t start = io->now(io);

	io->log(io, line);
	iq_time_logged(run, io->now(io) - start);
}

static void say(struct iq_run *run, const struct iq_unit *unit, const struct iq_record_stage *stage)
{
	struct iq_io *io = run->io;
	struct iq_text text;

	if (!io->log || !run->time.talk)
		return;
	iq_text_start(&text);
	iq_text_string(&text, "kdump-quiesce: ");
	iq_text_string(&text, iq_stage_name(stage->stage));
	if (unit) {
		iq_text_string(&text, " ");
		iq_text_string(&text, unit->family->name);
		iq_text_string(&text, " 0x");
		iq_text_hex(&text, unit->base, 1);
	}
	iq_text_string(&text, ": ");
	iq_text_string(&text, iq_status_name(stage->status));
	iq_text_string(&text, ", ");
	if (stage->examined) {
		iq_text_number(&text, stage->stage == IQ_STAGE_VERIFY ? stage->open : stage->changed);
		iq_text_string(&text, " of ");
		iq_text_number(&text, stage->examined);
		iq_text_string(&text, stage->stage == IQ_STAGE_VERIFY ? " entries open, " : " entries changed, ");
	}
	if (stage->commands) {
		iq_text_number(&text, stage->commands);
		iq_text_string(&text, " commands, ");
	}
	iq_text_number(&text, (stage->end - stage->start) * 1000 / io->tick_khz);
	iq_text_string(&text, " us");
	put_line(run, text.line);
}

/* Run @what guarded, time it, write down how it went. */
static enum iq_status perform(struct step *step, enum iq_stage stage, iq_step what)
{
	struct iq_run *run = step->run;
	const unsigned int unit = step->unit ? step->unit->index : IQ_NO_UNIT;
	struct iq_record_trap trap = { .stage = (uint16_t)stage };
	enum iq_status status;

	iq_zero(&step->stage, sizeof(step->stage));
	step->stage.stage = (uint16_t)stage;
	step->stage.start = run->io->now(run->io);
	run->stage = stage;
	run->time.waits = 0;
	status = run->io->guard(run->io, what, step, &trap.trap);
	if (step->unit)
		step->unit->waits = (uint16_t)(step->unit->waits + run->time.waits);
	step->stage.end = run->io->now(run->io);
	step->stage.status = (uint16_t)status;
	iq_record_item(&run->record, IQ_SECTION_STAGE, unit, &step->stage, sizeof(step->stage));
	if (status == IQ_FAULT || status == IQ_INTERRUPTED)
		iq_record_item(&run->record, IQ_SECTION_TRAP, unit, &trap, sizeof(trap));
	say(run, step->unit, &step->stage);
	return status;
}

static uint64_t read_register(struct iq_io *io, const struct iq_unit *unit, const struct iq_register *reg)
{
	return reg->width == 32 ? io->read32(io, unit->base + reg->offset) : io->read64(io, unit->base + reg->offset);
}

/* A unit's registers as a section: all of them, or those that are worth reading again. */
static void record_registers(struct iq_run *run, const struct iq_unit *unit, bool after)
{
	const struct iq_family *family = unit->family;
	struct iq_record_unit head = {
		.family = family->id,
		.segment = unit->segment,
		.requester = unit->requester,
		.status = unit->status,
		.base = unit->base,
	};
	uint64_t value[IQ_UNIT_REGISTERS];
	uint32_t offset[IQ_UNIT_REGISTERS];

	for (unsigned int i = 0; i < family->register_count; i++) {
		const struct iq_register *reg = &family->registers[i];

		if (after && !reg->after)
			continue;
		value[head.registers] = after ? read_register(run->io, unit, reg) : unit->value[i];
		offset[head.registers++] = reg->offset;
	}
	if (!iq_record_section(&run->record, after ? IQ_SECTION_AFTER : IQ_SECTION_UNIT, unit->index))
		return;
	if (iq_record_add(&run->record, &head, sizeof(head)) &&
	    iq_record_add(&run->record, value, head.registers * (uint32_t)sizeof(value[0])))
		iq_record_add(&run->record, offset, head.registers * (uint32_t)sizeof(offset[0]));
}

/* A list of the plan as a section; none for an empty list. */
static void record_list(struct iq_run *run, enum iq_section_type type, const void *list, uint32_t size)
{
	if (size && iq_record_section(&run->record, type, IQ_NO_UNIT))
		iq_record_add(&run->record, list, size);
}

static enum iq_status plan(void *context)
{
	struct step *step = context;
	struct iq_run *run = step->run;
	enum iq_status status;

	/* Without it there are still the ports. */
	iq_pci_from_acpi(&run->pci, run->rsdp, run->scratch, sizeof(run->scratch));
	status = iq_plan_from_acpi(&run->plan, &run->io->memory, &run->pci.config, run->rsdp, run->scratch,
				   sizeof(run->scratch));
	record_list(run, IQ_SECTION_RULES, run->plan.rule, run->plan.rules * (uint32_t)sizeof(run->plan.rule[0]));
	record_list(run, IQ_SECTION_FUNCTIONS, run->plan.functions,
		    run->plan.ranges * (uint32_t)sizeof(run->plan.functions[0]));
	return status;
}

/* Never act on a register whose two reads differ. */
static enum iq_status read_again(struct iq_run *run, const struct iq_unit *unit, struct iq_record_stage *stage)
{
	const struct iq_family *family = unit->family;

	for (unsigned int i = 0; i < family->register_count; i++) {
		const struct iq_register *reg = &family->registers[i];

		if (reg->steady && read_register(run->io, unit, reg) != unit->value[i]) {
			stage->address = unit->base + reg->offset;
			return IQ_MALFORMED;
		}
	}
	return IQ_OK;
}

static enum iq_status snapshot(void *context)
{
	struct step *step = context;
	struct iq_run *run = step->run;
	struct iq_unit *unit = step->unit;
	const struct iq_family *family = unit->family;
	uint64_t window = unit->window;
	enum iq_status status;

	status = run->io->map_registers(run->io, unit->base, unit->window);
	if (status != IQ_OK)
		return status;
	for (unsigned int i = 0; i < family->register_count; i++)
		unit->value[i] = read_register(run->io, unit, &family->registers[i]);
	status = family->crash ? family->crash->examine(unit, &window) : IQ_UNSUPPORTED;
	if (status == IQ_OK && window > unit->window) {
		status = run->io->map_registers(run->io, unit->base, window);
		unit->window = status == IQ_OK ? window : unit->window;
	}
	if (status == IQ_OK)
		status = read_again(run, unit, &step->stage);
	unit->status = (uint16_t)status;
	record_registers(run, unit, false);
	if (status != IQ_OK)
		return status;
	/* A log that cannot be read is no reason to leave the unit open. */
	family->crash->events(run, unit, &step->stage);
	return IQ_OK;
}

/* Will the capture kernel have @unit translate, which does not now? */
static bool will_translate(const struct iq_run *run, const struct iq_unit *unit)
{
	return !(run->flags & IQ_HANDOVER_SWITCHED_OFF) &&
	       (unit->family->on_by_default || run->flags & IQ_HANDOVER_SWITCHED_ON);
}

/*
 * Does a unit translate, or will one? Where none does, DMA lands in the crashed kernel's memory, never in the capture kernel's.
 * A unit that is there and cannot be used may translate.
 */
static bool is_translated(const struct iq_run *run)
{
	for (unsigned int i = 0; i < run->plan.units; i++) {
		const struct iq_unit *unit = &run->plan.unit[i];

		if (unit->status == IQ_ABSENT || unit->status == IQ_NOTHING)
			continue;
		if (unit->status != IQ_OFF || will_translate(run, unit))
			return true;
	}
	return false;
}

/*
 * Not where firmware's tables name no unit because they could not be read: they might have named devices that the platform
 * cannot do without.
 */
static bool may_stop(const struct iq_run *run)
{
	const bool unread = run->planned != IQ_OK && run->planned != IQ_NOT_FOUND && !run->plan.units;

	if (!(run->flags & IQ_HANDOVER_STOP) || unread)
		return false;
	return !(run->flags & IQ_HANDOVER_STOP_AUTO) || is_translated(run);
}

/* Policy has devices stopped, but not here: the record is to say so. */
static bool may_not_stop(const struct iq_run *run)
{
	return run->flags & IQ_HANDOVER_STOP && !may_stop(run);
}

static bool may_block(const struct iq_run *run)
{
	return !(run->flags & IQ_HANDOVER_NO_BLOCK);
}

static bool may_not_block(const struct iq_run *run)
{
	return !may_block(run);
}

static bool may_contain(const struct iq_run *run)
{
	return run->flags & IQ_HANDOVER_CONTAIN && (may_block(run) || may_stop(run));
}

static enum iq_status stop(void *context)
{
	struct step *step = context;
	struct iq_plan *plan = &step->run->plan;
	const unsigned int before = plan->rules;
	const enum iq_status status = iq_stop(step->run, &step->stage);

	record_list(step->run, IQ_SECTION_RULES, plan->rule + before,
		    (plan->rules - before) * (uint32_t)sizeof(plan->rule[0]));
	return status;
}

static enum iq_status contain(void *context)
{
	struct step *step = context;

	return iq_contain(step->run, may_stop(step->run) && iq_scan_needed(step->run) == IQ_SCAN_ALL,
			  &step->stage);
}

static enum iq_status block(void *context)
{
	struct step *step = context;

	return step->unit->family->crash->block(step->run, step->unit, &step->stage);
}

static enum iq_status edit_tables(void *context)
{
	struct step *step = context;

	return step->unit->family->crash->edit_tables(step->run, step->unit, &step->stage);
}

static enum iq_status flush(void *context)
{
	struct step *step = context;

	return step->unit->family->crash->flush(step->run, step->unit, &step->stage);
}

static enum iq_status verify(void *context)
{
	struct step *step = context;
	const struct iq_crash *crash = step->unit->family->crash;
	enum iq_status status = crash->verify(step->run, step->unit, &step->stage);

	crash->events(step->run, step->unit, &step->stage);
	record_registers(step->run, step->unit, true);
	return status;
}

static enum iq_status verify_ports(void *context)
{
	struct step *step = context;

	return iq_contain_verify(step->run, &step->stage);
}

static enum iq_status not_stopped(void *context)
{
	(void)context;
	return IQ_NOTHING;
}

static enum iq_status not_blocked(void *context)
{
	(void)context;
	return IQ_UNSUPPORTED;
}

static bool has_ports(const struct iq_run *run)
{
	return run->ports;
}

/* The stages, in order, and whether they are wanted. A unit whose snapshot failed has no others. */
static const struct {
	enum iq_stage stage;
	iq_step what;
	bool machine; /* once; else of each unit */
	bool (*wanted)(const struct iq_run *run);
} stages[] = {
	/* clang-format off */
	{ IQ_STAGE_SNAPSHOT, snapshot, false, NULL },
	{ IQ_STAGE_CONTAIN, contain, true, may_contain },
	{ IQ_STAGE_STOP, stop, true, may_stop },
	{ IQ_STAGE_STOP, not_stopped, true, may_not_stop },
	{ IQ_STAGE_BLOCK, block, false, may_block },
	{ IQ_STAGE_BLOCK, not_blocked, true, may_not_block },
	{ IQ_STAGE_TABLES, edit_tables, false, may_block },
	{ IQ_STAGE_FLUSH, flush, false, may_block },
	{ IQ_STAGE_VERIFY, verify, false, may_block },
	{ IQ_STAGE_VERIFY, verify_ports, true, has_ports },
	/* clang-format on */
};

/* One stage over all units. The first status that is not IQ_OK; IQ_INTERRUPTED ends it. */
static enum iq_status perform_all(struct step *step, enum iq_stage stage, iq_step what)
{
	struct iq_plan *plan = &step->run->plan;
	enum iq_status result = IQ_OK, status;

	for (unsigned int n = 0; n < plan->units && result != IQ_INTERRUPTED; n++) {
		step->unit = &plan->unit[n];
		if (step->unit->status != IQ_OK || (stage == IQ_STAGE_TABLES && !step->unit->family->crash->edit_tables))
			continue;
		status = perform(step, stage, what);
		if (stage == IQ_STAGE_SNAPSHOT)
			step->unit->status = (uint16_t)status;
		if (result == IQ_OK || status == IQ_INTERRUPTED)
			result = status;
	}
	step->unit = NULL;
	return result;
}

/* How many stages there will be at most. */
static uint32_t stages_of(const struct iq_run *run)
{
	uint32_t count = 0;

	for (size_t i = 0; i < IQ_ARRAY_SIZE(stages); i++)
		count += stages[i].machine ? 1 : run->plan.units;
	return count;
}

static enum iq_status sequence(struct iq_run *run)
{
	struct step step = { .run = run };
	enum iq_status result, status;

	run->io->reads_firmware = true;
	result = perform(&step, IQ_STAGE_PLAN, plan);
	run->io->reads_firmware = false;
	run->planned = result;
	iq_time_share(run);
	iq_record_keep(&run->record, stages_of(run));
	for (size_t i = 0; i < IQ_ARRAY_SIZE(stages) && result != IQ_INTERRUPTED; i++) {
		if (stages[i].wanted && !stages[i].wanted(run))
			continue;
		status = (stages[i].machine ? perform : perform_all)(&step, stages[i].stage, stages[i].what);
		if (result == IQ_OK || status == IQ_INTERRUPTED)
			result = status;
	}
	return result;
}

static void read_items(struct iq_run *run, const struct iq_handover *handover)
{
	struct iq_section item;
	const uint8_t *payload;
	uint32_t offset = 0;

	while (iq_handover_next(handover, &offset, &item, &payload)) {
		const struct iq_rule *rule = (const struct iq_rule *)payload;

		if (item.type == IQ_ITEM_ROOTS)
			iq_pci_add_roots(&run->pci, (const struct iq_root_buses *)payload,
					 item.length / (uint32_t)sizeof(struct iq_root_buses));
		for (uint32_t i = 0; item.type == IQ_ITEM_RULES && i < item.length / sizeof(*rule); i++)
			iq_plan_add_rule(&run->plan, &rule[i]);
	}
}

/* The record with its first stage, which ended as @status says. */
static void start(struct iq_run *run, struct iq_io *io, const struct iq_handover *handover, void *note, uint64_t entered,
		  enum iq_status status)
{
	struct iq_record_stage guard = { .stage = IQ_STAGE_GUARD, .status = (uint16_t)status, .start = entered };
	uint32_t capacity = 0;

	run->io = io;
	iq_time_start(run, handover->total_us, handover->wait_us, entered);
	run->rsdp = handover->firmware.kind == IQ_FIRMWARE_ACPI ? handover->firmware.address : 0;
	run->spare = handover->spare;
	run->spare_pages = handover->spare ? handover->spare_pages : 0;
	run->flags = handover->flags;
	iq_pci_start(&run->pci, io);
	if (note && handover->note_size > IQ_NOTE_HEADER + IQ_NOTE_TRAILER) {
		capacity = handover->note_size - IQ_NOTE_HEADER - IQ_NOTE_TRAILER;
		iq_note_header(note, capacity & ~7u);
	}
	iq_record_start(&run->record, capacity ? (uint8_t *)note + IQ_NOTE_HEADER : NULL, capacity, io->machine,
			io->tick_khz, entered);
	if (io->machine_check)
		iq_record_flag(&run->record, IQ_RECORD_MACHINE_CHECK);
	iq_plan_start(&run->plan);
	read_items(run, handover);
	guard.end = io->now(io);
	iq_record_item(&run->record, IQ_SECTION_STAGE, IQ_NO_UNIT, &guard, sizeof(guard));
	say(run, NULL, &guard);
}

enum iq_status iq_quiesce(struct iq_run *run, struct iq_io *io, const struct iq_handover *handover, void *note,
			  uint64_t completion, uint64_t entered)
{
	enum iq_status status;

	run->completion = completion;
	start(run, io, handover, note, entered, IQ_OK);
	status = sequence(run);
	run->stage = IQ_STAGE_SEAL;
	return status;
}

void iq_quiesce_refuse(struct iq_run *run, struct iq_io *io, const struct iq_handover *handover, void *note,
		       uint64_t entered, enum iq_status status)
{
	start(run, io, handover, note, entered, status);
	run->stage = IQ_STAGE_SEAL;
}

void iq_quiesce_seal(struct iq_run *run, uint32_t nmis)
{
	struct iq_record_view view;

	if (!run->record.capacity)
		return;
	iq_record_seal(&run->record, run->io->now(run->io), nmis);
	iq_record_look(&run->record, &view);
	iq_note_header(run->record.buffer - IQ_NOTE_HEADER, view.size);
}
