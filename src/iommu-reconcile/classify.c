/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A capture kernel copies the old tables, or goes on with them in place (AMD-Vi in newer kernels), and gives a device a
 * domain of its own when its driver first maps something. To a device in an identity domain that never happens: what was
 * blocked stays so. Where the new kernel's tables cannot be read, a device that a driver has is taken to be attached; not so
 * with a unit that is off.
 */
#include "classify.h"

#include "record/entries.h"
#include "record/reach.h"

#include <stdlib.h>
#include <string.h>

#define IDS_BETWEEN_LOOKS 256u /* at the clock, for the time that is left */

struct judge {
	struct reconcile *reconcile;
	struct iq_memory *past;
	struct live *live;
	struct iq_memory *now;
};

/* Whether the record says that the plugin found the function there. */
static bool was_there(const struct evidence *evidence, uint16_t segment, uint16_t requester)
{
	struct iq_section section;
	const uint8_t *payload;
	uint32_t at = 0;

	while (iq_record_next(&evidence->view, &at, &section, &payload)) {
		for (uint32_t i = 0;
		     section.type == IQ_SECTION_DEVICES && i < section.length / sizeof(struct iq_record_device); i++) {
			struct iq_record_device device;

			memcpy(&device, payload + i * sizeof(device), sizeof(device));
			if (device.segment == segment && device.requester == requester && !device.behind)
				return true;
		}
	}
	return false;
}

/* Somebody set up its entry for a device. */
static bool had_entry(const struct device *device)
{
	return device->crash_status == IQ_OK && device->crash.valid &&
	       device->crash.translation != IQ_TRANSLATION_BLOCKED;
}

static bool lets_through(const struct judge *judge, const struct device *device)
{
	return (device_reads(&device->now) || device_writes(&device->now)) && !table_is_empty(judge->now, &device->now);
}

/* It does no DMA until somebody turns its Bus Master on again. */
static bool is_stopped(const struct function *function)
{
	return function && function->has_config && !function->driver[0] && !function_is_master(function);
}

/* Is what the plugin did to its entry still in force? */
static bool is_closed_by_us(const struct judge *judge, const struct device *device, const struct verdict *verdict)
{
	return verdict->changed && !verdict->off && !device_is_open(&judge->reconcile->crashed.evidence, judge->now, device);
}

/* Its entry lets requests through now. Which state is that? */
static enum state judge_open(const struct judge *judge, const struct device *device, const struct verdict *verdict)
{
	if (!verdict->changed && verdict->policy == IQ_MODE_PRESERVE)
		return STATE_PRESERVED;
	if (is_closed_by_us(judge, device, verdict))
		return STATE_BLOCKED;
	if (is_stopped(verdict->function ? verdict->function : verdict->owner))
		return STATE_STOPPED;
	return device->now.translation == IQ_TRANSLATION_PASSTHROUGH ? STATE_PASS_THROUGH : STATE_ALIVE;
}

static enum state judge_device(const struct judge *judge, const struct device *device, const struct verdict *verdict)
{
	const struct function *function = verdict->function;
	/* A driver attaches the ids that firmware gives its device, and no others. */
	const struct function *driven = verdict->owner && verdict->alias_by_table ? verdict->owner : function;
	bool closed, attached;

	if (device->now_status != IQ_OK || device->crash_status != IQ_OK ||
	    device->now.translation == IQ_TRANSLATION_UNKNOWN)
		return STATE_UNKNOWN;
	closed = !lets_through(judge, device) || is_closed_by_us(judge, device, verdict);
	attached = verdict->own || (!verdict->live && driven && function_is_driven(driven) && driven->type[0] &&
				    !function_is_identity(driven));
	if (closed && function && function_is_identity(function) && !function_is_bridge(function))
		return STATE_DEAD;
	if (function && !device->crash.valid && (closed || attached))
		return STATE_NEW;
	if (attached)
		return STATE_RE_ATTACHED;
	if (lets_through(judge, device))
		return judge_open(judge, device, verdict);
	if (!function && judge->reconcile->running.machine.known)
		return STATE_GONE; /* or an alias, which is found once there is a verdict on every requester */
	return verdict->changed ? STATE_BLOCKED : STATE_CLOSED;
}

