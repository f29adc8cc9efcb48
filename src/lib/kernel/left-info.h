/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcoreinfo that a kernel left in its memory for those who take a dump from outside. For dumps that have no note of it.
 */
#ifndef LEFT_INFO_H
#define LEFT_INFO_H

#include "machine.h"

/*
 * Find the vmcoreinfo that the kernel of @machine left in @memory: *@text (freed by the caller) are *@size bytes. False if its
 * kernels leave none, or none can be read.
 */
bool left_info_read(const struct kernel_machine *machine, struct iq_memory *memory, void **text, size_t *size);

#endif
