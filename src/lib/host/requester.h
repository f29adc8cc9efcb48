/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requester ids and addresses as people write them.
 */
#ifndef REQUESTER_H
#define REQUESTER_H

#include <stdbool.h>
#include <stdint.h>

#define NO_PASID UINT32_MAX

struct requester {
	uint16_t segment;
	uint16_t id;
	uint32_t pasid; /* NO_PASID: none */
	char name[24];	/* dddd:bb:dd.f, and :pasid if there is one */
};

/* Parse [dddd:]bb:dd.f[:pasid], all hexadecimal. False if it is none. */
bool requester_parse(const char *text, struct requester *requester);
/* Fill in the name. */
void requester_name(struct requester *requester);
/* dddd:bb:dd.f of requester @id. Eight results can be in use at a time. */
const char *requester_text(uint16_t segment, uint16_t id);
/* Parse a hexadecimal address, with or without 0x. */
bool address_parse(const char *text, uint64_t *address);

#endif
