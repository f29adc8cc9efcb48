/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Faults that code can raise by itself, for the plugins of the tests.
 */
#ifndef RAISE_H
#define RAISE_H

#include "io.h"

#define UNMAPPED UINT64_C(0x123456789000)

/* Raise the fault with this number (hostile.h). Comes back where there is none, and where it is one that lets go on. */
void raise_fault(unsigned int fault);

#endif
