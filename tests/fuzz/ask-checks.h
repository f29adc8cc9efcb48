/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asks all that `check` asks about a machine, and requires of the answers what must hold whatever its files say. For the targets that make
 * machines.
 */
#ifndef FUZZ_ASK_CHECKS_H
#define FUZZ_ASK_CHECKS_H

#include "host/sysroot.h"

void ask_checks(const struct kq_host *host);

#endif
