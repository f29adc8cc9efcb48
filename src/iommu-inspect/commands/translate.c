/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iommu-inspect translate: one IOVA of one device, with every entry on its way, and what was mapped there if nothing is.
 */
#include "driver.h"

#include <inttypes.h>

struct answer {
	struct device_root root;
	struct reach_path path;
	uint64_t iova;
	enum iq_status status;
	uint64_t physical;
	bool was;	 /* mapped there, and is not any more: to @physical */
	struct iq_mapping before;
	enum former former;
};

static void text_path(struct kq_output *out, const struct iq_radix_path *path, const char *stage)
{
	for (unsigned int i = 0; i < path->steps; i++)
		kq_output_format(out, "  level %u  table 0x%016" PRIx64 "  entry %3u  0x%016" PRIx64 "%s\n",
				 path->step[i].level, path->step[i].table, path->step[i].index, path->step[i].entry, stage);
}

static void text(struct inspect *inspect, const struct answer *answer)
{
	const struct iq_mapping *page = &answer->path.mapping;
	const struct device_root *root = &answer->root;
	const bool nested = answer->path.window < root->way.windows &&
			    reach_is_nested(&root->way.window[answer->path.window]);
	struct kq_output *out = &inspect->out;

	kq_output_format(out, "%s 0x%016" PRIx64 " -> ", root->requester.name, answer->iova);
	if (answer->status == IQ_OK)
		kq_output_format(out, "0x%016" PRIx64 "  %s\n", answer->physical, permissions(page->read, page->write));
	else
		kq_output_format(out, "%s\n", device_obstacle(&root->way, &answer->path, answer->status));
	kq_output_format(out, "  entry    unit %u, domain %u, %s, %s:", root->device.unit->index, root->way.domain,
			 translation_name(root->way.translation), inspect->now ? "as in the dump" : "at the crash");
	for (unsigned int i = 0; i < root->way.words; i++)
		kq_output_format(out, " 0x%016" PRIx64, root->way.raw[i]);
	kq_output_char(out, '\n');
	text_path(out, &answer->path.first, nested ? "  first stage" : "");
	text_path(out, &answer->path.second, nested ? "  second stage" : "");
	if (answer->was)
		kq_output_format(out, "  before   0x%016" PRIx64 "  %s%s\n", answer->physical,
				 permissions(answer->before.read, answer->before.write), former_text(answer->former));
	if (answer->status == IQ_OK && root->way.windows)
		kq_output_format(out, "  page     0x%016" PRIx64 "-0x%016" PRIx64 " at 0x%016" PRIx64 "\n", page->iova,
				 page->iova + page->length - 1, page->physical);
	shadow_text(inspect, root->device.unit);
}

static void json_path(struct kq_json *to, const struct iq_radix_path *path, unsigned int stage)
{
	for (unsigned int i = 0; i < path->steps; i++) {
		kq_json_object(to, NULL);
		kq_json_number(to, "stage", stage);
		kq_json_number(to, "level", path->step[i].level);
		kq_json_hex(to, "table", path->step[i].table);
		kq_json_number(to, "index", path->step[i].index);
		kq_json_hex(to, "entry", path->step[i].entry);
		kq_json_end(to);
	}
}

static void json(struct inspect *inspect, const struct answer *answer)
{
	const struct iq_mapping *page = &answer->path.mapping;
	const struct device_root *root = &answer->root;
	struct kq_json *to = &inspect->json;

	inspect_json(inspect);
	kq_json_string(to, "requester", root->requester.name);
	kq_json_number(to, "unit", root->device.unit->index);
	kq_json_number(to, "source_id", root->device.id);
	kq_json_string(to, "when", inspect->now ? "now" : "crash");
	kq_json_string(to, "translation", translation_name(root->way.translation));
	kq_json_hex(to, "iova", answer->iova);
	kq_json_string(to, "status", iq_status_name(answer->status));
	kq_json_bool(to, "nested", reach_has_nested(&root->way));
	if (answer->status == IQ_OK) {
		kq_json_hex(to, "physical", answer->physical);
		kq_json_bool(to, "read", page->read);
		kq_json_bool(to, "write", page->write);
	}
	if (answer->was) {
		kq_json_object(to, "before");
		kq_json_hex(to, "physical", answer->physical);
		kq_json_bool(to, "read", answer->before.read);
		kq_json_bool(to, "write", answer->before.write);
		former_json(to, answer->former);
		kq_json_end(to);
	}
	if (answer->status == IQ_OK && root->way.windows) {
		kq_json_object(to, "page");
		kq_json_hex(to, "first", page->iova);
		kq_json_hex(to, "last", page->iova + page->length - 1);
		kq_json_hex(to, "physical", page->physical);
		kq_json_end(to);
	}
	kq_json_array(to, "entry");
	for (unsigned int i = 0; i < root->way.words; i++)
		kq_json_hex(to, NULL, root->way.raw[i]);
	kq_json_end(to);
	kq_json_array(to, "path");
	json_path(to, &answer->path.first, 1);
	json_path(to, &answer->path.second, 2);
	kq_json_end(to);
	shadow_json(inspect, root->device.unit);
}

/* Find out what was mapped there before. */
static void look_back(struct inspect *inspect, struct answer *answer)
{
	struct iq_mapping rest, part;
	struct reach_path path;
	struct iq_entry past;

	if (!reach_past(&answer->root.way, &past) ||
	    reach_translate(answer->root.memory, &past, answer->iova, &path) != IQ_OK)
		return;
	answer->was = true;
	answer->before = path.mapping;
	answer->physical = path.mapping.physical + (answer->iova - path.mapping.iova);
	rest = (struct iq_mapping){ .iova = answer->iova, .length = 1 };
	answer->former = former_cut(driver_of(inspect, answer->root.device.unit), &rest, &part);
}

void cmd_translate(struct inspect *inspect, char **arguments)
{
	struct answer answer = { .status = IQ_OK };

	if (!address_parse(arguments[1], &answer.iova)) {
		kq_warn("%s: not an address; a hexadecimal number is meant", arguments[1]);
		inspect->status = EXIT_USAGE;
		return;
	}
	if (!device_root(inspect, arguments[0], &answer.root))
		return;
	answer.status = reach_translate(answer.root.memory, &answer.root.way, answer.iova, &answer.path);
	answer.physical = answer.path.mapping.physical + (answer.iova - answer.path.mapping.iova);
	if (answer.status == IQ_NOT_FOUND)
		look_back(inspect, &answer);
	if (inspect->use_json)
		json(inspect, &answer);
	else
		text(inspect, &answer);
	if (answer.status == IQ_UNREACHABLE || answer.root.way.translation == IQ_TRANSLATION_UNKNOWN)
		inspect_trouble(inspect, "%s: %s", answer.root.requester.name, source_trouble(inspect->source));
	else if (answer.status != IQ_OK && !inspect->status)
		inspect->status = EXIT_TROUBLE;
}
