/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Configuration space in a dry run: read from the host once, written to copies. For dry-io.c.
 */
#ifndef KQ_DRY_CONFIG_H
#define KQ_DRY_CONFIG_H

#include "dry-state.h"

/* Operations of struct iq_config. */
uint32_t kq_dry_config_read(struct iq_config *config, uint16_t segment, uint16_t requester, uint16_t offset);
void kq_dry_config_write(struct iq_config *config, uint16_t segment, uint16_t requester, uint16_t offset,
			 uint32_t value);
/* Take the host's memory-mapped configuration space from its MCFG. */
void kq_dry_config_mapped(struct kq_dry *dry, const uint8_t *mcfg, uint32_t length);
/* Is physical address @address in memory-mapped configuration space? Then *@config becomes the address as KQ_DRY_CONFIG has it. */
bool kq_dry_config_is(const struct kq_dry *dry, uint64_t address, uint64_t *config);
uint32_t kq_dry_config_get(struct kq_dry *dry, uint64_t config);
void kq_dry_config_set(struct kq_dry *dry, uint64_t config, uint32_t value);

#endif
