/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What repairs did and why, for the report; and the journal that keeps it from an early run, in the initramfs, for those
 * after it.
 */
#ifndef ACTION_H
#define ACTION_H

#include "base/output.h"
#include "reconcile.h"

#define JOURNAL_DIRECTORY "/run/kdump-quiesce"
#define JOURNAL		  JOURNAL_DIRECTORY "/reconcile.journal"

/* Read what earlier runs wrote down. Lines that cannot be read are noted as trouble. */
void journal_read(struct reconcile *reconcile);
/* Let the verdicts say what the requesters were before an earlier run repaired them. */
void journal_apply(struct reconcile *reconcile);
/*
 * Note @action, and write it to the journal unless the same is there already. An action that failed or had no effect raises the
 * exit status.
 */
void action_add(struct reconcile *reconcile, const struct action *action);

const char *action_name(enum action_kind kind);
const char *effect_name(enum effect effect);
/* "0000:00:05.0: was alive, Bus Master off (Command 0x0406, then 0x0402): done" */
void action_print(struct kq_output *out, const struct action *action);

#endif
