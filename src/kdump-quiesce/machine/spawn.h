/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Other programs: sbsign to sign kernels, unsquashfs to look into images.
 */
#ifndef KQ_SPAWN_H
#define KQ_SPAWN_H

#include "host.h"

/*
 * Run the program @arguments[0], found on PATH, and wait for it. Its standard output goes to the descriptor @output,
 * negative: to ours. False with a reason if it cannot be run (@package is what to install) or does not end with 0.
 */
bool kq_spawn(const char *const arguments[], int output, const char *package, struct kq_reason *reason);

#endif