/* @function: NULL where the verdict is about a source id that is no PCI function's. */
static struct verdict *add(struct reconcile *reconcile, const struct iq_function *function)
{
	struct verdict *verdict;

	if (reconcile->verdicts == VERDICTS_MAX) {
		reconcile->dropped++;
		return NULL;
	}
	verdict = &reconcile->verdict[reconcile->verdicts++];
	*verdict = (struct verdict){
		.is_function = function,
		.unit = (uint16_t)reconcile->crashed.evidence.units,
		.state = STATE_UNKNOWN,
		.was = STATES,
	};
	if (function) {
		verdict->segment = function->segment;
		verdict->requester = function->requester;
		verdict->function = machine_find(&reconcile->running.machine, function->segment, function->requester);
	}
	return verdict;
}

static uint64_t table_of(const struct iq_entry *entry)
{
	for (unsigned int i = 0; i < entry->windows; i++)
		if (reach_root(&entry->window[i]))
			return reach_root(&entry->window[i])->table;
	return entry->pasid_table;
}

/*
 * Read its entry as it was at the crash, and the one that is in force: that of the new kernel's tables, or, where these are not
 * known, that at the place of the old tables. A unit that is off lets everything through.
 */
static void read_device(const struct judge *judge, unsigned int number, iq_source_id id, struct device *device)
{
	const struct evidence *evidence = &judge->reconcile->crashed.evidence;
	const struct iq_unit *unit = live_unit(judge->live, &evidence->unit[number]);

	device_read(evidence, judge->past, judge->now, number, id, device);
	if (unit && unit->status == IQ_OFF) {
		device->now_status = IQ_OK;
		device->now = (struct iq_entry){
			.valid = true, .translation = IQ_TRANSLATION_PASSTHROUGH, .read = true, .write = true
		};
	} else if (unit) {
		device->now_status = device->reader->entry(judge->now, unit, id, &device->now);
	}
}

/* Fill in the parts of @verdict that follow from the entry in force. */
static void judge_entry(const struct judge *judge, const struct device *device, struct verdict *verdict)
{
	const struct iq_unit *unit = live_unit(judge->live, &judge->reconcile->crashed.evidence.unit[verdict->unit]);

	verdict->has_entry = device->crash_status == IQ_OK && device->now_status == IQ_OK;
	verdict->live = verdict->has_entry && unit;
	verdict->off = unit && unit->status == IQ_OFF;
	verdict->own = verdict->has_entry && live_owns(judge->live, &device->now);
	verdict->state = judge_device(judge, device, verdict);
	if (!verdict->has_entry)
		return;
	verdict->writes = !verdict->own && device_writes(&device->now) && !table_is_empty(judge->now, &device->now) &&
			  !table_is_read_only(judge->now, &device->now);
	verdict->words = device->now.words;
	memcpy(verdict->raw, device->now.raw, sizeof(verdict->raw));
}

static void add_device(struct judge *judge, unsigned int unit, const struct iq_function *function,
		       const struct device *device)
{
	struct reconcile *reconcile = judge->reconcile;
	struct verdict *verdict = add(reconcile, function);

	if (!verdict)
		return;
	verdict->unit = (uint16_t)unit;
	verdict->id = device->id;
	verdict->policy = (uint16_t)evidence_policy(&reconcile->crashed.evidence, device->unit, device->id);
	verdict->changed = device->change != NULL;
	verdict->mode = device->change ? device->change->mode : IQ_MODE_PRESERVE;
	judge_entry(judge, device, verdict);
	if (!verdict->has_entry)
		return;
	verdict->translation = device->crash.translation;
	verdict->domain = device->crash.domain;
	verdict->table = table_of(&device->crash);
}

