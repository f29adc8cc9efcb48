/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words of a Linux command line that decide whether a capture kernel lives with what the plugin does. Used by both
 * carriers, one of them before the crash and one at it.
 */
#ifndef IQ_CMDLINE_H
#define IQ_CMDLINE_H

#include "bits.h"

/* The word that makes a capture kernel translate, whatever other words say before it. */
#define IQ_TRANSLATED "iommu.passthrough=0"

/*
 * One word of a command line: words are separated by white space outside of double quotes. Words behind "--" are for init, not for
 * the kernel.
 */
struct iq_word {
	const char *text;
	size_t length;
};

/* The word behind *@at, which is moved on. False at the end; *@at is then where the kernel's words end. */
bool iq_cmdline_next(const char **at, struct iq_word *word);
/*
 * True if @word is @name followed by "=", or @name alone; *@value is then behind the "=", @length its length. "-" and "_" are the
 * same in names. Double quotes around the word or around its value are no part of it.
 */
bool iq_cmdline_is(const struct iq_word *word, const char *name, const char **value, size_t *length);

enum iq_passthrough {
	IQ_PASSTHROUGH_UNSAID, /* the kernel's own default */
	IQ_PASSTHROUGH_OFF,
	IQ_PASSTHROUGH_ON,
};

/* The last word of iommu=pt, iommu=nopt and iommu.passthrough= counts. */
enum iq_passthrough iq_cmdline_passthrough(const char *line);
/* The last elfcorehdr=[SIZE@]ADDRESS. */
bool iq_cmdline_elfcorehdr(const char *line, uint64_t *address);
/* The last acpi_rsdp=ADDRESS. */
bool iq_cmdline_rsdp(const char *line, uint64_t *address);
/* memmap=exactmap: the memory map of boot_params is thrown away. */
bool iq_cmdline_exactmap(const char *line);
/*
 * The word that makes a kernel leave IOMMUs as it found them: iommu=off, amd_iommu=off; one of them is enough, wherever it stands.
 * Such a kernel never opens what the plugin closed, so that its disks stay dead. NULL if there is none.
 */
const char *iq_cmdline_iommu_off(const char *line);
enum iq_switch {
	IQ_SWITCH_UNSAID, /* the kernel's own default */
	IQ_SWITCH_OFF,
	IQ_SWITCH_ON,
};

/*
 * The last of intel_iommu=on and intel_iommu=off. A kernel that is told off switches VT-d's translation off where it finds it on, and
 * DMA goes through again, untranslated.
 */
enum iq_switch iq_cmdline_translation(const char *line);
/*
 * Put @word among the kernel's words of @line, behind those that are there. @room: bytes of @line, NUL included. False,
 * and nothing changed, if it does not fit.
 */
bool iq_cmdline_add(char *line, size_t room, const char *word);

#endif
