/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iommu-inspect map: all that a device could reach, as ranges of IOVAs with what they lead to. Ranges are printed as the
 * walk finds them, so that a million of them need no memory.
 */
#include "device.h"
#include "walk-error.h"

#include <inttypes.h>

#define ERRORS_KEPT 64u /* in the JSON answer; all are said on stderr */
#define ERRORS_SAID 1000u

struct map {
	struct iq_radix_visitor visitor; /* first */
	struct inspect *inspect;
	const struct device_root *root;
	struct iq_radix_error error[ERRORS_KEPT];
	unsigned int errors;
};

static void text_range(struct kq_output *out, const struct iq_mapping *mapping)
{
	kq_output_hex(out, mapping->iova, 16);
	kq_output_char(out, '-');
	kq_output_hex(out, mapping->iova + mapping->length - 1, 16);
	kq_output_bytes(out, "  ", 2);
	kq_output_hex(out, mapping->physical, 16);
	kq_output_bytes(out, "  ", 2);
	kq_output_text(out, permissions(mapping->read, mapping->write));
	kq_output_char(out, '\n');
}

static void json_range(struct kq_json *json, const struct iq_mapping *mapping)
{
	kq_json_object(json, NULL);
	kq_json_hex(json, "first", mapping->iova);
	kq_json_hex(json, "last", mapping->iova + mapping->length - 1);
	kq_json_hex(json, "physical", mapping->physical);
	kq_json_bool(json, "read", mapping->read);
	kq_json_bool(json, "write", mapping->write);
	kq_json_end(json);
}

static bool on_mappings(struct iq_radix_visitor *visitor, const struct iq_mapping *mapping, unsigned int count)
{
	struct map *map = (struct map *)visitor;
	struct inspect *inspect = map->inspect;

	for (unsigned int i = 0; i < count; i++) {
		if (inspect->use_json)
			json_range(&inspect->json, &mapping[i]);
		else
			text_range(&inspect->out, &mapping[i]);
	}
	return !inspect->out.failed;
}

static bool on_error(struct iq_radix_visitor *visitor, const struct iq_radix_error *error)
{
	struct map *map = (struct map *)visitor;

	if (map->errors < ERRORS_KEPT)
		map->error[map->errors] = *error;
	if (map->errors++ < ERRORS_SAID)
		walk_error_say(map->inspect, map->root, error);
	return true;
}

/* The whole address space onto itself, for a requester that is not translated. */
static void identity(struct map *map)
{
	const struct iq_entry *entry = map->root->entry;
	const struct iq_mapping all = { .read = device_reads(entry), .write = device_writes(entry) };

	on_mappings(&map->visitor, &all, 1);
}

static void text_head(struct map *map)
{
	const struct device_root *root = map->root;
	struct kq_output *out = &map->inspect->out;

	kq_output_format(out, "# %s, unit %u, domain %u, %s", root->requester.name, root->device.unit->index,
			 root->entry->domain, map->inspect->now ? "as in the dump" : "at the crash");
	if (root->root.form)
		kq_output_format(out, ": %u-level %s table 0x%016" PRIx64 ", %s%s\n", root->root.levels,
				 root->root.form->name, root->root.table,
				 permissions(device_reads(root->entry), device_writes(root->entry)),
				 root->nested ? ", then translated again" : "");
	else
		kq_output_format(out, ": %s\n", translation_name(root->entry->translation));
}

static void json_head(struct map *map)
{
	const struct device_root *root = map->root;
	struct kq_json *json = &map->inspect->json;

	inspect_json(map->inspect, "map");
	kq_json_string(json, "requester", root->requester.name);
	kq_json_number(json, "unit", root->device.unit->index);
	kq_json_number(json, "domain", root->entry->domain);
	kq_json_string(json, "when", map->inspect->now ? "now" : "crash");
	kq_json_string(json, "translation", translation_name(root->entry->translation));
	kq_json_string(json, "form", root->root.form ? root->root.form->name : NULL);
	kq_json_hex(json, "table", root->root.table);
	kq_json_number(json, "levels", root->root.levels);
	kq_json_bool(json, "nested", root->nested);
	kq_json_array(json, "ranges");
}

static void json_tail(struct map *map, const struct iq_radix_totals *totals)
{
	struct kq_json *json = &map->inspect->json;

	kq_json_end(json);
	kq_json_number(json, "range_count", totals->mappings);
	kq_json_hex(json, "bytes", totals->bytes);
	kq_json_number(json, "tables", totals->tables);
	kq_json_array(json, "errors");
	for (unsigned int i = 0; i < map->errors && i < ERRORS_KEPT; i++)
		walk_error_json(map->inspect, &map->error[i]);
	kq_json_end(json);
	kq_json_number(json, "error_count", totals->errors);
	kq_json_end(json);
}

void cmd_map(struct inspect *inspect, char **arguments)
{
	struct iq_radix_totals totals = { 0 };
	struct device_root root;
	struct map map = {
		.visitor = { .mappings = on_mappings, .error = on_error },
		.inspect = inspect,
		.root = &root,
	};

	if (!device_root(inspect, arguments[0], &root))
		return;
	if (inspect->use_json)
		json_head(&map);
	else
		text_head(&map);
	if (root.root.form) {
		const uint64_t limit = iq_min(IQ_RADIX_TABLES_MAX, inspect->source->frames);

		if (iq_radix_walk(root.memory, &root.root, limit, &map.visitor, &totals) == IQ_MALFORMED && !map.errors)
			inspect_trouble(inspect, "%s: root table at 0x%016" PRIx64 " with %u levels cannot be",
					root.requester.name, root.root.table, root.root.levels);
	} else if (root.entry->translation == IQ_TRANSLATION_PASSTHROUGH) {
		identity(&map);
	}
	if (map.errors > ERRORS_SAID)
		inspect_trouble(inspect, "%s: and %u more errors", root.requester.name, map.errors - ERRORS_SAID);
	if (inspect->use_json)
		json_tail(&map, &totals);
	else if (root.root.form)
		kq_output_format(&inspect->out,
				 "# ranges %" PRIu64 ", bytes %" PRIu64 ", tables %" PRIu64 ", errors %" PRIu64 "\n",
				 totals.mappings, totals.bytes, totals.tables, totals.errors);
}
