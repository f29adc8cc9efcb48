/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plugin's sequence. The architecture's entry code calls it.
 */
#ifndef PURGATORY_PLUGIN_H
#define PURGATORY_PLUGIN_H

#include <stdint.h>

/*
 * The architecture's entry code calls this after it has set up exception handling. @image: the image's first byte; @entered: the clock at
 * entry; @handed: the physical address of what the boot protocol hands to the capture kernel, which counts if the plugin is in a
 * wrapped image. When it returns, the entry code always restores the machine's state and continues at the handover's address.
 */
void plugin_main(uint8_t *image, uint64_t entered, uint64_t handed);

#endif
