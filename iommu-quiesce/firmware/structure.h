/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Firmware tables are made of structures: a type, a length, fields. IVRS, DMAR, MCFG and IORT share this one walk over
 * structures, which checks every length. Used by the plan, at the crash and before it, and by `kdump-quiesce tables`.
 */
#ifndef IQ_STRUCTURE_H
#define IQ_STRUCTURE_H

#include "bits.h"

/* What is wrong with a structure. The flaws from IQ_FLAW_CUT_OFF on end the walk: the next structure cannot be found. */
enum iq_flaw {
	IQ_FLAW_NONE,
	IQ_FLAW_SHORT,	   /* shorter than the fixed part of its type; fields beyond its end read as zero */
	IQ_FLAW_CUT_OFF,   /* fewer bytes are left than a header has */
	IQ_FLAW_NO_LENGTH, /* its length is less than its own header */
	IQ_FLAW_RUNS_OUT,  /* longer than the table or structure that contains it */
};

struct iq_structure {
	const uint8_t *bytes;
	uint32_t offset;  /* from the start of the table */
	uint32_t length;  /* bytes that can be read; with a flaw that ends the walk, all bytes that are left */
	uint32_t claimed; /* the value of its length field */
	uint32_t fixed;	  /* length of the fixed part of its type; 0 if the type is unknown */
	uint16_t type;
	enum iq_flaw flaw;
};

/* One kind of structure: where its type and its length are. */
struct iq_structures {
	uint32_t header; /* bytes that measure() needs at least */
	/* Fill in type, claimed and fixed from the @structure->length bytes at @structure->bytes. */
	void (*measure)(struct iq_structure *structure);
};

struct iq_walk {
	const struct iq_structures *kind;
	const uint8_t *table;
	uint32_t at, end; /* offsets from the start of the table */
	uint32_t left;	  /* structures to come, if the table counts them */
};

/* Start a walk over the structures in [@at, @end) of @table; there are none if @at is beyond @end. */
void iq_walk_start(struct iq_walk *walk, const struct iq_structures *kind, const uint8_t *table, uint32_t at,
		   uint32_t end);
/* Get the next structure, sound or flawed. False at the end. */
bool iq_walk_next(struct iq_walk *walk, struct iq_structure *structure);

/* The little-endian field of @size bytes (1..8) at @offset; bytes beyond the structure's end read as zero. */
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
