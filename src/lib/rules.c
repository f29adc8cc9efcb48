/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules for people and for programs.
 */
#include "rules.h"

#include <stdio.h>

#include "requester.h"

const char *kq_rule_text(const struct iq_rule *rule)
{
	static char text[96];

	snprintf(text, sizeof(text), "%s to %s: %s (%s)", requester_text(rule->segment, rule->first),
		 requester_text(rule->segment, rule->last), iq_mode_name(rule->mode), iq_reason_name(rule->reason));
	return text;
}

void kq_rule_json(struct kq_json *json, const struct iq_rule *rule)
{
	kq_json_object(json, NULL);
	kq_json_string(json, "first", requester_text(rule->segment, rule->first));
	kq_json_string(json, "last", requester_text(rule->segment, rule->last));
	kq_json_string(json, "mode", iq_mode_name(rule->mode));
	kq_json_string(json, "reason", iq_reason_name(rule->reason));
	kq_json_end(json);
}
