/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules for ranges of requester ids, made from the lines of kdump-quiesce.conf(5) and from the devices.
 */
#include "conf-rules.h"

#include <stdlib.h>
#include <string.h>

#include "base/message.h"
#include "record/rules.h"

/* One rule for each requester id, before neighbours are joined. */
struct list {
	struct iq_rule *rule;
	size_t count, room;
};

static bool add(struct list *list, uint16_t segment, unsigned int id, unsigned int mode, enum iq_reason reason)
{
	if (list->count == list->room) {
		const size_t room = list->room * 2 + 64;
		struct iq_rule *more = realloc(list->rule, room * sizeof(*more));

		if (!more)
			return false;
		list->rule = more;
		list->room = room;
	}
	list->rule[list->count++] = (struct iq_rule){
		.segment = segment, .first = id, .last = id, .mode = (uint8_t)mode, .reason = (uint8_t)reason
	};
	return true;
}

static bool selects(const struct kq_selector *selector, const struct kq_function *function)
{
	return kq_selects(selector, function->segment, function->id,
			  (uint32_t)function->vendor << 16 | function->device, function->class);
}

/* A line selects a hidden function by its own address in its domain, or by the address of the endpoint whose id it uses. */
static bool selects_hidden(const struct kq_selector *selector, const struct kq_hidden *hidden)
{
	const struct kq_function *function = &hidden->function;

	return kq_selects(selector, hidden->domain, hidden->id,
			  (uint32_t)function->vendor << 16 | function->device, function->class) ||
	       (hidden->known && selects(selector, function));
}

const struct kq_selector *kq_conf_select(const struct kq_conf *conf, const struct kq_function *function)
{
	for (unsigned int i = 0; i < conf->selectors; i++)
		if (selects(&conf->selector[i], function))
			return &conf->selector[i];
	return NULL;
}

static const struct kq_selector *select_hidden(const struct kq_conf *conf, const struct kq_hidden *hidden)
{
	for (unsigned int i = 0; i < conf->selectors; i++)
		if (selects_hidden(&conf->selector[i], hidden))
			return &conf->selector[i];
	return NULL;
}

const struct kq_selector *kq_conf_unused(const struct kq_conf *conf, const struct kq_topology *topology,
					 unsigned int from)
{
	for (unsigned int i = from; i < conf->selectors; i++) {
		bool used = conf->selector[i].select == KQ_SELECT_ADDRESS &&
			    conf->selector[i].domain <= KQ_DOMAIN_MAX;

		for (unsigned int n = 0; n < topology->functions && !used; n++)
			used = selects(&conf->selector[i], &topology->function[n]);
		for (unsigned int n = 0; n < topology->hiddens && !used; n++)
			used = topology->hidden[n].known && selects_hidden(&conf->selector[i], &topology->hidden[n]);
		if (!used)
			return &conf->selector[i];
	}
	return NULL;
}

bool kq_stays_identity(const struct kq_topology *topology, const struct kq_function *function,
		       const struct iq_plan *plan)
{
	const uint16_t unit = topology->requester[function->first].unit;

	return function->pasid && function->identity && unit < plan->units &&
	       plan->unit[unit].family->pasid_is_identity;
}

uint32_t kq_conf_policy(const struct kq_conf *conf, const struct kq_topology *topology)
{
	return conf->policy | (conf->block_auto && topology->passed_through ? IQ_HANDOVER_NO_BLOCK : 0);
}

static const struct iq_rule *reserved_rule(const struct iq_plan *plan, const struct kq_function *function)
{
	const struct iq_rule *rule = iq_plan_rule(plan, function->segment, function->id);

	return rule && rule->reason == IQ_REASON_RESERVED ? rule : NULL;
}

/* A rule for each id of @function. */
static bool add_function(struct list *list, const struct kq_topology *topology, const struct kq_function *function,
			 unsigned int mode, enum iq_reason reason)
{
	bool done = true;

	for (unsigned int i = 0; done && i < function->count; i++) {
		const uint16_t id = topology->requester[function->first + i].id;

		done = add(list, function->segment, id, mode, reason);
	}
	return done;
}

/* A line may also name an id that no function has: an alias needs no function behind it. */
static bool add_unseen(struct list *list, const struct kq_conf *conf, const struct kq_topology *topology)
{
	bool done = true;

	for (unsigned int i = 0; done && i < conf->selectors; i++) {
		const struct kq_selector *selector = &conf->selector[i];
		const uint32_t first = selector->value & selector->mask;

		if (selector->select != KQ_SELECT_ADDRESS || selector->domain > KQ_DOMAIN_MAX)
			continue;
		for (uint32_t id = first; done && id <= first + (~selector->mask & 0xffff); id++)
			if (!kq_topology_function(topology, (uint16_t)selector->domain, (uint16_t)id))
				done = add(list, (uint16_t)selector->domain, id, selector->mode, IQ_REASON_POLICY);
	}
	return done;
}

