/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds ACPI tables from the root pointer (ACPI 6.5, 5.2.5 to 5.2.8), and checks every length. Used at the crash.
 */
#ifndef IQ_ACPI_H
#define IQ_ACPI_H

#include "io.h"

#define IQ_ACPI_HEADER	 36u	   /* bytes of a system description table's header */
#define IQ_ACPI_TABLE_MAX 0x40000u /* no IVRS or DMAR is larger than this */

/* A table in memory. Read it with iq_memory_read(): a table may cross pages. */
struct iq_acpi_table {
	uint64_t address;
	uint32_t length; /* from its header, IQ_ACPI_HEADER .. IQ_ACPI_TABLE_MAX */
};

/* Does a sound ACPI root pointer lie at @address? False for 0. */
bool iq_acpi_is_root(struct iq_memory *memory, uint64_t address);
/*
 * Find the first table with @signature (4 characters) and a right checksum. @rsdp is the physical address of the root pointer, 0 if it
 * is not known. IQ_OK; IQ_NOT_FOUND; IQ_DAMAGED: a table with this signature has a wrong checksum; IQ_UNREACHABLE or IQ_MALFORMED:
 * there is no root pointer, or a table on the way is broken.
 */
enum iq_status iq_acpi_find(struct iq_memory *memory, uint64_t rsdp, const char *signature, struct iq_acpi_table *table);
/* The sum of @length bytes modulo 256; 0 for a valid ACPI structure. */
uint8_t iq_acpi_sum(const uint8_t *bytes, uint32_t length);

#endif
