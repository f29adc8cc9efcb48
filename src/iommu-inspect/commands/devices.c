/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iommu-inspect devices: every source id that the tables have something to say about, at the crash and in the dump.
 */
#include "base/cleanup.h"
#include "driver.h"
#include "base/progress.h"
#include "table.h"

#include <inttypes.h>
#include <string.h>

/* Source ids in a row, up to @last, whose entries are alike. */
struct row {
	struct device device;
	iq_source_id last;
};

struct devices {
	struct inspect *inspect;
	struct table *table;
	struct row row; /* not printed yet; more of its kind may follow */
	bool pending;
	uint32_t passed;     /* not shown: without a valid entry, which lets DMA through untranslated */
	uint32_t blocked;    /* not shown: blocked at the crash and ever since */
	uint32_t unreadable; /* of the run of entries that cannot be read */
	iq_source_id unreadable_first, unreadable_last;
	char trouble[256];
};

/* True for what an analyst wants to see first: entries that somebody set up for a device. */
static bool is_telling(const struct device *device)
{
	if (device->crash_status != IQ_OK)
		return false;
	if (!device->crash.valid)
		return device->now_status == IQ_OK && device->now.valid && !device->change;
	return device->crash.translation != IQ_TRANSLATION_BLOCKED || device->change;
}

static bool is_alike(const struct device *a, const struct device *b)
{
	return a->unit == b->unit && a->crash_status == b->crash_status && a->now_status == b->now_status &&
	       !a->change == !b->change && !memcmp(a->crash.raw, b->crash.raw, sizeof(a->crash.raw)) &&
	       !memcmp(a->now.raw, b->now.raw, sizeof(a->now.raw));
}

/*
 * The mode that the plugin applied, beside the mode of the policy where it had to apply a stricter one; "preserve" for what the
 * policy left alone.
 */
static void describe_mode(char *text, size_t size, const struct inspect *inspect, const struct device *device)
{
	const unsigned int policy = evidence_policy(&inspect->evidence, device->unit, device->id);

	if (!device->change)
		snprintf(text, size, "%s", policy == IQ_MODE_PRESERVE ? iq_mode_name(policy) : "-");
	else if (device->change->mode == policy)
		snprintf(text, size, "%s", iq_mode_name(policy));
	else
		snprintf(text, size, "%s, not %s", iq_mode_name(device->change->mode), iq_mode_name(policy));
}

static void text_row(struct devices *devices, const struct row *row)
{
	struct inspect *inspect = devices->inspect;
	const struct device *device = &row->device;
	const char *first = evidence_name(&inspect->evidence, device->unit, device->id);
	const char *name = inspect_name(inspect, device->unit, device->id);
	const bool open = device_is_open(&inspect->evidence, &inspect->source->memory, device);
	char text[DEVICE_TABLES];

	if (row->last == device->id)
		table_cell(devices->table, TABLE_PLAIN, "%s", first);
	else
		table_cell(devices->table, TABLE_PLAIN, "%s-%s", first,
			   strchr(evidence_name(&inspect->evidence, device->unit, row->last), ':') + 1);
	table_cell(devices->table, TABLE_PLAIN, "%u", device->unit->index);
	table_cell(devices->table, TABLE_PLAIN, "%u", device->crash.domain);
	device_text(text, sizeof(text), &inspect->past.memory, device->crash_status, &device->crash);
	table_cell(devices->table, TABLE_PLAIN, "%s", text);
	device_text(text, sizeof(text), &inspect->source->memory, device->now_status, &device->now);
	table_cell(devices->table, open ? TABLE_BAD : TABLE_GOOD, "%s", text);
	describe_mode(text, sizeof(text), inspect, device);
	table_cell(devices->table, TABLE_PLAIN, "%s", text);
	table_cell(devices->table, TABLE_PLAIN, "%s", device->crash.ats ? "ATS+" : "ATS-");
	device_table_text(&device->crash, text);
	table_cell(devices->table, TABLE_PLAIN, "%s", text);
	table_cell(devices->table, TABLE_PLAIN, "%s", name ? name : "");
}

static void json_row(struct devices *devices, const struct row *row)
{
	struct inspect *inspect = devices->inspect;
	const struct device *device = &row->device;
	struct kq_json *json = &inspect->json;

	kq_json_object(json, NULL);
	kq_json_string(json, "requester", evidence_name(&inspect->evidence, device->unit, device->id));
	kq_json_string(json, "last", evidence_name(&inspect->evidence, device->unit, row->last));
	kq_json_number(json, "source_id", device->id);
	kq_json_number(json, "last_source_id", row->last);
	kq_json_number(json, "unit", device->unit->index);
	kq_json_string(json, "name", inspect_name(inspect, device->unit, device->id));
	kq_json_string(json, "changed", device->change ? iq_mode_name(device->change->mode) : NULL);
	kq_json_string(json, "policy",
		       iq_mode_name(evidence_policy(&inspect->evidence, device->unit, device->id)));
	kq_json_bool(json, "partial", device->partial);
	device_json(json, "crash", &inspect->past.memory, device->crash_status, &device->crash);
	device_json(json, "now", &inspect->source->memory, device->now_status, &device->now);
	kq_json_end(json);
}

