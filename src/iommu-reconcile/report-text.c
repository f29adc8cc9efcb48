/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The report as text: a line a requester, what matters most first on the console, in order of ids in the file.
 */
#include "report.h"

#include "action.h"
#include "record/entries.h"
#include "record/outcome.h"
#include "host/requester.h"

#include <inttypes.h>
#include <string.h>

#define BRIEF_LINES 8u /* on the console, about single requesters */

/* What @state means for who reads the console; NULL: it needs no line there. */
static const char *consequence(enum state state)
{
	switch (state) {
	case STATE_DEAD:
		return "dead: its entry lets nothing through, and an identity domain never opens it again";
	case STATE_ALIVE:
		return "alive: the translations of the crashed kernel are in force";
	case STATE_PASS_THROUGH:
		return "pass-through: it reaches all memory";
	case STATE_PRESERVED:
	case STATE_STOPPED:
	case STATE_UNKNOWN:
	case STATE_RE_ATTACHED:
	case STATE_BLOCKED:
	case STATE_CLOSED:
	case STATE_ALIAS:
	case STATE_GONE:
	case STATE_NEW:
	case STATES:
		break;
	}
	return NULL;
}

/* "driver nvme, group 5 identity, BusMaster+" */
static void put_function(const struct reconcile *reconcile, struct kq_output *out, const struct function *function)
{
	if (!function) {
		kq_output_text(out, reconcile->running.machine.known ? "no device" : "device not known");
		return;
	}
	kq_output_format(out, function->driver[0] ? "driver %s" : "no driver", function->driver);
	if (function->group < 0)
		kq_output_text(out, ", no group");
	else
		kq_output_format(out, ", group %d %s", function->group, function->type[0] ? function->type : "unknown");
	kq_output_format(out, ", BusMaster%s", function->has_config ? function_is_master(function) ? "+" : "-" : "?");
}

static const char *old_text(enum old_state old)
{
	switch (old) {
	case OLD_READ:
		break;
	case OLD_NO_RECORD:
		return "without the plugin: from the crash until this kernel took the devices over, nothing of ours "
		       "stopped their DMA";
	case OLD_BAD_RECORD:
		return "the record cannot be used: what was done at the crash is not known";
	case OLD_BAD_DUMP:
		return "the dump cannot be read: what was done at the crash is not known";
	}
	return NULL;
}

static void put_old(const struct reconcile *reconcile, struct kq_output *out)
{
	const struct iq_record_header *header = &reconcile->crashed.evidence.view.header;
	struct outcome outcome;

	if (reconcile->crashed.state == OLD_READ) {
		outcome_read(&outcome, &reconcile->crashed.evidence);
		kq_output_format(out, "%s; record version %u by %.*s, %u unit%s%s\n", outcome_text(&outcome), header->version,
				 (int)sizeof(header->producer), header->producer, reconcile->crashed.evidence.units,
				 kq_plural(reconcile->crashed.evidence.units),
				 reconcile->crashed.evidence.whole ? "" : ", doubtful");
	} else if (reconcile->crashed.units == UNITS_SYMBOLS) {
		kq_output_format(out, "%s; the crashed kernel's IOMMU tables by its symbols, %u unit%s\n",
				 old_text(reconcile->crashed.state), reconcile->crashed.evidence.units,
				 kq_plural(reconcile->crashed.evidence.units));
	} else {
		kq_output_format(out, "%s%s%s\n", old_text(reconcile->crashed.state),
				 reconcile->crashed.no_units.text[0] ? "; the crashed kernel's IOMMU tables are not known: "
							     : "",
				 reconcile->crashed.no_units.text);
	}
}

static void put_counts(const struct reconcile *reconcile, struct kq_output *out)
{
	const size_t all = reconcile->verdicts + reconcile->dropped;
	const char *before = ": ";

	kq_output_format(out, "%zu requester%s", all, kq_plural(all));
	for (enum state state = 0; state < STATES; state++) {
		if (!reconcile->count[state])
			continue;
		kq_output_format(out, "%s%zu %s", before, reconcile->count[state], state_name(state));
		before = ", ";
	}
	kq_output_char(out, '\n');
}

static void put_reaches(const struct reconcile *reconcile, struct kq_output *out)
{
	if (reconcile->reaches)
		kq_output_format(
			out, "%" PRIu64 " old mapping%s into this kernel's memory, %" PRIu64 " of them still open\n",
			reconcile->reaches, reconcile->reaches == 1 ? " reaches" : "s reach", reconcile->reaches_now);
}

