/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A crash image as kexec_load(2) takes it, and the parts that kexec-tools put into it. Pure functions over memory: the bytes come from
 * another process and are hostile.
 */
#ifndef KQ_IMAGE_H
#define KQ_IMAGE_H

#include "boot/elfcorehdr.h"
#include "base/message.h"
#include "machine/range.h"

#define KQ_SEGMENTS 16u /* KEXEC_SEGMENT_MAX, include/linux/kexec.h */

/* Flags of kexec_load(2), include/uapi/linux/kexec.h. */
#define KQ_KEXEC_ON_CRASH	   0x1u
#define KQ_KEXEC_UPDATE_ELFCOREHDR 0x4u /* the kernel may rewrite the ELF core header */
#define KQ_KEXEC_HOTPLUG_SUPPORT   0x8u
#define KQ_KEXEC_ARCH_MASK	   0xffff0000u
#define KQ_KEXEC_ARCH_X86_64	   (62u << 16)

struct kq_segment {
	const uint8_t *bytes; /* @size of them; the kernel fills up to @memory with zeros */
	uint64_t size;
	uint64_t address; /* physical */
	uint64_t memory;
};

struct kq_image {
	struct kq_segment segment[KQ_SEGMENTS];
	unsigned int segments;
	uint64_t entry; /* physical address that is jumped to at the crash */
	uint64_t flags;
};

/* Where things are: indices of segments, and offsets into them. */
struct kq_parts {
	unsigned int purgatory;	  /* holds the entry */
	unsigned int boot_params; /* holds the command line too */
	unsigned int elfcorehdr;
	struct iq_elfcorehdr core;
	uint64_t command_line;	     /* offset in the boot_params segment */
	uint32_t command_line_length;/* without the NUL */
	uint32_t command_line_room;  /* bytes there, NUL included, that nothing else uses */
	uint32_t command_line_max;   /* longest that the capture kernel takes, without the NUL */
};

/*
 * Check what the kernel checks before it loads (kernel/kexec_core.c: sanity_check_segment_list). Our load must not fail: a load that
 * fails has already thrown the former image away. @crash: the crash kernel's memory.
 */
bool kq_image_check(const struct kq_image *image, const struct kq_range *crash, struct kq_reason *reason);
/* Find the parts of a checked image. False if it is not what kexec-tools make of a bzImage. */
bool kq_image_parts(const struct kq_image *image, struct kq_parts *parts, struct kq_reason *reason);
/* What segment @index is, for messages. */
const char *kq_image_role(const struct kq_image *image, const struct kq_parts *parts, unsigned int index);
/* The command line of the capture kernel, NUL-terminated, inside the image. */
const char *kq_image_command_line(const struct kq_image *image, const struct kq_parts *parts);

#endif
