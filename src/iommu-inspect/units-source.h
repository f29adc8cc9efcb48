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

/* The options about units. */
struct units_options {
	enum units_from from; /* UNITS_ANY: from the record, else from the symbols */
	const char *vmlinux;  /* NULL: BTF in the dump */
	const char *hand[UNITS_BY_HAND];
	unsigned int hands;
};

/* Something that the record and the kernel's symbols disagree about. */
struct units_difference {
	unsigned int unit; /* its index, the record's if it is there */
	const char *what;  /* "registers at", "segment", a register */
	bool in_record, in_symbols;
	uint64_t record, symbols;
};

/*
 * Fill in inspect->evidence and inspect->past. False if no units are known; the user was told. @only_record: units are taken
 * from the record or not at all.
 */
bool units_open(struct inspect *inspect, const struct units_options *options, bool only_record);
/*
 * Compare the record with the kernel's symbols. Returns the number of differences, which go to *@difference (freed by the
 * caller); -1 if there is no record or no symbols to compare.
 */
int units_compare(struct inspect *inspect, const struct units_options *options, struct units_difference **difference);
/* As notes_find() in the dump's own notes; where QEMU took the dump, also in those that an elfcorehdr in memory leads to. */
enum notes_answer units_note(struct inspect *inspect, const char *name, uint32_t type, void **bytes, size_t *size,
			     struct kq_reason *reason);
/*
 * Find the units once more, through @memory, which remembers the pages that are read: with these pages in it, a snapshot leads
 * to the same units.
 */
void units_remember(struct inspect *inspect, struct iq_memory *memory);
/* "the record", "the kernel's symbols (BTF)", "the command line" */
const char *units_source_text(const struct inspect *inspect);
/* "record", "symbols", "unit" */
const char *units_source_name(enum units_from from);

#endif
