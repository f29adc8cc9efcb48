/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An image as kexec-tools makes it, from a few numbers; and a purgatory that checks the rebuilt image. It is written after
 * kexec-tools' own (purgatory/purgatory.c), not after our code.
 */
#ifndef LOADER_IMAGE_H
#define LOADER_IMAGE_H

#include "carry/carrier.h"

/* Offsets in the purgatory of kexec-tools, the same in 2.0.25 and in the newest. */
#define PURGATORY_SIZE	  0x70e0u
#define PURGATORY_ENTRY	  0x760u
#define PURGATORY_DIGEST  0x5020u
#define PURGATORY_REGIONS 0x5040u

#define COMMAND_LINE_AT 0x5000u

/* The image to make. Start from loader_default(), and change what the test needs. */
struct loader {
	struct kq_range crash;
	const char *command_line; /* elfcorehdr= is appended */
	unsigned int notes, loads; /* program headers of the ELF core header */
	uint64_t core_memory;	  /* of the ELF core header's segment */
	unsigned int more;	  /* further segments, of unknown purpose */
	unsigned int e820_more;	  /* further entries of the memory map, of no importance */
	uint32_t command_line_max;
	uint64_t flags;
	bool core_hashed; /* false: kexec --hotplug */
	bool tight;	  /* no room behind the command line */
	const char *elfcorehdr; /* instead of the right elfcorehdr= word */
};

enum loader_segment {
	LOADER_BACKUP,
	LOADER_KERNEL,
	LOADER_INITRD,
	LOADER_PARAMS,
	LOADER_PURGATORY,
	LOADER_CORE,
	LOADER_MORE,
};

struct loaded {
	struct kq_image image;
	uint8_t *bytes[KQ_SEGMENTS]; /* of its segments, writable */
	struct kq_range crash;
};

struct loader loader_default(void);
void loader_make(const struct loader *loader, struct loaded *made);
/* Hash the segments again, after a test changed them. */
void loader_hash(struct loaded *made, bool core_hashed);
void loaded_free(struct loaded *made);

/* A plugin that does nothing. */
extern const struct kq_plugin no_plugin;
extern const struct kq_settings no_settings;

/* The @length bytes of the crash kernel's memory at @address after @image was loaded. The caller frees them. */
uint8_t *memory_at(const struct kq_image *image, uint64_t address, uint64_t length);
/* Does purgatory start the kernel if the @dirty_size bytes at @dirty were overwritten at the crash? */
bool purgatory_starts(const struct kq_image *image, uint64_t entry, uint64_t dirty, uint64_t dirty_size);

#endif
