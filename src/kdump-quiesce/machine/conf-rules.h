/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Policy for devices as rules for requester ids, which is all that the plugin knows; and the rest of the configuration as
 * a carrier takes it.
 */
#ifndef KQ_CONF_RULES_H
#define KQ_CONF_RULES_H

#include "carry/carrier.h"
#include "host/conf.h"
#include "topology.h"

struct kq_rules {
	struct iq_rule rule[IQ_HANDOVER_RULES];
	unsigned int rules;
};

/* What the first line of @conf that is about @function says, NULL if none is. */
const struct kq_selector *kq_conf_select(const struct kq_conf *conf, const struct kq_function *function);
/*
 * The first line of @conf, of those from number @from on, that is about an id or a class that no function of @topology
 * has; NULL if there is none. A line about an address needs no function.
 */
const struct kq_selector *kq_conf_unused(const struct kq_conf *conf, const struct kq_topology *topology,
					 unsigned int from);
/*
 * Is @function one that a capture kernel gives an identity domain whatever its command line says, and that would stay
 * blocked for as long as that kernel runs? @plan as in kq_topology_read().
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
 * The plan that @host gets under @policy (IQ_HANDOVER_*). False with a reason where the plugin would have nothing to do. A
 * machine whose firmware names no IOMMU gets a plan without units, and the reason, where devices are stopped all the same
 * (stop = yes); not one with a table that cannot be used: that might have named devices which the platform cannot do without.
 */
bool kq_policy_plan(uint32_t policy, const struct kq_host *host, struct iq_plan *plan, struct kq_reason *reason);
/*
 * All of it at once for a carrier: read the devices of @host, put policy and rules into @settings and say what they are, and
 * which lines are about nothing here.
 */
bool kq_conf_settings(struct kq_settings *settings, const struct kq_conf *conf, const struct kq_host *host,
		      const struct iq_plan *plan, struct kq_reason *reason);
/*
 * Put what was said, or else the defaults, into @settings where the command line said nothing: times that are 0; the
 * console unless @console_said.
 */
void kq_conf_apply(const struct kq_conf *conf, struct kq_settings *settings, bool console_said);

#endif
