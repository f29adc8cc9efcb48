/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the plugin lies in memory, as plugin.lds lays it out, and its relocation. The symbols have addresses but no values.
 */
#ifndef PURGATORY_IMAGE_H
#define PURGATORY_IMAGE_H

#include "bits.h"

extern uint8_t image_start[], image_end[], memory_end[];
extern uint8_t zeroed_start[], zeroed_end[];

/* Size of the linked image in bytes. */
uint32_t image_size(void);
/* Add the image's load address to the constants that hold addresses. Call it once, after the checksum was checked. */
void image_relocate(void);

#endif
