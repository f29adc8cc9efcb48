/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iommu-inspect raw: the entries that decide about a requester, a PASID of it, an IOVA: word by word and field by field.
 */
#include "device.h"
#include "fields.h"

#include <inttypes.h>

/* All that is asked for. */
struct raw {
	struct inspect *inspect;
	struct requester requester;
	struct device_root root; /* of requests without a PASID */
	struct iq_entry way;	 /* of what was asked for */
	enum iq_status found;	 /* whether there is one */
	bool has_iova;
	uint64_t iova;
	enum iq_status status; /* of the path */
	struct reach_path path;
};

static void text_words(struct kq_output *out, const uint64_t *words, unsigned int count,
		       const struct iq_named_field *field, unsigned int fields)
{
	for (unsigned int i = 0; i < count; i++)
		kq_output_format(out, " 0x%016" PRIx64, words[i]);
	kq_output_format(out, "\n ");
	fields_text(out, field, fields, (const uint8_t *)words, 8 * count);
	kq_output_char(out, '\n');
}

static void json_words(struct kq_json *to, const uint64_t *words, unsigned int count,
		       const struct iq_named_field *field, unsigned int fields)
{
	kq_json_array(to, "raw");
	for (unsigned int i = 0; i < count; i++)
		kq_json_hex(to, NULL, words[i]);
	kq_json_end(to);
	fields_json(to, field, fields, (const uint8_t *)words, 8 * count);
}

/* The requester's entry at one of the two moments. */
static void put_entry(const struct raw *raw, const char *name, const char *when, enum iq_status status,
		      const struct iq_entry *entry)
{
	const struct iq_unit *unit = raw->root.device.unit;
	const struct iq_reader *reader = raw->root.device.reader;
	struct inspect *inspect = raw->inspect;
	unsigned int count = 0;
	const struct iq_named_field *field = reader->entry_fields(unit, &count);

	if (inspect->use_json && status != IQ_OK) {
		kq_json_null(&inspect->json, name);
	} else if (inspect->use_json) {
		kq_json_object(&inspect->json, name);
		json_words(&inspect->json, entry->raw, entry->words, field, count);
		kq_json_end(&inspect->json);
	} else {
		kq_output_format(&inspect->out, "%s:", when);
		if (status == IQ_OK)
			text_words(&inspect->out, entry->raw, entry->words, field, count);
		else
			kq_output_format(&inspect->out, " %s\n", iq_status_name(status));
	}
}

/* The entries on the way to the PASID. */
static void put_pasid(const struct raw *raw)
{
	const struct device_root *root = &raw->root;
	struct inspect *inspect = raw->inspect;
	enum iq_status status = IQ_NOT_FOUND;
	struct iq_pasid_step step;

	for (unsigned int n = 0;; n++) {
		status = root->device.reader->pasid_step(root->memory, &root->way, raw->requester.pasid, n, &step);
		if (status != IQ_OK)
			break;
		if (inspect->use_json) {
			kq_json_object(&inspect->json, NULL);
			kq_json_string(&inspect->json, "name", step.name);
			kq_json_hex(&inspect->json, "address", step.address);
			json_words(&inspect->json, step.raw, step.words, step.fields, step.field_count);
			kq_json_end(&inspect->json);
		} else {
			kq_output_format(&inspect->out, "%s at 0x%016" PRIx64 ":", step.name, step.address);
			text_words(&inspect->out, step.raw, step.words, step.fields, step.field_count);
		}
	}
	if (status == IQ_UNREACHABLE)
		inspect_trouble(inspect, "%s: %s at 0x%016" PRIx64 " cannot be read: %s", raw->requester.name,
				step.name, step.address, source_trouble(inspect->source));
}

/* The page table entries on the way of the IOVA through one stage. */
static void put_path(const struct raw *raw, const struct iq_radix_root *root, const struct iq_radix_path *path,
		     unsigned int stage)
{
	const struct iq_reader *reader = iq_reader_of(raw->root.device.unit->family);
	struct inspect *inspect = raw->inspect;

	for (unsigned int i = 0; i < path->steps; i++) {
		const uint64_t entry = path->step[i].entry;
		unsigned int count;
		const struct iq_named_field *field =
			iq_form_fields(reader->forms, root->form, path->step[i].level, entry, &count);

		if (inspect->use_json) {
			kq_json_object(&inspect->json, NULL);
			kq_json_number(&inspect->json, "stage", stage);
			kq_json_string(&inspect->json, "form", root->form->name);
			kq_json_number(&inspect->json, "level", path->step[i].level);
			kq_json_hex(&inspect->json, "table", path->step[i].table);
			kq_json_number(&inspect->json, "index", path->step[i].index);
			json_words(&inspect->json, &entry, 1, field, count);
			kq_json_end(&inspect->json);
		} else {
			kq_output_format(&inspect->out,
					 "%s level %u, table 0x%016" PRIx64 ", entry %u:", root->form->name,
					 path->step[i].level, path->step[i].table, path->step[i].index);
			text_words(&inspect->out, &entry, 1, field, count);
		}
	}
}

