/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules of the policy, as every command shows them.
 */
#ifndef KQ_RULES_H
#define KQ_RULES_H

#include "json.h"
#include "record.h"

/* "0000:00:02.0 to 0000:00:02.7: preserve (policy)", valid until the next call. */
const char *kq_rule_text(const struct iq_rule *rule);
/* One object, for an array that is open. */
void kq_rule_json(struct kq_json *json, const struct iq_rule *rule);

#endif
