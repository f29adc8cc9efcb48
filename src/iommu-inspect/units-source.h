/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the units come from: the record, the symbols of the crashed kernel, or the command line; and whether the first
 * two agree.
 */
#ifndef UNITS_SOURCE_H
#define UNITS_SOURCE_H

#include "inspect.h"
#include "dump/notes.h"

#define UNITS_BY_HAND 16u

/* What the command line says about it. */
struct units_options {
	enum units_from from; /* UNITS_ANY: the best that there is */
	const char *vmlinux;  /* NULL: BTF in the dump */
	const char *hand[UNITS_BY_HAND];
	unsigned int hands;
};

/* Something that the record and the kernel's symbols disagree about. */
struct units_difference {
	unsigned int unit; /* its index, the record's if it is there */
	const char *what;  /* "registers at", "segment", a register; */
	bool in_record, in_symbols;
	uint64_t record, symbols;
};

/*
 * Fill in inspect->evidence and inspect->past. False, said on stderr, if nothing is known of the units. @only_record:
 * nothing else will do.
 */
bool units_open(struct inspect *inspect, const struct units_options *options, bool only_record);
/*
 * Hold the record against the kernel's symbols. The number of differences found, in *@difference, which is freed by the
 * caller; -1 if there is no record or no symbols to compare.
 */
int units_compare(struct inspect *inspect, const struct units_options *options, struct units_difference **difference);
/* As notes_find(), of the dump or, where QEMU took it, of its memory. */
enum notes_answer units_note(struct inspect *inspect, const char *name, uint32_t type, void **bytes, size_t *size,
			     struct kq_reason *reason);
/* Read all that the units were found by once more, through @memory: a snapshot of what it saw knows them too. */
void units_remember(struct inspect *inspect, struct iq_memory *memory);
/* "the record", "the kernel's symbols (BTF)", "the command line" */
const char *units_source_text(const struct inspect *inspect);
/* "record", "symbols", "unit" */
const char *units_source_name(enum units_from from);

#endif
