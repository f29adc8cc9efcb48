/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plugin's own extent in memory, as plugin.lds lays it out, and making it run where it lies. Of the symbols only the
 * addresses matter.
 */
#ifndef PURGATORY_IMAGE_H
#define PURGATORY_IMAGE_H

#include "bits.h"

extern uint8_t image_start[], image_end[], memory_end[];
extern uint8_t zeroed_start[], zeroed_end[];

/* Bytes of the image, as it was linked. */
uint32_t image_size(void);
/* Make constants that hold addresses right for where the image lies. Once, after the checksum. */
void image_relocate(void);

#endif