static void put_paths(const struct raw *raw)
{
	const struct iq_window *window = &raw->way.window[raw->path.window];

	if (raw->path.window == raw->way.windows)
		return;
	put_path(raw, &window->first, &raw->path.first, 1);
	put_path(raw, &window->second, &raw->path.second, 2);
}

static void json(const struct raw *raw)
{
	const struct device *device = &raw->root.device;
	struct kq_json *to = &raw->inspect->json;

	inspect_json(raw->inspect);
	kq_json_string(to, "requester", raw->requester.name);
	kq_json_number(to, "unit", device->unit->index);
	kq_json_number(to, "source_id", device->id);
	put_entry(raw, "crash", NULL, device->crash_status, &device->crash);
	put_entry(raw, "now", NULL, device->now_status, &device->now);
	if (raw->requester.pasid != NO_PASID) {
		kq_json_array(to, "pasid");
		put_pasid(raw);
		kq_json_end(to);
	}
	if (raw->has_iova) {
		kq_json_string(to, "when", raw->inspect->now ? "now" : "crash");
		kq_json_hex(to, "iova", raw->iova);
		kq_json_string(to, "status", iq_status_name(raw->status));
		kq_json_array(to, "path");
		put_paths(raw);
		kq_json_end(to);
	}
}

static void text(const struct raw *raw)
{
	const struct device *device = &raw->root.device;

	kq_output_format(&raw->inspect->out, "%s, unit %u, %s\n", raw->requester.name, device->unit->index,
			 device->unit->family->name);
	put_entry(raw, NULL, "at the crash", device->crash_status, &device->crash);
	put_entry(raw, NULL, "in the dump", device->now_status, &device->now);
	if (raw->requester.pasid != NO_PASID)
		put_pasid(raw);
	if (raw->has_iova)
		put_paths(raw);
}

/* Find the way of the PASID, and that of the IOVA. */
static void look(struct raw *raw)
{
	const struct device_root *root = &raw->root;

	raw->way = root->way;
	raw->found = IQ_OK;
	if (raw->requester.pasid != NO_PASID)
		raw->found = root->device.reader->pasid(root->memory, root->device.unit, &root->way,
							      raw->requester.pasid, &raw->way);
	raw->status = IQ_NOT_FOUND;
	if (raw->has_iova && raw->found == IQ_OK)
		raw->status = reach_translate(root->memory, &raw->way, raw->iova, &raw->path);
}

/* Why not everything could be shown. NULL: it was shown, or the reason was said before. */
static const char *obstacle(const struct raw *raw)
{
	if (raw->found != IQ_OK)
		return raw->found == IQ_NOT_FOUND ? "no table for this PASID" : NULL;
	if (!raw->has_iova || raw->status == IQ_OK)
		return NULL;
	if (raw->status == IQ_NOT_FOUND)
		return "not mapped";
	return raw->status == IQ_UNREACHABLE ? source_trouble(raw->inspect->source) : iq_status_name(raw->status);
}

void cmd_raw(struct inspect *inspect, char **arguments)
{
	struct raw raw = { .inspect = inspect, .has_iova = arguments[1] };

	if (raw.has_iova && !address_parse(arguments[1], &raw.iova)) {
		kq_warn("%s: not an address; a hexadecimal number is meant", arguments[1]);
		inspect->status = EXIT_USAGE;
		return;
	}
	if (requester_parse(arguments[0], &raw.requester)) {
		struct requester without = raw.requester;

		/* The entries on the way to a PASID are shown even if the PASID has no tables. */
		without.pasid = NO_PASID;
		requester_name(&without);
		if (!device_root(inspect, without.name, &raw.root))
			return;
	} else if (!device_root(inspect, arguments[0], &raw.root)) {
		return;
	}
	look(&raw);
	if (inspect->use_json)
		json(&raw);
	else
		text(&raw);
	if (obstacle(&raw))
		inspect_trouble(inspect, "%s: %s", raw.requester.name, obstacle(&raw));
}
