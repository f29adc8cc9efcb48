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

#define IQ_STEP_WORDS 8u

/* An entry that is read to find what becomes of a PASID. */
struct iq_pasid_step {
	const char *name;
	uint64_t address; /* of the entry */
	uint64_t raw[IQ_STEP_WORDS];
	unsigned int words;
	const struct iq_named_field *fields;
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
	/*
	 * Entry number @n, from 0, on the way from the requester's @entry to @pasid. IQ_OK; IQ_NOT_FOUND behind the last, also if
	 * one in front is not present; IQ_UNREACHABLE with @step's name and address.
	 */
	enum iq_status (*pasid_step)(struct iq_memory *memory, const struct iq_entry *entry, uint32_t pasid, unsigned int n,
				     struct iq_pasid_step *step);
};

/* The words of @family, NULL if there are none. */
const struct iq_words *iq_words_of(const struct iq_family *family);

/* Fields of @entry in a table of @form at @level, as a page or a table. NULL with a count of 0 if there are no words. */
const struct iq_named_field *iq_form_fields(const struct iq_radix_form *form, unsigned int level, uint64_t entry,
					    unsigned int *count);

extern const struct iq_words iq_amdvi_words;
extern const struct iq_words iq_vtd_words;

#endif
