/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the linker script names: the plugin's own extent in memory. Their addresses are all that matters.
 */
#ifndef PURGATORY_X86_64_IMAGE_H
#define PURGATORY_X86_64_IMAGE_H

#include "bits.h"

extern uint8_t image_start[], image_end[], memory_end[];
extern uint8_t zeroed_start[], zeroed_end[];

#endif
