/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words of a Linux command line that decide whether a capture kernel lives with what the plugin does.
 */
#ifndef KQ_CMDLINE_H
#define KQ_CMDLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The word that makes a capture kernel translate, whatever other words say before it. */
#define KQ_TRANSLATED "iommu.passthrough=0"

/* One word of a command line: words are separated by white space outside of double quotes; "--" ends the kernel's. */
struct kq_word {
	const char *text;
	size_t length;
};

/* The word behind *@at, which is moved on. False at the end. */
bool kq_cmdline_next(const char **at, struct kq_word *word);
/* True if @word is @name followed by "=", or @name alone; *@value is then behind the "=", @length its length. */
bool kq_cmdline_is(const struct kq_word *word, const char *name, const char **value, size_t *length);

enum kq_passthrough {
	KQ_PASSTHROUGH_UNSAID, /* the kernel's own default */
	KQ_PASSTHROUGH_OFF,
	KQ_PASSTHROUGH_ON,
};

/* The last word of iommu=pt, iommu=nopt and iommu.passthrough= wins. */
enum kq_passthrough kq_cmdline_passthrough(const char *line);
/* The last elfcorehdr=[SIZE@]ADDRESS. */
bool kq_cmdline_elfcorehdr(const char *line, uint64_t *address);
/* memmap=exactmap: the memory map of boot_params is thrown away. */
bool kq_cmdline_exactmap(const char *line);
/*
 * The word that makes a kernel leave IOMMUs as it found them: iommu=off, amd_iommu=off. It never opens what the plugin
 * closed, so that its disks stay dead. NULL if there is none.
 */
const char *kq_cmdline_iommu_off(const char *line);
/* intel_iommu=off: such a kernel switches VT-d's translation off, and DMA goes through again, untranslated. */
bool kq_cmdline_translation_off(const char *line);

#endif