/* Are the tables of unit number @number there to be read? Of units that share them, the first stands for all. */
static bool has_tables(const struct evidence *evidence, unsigned int number)
{
	const struct evidence_unit *unit = &evidence->unit[number];

	return unit->unit.family && unit->unit.status == IQ_OK && unit->shares == number;
}

/* The entry of @function in the tables of the unit that has most to say about it. False if no unit has one. */
static bool find(struct judge *judge, const struct iq_function *function, unsigned int *number, struct device *device)
{
	const struct evidence *evidence = &judge->reconcile->crashed.evidence;
	unsigned int best = 0;

	for (unsigned int i = 0; i < evidence->units; i++) {
		const struct evidence_unit *unit = &evidence->unit[i];
		struct device candidate;
		iq_source_id id;

		if (!has_tables(evidence, i) || !evidence_source_id(evidence, &unit->unit, function, &id) ||
		    id >= unit->reader->ids(&unit->unit))
			continue;
		read_device(judge, i, id, &candidate);
		if (device_relevance(&candidate) <= best)
			continue;
		best = device_relevance(&candidate);
		*device = candidate;
		*number = i;
	}
	return best > 0;
}

static void visit_function(struct judge *judge, const struct iq_function *function)
{
	const bool there = machine_find(&judge->reconcile->running.machine, function->segment, function->requester);
	struct device device;
	unsigned int unit;

	if (!find(judge, function, &unit, &device)) {
		if (there)
			add(judge->reconcile, function);
	} else if (there || had_entry(&device) ||
		   was_there(&judge->reconcile->crashed.evidence, function->segment, function->requester)) {
		add_device(judge, unit, function, &device);
	}
}

/* A source id that is no PCI function's: one unit has it. */
static void visit_id(struct judge *judge, unsigned int unit, iq_source_id id)
{
	struct device device;

	read_device(judge, unit, id, &device);
	if (had_entry(&device) || device.change)
		add_device(judge, unit, NULL, &device);
}

/* Did a unit before number @number come to @function, too? */
static bool was_visited(const struct judge *judge, unsigned int number, const struct iq_function *function)
{
	const struct evidence *evidence = &judge->reconcile->crashed.evidence;

	for (unsigned int i = 0; i < number; i++) {
		const struct evidence_unit *unit = &evidence->unit[i];
		iq_source_id id, next;

		if (!has_tables(evidence, i) || !evidence_source_id(evidence, &unit->unit, function, &id))
			continue;
		next = id;
		if (unit->reader->next(judge->now, &unit->unit, &next) && next == id)
			return true;
	}
	return false;
}

static void visit_unit(struct judge *judge, struct limits *limits, unsigned int number)
{
	const struct evidence *evidence = &judge->reconcile->crashed.evidence;
	const struct evidence_unit *unit = &evidence->unit[number];
	iq_source_id id = 0;
	uint32_t done = 0;

	do {
		struct iq_function function;

		if (!unit->reader->next(judge->now, &unit->unit, &id) ||
		    (done++ % IDS_BETWEEN_LOOKS == 0 && limits_reached(limits)))
			return;
		if (!evidence_function(evidence, &unit->unit, id, &function))
			visit_id(judge, number, id);
		else if (!was_visited(judge, number, &function))
			visit_function(judge, &function);
	} while (++id);
}

/* Whether the firmware names a unit there, or may do so where its tables are not understood. */
static bool has_hardware(const struct reconcile *reconcile, uint16_t segment)
{
	for (unsigned int i = 0; reconcile->running.plan && i < reconcile->running.plan->units; i++)
		if (reconcile->running.plan->unit[i].segment == segment)
			return true;
	return !reconcile->running.plan && kq_host_has_tables(&reconcile->host);
}

