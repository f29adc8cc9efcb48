/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host whose VT-d unit has entries of every kind in its caches when it crashes. Used by all tests of the flush.
 */
#ifndef FLUSH_SCENE_H
#define FLUSH_SCENE_H

#include "intel-host.h"

#define QUEUE_MASK UINT64_C(0xfffffffffffff000)
#define WAIT_US	   20000u
#define TOTAL_US   400000u

/* A translated and a pass-through device, both doing DMA: their cached entries must be flushed. */
struct scene {
	struct intel_host *host;
	struct model_vtd *unit;
	struct model_device *device, *identity;
};

/* In the mode of the host at *@state. */
struct scene scene(void **state);
void crash(struct scene *s);
/* Both devices are refused without a fault record, and a capture kernel can take over the unit. */
void assert_cut_off(struct scene *s);
bool any_lands(struct scene *s);
struct iq_record_stage flush_stage(struct scene *s);

#endif