/* Repairs, one a line; of those that were refused only the number, since whoever gave the reason knows it. */
static void put_actions_brief(const struct reconcile *reconcile, struct kq_output *out)
{
	unsigned int lines = 0, refused = 0;

	for (size_t i = 0; i < reconcile->actions; i++) {
		const struct action *action = &reconcile->action[i];

		if (action->effect == EFFECT_REFUSED) {
			refused++;
		} else if (lines++ < BRIEF_LINES) {
			kq_output_format(out, "iommu-reconcile: %s", action->earlier ? "earlier: " : "");
			action_print(out, action);
			kq_output_char(out, '\n');
		}
	}
	if (lines > BRIEF_LINES)
		kq_output_format(out, "iommu-reconcile: and %u more repair%s\n", lines - BRIEF_LINES,
				 kq_plural(lines - BRIEF_LINES));
	if (refused)
		kq_output_format(out, "iommu-reconcile: %u requester%s left alone: the whole report says why\n",
				 refused, kq_plural(refused));
}

void report_brief(const struct reconcile *reconcile, struct kq_output *out)
{
	unsigned int lines = 0, left = 0;

	kq_output_text(out, "iommu-reconcile: ");
	put_old(reconcile, out);
	kq_output_text(out, "iommu-reconcile: ");
	put_counts(reconcile, out);
	put_actions_brief(reconcile, out);
	for (size_t i = 0; i < reconcile->verdicts; i++) {
		const struct verdict *verdict = &reconcile->verdict[i];
		const char *text = consequence(verdict->state);

		if (!text)
			continue;
		if (lines++ >= BRIEF_LINES) {
			left++;
			continue;
		}
		kq_output_format(out, "iommu-reconcile: %s: %s (", verdict_name(reconcile, verdict),
				 text);
		put_function(reconcile, out, verdict->function);
		kq_output_text(out, ")\n");
	}
	if (left)
		kq_output_format(out, "iommu-reconcile: and %u more of these\n", left);
	if (reconcile->reaches)
		kq_output_text(out, "iommu-reconcile: ");
	put_reaches(reconcile, out);
}

static void put_verdict(const struct reconcile *reconcile, struct kq_output *out, const struct verdict *verdict)
{
	kq_output_format(out, "%s  %-12s  ", verdict_name(reconcile, verdict),
			 state_name(verdict->state));
	put_function(reconcile, out, verdict->function);
	if (verdict->was != STATES)
		kq_output_format(out, "; was %s", state_name(verdict->was));
	if (verdict->owner || verdict->state == STATE_ALIAS)
		kq_output_format(out, "; as %s by %s", requester_text(verdict->segment, verdict->alias_of),
				 verdict->alias_by_table ? "the firmware" : "its tables");
	if (verdict->has_entry) {
		kq_output_format(out, "; unit %u, at the crash %s", reconcile->crashed.evidence.unit[verdict->unit].unit.index,
				 translation_name(verdict->translation));
		if (verdict->table)
			kq_output_format(out, " 0x%016" PRIx64 " domain %" PRIu32, verdict->table, verdict->domain);
		if (verdict->changed)
			kq_output_format(out, "; by us: %s", iq_mode_name(verdict->mode));
		else if (verdict->policy == IQ_MODE_PRESERVE)
			kq_output_text(out, "; preserved by policy");
		if (verdict->live)
			kq_output_format(out, "; now %s",
					 verdict->off	? "its unit is off"
					 : verdict->own ? "this kernel's tables"
							: "as it was left to this kernel");
		kq_output_text(out, verdict->writes ? "; its old entry lets write" : "");
	} else if (verdict->off) {
		kq_output_text(out, "; no unit translates for it, and none did");
	} else if (reconcile->crashed.units != UNITS_NONE) {
		kq_output_text(out, "; its old entry is not known");
	}
	kq_output_char(out, '\n');
}

/* The registers of a unit now: its state, its tables, and those registers that are worth a second look (iq_register.after). */
static void put_registers(const struct reconcile *reconcile, struct kq_output *out, unsigned int number)
{
	const struct iq_unit *all = reconcile->running.now;
	const struct iq_unit *now = all && all[number].family ? &all[number] : NULL;

	if (!now)
		return;
	kq_output_format(out, "; now %s", iq_status_name(now->status));
	if (now->family->tables)
		kq_output_format(out, ", tables at 0x%016" PRIx64, now->family->tables(now));
	for (unsigned int i = 0; i < now->family->register_count; i++)
		if (now->family->registers[i].after)
			kq_output_format(out, ", %s 0x%" PRIx64, now->family->registers[i].name, now->value[i]);
}

