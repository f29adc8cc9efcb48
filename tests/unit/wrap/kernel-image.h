/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small kernel images, laid out as the kernel's build lays them out, and a plugin to put into them.
 */
#ifndef KERNEL_IMAGE_H
#define KERNEL_IMAGE_H

#include "carry/wrap.h"

#define KERNEL_SETUP	 4096u
#define KERNEL_PAYLOAD	 65536u
#define KERNEL_INIT_SIZE 0x300000u
#define KERNEL_PE	 0x40u
#define KERNEL_OPTIONAL	 (KERNEL_PE + 24u)
#define KERNEL_DIRECTORIES (KERNEL_OPTIONAL + 112u)
#define KERNEL_SECTIONS	 (KERNEL_OPTIONAL + 160u)
#define KERNEL_COMPAT	 0xe00u
#define KERNEL_SIGNATURE 1000u
#define UNIFIED_SECTIONS (KERNEL_PE + 24u) /* it has no optional header */

struct kernel {
	uint8_t *bytes; /* to be freed */
	size_t size;
};

/* Make an image: with PE headers, or for the boot protocol alone; with or without a signature at its end. */
struct kernel kernel_make(bool pe, bool is_signed);
/*
 * Make a unified kernel image (UAPI.5) of @kernel, which is freed: its section .linux is at @offset of the file, and a section .initrd follows.
 */
struct kernel kernel_unify(struct kernel kernel, uint32_t offset);
/* Read the file @path; bytes is NULL if it does not exist. */
struct kernel kernel_read(const char *path);
uint32_t kernel_get(const struct kernel *kernel, uint32_t offset);
void kernel_put(struct kernel *kernel, uint32_t offset, uint32_t size, uint64_t value);

/* A plugin that has only a handover, and an empty front. */
const struct kq_wrapping *kernel_wrapping(void);
const struct kq_settings *kernel_settings(void);

#endif
