/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all commands need: trouble on stderr, the head of an answer in JSON, names of devices.
 */
#include "inspect.h"

#include <stdarg.h>
#include <stdio.h>

void inspect_trouble(struct inspect *inspect, const char *format, ...)
{
	char text[768];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	kq_progress_end();
	kq_warn("%s: %s", inspect->dump, text);
	kq_reply_incomplete();
	if (!inspect->status)
		inspect->status = EXIT_TROUBLE;
}

void inspect_json(struct inspect *inspect)
{
	kq_reply_open(&inspect->json, &inspect->out);
	kq_json_string(&inspect->json, "dump", inspect->files ? inspect->dump : NULL);
}

void inspect_json_snapshot(struct inspect *inspect, const char *key, const struct inspect *from)
{
	const size_t pages = from->source ? from->source->filled.count : 0;

	if (!pages) {
		kq_json_null(&inspect->json, key);
		return;
	}
	kq_json_object(&inspect->json, key);
	kq_json_string(&inspect->json, "file", from->snapshot);
	kq_json_number(&inspect->json, "pages", pages);
	kq_json_end(&inspect->json);
}

void inspect_json_end(struct inspect *inspect)
{
	if (!inspect->json.depth)
		return;
	inspect_json_snapshot(inspect, "snapshot", inspect);
	kq_reply_close();
}

const char *inspect_name(struct inspect *inspect, const struct iq_unit *unit, iq_source_id id)
{
	struct iq_function function;

	if (!inspect->names || !evidence_function(&inspect->evidence, unit, id, &function))
		return NULL;
	return kq_pci_name(inspect->names, function.segment, function.requester);
}
