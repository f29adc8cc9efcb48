/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the plugin masked at ports is given back before the machine is reset. Used by main.c.
 */
#ifndef RESTORE_PORTS_H
#define RESTORE_PORTS_H

#include "base/output.h"
#include "reconcile.h"

/*
 * Write the words of every port in the record back as they were at the crash, through sysfs, and say on @out what became of each.
 * What cannot be given back is trouble. Time has a bound.
 */
void restore_ports(struct reconcile *reconcile, struct kq_output *out);

#endif
