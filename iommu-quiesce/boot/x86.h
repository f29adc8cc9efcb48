/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The x86 boot protocol: boot_params, ACPI, and the places where a PC's firmware leaves its tables. All that is x86 about a
 * capture kernel at the crash is behind this one name.
 */
#ifndef IQ_BOOT_X86_H
#define IQ_BOOT_X86_H

#include "boot.h"

extern const struct iq_boot_form iq_boot_x86;

#endif
