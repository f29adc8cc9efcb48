/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a loader leaves for the kernel that it starts, whatever boot protocol says it: the command line, the memory map, the ELF core
 * header, and where firmware's tables begin. capture.c asks through this; a machine's boot protocol is a form of it.
 */
#ifndef IQ_BOOT_H
#define IQ_BOOT_H

#include "handover.h"
#include "io.h"

/* Bytes of a command line, NUL included, that are looked at. */
#define IQ_BOOT_LINE 4096u

struct iq_boot_form;

struct iq_boot {
	const struct iq_boot_form *form;
	struct iq_loaded *loaded; /* the way to what the loader left */
	uint64_t address; /* physical, of what the protocol hands over: boot_params, a device tree; 0: not known */
};

/* One boot protocol. find_firmware() works without an address; all others need one at which is_sound() is true. */
struct iq_boot_form {
	/* Does the protocol's structure lie there? */
	bool (*is_sound)(const struct iq_boot *boot);
	/* The command line, NULL if it has no end within IQ_BOOT_LINE bytes. *@room: bytes, NUL included, that the kernel takes. */
	const char *(*command_line)(const struct iq_boot *boot, uint32_t *room);
	/* Lead the kernel to the command line at physical address @address. */
	void (*set_command_line)(const struct iq_boot *boot, uint64_t address);
	/* The RAM of the memory map that holds @address, as [*@start, *@end). False if there is none. */
	bool (*ram)(const struct iq_boot *boot, uint64_t address, uint64_t *start, uint64_t *end);
	/*
	 * Have the kernel that gets the command line @line leave [@address, @address + @length) alone, page-aligned. IQ_OK;
	 * IQ_NOT_FOUND if it is not all RAM; IQ_NO_ROOM. Nothing is changed unless IQ_OK.
	 */
	enum iq_status (*reserve)(const struct iq_boot *boot, const char *line, uint64_t address, uint64_t length);
	/* Physical address of the ELF core header. @line: the command line. False: there is none, this is no capture kernel. */
	bool (*core_header)(const struct iq_boot *boot, const char *line, uint64_t *address);
	/* Lead the kernel to the one at @address. @line may gain a word, in @room bytes. False, and nothing changed: no room. */
	bool (*set_core_header)(const struct iq_boot *boot, char *line, uint32_t room, uint64_t address);
	/*
	 * Find where firmware's tables begin: where @firmware says, else where the loader does, else where the machine has them.
	 * Kind IQ_FIRMWARE_SEARCH and address 0 if they are nowhere. All but the command line is read through @memory.
	 */
	void (*find_firmware)(const struct iq_boot *boot, struct iq_memory *memory, struct iq_firmware *firmware);
};

#endif