/*
 * Whether nothing translated for @segment at the crash and nothing does now. That nothing does now is known from registers, or
 * because this kernel runs no IOMMU; but an IOMMU that translated at the crash may still do so.
 */
static bool is_untranslated(const struct judge *judge, uint16_t segment)
{
	const struct reconcile *reconcile = judge->reconcile;
	bool off = true, any = false;

	if (reconcile->crashed.units == UNITS_NONE && !reconcile->crashed.no_iommu)
		return false;
	for (unsigned int i = 0; i < reconcile->crashed.evidence.units; i++) {
		const struct evidence_unit *unit = &reconcile->crashed.evidence.unit[i];
		const struct iq_unit *now = judge->live ? live_unit(judge->live, unit) : NULL;

		if (unit->unit.segment != segment)
			continue;
		if (unit->unit.status != IQ_OFF && unit->unit.status != IQ_ABSENT)
			return false;
		any = true;
		off = off && ((now && now->status == IQ_OFF) ||
			      (reconcile->running.now && reconcile->running.now[i].family &&
			       reconcile->running.now[i].status == IQ_ABSENT));
	}
	if (any ? off : reconcile->running.plan && !has_hardware(reconcile, segment))
		return true;
	/* A record that has none of the firmware's units does not say that they were off. */
	if (!any && !reconcile->crashed.no_iommu && has_hardware(reconcile, segment))
		return false;
	return reconcile->running.machine.known && !reconcile->running.machine.iommus;
}

/* Nothing translates for @verdict: it reaches all memory. */
static void judge_untranslated(const struct reconcile *reconcile, struct verdict *verdict)
{
	verdict->off = true;
	verdict->writes = true;
	verdict->policy = (uint16_t)evidence_function_policy(
		&reconcile->crashed.evidence, &(struct iq_function){ verdict->segment, verdict->requester });
	if (verdict->policy == IQ_MODE_PRESERVE)
		verdict->state = STATE_PRESERVED;
	else
		verdict->state = is_stopped(verdict->function) ? STATE_STOPPED : STATE_PASS_THROUGH;
}

static void add_function(const struct judge *judge, const struct function *function)
{
	struct verdict *verdict = add(judge->reconcile, &(struct iq_function){ function->segment, function->requester });

	if (verdict && is_untranslated(judge, function->segment))
		judge_untranslated(judge->reconcile, verdict);
}

static bool is_known(const struct reconcile *reconcile, const struct function *function)
{
	for (size_t i = 0; i < reconcile->verdicts; i++)
		if (reconcile->verdict[i].function == function)
			return true;
	return false;
}

/* A function whose DMA has this id as the firmware's table says, NULL: there is none. */
static const struct function *find_owner(const struct reconcile *reconcile, const struct verdict *verdict)
{
	for (size_t i = 0; i < reconcile->running.machine.functions; i++) {
		const struct function *function = &reconcile->running.machine.function[i];

		if (verdict->is_function && function->segment == verdict->segment &&
		    function->requester != verdict->requester &&
		    kq_owners_alias(&reconcile->running.owners, function->segment, function->requester) == verdict->requester)
			return function;
	}
	return NULL;
}

/* Another requester that has a device and had the same tables; if possible one that is not stopped. NULL: there is none. */
static const struct function *find_same_tables(const struct reconcile *reconcile, const struct verdict *verdict)
{
	const struct function *found = NULL;

	if (!verdict->is_function || !verdict->table ||
	    was_there(&reconcile->crashed.evidence, verdict->segment, verdict->requester))
		return NULL;
	for (size_t i = 0; i < reconcile->verdicts; i++) {
		const struct verdict *other = &reconcile->verdict[i];

		if (!other->function || other->segment != verdict->segment || other->table != verdict->table ||
		    other->domain != verdict->domain)
			continue;
		if (!is_stopped(other->function))
			return other->function;
		found = found ? found : other->function;
	}
	return found;
}

