/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a crash would do to whom, out of the dry run: checks say what `plan` says. Used by all checks on devices.
 */
#include "check.h"

#include "base/items.h"

bool kq_translates(const struct kq_examination *examination)
{
	return examination->planned && examination->groups;
}

bool kq_lets_be(const struct kq_examination *examination)
{
	const uint32_t flags = examination->loaded == KQ_LOADED_OURS ? examination->plugin.handover.flags
				       : kq_conf_policy(&examination->conf, &examination->topology);

	return flags & IQ_HANDOVER_NO_BLOCK;
}

static bool is_stopped(const struct iq_record_device *device)
{
	return device->status != IQ_STILL_OPEN && !(device->flags & IQ_DEVICE_PORT);
}

unsigned int kq_stopped_devices(const struct kq_examination *examination)
{
	struct iq_record_device device;
	struct kq_items items;
	unsigned int count = 0;

	if (!examination->dry)
		return 0;
	kq_items_start(&items, &examination->dry->view, IQ_SECTION_DEVICES);
	while (kq_items_next(&items, &device, sizeof(device)))
		count += is_stopped(&device);
	return count;
}

/* Is @function's Bus Master cleared? */
static bool stops(const struct kq_dry_run *dry, const struct kq_function *function)
{
	struct iq_record_device device;
	struct kq_items items;

	kq_items_start(&items, &dry->view, IQ_SECTION_DEVICES);
	while (kq_items_next(&items, &device, sizeof(device)))
		if (device.segment == function->segment && device.requester == function->id && !device.behind)
			return is_stopped(&device);
	return false;
}

/* Would the unit in front of @function refuse its DMA? Where registers cannot be seen the policy is what is known. */
static bool closes(const struct kq_examination *examination, const struct kq_function *function)
{
	const struct iq_plan *plan = &examination->dry->run.plan;
	const unsigned int unit =
		function->count ? examination->topology.requester[function->first].unit : IQ_NO_UNIT;

	if (!examination->groups || unit >= plan->units || examination->dry->run.flags & IQ_HANDOVER_NO_BLOCK)
		return false;
	return plan->unit[unit].status == IQ_OK || kq_dry_unseen(examination->dry, 0);
}

enum kq_fate kq_fate_of(const struct kq_examination *examination, const struct kq_function *function)
{
	const struct kq_dry_run *dry = examination->dry;

	if (!dry)
		return KQ_FATE_UNKNOWN;
	if (iq_plan_function_mode(&dry->run.plan, function->segment, function->id) == IQ_MODE_PRESERVE)
		return KQ_FATE_GOES_ON;
	if (stops(dry, function))
		return KQ_FATE_STOPPED;
	return closes(examination, function) ? KQ_FATE_CLOSED : KQ_FATE_GOES_ON;
}

/* That its endpoint's Bus Master is cleared says nothing about what is behind it. */
enum kq_fate kq_fate_of_hidden(const struct kq_examination *examination, const struct kq_hidden *hidden)
{
	const struct kq_function *function = &hidden->function;

	if (!examination->dry)
		return KQ_FATE_UNKNOWN;
	if (!hidden->known ||
	    iq_plan_function_mode(&examination->dry->run.plan, function->segment, function->id) == IQ_MODE_PRESERVE)
		return KQ_FATE_GOES_ON;
	return closes(examination, function) ? KQ_FATE_CLOSED : KQ_FATE_GOES_ON;
}

enum kq_verdict kq_hindrance(const struct kq_examination *examination)
{
	if (examination->loaded == KQ_LOADED_OURS)
		return KQ_WARN;
	return kq_translates(examination) || !examination->privileged ? KQ_FAIL : KQ_WARN;
}
