/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What both kinds of repair share: time, exemptions, a second look at a device.
 */
#include "repair-common.h"

#include "classify.h"

#define SECONDS_EACH 3u

unsigned int repair_seconds(const struct repair *repair)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec >= repair->end.tv_sec ? 0
						: (unsigned int)iq_min(SECONDS_EACH, repair->end.tv_sec - now.tv_sec);
}

/*
 * Is the device preserved by the policy of the crash, or, where that is not known, would it have been by the firmware's tables?
 */
static bool is_preserved(const struct reconcile *reconcile, const struct verdict *verdict, struct kq_reason *why)
{
	const struct iq_rule *rule;

	if (reconcile->crashed.units == UNITS_RECORD)
		return verdict->policy == IQ_MODE_PRESERVE && !kq_fail(why, "the policy of the crash preserves it");
	/* Firmware without tables that name IOMMUs reserves no memory either: the same tables do both. */
	if (!reconcile->running.plan && kq_host_exists(&reconcile->host, "/sys/firmware/acpi/tables") &&
	    !kq_host_has_tables(&reconcile->host))
		return false;
	if (!reconcile->running.plan)
		return !kq_fail(why, "firmware may have reserved memory for it: %.150s", reconcile->running.no_plan.text);
	rule = iq_plan_rule(reconcile->running.plan, verdict->segment, verdict->requester);
	return rule && rule->reason == IQ_REASON_RESERVED && reconcile->conf.reserved == IQ_MODE_PRESERVE &&
	       !kq_fail(why, "firmware reserved memory for it");
}

bool repair_is_exempt(const struct repair *repair, const struct verdict *verdict, struct kq_reason *why)
{
	const struct kq_conf *conf = &repair->reconcile->conf;
	const struct function *function = verdict->function;

	why->text[0] = 0;
	for (unsigned int i = 0; function && i < conf->selectors; i++) {
		const struct kq_selector *selector = &conf->selector[i];

		if (!kq_selects(selector, function->segment, function->requester,
				(uint32_t)function->vendor << 16 | function->device, function->class_code))
			continue;
		if (selector->mode == IQ_MODE_PRESERVE)
			return !kq_fail(why, "%s:%u preserves it", conf->path, selector->line);
		if (repair->reconcile->crashed.units != UNITS_RECORD)
			return false;
		break;
	}
	return is_preserved(repair->reconcile, verdict, why);
}

const struct function *repair_function(const struct verdict *verdict)
{
	return verdict->function ? verdict->function : verdict->owner;
}

void repair_refresh(struct repair *repair, struct verdict *verdict)
{
	/* A verdict holds its function as const; the machine that it is part of is ours. */
	function_read((struct function *)(uintptr_t)repair_function(verdict), &repair->reconcile->host);
	classify_again(repair->reconcile, repair->past, repair->now, verdict);
}