static void print_pending(struct devices *devices)
{
	if (!devices->pending)
		return;
	devices->pending = false;
	if (devices->inspect->use_json)
		json_row(devices, &devices->row);
	else
		text_row(devices, &devices->row);
}

/* Say once for a run of source ids that their entries cannot be read. */
static void report_unreadable(struct devices *devices, const struct iq_unit *unit)
{
	const struct evidence *evidence = &devices->inspect->evidence;

	if (!devices->unreadable)
		return;
	inspect_trouble(devices->inspect, "%s to %s: entries in the tables of unit %u cannot be read, the first because %s",
			evidence_name(evidence, unit, devices->unreadable_first),
			evidence_name(evidence, unit, devices->unreadable_last), unit->index, devices->trouble);
	devices->unreadable = 0;
}

/* The entry of @device in the dump cannot be read; its state at the crash may be in the record. */
static void note_unreadable(struct devices *devices, const struct device *device)
{
	devices->unreadable_last = device->id;
	if (devices->unreadable++)
		return;
	devices->unreadable_first = device->id;
	snprintf(devices->trouble, sizeof(devices->trouble), "%s",
		 device->now_status == IQ_UNREACHABLE ? source_trouble(devices->inspect->source)
						      : iq_status_name(device->now_status));
}

static void visit(struct devices *devices, const struct device *device)
{
	if (!is_telling(device) && !devices->inspect->all) {
		if (!device->crash.valid && device_writes(&device->crash))
			devices->passed++;
		else
			devices->blocked++;
		return;
	}
	if (devices->pending && !is_telling(device) && is_alike(device, &devices->row.device) &&
	    devices->row.last + 1 == device->id) {
		devices->row.last = device->id;
		return;
	}
	print_pending(devices);
	devices->row.device = *device;
	devices->row.last = device->id;
	devices->pending = true;
}

static void visit_unit(struct devices *devices, unsigned int number)
{
	struct inspect *inspect = devices->inspect;
	const struct evidence_unit *unit = &inspect->evidence.unit[number];
	const uint64_t ids = unit->reader->ids(&unit->unit);
	iq_source_id id = 0;

	do {
		struct device device;

		if (!unit->reader->next(&inspect->source->memory, &unit->unit, &id))
			break;
		device_look(inspect, number, id, &device);
		if (device.crash_status == IQ_NOT_FOUND)
			continue;
		if (device.now_status == IQ_OK)
			report_unreadable(devices, &unit->unit);
		else
			note_unreadable(devices, &device);
		if (device.crash_status == IQ_OK)
			visit(devices, &device);
		kq_progress("reading entries", id, ids);
	} while (++id);
	report_unreadable(devices, &unit->unit);
	print_pending(devices);
}

static void visit_units(struct devices *devices)
{
	const struct evidence *evidence = &devices->inspect->evidence;

	for (unsigned int i = 0; i < evidence->units; i++) {
		const struct evidence_unit *unit = &evidence->unit[i];

		if (unit->unit.family && unit->unit.status == IQ_OK) {
			if (unit->shares == i)
				visit_unit(devices, i);
			continue;
		}
		kq_reply_incomplete();
		kq_warn("%s: unit %u: %s: its tables are not read", devices->inspect->dump, unit->unit.index,
			unit->unit.family ? iq_status_name(unit->unit.status) : "unknown family");
	}
}

static void text(struct inspect *inspect)
{
	static const char *const headings[] = { "REQUESTER", "UNIT", "DOMAIN", "AT THE CRASH", "NOW",
						"MODE",	     "ATS",  "TABLE",  "NAME" };
	_cleanup_(table_cleanup) struct table *table = table_new(IQ_ARRAY_SIZE(headings), inspect->color);
	struct devices devices = { .inspect = inspect, .table = table };

	if (!table) {
		inspect_trouble(inspect, "out of memory");
		return;
	}
	table_head(table, headings);
	visit_units(&devices);
	if (!table_print(table, &inspect->out))
		inspect_trouble(inspect, "out of memory");
	if (devices.passed)
		kq_output_format(&inspect->out,
				 "and %u requester%s without an entry at the crash, which let their DMA through "
				 "untranslated (--all)\n",
				 devices.passed, kq_plural(devices.passed));
	if (devices.blocked)
		kq_output_format(&inspect->out, "and %u requester%s blocked at the crash already (--all)\n", devices.blocked,
				 devices.blocked == 1 ? " that was" : "s that were");
	shadow_text(inspect, NULL);
}

static void json(struct inspect *inspect)
{
	struct devices devices = { .inspect = inspect };

	inspect_json(inspect);
	kq_json_array(&inspect->json, "devices");
	visit_units(&devices);
	kq_json_end(&inspect->json);
	kq_json_number(&inspect->json, "hidden_passing", devices.passed);
	kq_json_number(&inspect->json, "hidden_blocked", devices.blocked);
	shadow_json(inspect, NULL);
}

void cmd_devices(struct inspect *inspect, char **arguments)
{
	(void)arguments;
	if (inspect->use_json)
		json(inspect);
	else
		text(inspect);
}
