/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * struct boot_params of the x86 boot protocol (Linux Documentation/arch/x86/{boot,zero-page}.rst): the memory map and the
 * command line that the capture kernel will see. Used by the carriers and by the plugin.
 */
#ifndef IQ_BOOTPARAMS_H
#define IQ_BOOTPARAMS_H

#include "bits.h"
#include "status.h"

#define IQ_BOOTPARAMS_SIZE     4096u
#define IQ_BOOTPARAMS_E820_MAX 128u
#define IQ_E820_RAM	       1u
#define IQ_E820_RESERVED       2u

/* IQ_OK if the @size bytes at @params hold boot_params of a bzImage: "HdrS" at 0x202, version 2.06 or later. */
enum iq_status iq_bootparams_check(const void *params, uint32_t size);
/* Physical address of the command line. */
uint64_t iq_bootparams_command_line(const void *params);
/* Longest command line that the kernel takes, without the NUL. */
uint32_t iq_bootparams_command_line_max(const void *params);
void iq_bootparams_set_command_line(void *params, uint64_t address);
/* The ACPI root pointer, 0 if the loader did not say. */
uint64_t iq_bootparams_rsdp(const void *params);
/* Physical address of the first struct setup_data, 0 if there is none. */
uint64_t iq_bootparams_setup_data(const void *params);
/* Physical address of the EFI system table, 0 if the machine was not started by a 64-bit EFI. */
uint64_t iq_bootparams_efi_system_table(const void *params);
/* The RAM entry of the memory map that holds @address, as [*@start, *@end). False if there is none. */
bool iq_bootparams_ram(const void *params, uint64_t address, uint64_t *start, uint64_t *end);
/*
 * Take [@address, @address + @length), page-aligned, out of the RAM entry of the memory map that holds it and mark it
 * reserved. The map need not be sorted. IQ_OK; IQ_NOT_FOUND if no RAM entry holds it all; IQ_NO_ROOM with 127 or 128 entries.
 */
enum iq_status iq_bootparams_carve(void *params, uint64_t address, uint64_t length);

#endif