static void put_units(const struct reconcile *reconcile, struct kq_output *out)
{
	for (unsigned int i = 0; i < reconcile->crashed.evidence.units; i++) {
		const struct evidence_unit *unit = &reconcile->crashed.evidence.unit[i];

		kq_output_format(out, "unit %u: %s", unit->unit.index,
				 unit->unit.family ? unit->unit.family->name : "unknown family");
		if (unit->unit.base)
			kq_output_format(out, " at 0x%016" PRIx64, unit->unit.base);
		kq_output_format(out, ", segment %04x: %s", unit->unit.segment, iq_status_name(unit->unit.status));
		put_registers(reconcile, out, i);
		kq_output_char(out, '\n');
	}
	kq_output_text(out, "this kernel's IOMMUs:");
	for (size_t i = 0; i < reconcile->running.machine.iommus; i++)
		kq_output_format(out, " %s", reconcile->running.machine.iommu[i]);
	kq_output_text(out, reconcile->running.machine.iommus ? "" : " none");
	if (reconcile->running.live)
		kq_output_text(out, "; its tables are read\n");
	else
		kq_output_format(out, "%s%s\n", reconcile->running.no_live.text[0] ? "; its tables are not read: " : "",
				 reconcile->running.no_live.text);
	if (reconcile->running.no_now.text[0])
		kq_output_format(out, "their registers are not read: %s\n", reconcile->running.no_now.text);
}

static void put_memory(const struct reconcile *reconcile, struct kq_output *out)
{
	for (unsigned int i = 0; i < reconcile->running.map.ranges; i++)
		kq_output_format(out, "this kernel's memory: 0x%016" PRIx64 "-0x%016" PRIx64 "\n",
				 reconcile->running.map.range[i].first, reconcile->running.map.range[i].last);
	put_reaches(reconcile, out);
	for (uint64_t i = 0; i < reconcile->reaches && i < REACHES_MAX; i++) {
		const struct reach *reach = &reconcile->reach[i];
		const struct iq_mapping *mapping = &reach->mapping;

		kq_output_format(out, "  %s  0x%016" PRIx64 "-0x%016" PRIx64 "  0x%016" PRIx64 "  %s  %s\n",
				 evidence_name(&reconcile->crashed.evidence, reach->unit, reach->id), mapping->iova,
				 mapping->iova + (mapping->length - 1), mapping->physical,
				 permissions(mapping->read, mapping->write),
				 !reach->now	    ? "at the crash"
				 : reach->now_write ? "still open"
						    : "still readable");
	}
	if (reconcile->reaches > REACHES_MAX)
		kq_output_format(out, "  and %" PRIu64 " more\n", reconcile->reaches - REACHES_MAX);
}

static void put_actions(const struct reconcile *reconcile, struct kq_output *out)
{
	for (size_t i = 0; i < reconcile->actions; i++) {
		kq_output_text(out, reconcile->action[i].earlier ? "repair, earlier: " : "repair: ");
		action_print(out, &reconcile->action[i]);
		kq_output_char(out, '\n');
	}
}

static void put_log(const struct kernel_log *log, const struct kq_reason *unknown, struct kq_output *out)
{
	if (!log->known) {
		kq_output_format(out, "this kernel's log is not read: %s\n", unknown->text);
		return;
	}
	kq_output_format(
		out, "this kernel's log: %" PRIu64 " line%s about IOMMUs, %" PRIu64 " of them about refused requests\n",
		log->lines + log->more, kq_plural(log->lines + log->more), log->faults);
	for (unsigned int i = 0; i < log->lines; i++)
		kq_output_format(out, "  %s\n", log->line[i]);
	if (log->more)
		kq_output_format(out, "  and %" PRIu64 " more\n", log->more);
}

void report_text(const struct reconcile *reconcile, struct kq_output *out)
{
	kq_output_format(out, "%s: ", reconcile->dump);
	put_old(reconcile, out);
	put_units(reconcile, out);
	put_counts(reconcile, out);
	for (size_t i = 0; i < reconcile->verdicts; i++)
		put_verdict(reconcile, out, &reconcile->verdict[i]);
	put_actions(reconcile, out);
	put_memory(reconcile, out);
	put_log(&reconcile->running.log, &reconcile->running.no_log, out);
	if (reconcile->crashed.walked)
		kq_output_format(
			out, "%" PRIu64 " page%s of tables, queues and logs read, %" PRIu64 " tables or entries not\n",
			reconcile->crashed.tables, kq_plural(reconcile->crashed.tables), reconcile->crashed.unreadable);
	if (reconcile->crashed.saved.path)
		kq_output_format(out, "saved in %s: %" PRIu64 " bytes\n", reconcile->crashed.saved.path,
				 reconcile->crashed.saved.bytes);
	for (unsigned int i = 0; i < reconcile->troubles; i++)
		kq_output_format(out, "trouble: %s\n", reconcile->trouble[i].text);
}
