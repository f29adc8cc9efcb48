/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iommu-inspect translate: one IOVA of one device, with every entry on its way.
 */
#include "device.h"

#include <inttypes.h>

struct answer {
	struct device_root root;
	struct iq_radix_path path;
	uint64_t iova;
	enum iq_status status;
	uint64_t physical;
};

/* Not through a table: as it is, or not at all. */
static void without_table(struct answer *answer)
{
	const struct iq_entry *entry = answer->root.entry;

	if (entry->translation != IQ_TRANSLATION_PASSTHROUGH) {
		answer->status = IQ_NOT_FOUND;
		return;
	}
	answer->path.mapping.read = entry->read;
	answer->path.mapping.write = entry->write;
	answer->physical = answer->iova;
}

/* Why there is no page, in words. */
static const char *obstacle(const struct answer *answer)
{
	switch (answer->status) {
	case IQ_NOT_FOUND:
		if (!answer->root.root.form)
			return translation_name(answer->root.entry->translation);
		return answer->path.steps ? "not mapped" : "beyond what the table can translate";
	case IQ_UNREACHABLE:
		return "a table on the way cannot be read";
	default:
		return "an entry on the way is malformed";
	}
}

static void text(struct inspect *inspect, const struct answer *answer)
{
	const struct iq_radix_path *path = &answer->path;
	const struct device_root *root = &answer->root;
	struct kq_output *out = &inspect->out;

	kq_output_format(out, "%s 0x%016" PRIx64 " -> ", root->requester.name, answer->iova);
	if (answer->status == IQ_OK)
		kq_output_format(out, "0x%016" PRIx64 "  %s%s\n", answer->physical,
				 permissions(path->mapping.read, path->mapping.write),
				 root->nested ? ", then translated again" : "");
	else
		kq_output_format(out, "%s\n", obstacle(answer));
	kq_output_format(out, "  entry    unit %u, domain %u, %s, %s:", root->device.unit->index, root->entry->domain,
			 translation_name(root->entry->translation), inspect->now ? "as in the dump" : "at the crash");
	for (unsigned int i = 0; i < IQ_ARRAY_SIZE(root->entry->raw); i++)
		kq_output_format(out, " 0x%016" PRIx64, root->entry->raw[i]);
	kq_output_char(out, '\n');
	for (unsigned int i = 0; i < path->steps; i++)
		kq_output_format(out, "  level %u  table 0x%016" PRIx64 "  entry %3u  0x%016" PRIx64 "\n",
				 path->step[i].level, path->step[i].table, path->step[i].index, path->step[i].entry);
	if (answer->status == IQ_OK && root->root.form)
		kq_output_format(out, "  page     0x%016" PRIx64 "-0x%016" PRIx64 " at 0x%016" PRIx64 "\n",
				 path->mapping.iova, path->mapping.iova + path->mapping.length - 1,
				 path->mapping.physical);
}

static void json(struct inspect *inspect, const struct answer *answer)
{
	const struct iq_radix_path *path = &answer->path;
	const struct device_root *root = &answer->root;
	struct kq_json *to = &inspect->json;

	inspect_json(inspect, "translate");
	kq_json_string(to, "requester", root->requester.name);
	kq_json_number(to, "unit", root->device.unit->index);
	kq_json_string(to, "when", inspect->now ? "now" : "crash");
	kq_json_string(to, "translation", translation_name(root->entry->translation));
	kq_json_hex(to, "iova", answer->iova);
	kq_json_string(to, "status", iq_status_name(answer->status));
	kq_json_bool(to, "nested", root->nested);
	if (answer->status == IQ_OK) {
		kq_json_hex(to, "physical", answer->physical);
		kq_json_bool(to, "read", path->mapping.read);
		kq_json_bool(to, "write", path->mapping.write);
	}
	if (answer->status == IQ_OK && root->root.form) {
		kq_json_object(to, "page");
		kq_json_hex(to, "first", path->mapping.iova);
		kq_json_hex(to, "last", path->mapping.iova + path->mapping.length - 1);
		kq_json_hex(to, "physical", path->mapping.physical);
		kq_json_end(to);
	}
	kq_json_array(to, "entry");
	for (unsigned int i = 0; i < IQ_ARRAY_SIZE(root->entry->raw); i++)
		kq_json_hex(to, NULL, root->entry->raw[i]);
	kq_json_end(to);
	kq_json_array(to, "path");
	for (unsigned int i = 0; i < path->steps; i++) {
		kq_json_object(to, NULL);
		kq_json_number(to, "level", path->step[i].level);
		kq_json_hex(to, "table", path->step[i].table);
		kq_json_number(to, "index", path->step[i].index);
		kq_json_hex(to, "entry", path->step[i].entry);
		kq_json_end(to);
	}
	kq_json_end(to);
	kq_json_end(to);
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
	if (answer.root.root.form) {
		answer.status = iq_radix_translate(answer.root.memory, &answer.root.root, answer.iova, &answer.path);
		answer.physical = answer.path.mapping.physical + (answer.iova - answer.path.mapping.iova);
	} else {
		without_table(&answer);
	}
	if (inspect->use_json)
		json(inspect, &answer);
	else
		text(inspect, &answer);
	if (answer.status == IQ_UNREACHABLE)
		inspect_trouble(inspect, "%s: %s", answer.root.requester.name, source_trouble(inspect->source));
	else if (answer.status != IQ_OK && !inspect->status)
		inspect->status = EXIT_TROUBLE;
}
