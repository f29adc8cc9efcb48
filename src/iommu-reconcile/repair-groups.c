/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A capture kernel never attaches a device in an identity domain again. If its entry was closed, it stays closed; if not, the
 * old translations stay in force, and a driver of this kernel does not reach its own memory through them. With a domain that
 * translates, the first mapping that a driver makes attaches the device. The kernel changes the domain of a group as long as no
 * driver uses it.
 */
#include "repair-groups.h"

#include "action.h"
#include "poke.h"
#include "host/requester.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define GROUPS "/sys/kernel/iommu_groups"

/* Would a driver fail because the domain of its group leaves its entry as it is? */
static bool is_lost(const struct verdict *verdict)
{
	return verdict->state == STATE_DEAD ||
	       ((verdict->state == STATE_ALIVE || verdict->state == STATE_STOPPED) && verdict->function &&
		verdict->translation != IQ_TRANSLATION_PASSTHROUGH && function_is_identity(verdict->function) &&
		!function_is_bridge(verdict->function));
}

static bool is_lost_in(const struct verdict *verdict, int group)
{
	return is_lost(verdict) && verdict->function->group == group;
}

/* Whether a device of the group, PCI or not, has a driver: those of bridges do no DMA. */
static bool has_driver(const struct repair *repair, int group, struct kq_reason *why)
{
	const struct reconcile *reconcile = repair->reconcile;
	char path[PATH_MAX], driver[64];
	struct kq_names names;
	bool found = false;

	snprintf(path, sizeof(path), GROUPS "/%d/devices", group);
	if (!kq_host_list(&reconcile->host, path, &names))
		return !kq_fail(why, "the devices of its group cannot be listed");
	for (size_t i = 0; i < names.count && !found; i++) {
		const struct function *function = NULL;
		struct requester requester;

		if (requester_parse(names.name[i], &requester) && !requester.by_unit)
			function = machine_find(&reconcile->running.machine, requester.function.segment,
						requester.function.requester);
		snprintf(path, sizeof(path), GROUPS "/%d/devices/%s/driver", group, names.name[i]);
		if (!(function && function_is_bridge(function)) &&
		    kq_host_link(&reconcile->host, path, driver, sizeof(driver)))
			found = !kq_fail(why, "%s of its group has driver %s", names.name[i], driver);
	}
	kq_names_free(&names);
	return found;
}

static bool is_refused(const struct repair *repair, int group, struct kq_reason *why)
{
	const struct reconcile *reconcile = repair->reconcile;

	if (!(reconcile->conf.repair & KQ_REPAIR_GROUPS))
		return !kq_fail(why, "%s says repair-groups = no", reconcile->conf.path);
	for (size_t i = 0; i < reconcile->verdicts; i++) {
		const struct verdict *verdict = &reconcile->verdict[i];
		struct kq_reason exempt;

		if (verdict->function && verdict->function->group == group &&
		    repair_is_exempt(repair, verdict, &exempt))
			return !kq_fail(why, "%s: %.200s", requester_text(verdict->segment, verdict->requester),
					exempt.text);
	}
	return has_driver(repair, group, why);
}

/* Change the type of the group of @action, which says what it was, and fill in the effect. */
static void change(const struct repair *repair, struct action *action)
{
	const struct kq_host *host = &repair->reconcile->host;
	const unsigned int seconds = repair_seconds(repair);
	struct kq_reason why = { "" };
	char path[64];
	bool written;

	snprintf(path, sizeof(path), GROUPS "/%d/type", action->group);
	if (is_refused(repair, action->group, &why)) {
		action->effect = EFFECT_REFUSED;
	} else if (!seconds) {
		action->effect = EFFECT_REFUSED;
		kq_fail(&why, "out of time");
	} else {
		written = poke(host, path, NULL, 0, "DMA\n", strlen("DMA\n"), seconds, &why);
		if (!kq_host_line(host, path, action->after, sizeof(action->after)))
			snprintf(action->after, sizeof(action->after), "unknown");
		if (!strncmp(action->after, "DMA", strlen("DMA")))
			action->effect = EFFECT_DONE;
		else
			action->effect = written ? EFFECT_NONE : EFFECT_FAILED;
	}
	snprintf(action->why, sizeof(action->why), "%.190s", action->effect == EFFECT_DONE ? "" : why.text);
}

static void repair_group(struct repair *repair, int group)
{
	struct reconcile *reconcile = repair->reconcile;
	struct action action = { .kind = ACTION_GROUP, .group = group };
	bool changed = false;

	for (size_t i = 0; i < reconcile->verdicts; i++) {
		struct verdict *verdict = &reconcile->verdict[i];

		if (!is_lost_in(verdict, group))
			continue;
		if (!changed) {
			snprintf(action.before, sizeof(action.before), "%s", verdict->function->type);
			snprintf(action.after, sizeof(action.after), "%s", verdict->function->type);
			change(repair, &action);
			changed = true;
		}
		action.segment = verdict->segment;
		action.requester = verdict->requester;
		action.was = verdict->state;
		action_add(reconcile, &action);
	}
	for (size_t i = 0; i < reconcile->verdicts; i++)
		if (reconcile->verdict[i].function && reconcile->verdict[i].function->group == group)
			repair_refresh(repair, &reconcile->verdict[i]);
}

void repair_groups(struct repair *repair)
{
	const struct reconcile *reconcile = repair->reconcile;

	for (size_t i = 0; i < reconcile->verdicts; i++) {
		const struct verdict *verdict = &reconcile->verdict[i];
		bool seen = false;

		if (!is_lost(verdict))
			continue;
		for (size_t j = 0; j < i && !seen; j++)
			seen = is_lost_in(&reconcile->verdict[j], verdict->function->group);
		if (!seen)
			repair_group(repair, verdict->function->group);
	}
}
