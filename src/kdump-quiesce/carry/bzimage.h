/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A Linux kernel image for x86, as the boot protocol and EFI see the one file: finding and checking every field that
 * says where something is. Hostile input: nothing outside of the bytes is touched. Used by wrap, unwrap and show-image.
 */
#ifndef KQ_BZIMAGE_H
#define KQ_BZIMAGE_H

#include "bits.h"
#include "base/message.h"

#define KQ_BZIMAGE_SECTIONS 32u

/* A section of the PE file that the image is to EFI. */
struct kq_pe_section {
	uint32_t header; /* offset of its header in the file */
	uint32_t memory, address; /* VirtualSize, VirtualAddress */
	uint32_t bytes, offset;	  /* SizeOfRawData, PointerToRawData */
};

struct kq_bzimage {
	const uint8_t *bytes;	/* of the kernel; all offsets are from here */
	uint32_t size;		/* of the kernel: without a signature behind it */
	uint32_t setup_size;	/* of the real-mode part; the payload follows */
	uint32_t payload_size;
	uint16_t protocol;
	uint32_t init_size, alignment;
	char version[128];	/* as `file` shows it, empty if there is none */

	uint32_t pe;		/* offset of the PE header, 0: not for EFI */
	uint32_t optional;	/* offset of the optional header */
	uint32_t directories;	/* offset of the data directories */
	unsigned int directory_count;
	struct kq_pe_section section[KQ_BZIMAGE_SECTIONS];
	unsigned int sections;

	bool unified; /* it is the section .linux of a unified kernel image (UAPI.5), which has more in it */
	uint32_t signature, signature_size; /* Authenticode signatures: where in the file, 0 if there are none */
};

/* Fields of struct setup_header: Documentation/arch/x86/boot.rst. */
#define KQ_SETUP_SYSSIZE	0x1f4u
#define KQ_SETUP_PAYLOAD_OFFSET 0x248u
#define KQ_SETUP_INIT_SIZE	0x260u
#define KQ_SETUP_HANDOVER	0x264u
#define KQ_SETUP_KERNEL_INFO	0x268u
/* The entry for 64-bit mode is so far from the payload's beginning. */
#define KQ_ENTRY64		0x200u

/* Fields of the PE32+ optional header: Microsoft PE/COFF, 3.4. */
#define KQ_PE_CODE_SIZE	 4u
#define KQ_PE_ENTRY	 16u
#define KQ_PE_IMAGE_SIZE 56u
#define KQ_PE_CHECKSUM	 64u
#define KQ_PE_SECURITY	 4u /* index of the directory of signatures */
/* Fields of a section header: Microsoft PE/COFF, 4. */
#define KQ_SECTION_MEMORY  8u
#define KQ_SECTION_ADDRESS 12u
#define KQ_SECTION_BYTES   16u
#define KQ_SECTION_OFFSET  20u

/*
 * Understand the @size bytes at @bytes, which must live as long as @image: a kernel, or a unified kernel image with one in it. False with a reason if this is no 64-bit relocatable kernel
 * image of a layout that is known: what it is instead, or the field, its offset and its value.
 */
bool kq_bzimage_read(struct kq_bzimage *image, const uint8_t *bytes, size_t size, struct kq_reason *reason);

#endif
