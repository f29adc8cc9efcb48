/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plugin's sequence. The architecture's entry code calls it.
 */
#ifndef PURGATORY_PLUGIN_H
#define PURGATORY_PLUGIN_H

#include <stdint.h>

/*
 * The architecture's entry code calls this after it has set up exception handling. @image: the image's first byte; @entered: the clock at
 * entry; @boot_params: those of the capture kernel if the plugin is in a wrapped image. When it returns, the entry code always restores
 * the machine's state and continues at the handover's address.
 */
void plugin_main(uint8_t *image, uint64_t entered, void *boot_params);

#endif
