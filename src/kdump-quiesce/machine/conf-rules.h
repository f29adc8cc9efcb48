/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration as a carrier hands it over: policy for devices as rules for requester ids, and limits. The plugin knows requester
 * ids only.
 */
#ifndef KQ_CONF_RULES_H
#define KQ_CONF_RULES_H

#include "host/conf.h"
#include "settings.h"
#include "topology.h"

struct kq_rules {
	struct iq_rule rule[IQ_HANDOVER_RULES];
	unsigned int rules;
};

/* The first line of @conf that selects @function, NULL if none does. */
const struct kq_selector *kq_conf_select(const struct kq_conf *conf, const struct kq_function *function);
/*
 * The first line of @conf, from number @from on, that selects an id or a class that no function of @topology has; NULL if there is
 * none. A line that selects an address counts as used without a function.
 */
const struct kq_selector *kq_conf_unused(const struct kq_conf *conf, const struct kq_topology *topology,
					 unsigned int from);
/*
 * Does a capture kernel give @function an identity domain whatever its command line says? If it is blocked, it stays dead for as long
 * as that kernel runs. @plan as in kq_topology_read().
 */
bool kq_stays_identity(const struct kq_topology *topology, const struct kq_function *function,
		       const struct iq_plan *plan);
/*
 * What @conf has done on this machine (IQ_HANDOVER_*): IOMMUs are let be (IQ_HANDOVER_NO_BLOCK) with block = auto where the running kernel
 * passes DMA through, for a capture kernel that translates is one that this host never ran.
 */
uint32_t kq_conf_policy(const struct kq_conf *conf, const struct kq_topology *topology);
/*
 * The rules that the handover takes: the administrator's for every requester id of the devices that they select, then
 * those that follow from the firmware's rules in @plan (the same device under its other ids) and from what the devices
 * are. An id that two devices share gets the more permissive mode. False with a reason if there are too many.
 */
bool kq_conf_rules(struct kq_rules *rules, const struct kq_conf *conf, const struct kq_topology *topology,
		   const struct iq_plan *plan, struct kq_reason *reason);

/*
 * The plan of @host under @policy (IQ_HANDOVER_*). False with a reason if the plugin would have nothing to do. If firmware names no
 * IOMMU and @policy stops devices (stop = yes), the plan has no units and @reason says why. If a table is there that cannot be used, the answer is
 * false: that table may name devices that the platform cannot do without.
 */
bool kq_policy_plan(uint32_t policy, const struct kq_host *host, struct iq_plan *plan, struct kq_reason *reason);
/*
 * All of it for a carrier: read the devices of @host, put policy and rules into @settings, report them, and warn of lines that match no
 * device.
 */
bool kq_conf_settings(struct kq_settings *settings, const struct kq_conf *conf, const struct kq_host *host,
		      const struct iq_plan *plan, struct kq_reason *reason);
/*
 * Complete @settings from @conf, or by defaults: times that are 0, the policy, and the console unless the command line gave one
 * (@console_said).
 */
void kq_conf_apply(const struct kq_conf *conf, struct kq_settings *settings, bool console_said);

#endif
