/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host whose VT-d unit has something of every sort in its caches when it crashes: for all tests of the flush.
 */
#ifndef FLUSH_SCENE_H
#define FLUSH_SCENE_H

#include "intel-host.h"

#define QUEUE_MASK UINT64_C(0xfffffffffffff000)
#define WAIT_US	   20000u
#define TOTAL_US   400000u

/* One translated and one pass-through device, both alive: what is cached of them must go. */
struct scene {
	struct intel_host *host;
	struct model_vtd *unit;
	struct model_device *device, *identity;
};

/* In the mode of the host at *@state. */
struct scene scene(void **state);
void crash(struct scene *s);
/* Neither gets through, silently, and a capture kernel can go on with the unit. */
void assert_cut_off(struct scene *s);
bool any_lands(struct scene *s);
struct iq_record_stage flush_stage(struct scene *s);

#endif
