/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was found, for people and for programs.
 */
#ifndef REPORT_H
#define REPORT_H

#include "base/output.h"
#include "reconcile.h"

/* A few lines for the console: what was there, what is wrong. */
void report_brief(const struct reconcile *reconcile, struct kq_output *out);
/* All of it. */
void report_text(const struct reconcile *reconcile, struct kq_output *out);
void report_json(const struct reconcile *reconcile, struct kq_output *out);

#endif
