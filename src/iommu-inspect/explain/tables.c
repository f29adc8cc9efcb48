/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each address of a fault is translated as `translate' does it.
 */
#include "tables.h"

#include "device.h"

#include <inttypes.h>

#define NAME 48u

static bool find(struct inspect *inspect, const struct explain_fault *fault, struct device_root *root)
{
	char name[NAME];

	explain_requester(fault, name, sizeof(name));
	return *name && device_root(inspect, name, root);
}

void explain_tables_text(struct inspect *inspect, const struct explain_fault *fault, const char *heading)
{
	struct kq_output *out = &inspect->out;
	struct device_root root;

	if (!find(inspect, fault, &root))
		return;
	kq_output_format(out, "%s%s, domain %u, %s\n", heading, translation_name(root.way.translation), root.way.domain,
			 inspect->now ? "as in the dump" : "at the crash");
	for (unsigned int i = 0; i < fault->addresses; i++) {
		struct reach_path path;
		const enum iq_status status = reach_translate(root.memory, &root.way, fault->address[i], &path);
		const struct iq_mapping *page = &path.mapping;

		kq_output_format(out, "            0x%016" PRIx64 " -> ", fault->address[i]);
		if (status == IQ_OK)
			kq_output_format(out, "0x%016" PRIx64 "  %s\n", page->physical + (fault->address[i] - page->iova),
					 permissions(page->read, page->write));
		else
			kq_output_format(out, "%s\n", device_obstacle(&root.way, &path, status));
	}
}

void explain_tables_json(struct inspect *inspect, const struct explain_fault *fault)
{
	struct kq_json *json = &inspect->json;
	struct device_root root;

	if (!find(inspect, fault, &root)) {
		kq_json_null(json, "tables");
		return;
	}
	kq_json_object(json, "tables");
	kq_json_number(json, "unit", root.device.unit->index);
	kq_json_number(json, "domain", root.way.domain);
	kq_json_string(json, "when", inspect->now ? "now" : "crash");
	kq_json_string(json, "translation", translation_name(root.way.translation));
	kq_json_array(json, "addresses");
	for (unsigned int i = 0; i < fault->addresses; i++) {
		struct reach_path path;
		const enum iq_status status = reach_translate(root.memory, &root.way, fault->address[i], &path);
		const struct iq_mapping *page = &path.mapping;

		kq_json_object(json, NULL);
		kq_json_hex(json, "iova", fault->address[i]);
		kq_json_string(json, "status", iq_status_name(status));
		if (status == IQ_OK) {
			kq_json_hex(json, "physical", page->physical + (fault->address[i] - page->iova));
			kq_json_bool(json, "read", page->read);
			kq_json_bool(json, "write", page->write);
		}
		kq_json_end(json);
	}
	kq_json_end(json);
	kq_json_end(json);
}
