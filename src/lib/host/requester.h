/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI functions, source ids and addresses as people write them.
 */
#ifndef REQUESTER_H
#define REQUESTER_H

#include <stdbool.h>
#include <stdint.h>

#include "family.h"

#define NO_PASID UINT32_MAX

struct requester {
	bool by_unit; /* named by @unit and @source_id, not as a PCI function */
	struct iq_function function;
	unsigned int unit; /* index of the unit */
	iq_source_id source_id;
	uint32_t pasid; /* NO_PASID: none */
	char name[32];	/* dddd:bb:dd.f or UNIT:0xID, and :pasid if there is one */
};

/*
 * Parse [dddd:]bb:dd.f[:pasid], all hexadecimal, or UNIT:0xID[:pasid] with UNIT in decimal. False if it is neither.
 */
bool requester_parse(const char *text, struct requester *requester);
/* Fill in the name. */
void requester_name(struct requester *requester);
/* dddd:bb:dd.f of requester @id. Eight results can be in use at a time. */
const char *requester_text(uint16_t segment, uint16_t id);
/*
 * Source id @id of @unit: dddd:bb:dd.f of its PCI function, by the unit's family or by the @ranges at @functions; else
 * UNIT:0xID. Eight results can be in use at a time.
 */
const char *source_id_text(const struct iq_functions *functions, unsigned int ranges, const struct iq_unit *unit,
			   iq_source_id id);
/* Parse a hexadecimal address, with or without 0x. */
bool address_parse(const char *text, uint64_t *address);

#endif
