/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ELF core header that the capture kernel turns into /proc/vmcore: finding room in it and inserting our PT_NOTE.
 * Used by the carriers and by the plugin. The kernel wants all PT_NOTEs first (fs/proc/vmcore.c merges them by position).
 */
#ifndef IQ_ELFCOREHDR_H
#define IQ_ELFCOREHDR_H

#include "bits.h"
#include "status.h"

struct iq_elfcorehdr {
	uint16_t phnum;	    /* program headers */
	uint16_t notes;	    /* leading PT_NOTEs among them */
	uint32_t used;	    /* bytes up to the end of the program headers */
	uint32_t one_more;  /* bytes with one header more */
};

#define IQ_ELFCOREHDR_HEAD 64u /* bytes of the file header */

/* Bytes up to the end of the program headers, as the file header of IQ_ELFCOREHDR_HEAD bytes at @header says. */
uint32_t iq_elfcorehdr_used(const void *header);
/*
 * Check the header in the @size bytes at @header. IQ_OK; IQ_MALFORMED with *@offset: not ELF64 little-endian ET_CORE,
 * sizes that are not ELF's own, program headers outside @size, a PT_NOTE behind another type.
 */
enum iq_status iq_elfcorehdr_check(const void *header, uint32_t size, struct iq_elfcorehdr *found, uint32_t *offset);
/* True if a PT_NOTE for the @note_size bytes at physical address @note is in the checked header. */
bool iq_elfcorehdr_has_note(const void *header, uint32_t size, uint64_t note, uint32_t note_size);
/* True if a PT_LOAD of the header in the @size bytes at @header holds all of the @length bytes of memory at @address. */
bool iq_elfcorehdr_has_memory(const void *header, uint32_t size, uint64_t address, uint64_t length);
/*
 * Insert a PT_NOTE for the @note_size bytes at physical address @note behind the leading PT_NOTEs. @limit: bytes of
 * @header that may be used. IQ_OK; IQ_NO_ROOM; as iq_elfcorehdr_check(). Nothing is changed unless IQ_OK.
 */
enum iq_status iq_elfcorehdr_insert_note(void *header, uint32_t limit, uint64_t note, uint32_t note_size);

#endif