static const struct function *find_alias(const struct reconcile *reconcile, struct verdict *verdict)
{
	const struct function *owner = find_owner(reconcile, verdict);

	verdict->alias_by_table = owner;
	owner = owner ? owner : find_same_tables(reconcile, verdict);
	verdict->alias_of = owner ? owner->requester : 0;
	return owner;
}

/* Judge @verdict by its entry. If the entry is open and no device has the id, find the device whose DMA has it. */
static void judge_again(const struct judge *judge, struct verdict *verdict)
{
	struct device device;

	if (!verdict->function)
		verdict->owner = find_alias(judge->reconcile, verdict);
	read_device(judge, verdict->unit, verdict->id, &device);
	judge_entry(judge, &device, verdict);
}

/* Requesters without a device may be aliases of one that is there. */
static void find_aliases(const struct judge *judge)
{
	struct reconcile *reconcile = judge->reconcile;

	for (size_t i = 0; i < reconcile->verdicts; i++) {
		struct verdict *verdict = &reconcile->verdict[i];

		if (verdict->state == STATE_GONE && find_alias(reconcile, verdict))
			verdict->state = STATE_ALIAS;
		else if (!verdict->function && verdict->has_entry &&
			 (verdict->state == STATE_ALIVE || verdict->state == STATE_PASS_THROUGH))
			judge_again(judge, verdict);
	}
}

/* PCI functions in their order, then source ids of units. */
static int by_requester(const void *left, const void *right)
{
	const struct verdict *a = left, *b = right;

	if (a->is_function != b->is_function)
		return a->is_function ? -1 : 1;
	if (!a->is_function && a->unit != b->unit)
		return a->unit < b->unit ? -1 : 1;
	if (!a->is_function)
		return a->id < b->id ? -1 : a->id > b->id;
	if (a->segment != b->segment)
		return a->segment < b->segment ? -1 : 1;
	return a->requester < b->requester ? -1 : a->requester > b->requester;
}

void classify_again(struct reconcile *reconcile, struct iq_memory *past, struct live *now, struct verdict *verdict)
{
	const struct judge judge = { reconcile, past, now, now ? &now->memory : NULL };
	const enum state was = verdict->state;

	if (verdict->has_entry) {
		judge_again(&judge, verdict);
	} else if (verdict->off) {
		judge_untranslated(reconcile, verdict);
	}
	if (verdict->state == was)
		return;
	verdict->was = was;
	reconcile->count[was]--;
	reconcile->count[verdict->state]++;
}

void classify(struct reconcile *reconcile, struct iq_memory *past, struct live *now)
{
	struct judge judge = { reconcile, past, now, now ? &now->memory : NULL };

	reconcile->verdict = calloc(VERDICTS_MAX, sizeof(*reconcile->verdict));
	if (!reconcile->verdict) {
		reconcile_trouble(reconcile, EXIT_TROUBLE, "out of memory");
		return;
	}
	for (unsigned int i = 0; now && i < reconcile->crashed.evidence.units; i++)
		if (has_tables(&reconcile->crashed.evidence, i))
			visit_unit(&judge, now->dump, i);
	for (size_t i = 0; i < reconcile->running.machine.functions; i++) {
		const struct function *function = &reconcile->running.machine.function[i];

		if (!is_known(reconcile, function))
			add_function(&judge, function);
	}
	qsort(reconcile->verdict, reconcile->verdicts, sizeof(*reconcile->verdict), by_requester);
	find_aliases(&judge);
	for (size_t i = 0; i < reconcile->verdicts; i++)
		reconcile->count[reconcile->verdict[i].state]++;
	if (reconcile->dropped)
		reconcile_trouble(reconcile, EXIT_TROUBLE, "more than %u requesters: %zu are left out", VERDICTS_MAX,
				  reconcile->dropped);
}
