/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entries of source ids, in the memory of the dump and in that of the crash.
 */
#include "device.h"

#include <inttypes.h>
#include <string.h>

void device_look(struct inspect *inspect, unsigned int unit, iq_source_id id, struct device *device)
{
	device_read(&inspect->evidence, &inspect->past.memory, &inspect->source->memory, unit, id, device);
}

void device_name(struct inspect *inspect, const struct iq_unit *unit, iq_source_id id, uint32_t pasid, char *name,
		 size_t size)
{
	const char *source = evidence_name(&inspect->evidence, unit, id);

	if (pasid == NO_PASID)
		snprintf(name, size, "%s", source);
	else
		snprintf(name, size, "%s:%x", source, pasid);
}

static bool find(struct inspect *inspect, const struct requester *requester, struct device *device)
{
	const struct evidence *evidence = &inspect->evidence;
	unsigned int best = 0;

	for (unsigned int i = 0; i < evidence->units; i++) {
		const struct evidence_unit *unit = &evidence->unit[i];
		struct device candidate;
		iq_source_id id = requester->source_id;

		if (!unit->unit.family || unit->unit.status != IQ_OK)
			continue;
		if (requester->by_unit ? unit->unit.index != requester->unit
				       : !evidence_source_id(evidence, &unit->unit, &requester->function, &id))
			continue;
		if (inspect->unit == INSPECT_ANY_UNIT ? unit->shares != i : unit->unit.index != inspect->unit)
			continue;
		device_look(inspect, i, id, &candidate);
		if (device_relevance(&candidate) <= best)
			continue;
		best = device_relevance(&candidate);
		*device = candidate;
	}
	return best;
}

/* Replace the requester's entry in @to->way by what it says about the PASID. */
static bool find_pasid(struct inspect *inspect, struct device_root *to)
{
	const struct iq_entry entry = to->way;
	enum iq_status status;

	if (to->requester.pasid == NO_PASID)
		return true;
	status = to->device.reader->pasid(to->memory, to->device.unit, &entry, to->requester.pasid, &to->way);
	if (status == IQ_OK)
		return true;
	if (status == IQ_UNREACHABLE)
		inspect_trouble(inspect, "%s: PASID table cannot be read: %s", to->requester.name,
				source_trouble(inspect->source));
	else
		inspect_trouble(inspect, "%s: no table for this PASID", to->requester.name);
	return false;
}

bool device_root(struct inspect *inspect, const char *name, struct device_root *to)
{
	enum iq_status status;

	memset(to, 0, sizeof(*to));
	if (!requester_parse(name, &to->requester)) {
		kq_warn("%s: not a requester; [dddd:]bb:dd.f[:PASID] is meant, in hexadecimal, or UNIT:0xID[:PASID]", name);
		inspect->status = EXIT_USAGE;
		return false;
	}
	if (!find(inspect, &to->requester, &to->device)) {
		inspect_trouble(inspect, "%s: no unit of the record translates for this requester", to->requester.name);
		return false;
	}
	to->memory = inspect->now ? &inspect->source->memory : &inspect->past.memory;
	to->way = inspect->now ? to->device.now : to->device.crash;
	status = inspect->now ? to->device.now_status : to->device.crash_status;
	if (status == IQ_OK)
		return find_pasid(inspect, to);
	if (status == IQ_UNREACHABLE)
		inspect_trouble(inspect, "%s: its entry in the tables of unit %u cannot be read: %s", to->requester.name,
				to->device.unit->index, source_trouble(inspect->source));
	else if (status == IQ_NOT_FOUND)
		inspect_trouble(inspect, "%s: beyond the tables of unit %u, which end before requester %s",
				to->requester.name, to->device.unit->index,
				evidence_name(&inspect->evidence, to->device.unit,
					      (iq_source_id)to->device.reader->ids(to->device.unit)));
	else
		inspect_trouble(inspect, "%s: tables of unit %u: %s", to->requester.name, to->device.unit->index,
				iq_status_name(status));
	return false;
}
