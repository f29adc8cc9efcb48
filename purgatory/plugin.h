/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plugin's sequence. The architecture's entry code calls it.
 */
#ifndef PURGATORY_PLUGIN_H
#define PURGATORY_PLUGIN_H

#include <stdint.h>

/*
 * Called by the architecture's entry, its exception handling in place, with the image's first byte and the clock then, and
 * with the capture kernel's boot_params if the image carrier brought it here.
 * On return the machine is put back as it was found and goes on to where the handover leads, whatever happened.
 */
void plugin_main(uint8_t *image, uint64_t entered, void *boot_params);

#endif
