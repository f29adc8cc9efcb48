/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Raises faults from code, for the tests' plugins.
 */
#ifndef RAISE_H
#define RAISE_H

#include "io.h"

#define UNMAPPED UINT64_C(0x123456789000)

/* Raise the fault with this number (hostile.h). Returns if there is no such fault, or if the code can go on after it. */
void raise_fault(unsigned int fault);

#endif
