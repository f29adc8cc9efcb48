/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Said wherever tables answer: what a driver kept says how far these can be believed.
 */
#include "driver.h"

#include "record/unflushed.h"

const struct evidence_driver *driver_of(const struct inspect *inspect, const struct iq_unit *unit)
{
	static const struct evidence_driver none;

	if (unit->index < inspect->evidence.units && inspect->evidence.unit[unit->index].unit.index == unit->index)
		return &inspect->evidence.unit[unit->index].driver; /* nearly always */
	for (unsigned int i = 0; i < inspect->evidence.units; i++)
		if (inspect->evidence.unit[i].unit.index == unit->index)
			return &inspect->evidence.unit[i].driver;
	return &none;
}

enum former former_cut(const struct evidence_driver *driver, struct iq_mapping *rest, struct iq_mapping *part)
{
	const bool unflushed = unflushed_cut(driver->unflushed, rest, part);

	if (unflushed)
		return FORMER_UNFLUSHED;
	return driver->knows_flushes ? FORMER_FLUSHED : FORMER_UNKNOWN;
}

const char *former_text(enum former former)
{
	return former == FORMER_UNFLUSHED ? ", may still be translated" : "";
}

void former_json(struct kq_json *json, enum former former)
{
	if (former == FORMER_UNKNOWN)
		kq_json_null(json, "may_be_translated");
	else
		kq_json_bool(json, "may_be_translated", former == FORMER_UNFLUSHED);
}

static bool has_shadow(const struct inspect *inspect, const struct iq_unit *unit)
{
	bool any = false;

	if (unit)
		return driver_of(inspect, unit)->shadow;
	for (unsigned int i = 0; i < inspect->evidence.units; i++)
		any |= inspect->evidence.unit[i].driver.shadow;
	return any;
}

void shadow_text(struct inspect *inspect, const struct iq_unit *unit)
{
	if (has_shadow(inspect, unit))
		kq_output_format(&inspect->out, "# a hypervisor translates by tables of its own, made from these; they are not in the dump and "
						"may lag behind\n");
}

void shadow_json(struct inspect *inspect, const struct iq_unit *unit)
{
	if (has_shadow(inspect, unit))
		kq_json_bool(&inspect->json, "shadow", true);
}
