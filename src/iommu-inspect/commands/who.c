/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iommu-inspect who, overlap: from memory back to the devices that could reach it. `who' shows every mapping, and every one that was
 * there before, `overlap' one line for each device.
 */
#include "driver.h"
#include "range.h"
#include "targets.h"

#include <inttypes.h>

struct who {
	struct targets_visitor visitor; /* first */
	struct inspect *inspect;
	struct memory_range range;
	uint64_t found; /* mappings, each counted for every requester that has it */
	uint64_t past;  /* the same of those that were */
	/* overlap: of the way at hand */
	const struct target *target;
	size_t alike;
	uint64_t mappings, read_bytes, write_bytes, iova;
};

/* Cut @mapping down to what leads into the range. False if nothing does. */
static bool clip(const struct memory_range *range, const struct iq_mapping *mapping, struct iq_mapping *part)
{
	const uint64_t last = mapping->physical + (mapping->length - 1); /* also when length 0 stands for 2^64 */
	uint64_t skip, end;

	if (mapping->physical > range->last || last < range->first || !(mapping->read || mapping->write))
		return false;
	skip = range->first > mapping->physical ? range->first - mapping->physical : 0;
	end = iq_min(last, range->last);
	*part = *mapping;
	part->iova += skip;
	part->physical += skip;
	part->length = end - part->physical + 1;
	return true;
}

/* @former: of what was mapped and is not any more; NULL: it is mapped. */
static void text_mapping(struct inspect *inspect, const struct target *target, const struct iq_mapping *part,
			 const enum former *former)
{
	const char *device = inspect_name(inspect, target->unit, target->id);
	struct kq_output *out = &inspect->out;
	char name[32];

	target_name(inspect, target, name, sizeof(name));
	kq_output_format(out, "%s", name);
	kq_output_text(out, former ? "  was mapped at " : "  ");
	mapping_text(out, part);
	if (former)
		kq_output_text(out, former_text(*former));
	if (device) {
		kq_output_text(out, "  ");
		kq_output_format(out, "%s", device);
	}
	kq_output_char(out, '\n');
}

static void json_target(struct inspect *inspect, const struct target *target)
{
	struct kq_json *json = &inspect->json;

	kq_json_object(json, NULL);
	kq_json_string(json, "requester", evidence_name(&inspect->evidence, target->unit, target->id));
	kq_json_number(json, "source_id", target->id);
	if (target->pasid == NO_PASID)
		kq_json_null(json, "pasid");
	else
		kq_json_number(json, "pasid", target->pasid);
	kq_json_number(json, "unit", target->unit->index);
	kq_json_number(json, "domain", target->way.domain);
	kq_json_string(json, "name", inspect_name(inspect, target->unit, target->id));
	kq_json_string(json, "translation", translation_name(target->way.translation));
}

static void json_mapping(struct inspect *inspect, const struct target *target, const struct iq_mapping *part,
			 const enum former *former)
{
	struct kq_json *json = &inspect->json;

	json_target(inspect, target);
	mapping_json(json, part);
	if (former)
		former_json(json, *former);
	kq_json_end(json);
}

static void put_mapping(struct who *who, const struct target *target, const struct iq_mapping *part, const enum former *former)
{
	if (who->inspect->use_json)
		json_mapping(who->inspect, target, part, former);
	else
		text_mapping(who->inspect, target, part, former);
}

static bool visit_who(struct targets_visitor *visitor, const struct target *target, size_t alike,
		      const struct iq_mapping *mapping, unsigned int count)
{
	struct who *who = (struct who *)visitor;
	struct inspect *inspect = who->inspect;

	for (unsigned int i = 0; i < count; i++) {
		struct iq_mapping part;

		if (!clip(&who->range, &mapping[i], &part))
			continue;
		for (size_t n = 0; n < alike; n++)
			put_mapping(who, &target[n], &part, NULL);
		who->found += alike;
	}
	return !inspect->out.failed;
}

/* The same for what was mapped; parts of one mapping may differ in whether they were flushed. */
static bool visit_past(struct targets_visitor *visitor, const struct target *target, size_t alike,
		       const struct iq_mapping *mapping, unsigned int count)
{
	struct who *who = (struct who *)visitor;

	for (unsigned int i = 0; i < count; i++) {
		struct iq_mapping whole, rest, part;

		if (!clip(&who->range, &mapping[i], &whole))
			continue;
		for (size_t n = 0; n < alike; n++) {
			const struct evidence_driver *driver = driver_of(who->inspect, target[n].unit);

			for (rest = whole; rest.length;) {
				const enum former former = former_cut(driver, &rest, &part);

				put_mapping(who, &target[n], &part, &former);
				who->past++;
			}
		}
	}
	return !who->inspect->out.failed;
}

