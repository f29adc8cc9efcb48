/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Builds firmware tables (AMD 48882, 5.2; ACPI 6.5, 5.2.5 to 5.2.8).
 */
#include "firmware.h"

#include <stdlib.h>
#include <string.h>

#define HEADER 36u
#define RSDP_SIZE 36u

static void put(uint8_t *at, uint64_t value, unsigned int bytes)
{
	while (bytes--) {
		*at++ = (uint8_t)value;
		value >>= 8;
	}
}

static uint8_t sum(const uint8_t *bytes, uint32_t length)
{
	uint8_t total = 0;

	while (length--)
		total = (uint8_t)(total + *bytes++);
	return total;
}

void model_acpi_seal(uint8_t *table, uint32_t length)
{
	put(table + 4, length, 4);
	table[9] = 0;
	table[9] = (uint8_t)-sum(table, length);
}

static void header(uint8_t *table, const char *signature, uint8_t revision)
{
	memset(table, 0, HEADER);
	memcpy(table, signature, 4);
	table[8] = revision;
	memcpy(table + 10, "MODEL MACHINE   ", 14);
}

static uint8_t *append(struct model_ivrs *ivrs, uint32_t length)
{
	uint8_t *at = ivrs->bytes + ivrs->length;

	if (ivrs->length + length > sizeof(ivrs->bytes))
		abort();
	memset(at, 0, length);
	ivrs->length += length;
	return at;
}

void model_ivrs_start(struct model_ivrs *ivrs)
{
	memset(ivrs, 0, sizeof(*ivrs));
	header(ivrs->bytes, "IVRS", 2);
	ivrs->length = 48;
	model_acpi_seal(ivrs->bytes, ivrs->length);
}

void model_ivrs_unit(struct model_ivrs *ivrs, uint8_t type, uint16_t segment, uint16_t requester, uint64_t base)
{
	uint32_t size = type == 0x10 ? 24 : 40;
	uint8_t *block;

	ivrs->block = ivrs->length;
	block = append(ivrs, size);
	block[0] = type;
	put(block + 2, size, 2);
	put(block + 4, requester, 2);
	put(block + 6, 0x40, 2);
	put(block + 8, base, 8);
	put(block + 16, segment, 2);
	model_acpi_seal(ivrs->bytes, ivrs->length);
}

void model_ivrs_entry(struct model_ivrs *ivrs, const void *entry, uint32_t length)
{
	uint8_t *block = ivrs->bytes + ivrs->block;

	memcpy(append(ivrs, length), entry, length);
	put(block + 2, ivrs->length - ivrs->block, 2);
	model_acpi_seal(ivrs->bytes, ivrs->length);
}

void model_ivrs_memory(struct model_ivrs *ivrs, uint8_t type, uint16_t segment, uint16_t first, uint16_t last,
		       uint64_t start, uint64_t length)
{
	uint8_t *block = append(ivrs, 32);

	block[0] = type;
	block[1] = 0x7; /* unity map, read, write */
	put(block + 2, 32, 2);
	put(block + 4, first, 2);
	put(block + 6, last, 2);
	put(block + 8, segment, 2);
	put(block + 16, start, 8);
	put(block + 24, length, 8);
	model_acpi_seal(ivrs->bytes, ivrs->length);
}

void model_acpi_start(struct model_acpi *acpi, struct model_memory *memory, uint64_t address)
{
	memset(acpi, 0, sizeof(*acpi));
	acpi->memory = memory;
	acpi->next = address;
}

static uint64_t place(struct model_acpi *acpi, const void *bytes, uint32_t length)
{
	uint64_t address = acpi->next;

	if (!model_memory_write(acpi->memory, address, bytes, length))
		abort();
	acpi->next = (address + length + 15) & ~UINT64_C(15);
	return address;
}

uint64_t model_acpi_add(struct model_acpi *acpi, const void *bytes, uint32_t length)
{
	if (acpi->tables == MODEL_ACPI_TABLES)
		abort();
	acpi->table[acpi->tables] = place(acpi, bytes, length);
	return acpi->table[acpi->tables++];
}

uint64_t model_acpi_root(struct model_acpi *acpi, uint8_t revision)
{
	uint8_t root[HEADER + MODEL_ACPI_TABLES * 8], rsdp[RSDP_SIZE] = "RSD PTR ";
	uint32_t width = revision >= 2 ? 8 : 4, length = HEADER + acpi->tables * width;
	uint64_t address;

	header(root, revision >= 2 ? "XSDT" : "RSDT", 1);
	for (unsigned int i = 0; i < acpi->tables; i++)
		put(root + HEADER + i * width, acpi->table[i], width);
	model_acpi_seal(root, length);
	address = place(acpi, root, length);

	memcpy(rsdp + 9, "MODEL ", 6);
	rsdp[15] = revision;
	put(rsdp + 16, revision >= 2 ? 0 : address, 4);
	if (revision >= 2) {
		put(rsdp + 20, RSDP_SIZE, 4);
		put(rsdp + 24, address, 8);
	}
	rsdp[8] = (uint8_t)-sum(rsdp, 20);
	if (revision >= 2)
		rsdp[32] = (uint8_t)-sum(rsdp, RSDP_SIZE);
	return place(acpi, rsdp, revision >= 2 ? RSDP_SIZE : 20);
}
