/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Follows the ACPI root pointer to one table and trusts nothing: every pointer is mapped before use, every length is bounded.
 */
#include "acpi.h"

/* Root System Description Pointer. ACPI 6.5, 5.2.5.3 */
#define RSDP_SIZE	    36u
#define RSDP_V1_SIZE	    20u
#define RSDP_REVISION	    15
#define RSDP_RSDT	    16
#define RSDP_LENGTH	    20
#define RSDP_XSDT	    24
#define RSDP_LENGTH_MAX	    256u
/* System Description Table header. 5.2.6 */
#define TABLE_LENGTH	    4

#define ROOT_ENTRIES_MAX    1024u

uint8_t iq_acpi_sum(const uint8_t *bytes, uint32_t length)
{
	uint8_t sum = 0;

	while (length--)
		sum = (uint8_t)(sum + *bytes++);
	return sum;
}

/* Add up the table's bytes. False if some of them cannot be read. */
static bool sum_table(struct iq_memory *memory, const struct iq_acpi_table *table, uint8_t *sum)
{
	uint8_t piece[64];

	*sum = 0;
	for (uint32_t at = 0; at < table->length; at += (uint32_t)sizeof(piece)) {
		uint32_t length = (uint32_t)iq_min(sizeof(piece), table->length - at);

		if (!iq_memory_read(memory, table->address + at, piece, length))
			return false;
		*sum = (uint8_t)(*sum + iq_acpi_sum(piece, length));
	}
	return true;
}

static bool is_rsdp(struct iq_memory *memory, uint64_t address, uint8_t rsdp[RSDP_SIZE])
{
	uint32_t length;

	iq_zero(rsdp, RSDP_SIZE);
	if (!iq_memory_read(memory, address, rsdp, RSDP_V1_SIZE) || !iq_equal(rsdp, "RSD PTR ", 8) ||
	    iq_acpi_sum(rsdp, RSDP_V1_SIZE))
		return false;
	if (rsdp[RSDP_REVISION] < 2)
		return true;
	if (!iq_memory_read(memory, address, rsdp, RSDP_SIZE))
		return false;
	length = iq_le32(rsdp + RSDP_LENGTH);
	if (length < RSDP_SIZE || length > RSDP_LENGTH_MAX)
		return false;
	{
		const struct iq_acpi_table whole = { address, length };
		uint8_t sum;

		return sum_table(memory, &whole, &sum) && !sum;
	}
}

bool iq_acpi_is_root(struct iq_memory *memory, uint64_t address)
{
	uint8_t rsdp[RSDP_SIZE];

	return address && is_rsdp(memory, address, rsdp);
}

/* Check signature, length and checksum of the table at @address. */
static enum iq_status examine(struct iq_memory *memory, uint64_t address, const char *signature,
			      struct iq_acpi_table *table)
{
	uint8_t header[IQ_ACPI_HEADER];
	uint8_t sum;

	if (!iq_memory_read(memory, address, header, sizeof(header)))
		return IQ_UNREACHABLE;
	if (!iq_equal(header, signature, 4))
		return IQ_NOT_FOUND;
	table->address = address;
	table->length = iq_le32(header + TABLE_LENGTH);
	if (table->length < IQ_ACPI_HEADER || table->length > IQ_ACPI_TABLE_MAX)
		return IQ_MALFORMED;
	if (!sum_table(memory, table, &sum))
		return IQ_UNREACHABLE;
	return sum ? IQ_DAMAGED : IQ_OK;
}

enum iq_status iq_acpi_find(struct iq_memory *memory, uint64_t rsdp, const char *signature, struct iq_acpi_table *table)
{
	enum iq_status worst = IQ_NOT_FOUND, status;
	uint8_t pointer[RSDP_SIZE], entry[8];
	struct iq_acpi_table root;
	bool xsdt;
	uint32_t width;

	if (!rsdp || !is_rsdp(memory, rsdp, pointer))
		return IQ_UNREACHABLE;
	xsdt = pointer[RSDP_REVISION] >= 2 && iq_le64(pointer + RSDP_XSDT);
	width = xsdt ? 8 : 4;
	status = examine(memory, xsdt ? iq_le64(pointer + RSDP_XSDT) : iq_le32(pointer + RSDP_RSDT),
			 xsdt ? "XSDT" : "RSDT", &root);
	if (status != IQ_OK)
		return status == IQ_NOT_FOUND ? IQ_MALFORMED : status;
	for (uint32_t i = 0; i < ROOT_ENTRIES_MAX && IQ_ACPI_HEADER + (i + 1) * width <= root.length; i++) {
		iq_zero(entry, sizeof(entry));
		if (!iq_memory_read(memory, root.address + IQ_ACPI_HEADER + i * width, entry, width))
			return IQ_UNREACHABLE;
		status = examine(memory, iq_le64(entry), signature, table);
		if (status == IQ_OK)
			return IQ_OK;
		if (status != IQ_NOT_FOUND)
			worst = status;
	}
	return worst;
}