static bool collect(struct list *list, const struct kq_conf *conf, const struct kq_topology *topology,
		    const struct iq_plan *plan)
{
	/* What is not blocked need not be opened again. */
	const bool identity = conf->identity != IQ_MODE_BLOCK && !(kq_conf_policy(conf, topology) & IQ_HANDOVER_NO_BLOCK);
	bool done = add_unseen(list, conf, topology);

	for (unsigned int i = 0; done && i < topology->functions; i++) {
		const struct kq_function *function = &topology->function[i];
		const struct kq_selector *selector = kq_conf_select(conf, function);

		if (selector)
			done = add_function(list, topology, function, selector->mode, IQ_REASON_POLICY);
		else if (reserved_rule(plan, function))
			done = add_function(list, topology, function, conf->reserved,
					    conf->reserved == IQ_MODE_PRESERVE ? IQ_REASON_RESERVED : IQ_REASON_POLICY);
		else if (identity && kq_stays_identity(topology, function, plan))
			done = add_function(list, topology, function, conf->identity, IQ_REASON_IDENTITY);
	}
	for (unsigned int i = 0; done && i < topology->hiddens; i++) {
		const struct kq_function *function = &topology->hidden[i].function;
		const struct kq_selector *selector = select_hidden(conf, &topology->hidden[i]);

		/* If the endpoint is not known, its ids are not either. */
		if (selector)
			done = add_function(list, topology, function, selector->mode, IQ_REASON_POLICY);
	}
	return done;
}

/* The more permissive rule comes first, and wins. */
static int by_mode(const void *a, const void *b)
{
	const struct iq_rule *x = a, *y = b;

	if (x->mode != y->mode)
		return x->mode > y->mode ? -1 : 1;
	if (x->segment != y->segment)
		return x->segment < y->segment ? -1 : 1;
	return x->first < y->first ? -1 : x->first > y->first;
}

static bool is_covered(const struct kq_rules *rules, const struct iq_rule *one)
{
	for (unsigned int i = 0; i < rules->rules; i++) {
		const struct iq_rule *rule = &rules->rule[i];

		if (rule->segment == one->segment && rule->first <= one->first && one->first <= rule->last)
			return true;
	}
	return false;
}

/* Extend the last rule by @one, a rule for one id, or add it. False if there is no room. */
static bool join(struct kq_rules *rules, const struct iq_rule *one)
{
	struct iq_rule *last = rules->rules ? &rules->rule[rules->rules - 1] : NULL;

	if (is_covered(rules, one))
		return true;
	if (last && last->mode == one->mode && last->segment == one->segment && last->reason == one->reason &&
	    one->first == last->last + 1) {
		last->last = one->last;
		return true;
	}
	if (rules->rules == IQ_HANDOVER_RULES)
		return false;
	rules->rule[rules->rules++] = *one;
	return true;
}

bool kq_conf_rules(struct kq_rules *rules, const struct kq_conf *conf, const struct kq_topology *topology,
		   const struct iq_plan *plan, struct kq_reason *reason)
{
	struct list list = { NULL, 0, 0 };
	bool done = true;

	/* The whole array goes into the image: its unused entries must be zeros. */
	memset(rules, 0, sizeof(*rules));
	if (!collect(&list, conf, topology, plan))
		done = kq_fail(reason, "out of memory");
	if (list.count)
		qsort(list.rule, list.count, sizeof(*list.rule), by_mode);
	for (size_t i = 0; done && i < list.count; i++)
		if (!join(rules, &list.rule[i]))
			done = kq_fail(reason,
				       "the policy takes more than %u ranges of requester ids: select fewer devices",
				       IQ_HANDOVER_RULES);
	free(list.rule);
	return done;
}

bool kq_policy_plan(uint32_t policy, const struct kq_host *host, struct iq_plan *plan, struct kq_reason *reason)
{
	struct kq_reason none;

	if (kq_host_plan(host, plan, reason))
		return true;
	if (kq_host_has_tables(host))
		return false;
	none = *reason;
	if (policy & IQ_HANDOVER_STOP_AUTO)
		return kq_fail(reason, "%s, and stop = auto leaves devices alone where no IOMMU translates", none.text);
	return policy & IQ_HANDOVER_STOP;
}

static void tell(const struct kq_conf *conf, const struct kq_topology *topology, const struct kq_rules *rules)
{
	const struct kq_selector *unused = NULL;

	while ((unused = kq_conf_unused(conf, topology, unused ? (unsigned int)(unused - conf->selector) + 1 : 0)))
		kq_warn("%s:%u: no device matches this line, so it has no effect", conf->path, unused->line);
	for (unsigned int i = 0; i < rules->rules; i++)
		kq_detail("%s", rule_text(&rules->rule[i]));
}

bool kq_conf_settings(struct kq_settings *settings, const struct kq_conf *conf, const struct kq_host *host,
		      const struct iq_plan *plan, struct kq_reason *reason)
{
	struct kq_topology topology;
	struct kq_rules rules;
	bool done;

	done = kq_topology_read(&topology, host, plan, reason) && kq_conf_rules(&rules, conf, &topology, plan, reason);
	if (done) {
		tell(conf, &topology, &rules);
		settings->policy |= kq_conf_policy(conf, &topology);
		memcpy(settings->rule, rules.rule, sizeof(settings->rule));
		settings->rules = rules.rules;
	}
	kq_topology_free(&topology);
	return done;
}

void kq_conf_apply(const struct kq_conf *conf, struct kq_settings *settings, bool console_said)
{
	if (!settings->total_us)
		settings->total_us = conf->total_us ? conf->total_us : IQ_TOTAL_US_DEFAULT;
	if (!settings->wait_us)
		settings->wait_us =
			(uint32_t)iq_min(conf->wait_us ? conf->wait_us : IQ_WAIT_US_DEFAULT, settings->total_us);
	settings->policy = conf->policy;
	if (conf->console_said && !console_said)
		settings->console = conf->console;
}
