/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Errors of the page-table walker as messages and as JSON.
 */
#include "walk-error.h"

#include <inttypes.h>

void walk_error_say(struct inspect *inspect, const char *name, const struct iq_radix_error *error)
{
	struct kq_reason reason;

	switch (error->status) {
	case IQ_UNREACHABLE:
		inspect_trouble(inspect,
				"%s: level %u table at 0x%016" PRIx64 ", for IOVA 0x%016" PRIx64 ", cannot be read: %s", name,
				error->level, error->table, error->iova, source_trouble(inspect->source));
		break;
	case IQ_NOT_FOUND:
		inspect_trouble(inspect,
				"%s: level %u table at 0x%016" PRIx64 ", for IOVA 0x%016" PRIx64
				", is not mapped by the second stage", name, error->level, error->table, error->iova);
		break;
	case IQ_NO_ROOM:
		source_tables_exceeded(inspect->source, &reason);
		inspect_trouble(inspect, "%s: %s: gave up at the level %u table at 0x%016" PRIx64 ", for IOVA 0x%016" PRIx64,
				name, reason.text, error->level, error->table, error->iova);
		break;
	default:
		inspect_trouble(inspect,
				"%s: level %u table at 0x%016" PRIx64 ", entry %u = 0x%016" PRIx64
				", for IOVA 0x%016" PRIx64 ", %s", name, error->level, error->table, error->index,
				error->entry, error->iova,
				error->copy ? "differs from the other copies of a large page" : "is malformed");
	}
}

void walk_error_json(struct inspect *inspect, const struct iq_radix_error *error)
{
	struct kq_json *json = &inspect->json;

	kq_json_object(json, NULL);
	kq_json_string(json, "status", error->copy ? "copy-differs" : iq_status_name(error->status));
	kq_json_number(json, "level", error->level);
	kq_json_number(json, "index", error->index);
	kq_json_hex(json, "table", error->table);
	kq_json_hex(json, "entry", error->entry);
	kq_json_hex(json, "iova", error->iova);
	kq_json_end(json);
}
