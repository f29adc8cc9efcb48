/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Builders of firmware tables: an IVRS in a buffer, and ACPI's root structures in the memory of a model machine.
 */
#ifndef MODEL_FIRMWARE_H
#define MODEL_FIRMWARE_H

#include "memory.h"

#define MODEL_TABLE_MAX	 32768
#define MODEL_ACPI_TABLES 16

struct model_ivrs {
	uint8_t bytes[MODEL_TABLE_MAX];
	uint32_t length;
	uint32_t block; /* offset of the block that device entries go to */
};

void model_ivrs_start(struct model_ivrs *ivrs);
/* A block of @type 0x10, 0x11 or 0x40 for the unit with registers at @base. */
void model_ivrs_unit(struct model_ivrs *ivrs, uint8_t type, uint16_t segment, uint16_t requester, uint64_t base);
/* A device entry of the last unit, as bytes. */
void model_ivrs_entry(struct model_ivrs *ivrs, const void *entry, uint32_t length);
/* A reserved memory block of @type 0x20, 0x21 or 0x22. */
void model_ivrs_memory(struct model_ivrs *ivrs, uint8_t type, uint16_t segment, uint16_t first, uint16_t last,
		       uint64_t start, uint64_t length);
/* Set length and checksum again after a test changed the bytes. */
void model_acpi_seal(uint8_t *table, uint32_t length);

struct model_acpi {
	struct model_memory *memory;
	uint64_t next; /* free memory, from the address that model_acpi_start() was given */
	uint64_t table[MODEL_ACPI_TABLES];
	unsigned int tables;
};

void model_acpi_start(struct model_acpi *acpi, struct model_memory *memory, uint64_t address);
/* Copy the table at @bytes into memory and list it in the root table, without changing its checksum. Returns its address. */
uint64_t model_acpi_add(struct model_acpi *acpi, const void *bytes, uint32_t length);
/* Write RSDT or XSDT and the root pointer of @revision 0 (RSDT) or 2 (XSDT); returns the root pointer's address. */
uint64_t model_acpi_root(struct model_acpi *acpi, uint8_t revision);

#endif
