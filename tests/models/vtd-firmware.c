/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Builds DMAR tables (VT-d 4.1, 8.1 to 8.4).
 */
#include "vtd-firmware.h"

#include <stdlib.h>
#include <string.h>

static void put(uint8_t *at, uint64_t value, unsigned int bytes)
{
	while (bytes--) {
		*at++ = (uint8_t)value;
		value >>= 8;
	}
}

static uint8_t *append(struct model_dmar *dmar, uint32_t length)
{
	uint8_t *at = dmar->bytes + dmar->length;

	if (dmar->length + length > sizeof(dmar->bytes))
		abort();
	memset(at, 0, length);
	dmar->length += length;
	return at;
}

static uint8_t *structure(struct model_dmar *dmar, uint16_t type, uint32_t length)
{
	uint8_t *at;

	dmar->structure = dmar->length;
	at = append(dmar, length);
	put(at, type, 2);
	put(at + 2, length, 2);
	return at;
}

void model_dmar_start(struct model_dmar *dmar)
{
	memset(dmar, 0, sizeof(*dmar));
	memcpy(append(dmar, 48), "DMAR", 4);
	dmar->bytes[8] = 1;
	memcpy(dmar->bytes + 10, "MODEL MACHINE   ", 14);
	dmar->bytes[36] = 45;
	dmar->bytes[37] = 1;
	model_acpi_seal(dmar->bytes, dmar->length);
}

void model_dmar_unit(struct model_dmar *dmar, uint16_t segment, uint64_t base, bool all)
{
	uint8_t *unit = structure(dmar, 0, 16);

	unit[4] = all;
	put(unit + 6, segment, 2);
	put(unit + 8, base, 8);
	model_acpi_seal(dmar->bytes, dmar->length);
}

void model_dmar_reserved(struct model_dmar *dmar, uint16_t segment, uint64_t first, uint64_t last)
{
	uint8_t *region = structure(dmar, 1, 24);

	put(region + 6, segment, 2);
	put(region + 8, first, 8);
	put(region + 16, last, 8);
	model_acpi_seal(dmar->bytes, dmar->length);
}

void model_dmar_other(struct model_dmar *dmar, uint16_t type, uint32_t length)
{
	structure(dmar, type, 4 + length);
	model_acpi_seal(dmar->bytes, dmar->length);
}

void model_dmar_scope(struct model_dmar *dmar, uint8_t type, uint8_t bus, const uint8_t *path, unsigned int steps)
{
	uint8_t *scope = append(dmar, 6 + 2 * steps), *owner = dmar->bytes + dmar->structure;

	scope[0] = type;
	scope[1] = (uint8_t)(6 + 2 * steps);
	scope[5] = bus;
	memcpy(scope + 6, path, 2 * steps);
	put(owner + 2, dmar->length - dmar->structure, 2);
	model_acpi_seal(dmar->bytes, dmar->length);
}
