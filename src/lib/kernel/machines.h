/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finding the operations of a machine (machine.h) for a dump.
 */
#ifndef KERNEL_MACHINES_H
#define KERNEL_MACHINES_H

#include "machine.h"

/* The operations for a dump of @arch. NULL with @reason if its machine is not known. */
const struct kernel_machine *kernel_machine_find(const struct dump_arch *arch, struct kq_reason *reason);

#endif