/* What was mapped, if tables say anything of it. */
static void look_back(struct who *who, struct targets *targets)
{
	struct inspect *inspect = who->inspect;

	if (who->visitor.visit != visit_who || !targets_turn_back(targets))
		return;
	if (inspect->use_json)
		kq_json_array(&inspect->json, "past");
	who->visitor.visit = visit_past;
	who->visitor.quiet = true;
	targets_walk(inspect, targets, &who->visitor);
	if (inspect->use_json)
		kq_json_end(&inspect->json);
}

/* One line or object for each target of the way that was walked last. */
static void print_overlap(struct who *who)
{
	struct inspect *inspect = who->inspect;
	struct kq_json *json = &inspect->json;

	for (size_t n = 0; who->mappings && n < who->alike; n++) {
		const struct target *target = &who->target[n];
		const char *device = inspect_name(inspect, target->unit, target->id);
		char name[32];

		target_name(inspect, target, name, sizeof(name));
		if (inspect->use_json) {
			json_target(inspect, target);
			kq_json_number(json, "mappings", who->mappings);
			kq_json_hex(json, "readable_bytes", who->read_bytes);
			kq_json_hex(json, "writable_bytes", who->write_bytes);
			kq_json_hex(json, "iova", who->iova);
			kq_json_end(json);
		} else {
			kq_output_format(&inspect->out,
					 "%s  %s  %" PRIu64 " mapping%s from IOVA 0x%016" PRIx64 ", 0x%" PRIx64
					 " bytes to read, 0x%" PRIx64 " to write%s%s\n",
					 name, translation_name(target->way.translation), who->mappings,
					 kq_plural(who->mappings), who->iova, who->read_bytes, who->write_bytes,
					 device ? "  " : "", device ? device : "");
		}
	}
	who->found += who->mappings ? who->alike : 0;
	who->mappings = who->read_bytes = who->write_bytes = 0;
}

/* Length 0 stands for 2^64, which does not fit: it counts as 2^64 - 1. */
static void add_bytes(uint64_t *bytes, uint64_t length)
{
	*bytes += iq_min(length ? length : UINT64_MAX, ~*bytes);
}

static bool visit_overlap(struct targets_visitor *visitor, const struct target *target, size_t alike,
			  const struct iq_mapping *mapping, unsigned int count)
{
	struct who *who = (struct who *)visitor;

	if (who->target != target)
		print_overlap(who);
	who->target = target;
	who->alike = alike;
	for (unsigned int i = 0; i < count; i++) {
		struct iq_mapping part;

		if (!clip(&who->range, &mapping[i], &part))
			continue;
		if (!who->mappings++)
			who->iova = part.iova;
		if (part.read)
			add_bytes(&who->read_bytes, part.length);
		if (part.write)
			add_bytes(&who->write_bytes, part.length);
	}
	return !who->inspect->out.failed;
}

static void answer(struct inspect *inspect, const char *range, struct who *who)
{
	struct kq_json *json = &inspect->json;
	struct targets targets;

	if (!range_parse(range, &who->range)) {
		kq_warn("%s: not a range of memory; PHYS, PHYS-PHYS or PHYS+BYTES is meant, in hexadecimal", range);
		inspect->status = EXIT_USAGE;
		return;
	}
	who->visitor.filtered = true;
	who->visitor.first = who->range.first;
	who->visitor.last = who->range.last;
	if (!targets_find(inspect, &targets)) {
		targets_free(&targets);
		return;
	}
	if (inspect->use_json) {
		inspect_json(inspect);
		kq_json_hex(json, "range_first", who->range.first);
		kq_json_hex(json, "range_last", who->range.last);
		kq_json_string(json, "when", inspect->now ? "now" : "crash");
		kq_json_array(json, who->visitor.visit == visit_who ? "mappings" : "devices");
	}
	targets_walk(inspect, &targets, &who->visitor);
	print_overlap(who);
	if (inspect->use_json)
		kq_json_end(json);
	look_back(who, &targets);
	if (inspect->use_json) {
		kq_json_number(json, "found", who->found);
		kq_json_number(json, "hidden_passing", targets.passing);
		kq_json_number(json, "tables", who->visitor.tables);
		shadow_json(inspect, NULL);
	} else {
		if (!who->found && !who->past)
			kq_output_format(&inspect->out, "# no device with an entry of its own\n");
		if (targets.passing)
			kq_output_format(&inspect->out,
					 "# and %u requester%s without an entry, whose DMA passed untranslated\n",
					 targets.passing, kq_plural(targets.passing));
		shadow_text(inspect, NULL);
	}
	targets_free(&targets);
}

void cmd_who(struct inspect *inspect, char **arguments)
{
	struct who who = { .visitor.visit = visit_who, .inspect = inspect };

	answer(inspect, arguments[0], &who);
}

void cmd_overlap(struct inspect *inspect, char **arguments)
{
	struct who who = { .visitor.visit = visit_overlap, .inspect = inspect };

	answer(inspect, arguments[0], &who);
}
