/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A builder of DMAR tables (VT-d, 8).
 */
#ifndef MODEL_VTD_FIRMWARE_H
#define MODEL_VTD_FIRMWARE_H

#include "firmware.h"

/* Types of device scopes. */
#define MODEL_SCOPE_ENDPOINT  1
#define MODEL_SCOPE_HIERARCHY 2
#define MODEL_SCOPE_IOAPIC    3

struct model_dmar {
	uint8_t bytes[MODEL_TABLE_MAX];
	uint32_t length;
	uint32_t structure; /* offset of the structure that scopes go to */
};

void model_dmar_start(struct model_dmar *dmar);
/* A remapping unit; @all: INCLUDE_PCI_ALL. */
void model_dmar_unit(struct model_dmar *dmar, uint16_t segment, uint64_t base, bool all);
/* A reserved memory region, of the devices in the scopes that follow. */
void model_dmar_reserved(struct model_dmar *dmar, uint16_t segment, uint64_t first, uint64_t last);
/* A structure of any @type, with @length bytes of zeros after its header. */
void model_dmar_other(struct model_dmar *dmar, uint16_t type, uint32_t length);
/* A scope of the last structure: a path from @bus of @steps pairs of device and function. */
void model_dmar_scope(struct model_dmar *dmar, uint8_t type, uint8_t bus, const uint8_t *path, unsigned int steps);

#endif
