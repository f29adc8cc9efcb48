/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a stage counted, as every command shows it.
 */
#ifndef KQ_STAGES_H
#define KQ_STAGES_H

#include "base/json.h"
#include "record.h"

/*
 * "256 entries read, 20 changed, scope all, at 0x..." with @separator between them: all that the stage has something to say
 * about. Valid until the next call.
 */
const char *stage_text(const struct iq_record_stage *stage, const char *separator);
/* The same as keys, all of them, into an object that is open. */
void stage_json(struct kq_json *json, const struct iq_record_stage *stage);

#endif
