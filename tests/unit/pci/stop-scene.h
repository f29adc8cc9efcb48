/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices that are stopped at their source. For tests of which devices are found, and of what is done to them.
 */
#ifndef STOP_SCENE_H
#define STOP_SCENE_H

#include "unit/amd-vi/amd-host.h"

#define ECAM UINT64_C(0xe0000000)
#define PORT 0x0008 /* 00:01.0 */

/* A device on the bus and behind a unit. It does DMA from now on. */
struct source {
	struct model_function *function;
	struct model_device *device;
	uint64_t iova;
};

struct source new_source(struct amd_host *host, struct model_amdvi *unit, uint16_t segment, uint16_t requester);
/* Switch the unit's translation off. Call it before new_source(). */
void turn_off(struct model_amdvi *unit);
/* The policy of the next crash: of the stages for devices only stop. */
void stop_start(struct amd_host *host);
bool is_master(const struct model_function *function);
/* What the record says about @requester, and about the stage. */
bool stop_recorded(const struct amd_host *host, uint16_t segment, uint16_t requester, struct iq_record_device *found);
enum iq_status stop_status(const struct amd_host *host, uint16_t requester);
struct iq_record_stage stop_stage(const struct amd_host *host);

#endif
