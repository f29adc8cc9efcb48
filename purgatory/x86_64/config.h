/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI configuration space through I/O ports 0xcf8 and 0xcfc. Used by machine.c.
 */
#ifndef PURGATORY_X86_64_CONFIG_H
#define PURGATORY_X86_64_CONFIG_H

#include "io.h"

/* As in struct iq_config. The ports reach the first 256 bytes of functions in segment 0; everything else reads as all ones. */
uint32_t config_read(struct iq_config *config, uint16_t segment, uint16_t requester, uint16_t offset);
void config_write(struct iq_config *config, uint16_t segment, uint16_t requester, uint16_t offset, uint32_t value);

#endif
