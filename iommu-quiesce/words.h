/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What only those who read a dump want to know about a family: where its queues lie, and commands and entries in words. Of
 * the core, because formats are, but no part of the plugin.
 */
#ifndef IQ_WORDS_H
#define IQ_WORDS_H

#include "family.h"

/* A ring of entries in memory. */
struct iq_ring {
	const char *name; /* as the specification calls it */
	uint64_t base;	  /* physical address */
	uint64_t size;	  /* bytes, a multiple of entry_size */
	uint32_t entry_size;
	uint64_t head, tail; /* byte offsets: the reader's, the writer's */
	bool commands;	     /* written by software, read by the unit; else the other way round */
};

/* A field of an entry, in the specification's words. */
struct iq_named_field {
	const char *name;
	uint8_t word;  /* of 64 bits */
	uint64_t mask; /* one bit: a flag */
};

/* A command in words. */
struct iq_command {
	const char *name;
	const struct iq_named_field *fields; /* that commands of its kind have */
	unsigned int field_count;
};

struct iq_words {
	enum iq_family_id id;
	/* Ring number @n of @unit; false behind the last. One that is off has size 0. */
	bool (*ring)(const struct iq_unit *unit, unsigned int n, struct iq_ring *ring);
	/* What the entry at @raw of a command ring says; false if it is all zeros. */
	bool (*describe_command)(const uint8_t *raw, uint32_t size, struct iq_command *command);
	/* Fields of a requester's entry (device table entry, context entry). */
	const struct iq_named_field *(*entry_fields)(const struct iq_unit *unit, unsigned int *count);
};

/* The words of @family, NULL if there are none. */
const struct iq_words *iq_words_of(const struct iq_family *family);

extern const struct iq_words iq_amdvi_words;
extern const struct iq_words iq_vtd_words;

#endif
