/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The policy, as every command shows it.
 */
#ifndef KQ_RULES_H
#define KQ_RULES_H

#include "boot/handover.h"
#include "base/json.h"

/* "0000:00:02.0 to 0000:00:02.7: preserve (policy)", valid until the next call. */
const char *rule_text(const struct iq_rule *rule);
/* "stop (auto), contain", "none": what @flags (IQ_HANDOVER_*) have done to devices and root ports. Valid until the next call. */
const char *policy_text(uint32_t flags);
/* Its keys, into an object that is open. */
void policy_json(struct kq_json *json, uint32_t flags);
/* One object, for an array that is open. */
void rule_json(struct kq_json *json, const struct iq_rule *rule);

#endif
