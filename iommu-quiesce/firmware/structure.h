/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The structures of which firmware tables are made: a type, a length, fields. One walk over them for IVRS, DMAR, MCFG
 * and IORT, in which no length is believed. Used by the plan, at the crash and before it, and by whoever prints
 * tables.
 */
#ifndef IQ_STRUCTURE_H
#define IQ_STRUCTURE_H

#include "bits.h"

/* What is wrong with a structure. All but the first two end the walk: the next one cannot be found. */
enum iq_flaw {
	IQ_FLAW_NONE,
	IQ_FLAW_SHORT,	   /* shorter than the fixed part of its type; fields beyond its end read as zero */
	IQ_FLAW_CUT_OFF,   /* what is left is less than a structure's header */
	IQ_FLAW_NO_LENGTH, /* its length is less than its own header */
	IQ_FLAW_RUNS_OUT,  /* longer than what holds it */
};

struct iq_structure {
	const uint8_t *bytes;
	uint32_t offset;  /* from the start of the table */
	uint32_t length;  /* bytes that are there; with a flaw that ends the walk, all that is left */
	uint32_t claimed; /* its length as it says itself */
	uint32_t fixed;	  /* the length of the fixed part of its type, 0 where the type is not known */
	uint16_t type;
	enum iq_flaw flaw;
};

/* How the structures of one kind say what they are. */
struct iq_structures {
	uint32_t header; /* bytes before measure() may look */
	/* Fill in type, claimed and fixed from @structure's bytes, of which there are @structure->length. */
	void (*measure)(struct iq_structure *structure);
};

struct iq_walk {
	const struct iq_structures *kind;
	const uint8_t *table;
	uint32_t at, end; /* offsets from the start of the table */
	uint32_t left;	  /* structures to come, where the table counts them */
};

/* Start a walk over the structures in [@at, @end) of @table; none where @at is beyond @end. */
void iq_walk_start(struct iq_walk *walk, const struct iq_structures *kind, const uint8_t *table, uint32_t at,
		   uint32_t end);
/* The next structure, sound or not. False at the end. */
bool iq_walk_next(struct iq_walk *walk, struct iq_structure *structure);

/* The little-endian field of @size bytes (1..8) at @offset; bytes that the structure does not have are zero. */
uint64_t iq_structure_field(const struct iq_structure *structure, uint32_t offset, uint32_t size);

static inline uint8_t iq_structure_8(const struct iq_structure *structure, uint32_t offset)
{
	return (uint8_t)iq_structure_field(structure, offset, 1);
}

static inline uint16_t iq_structure_16(const struct iq_structure *structure, uint32_t offset)
{
	return (uint16_t)iq_structure_field(structure, offset, 2);
}

static inline uint32_t iq_structure_32(const struct iq_structure *structure, uint32_t offset)
{
	return (uint32_t)iq_structure_field(structure, offset, 4);
}

static inline uint64_t iq_structure_64(const struct iq_structure *structure, uint32_t offset)
{
	return iq_structure_field(structure, offset, 8);
}

#endif
