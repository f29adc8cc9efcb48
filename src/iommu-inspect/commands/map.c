/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iommu-inspect map: all that a device could reach, or what it could reach before, as ranges of IOVAs with what they lead to. Ranges are
 * printed as the walk finds them, so that a million of them need no memory.
 */
#include "base/budget.h"
#include "driver.h"
#include "base/progress.h"
#include "walk-error.h"

#include <inttypes.h>

#define ERRORS_KEPT 64u /* in the JSON answer; all are said on stderr */
#define ERRORS_SAID 1000u

struct map {
	struct iq_radix_visitor visitor; /* first */
	struct inspect *inspect;
	const struct device_root *root;
	const struct evidence_driver *driver;
	struct iq_radix_error error[ERRORS_KEPT];
	unsigned int errors;
	uint64_t mappings;
};

static void print(struct map *map, const struct iq_mapping *mapping, enum former former)
{
	struct inspect *inspect = map->inspect;

	if (inspect->use_json) {
		kq_json_object(&inspect->json, NULL);
		mapping_json(&inspect->json, mapping);
		if (inspect->unmapped)
			former_json(&inspect->json, former);
		kq_json_end(&inspect->json);
	} else {
		mapping_text(&inspect->out, mapping);
		kq_output_text(&inspect->out, former_text(former));
		kq_output_char(&inspect->out, '\n');
	}
	map->mappings++;
}

/* What is mapped is printed as it is; what was mapped, in parts. */
static bool on_mappings(struct iq_radix_visitor *visitor, const struct iq_mapping *mapping, unsigned int count)
{
	struct map *map = (struct map *)visitor;
	struct inspect *inspect = map->inspect;

	for (unsigned int i = 0; i < count; i++) {
		struct iq_mapping rest = mapping[i], part = mapping[i];

		if (!inspect->unmapped)
			print(map, &part, FORMER_FLUSHED);
		while (inspect->unmapped && rest.length) {
			const enum former former = former_cut(map->driver, &rest, &part);

			print(map, &part, former);
		}
	}
	kq_progress("ranges", map->mappings, 0);
	return !inspect->out.failed;
}

static bool on_error(struct iq_radix_visitor *visitor, const struct iq_radix_error *error)
{
	struct map *map = (struct map *)visitor;

	if (map->errors < ERRORS_KEPT)
		map->error[map->errors] = *error;
	if (map->errors++ < ERRORS_SAID)
		walk_error_say(map->inspect, map->root->requester.name, error);
	return true;
}

static void text_head(struct map *map)
{
	const struct device_root *root = map->root;
	struct kq_output *out = &map->inspect->out;
	char text[DEVICE_TABLES];

	kq_output_format(out, "# %s, unit %u, domain %u, %s%s", root->requester.name, root->device.unit->index,
			 root->way.domain, map->inspect->unmapped ? "mapped before and not " : "",
			 map->inspect->now ? "as in the dump" : "at the crash");
	device_root_text(&root->way, text);
	if (text[0])
		kq_output_format(out, ": %s, %s\n", text,
				 permissions(device_reads(&root->way), device_writes(&root->way)));
	else
		kq_output_format(out, ": %s\n", translation_name(root->way.translation));
}

static void json_head(struct map *map)
{
	const struct device_root *root = map->root;
	const struct iq_radix_root *table = root->way.windows ? reach_root(&root->way.window[0]) : NULL;
	struct kq_json *json = &map->inspect->json;

	inspect_json(map->inspect);
	kq_json_string(json, "requester", root->requester.name);
	kq_json_number(json, "source_id", root->device.id);
	kq_json_number(json, "unit", root->device.unit->index);
	kq_json_number(json, "domain", root->way.domain);
	kq_json_string(json, "when", map->inspect->now ? "now" : "crash");
	kq_json_string(json, "translation", translation_name(root->way.translation));
	kq_json_string(json, "form", table ? table->form->name : NULL);
	kq_json_hex(json, "table", table ? table->table : 0);
	kq_json_number(json, "levels", table ? table->levels : 0);
	kq_json_bool(json, "nested", reach_has_nested(&root->way));
	device_windows_json(json, &root->way);
	kq_json_array(json, "ranges");
}

static void json_tail(struct map *map, const struct iq_radix_totals *totals)
{
	struct kq_json *json = &map->inspect->json;

	kq_json_end(json);
	kq_json_number(json, "range_count", map->mappings);
	kq_json_hex(json, "bytes", totals->bytes);
	kq_json_number(json, "tables", totals->tables);
	kq_json_array(json, "errors");
	for (unsigned int i = 0; i < map->errors && i < ERRORS_KEPT; i++)
		walk_error_json(map->inspect, &map->error[i]);
	kq_json_end(json);
	kq_json_number(json, "error_count", totals->errors);
	if (map->driver->counts)
		kq_json_hex(json, "driver_bytes", map->driver->mapped);
	shadow_json(map->inspect, map->root->device.unit);
}

static void text_tail(struct map *map, const struct iq_radix_totals *totals)
{
	struct kq_output *out = &map->inspect->out;
	const bool whole = !map->inspect->unmapped && !totals->errors && !totals->refused;

	kq_output_format(out, "# ranges %" PRIu64 ", bytes %" PRIu64 ", tables %" PRIu64 ", errors %" PRIu64 "\n", map->mappings,
			 totals->bytes, totals->tables, totals->errors);
	if (whole && map->driver->counts && map->driver->mapped != totals->bytes)
		kq_output_format(out, "# the driver counted %" PRIu64 " bytes as mapped\n", map->driver->mapped);
	if (map->inspect->unmapped && !map->driver->knows_flushes)
		kq_output_format(out, "# which of these may still be translated is not known\n");
	shadow_text(map->inspect, map->root->device.unit);
}

/* Turn to what the tables say of the past. False, and said, if they say nothing. */
static bool turn_back(struct inspect *inspect, struct device_root *root)
{
	const struct iq_entry way = root->way;

	if (reach_past(&way, &root->way))
		return true;
	inspect_trouble(inspect, "%s: its tables keep nothing of what was unmapped", root->requester.name);
	return false;
}

void cmd_map(struct inspect *inspect, char **arguments)
{
	struct iq_radix_totals totals = { 0 };
	struct kq_reason unused;
	struct device_root root;
	struct map map = {
		.visitor = { .mappings = on_mappings, .error = on_error },
		.inspect = inspect,
		.root = &root,
	};

	if (!device_root(inspect, arguments[0], &root) || (inspect->unmapped && !turn_back(inspect, &root)))
		return;
	map.driver = driver_of(inspect, root.device.unit);
	if (inspect->use_json)
		json_head(&map);
	else
		text_head(&map);
	reach_walk(root.memory, &root.way, source_tables(inspect->source), &map.visitor, &totals);
	kq_budget_take(KQ_BUDGET_TABLES, totals.tables, &unused);
	if (totals.refused) {
		char text[DEVICE_TABLES];

		device_root_text(&root.way, text);
		inspect_trouble(inspect, "%s: %s is malformed", root.requester.name, text);
	}
	if (root.way.translation == IQ_TRANSLATION_UNKNOWN)
		inspect_trouble(inspect, "%s: what its entry leads to cannot be read: %s", root.requester.name,
				source_trouble(inspect->source));
	if (map.errors > ERRORS_SAID)
		inspect_trouble(inspect, "%s: and %u more error%s", root.requester.name, map.errors - ERRORS_SAID,
				kq_plural(map.errors - ERRORS_SAID));
	if (inspect->use_json)
		json_tail(&map, &totals);
	else if (root.way.windows)
		text_tail(&map, &totals);
}
