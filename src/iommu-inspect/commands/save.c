/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iommu-inspect save: the tables of a dump as a dump of their own, a few megabytes that can be mailed and answer as the
 * whole does.
 */
#include "record/collect.h"
#include "inspect.h"
#include "base/progress.h"
#include "dump/save-tables.h"
#include "units-source.h"

#include <inttypes.h>

static void tell(struct inspect *inspect, const char *path, uint64_t pages, uint64_t bytes)
{
	if (!inspect->use_json) {
		kq_output_format(&inspect->out, "%s: %" PRIu64 " page%s of tables, queues and logs, %" PRIu64 " bytes\n",
				 path, pages, kq_plural(pages), bytes);
		return;
	}
	inspect_json(inspect);
	kq_json_string(&inspect->json, "file", path);
	kq_json_number(&inspect->json, "pages", pages);
	kq_json_number(&inspect->json, "bytes", bytes);
}

static void save(struct inspect *inspect, const char *path, struct page_set *pages)
{
	struct collect collect = {
		.evidence = &inspect->evidence,
		.pages = pages,
		.source = inspect->source,
	};
	struct save to = {
		.source = inspect->source,
		.dump = inspect->file,
		.pages = pages,
		.path = path,
		.force = inspect->force,
	};
	struct kq_reason reason;

	units_remember(inspect, &pages->memory);
	if (!collect_tables(&collect)) {
		inspect_trouble(inspect, "out of memory");
		return;
	}
	if (save_tables(&to, &reason)) {
		kq_progress_end();
		tell(inspect, path, pages->count, to.bytes);
	} else {
		inspect_trouble(inspect, "%s", reason.text);
	}
	if (collect.unreadable)
		inspect_trouble(inspect,
				"%" PRIu64 " %s not in the snapshot either", collect.unreadable,
				collect.unreadable == 1 ? "table or entry cannot be read and is" : "tables or entries cannot be read and are");
	if (collect.gave_up.text[0])
		inspect_trouble(inspect, "%s: not all are in the snapshot", collect.gave_up.text);
}

void cmd_save(struct inspect *inspect, char **arguments)
{
	struct page_set pages;

	page_set_start(&pages, &inspect->source->memory);
	save(inspect, arguments[0], &pages);
	page_set_free(&pages);
}
