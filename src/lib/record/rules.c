/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules and switches for people and for programs.
 */
#include "rules.h"

#include <inttypes.h>
#include <stdio.h>

#include "host/requester.h"

const char *rule_text(const struct iq_rule *rule)
{
	static char text[112];
	char range[64];

	if (rule->unit)
		snprintf(range, sizeof(range), "0x%" PRIx32 " to 0x%" PRIx32 " of the unit at 0x%" PRIx64, rule->first,
			 rule->last, rule->unit);
	else
		snprintf(range, sizeof(range), "%s to %s", requester_text((uint16_t)rule->segment, (uint16_t)rule->first),
			 requester_text((uint16_t)rule->segment, (uint16_t)rule->last));
	snprintf(text, sizeof(text), "%s: %s (%s)", range, iq_mode_name(rule->mode), iq_reason_name(rule->reason));
	return text;
}

void rule_json(struct kq_json *json, const struct iq_rule *rule)
{
	kq_json_object(json, NULL);
	if (rule->unit) {
		kq_json_hex(json, "unit_base", rule->unit);
		kq_json_hex(json, "first_id", rule->first);
		kq_json_hex(json, "last_id", rule->last);
	} else {
		kq_json_string(json, "first", requester_text((uint16_t)rule->segment, (uint16_t)rule->first));
		kq_json_string(json, "last", requester_text((uint16_t)rule->segment, (uint16_t)rule->last));
	}
	kq_json_string(json, "mode", iq_mode_name(rule->mode));
	kq_json_string(json, "reason", iq_reason_name(rule->reason));
	kq_json_end(json);
}

/* Their names are those of kdump-quiesce.conf(5), in JSON with underscores. One in parentheses is of the one before it. */
static const struct {
	uint32_t flag;
	const char *name, *key;
} switches[] = {
	{ IQ_HANDOVER_STOP, "stop", "stop" },
	{ IQ_HANDOVER_STOP_AUTO, "(auto)", "stop_auto" },
	{ IQ_HANDOVER_STOP_PORTS, "stop-ports", "stop_ports" },
	{ IQ_HANDOVER_CONTAIN, "contain", "contain" },
	{ IQ_HANDOVER_NO_BLOCK, "IOMMUs are let be", "no_block" },
};

const char *policy_text(uint32_t flags)
{
	static char text[80];
	int used = 0;

	for (size_t i = 0; i < IQ_ARRAY_SIZE(switches); i++)
		if (flags & switches[i].flag)
			used += snprintf(text + used, sizeof(text) - (size_t)used, "%s%s",
					 !used ? "" : *switches[i].name == '(' ? " " : ", ", switches[i].name);
	return used ? text : "none";
}

void policy_json(struct kq_json *json, uint32_t flags)
{
	for (size_t i = 0; i < IQ_ARRAY_SIZE(switches); i++)
		kq_json_bool(json, switches[i].key, flags & switches[i].flag);
}
