/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices in modes block-writes and sink, and what the record and the tables say about them. Used by the tests of these modes.
 */
#ifndef MODES_SCENE_H
#define MODES_SCENE_H

#include "intel-host.h"

#define REQUESTER 0x0110u
#define NO_PASID  MODEL_NO_PASID

/* A unit in the mode of the host at @state. */
struct model_vtd *new_unit(struct intel_host *host, const void *state);
/* The record of a stage of unit 0. */
struct iq_record_stage stage_of(const struct intel_host *host, enum iq_stage stage);
/* The record's mode of the entry of @requester of unit 0. */
unsigned int mode_done(const struct intel_host *host, uint16_t requester);
/* Every stage succeeded, and @stricter entries of unit 0 got a stricter mode than the rules say. */
void assert_clean(const struct intel_host *host, unsigned int stricter);
/* No DMA of @device changes any memory but the sink's page, and none is refused or recorded. */
void assert_memory_untouched(struct intel_host *host, struct model_vtd *unit, struct model_device *device,
			     unsigned int levels);
/* The domain id of the entry of @requester; in scalable mode that of its requests without PASID. */
uint16_t domain_of(struct intel_host *host, const struct model_vtd *unit, uint16_t requester);

#endif
