/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The record of a dump taken apart: units with their registers, and what the plugin changed, so that the tables can be
 * read as they were at the crash.
 */
#ifndef EVIDENCE_H
#define EVIDENCE_H

#include "base/message.h"
#include "reader.h"

struct evidence_range {
	uint64_t first, last; /* inclusive */
};

/* IOVAs that were unmapped and that no flush has reached yet, @see unflushed.h. In order, and apart. */
struct evidence_unflushed {
	uint32_t count;
	struct evidence_range range[];
};

/* What the crashed kernel's driver kept about a unit besides its tables. All zeros: nothing that is known. */
struct evidence_driver {
	bool shadow;	    /* a hypervisor makes tables of its own from those in the dump, and these are used */
	bool counts;	    /* it counted what it had mapped: */
	uint64_t mapped;    /* bytes */
	bool knows_flushes; /* it kept account of what is to be flushed: */
	struct evidence_unflushed *unflushed; /* NULL: nothing was */
};

/* A unit of the record. */
struct evidence_unit {
	struct iq_unit unit; /* unit.family is NULL for a family that this build does not know */
	uint16_t family_id;
	const struct iq_reader *reader; /* of unit.family; set by evidence_add() */
	bool has_after;
	bool known[IQ_UNIT_REGISTERS]; /* which of unit.value[] were in the record */
	bool known_after[IQ_UNIT_REGISTERS];
	uint64_t after[IQ_UNIT_REGISTERS];
	struct evidence_driver driver;
	unsigned int
		shares; /* index in evidence->unit[] of the first that has the same tables; its own if none before */
};

/* A change of one source id's entry; @unit as in evidence_unit.shares. */
struct evidence_change {
	unsigned int unit;
	unsigned int order; /* in the record */
	struct iq_change change;
};

/* Words of one page of memory that the plugin changed. */
struct evidence_patch {
	uint64_t page;
	uint16_t first, last; /* words */
	bool whole;	      /* @bits is the old word; else bits of it that were cleared */
	uint64_t bits;
};

struct evidence {
	void *bytes; /* the record; NULL: there is none */
	struct iq_record_view view;
	bool whole; /* sealed, and its checksum is right */
	struct evidence_unit *unit;
	unsigned int units;
	struct evidence_change *change; /* of entries, sorted by unit and source id */
	unsigned int changes;
	struct evidence_patch *patch; /* sorted by page */
	unsigned int patches;
	struct iq_functions *functions; /* which source ids are those of PCI functions, where they are no requester ids */
	unsigned int ranges;
};

/*
 * Take the record in the @size bytes at @bytes apart; they belong to @evidence then. False with @reason if it is no
 * record that can be read. A wrong checksum is not: evidence_warning() says so.
 */
bool evidence_open(struct evidence *evidence, void *bytes, size_t size, struct kq_reason *reason);
void evidence_close(struct evidence *evidence);
/*
 * Add a copy of @unit, of the entries that it was given, which are put in order; two of one id are refused; and of its unflushed IOVAs.
 * Its index need not be one of its own.
 */
bool evidence_add(struct evidence *evidence, const struct evidence_unit *unit, struct kq_reason *reason);
/* Add a range of source ids that are those of PCI functions; range->unit is the index of a unit. */
bool evidence_add_functions(struct evidence *evidence, const struct iq_functions *range, struct kq_reason *reason);
/*
 * The number of the unit of @evidence that @unit is, evidence->units if there is none. Units are told apart by the place of
 * their registers; where one of the two has none that is known, by segment and tables; where the family has no tables of a
 * unit, by segment and by the unit's own function.
 */
unsigned int evidence_same(const struct evidence *evidence, const struct evidence_unit *unit);
/*
 * What tells @unit from others, as a word or two in front of the number that *@place becomes: where its registers are, or where
 * these are not known or not there, its segment.
 */
const char *evidence_place(const struct iq_unit *unit, uint64_t *place);
/*
 * Take the units of @other in place of those of the record, whose changes stay: a unit in both keeps the record's index,
 * one that is only in the record is marked as absent.
 */
bool evidence_replace(struct evidence *evidence, const struct evidence *other, struct kq_reason *reason);
/* Why the record may be wrong, in words; NULL if nothing speaks for that. */
const char *evidence_warning(const struct evidence *evidence);
/* Is source id @id of @unit that of a PCI function? Then @function becomes it. */
bool evidence_function(const struct evidence *evidence, const struct iq_unit *unit, iq_source_id id,
		       struct iq_function *function);
/* The other way round: which source id of @unit is @function's? */
bool evidence_source_id(const struct evidence *evidence, const struct iq_unit *unit, const struct iq_function *function,
			iq_source_id *id);
/*
 * Source id @id of @unit as people read and write it: dddd:bb:dd.f of its PCI function, else UNIT:0xID. Eight results can be
 * in use at a time.
 */
const char *evidence_name(const struct evidence *evidence, const struct iq_unit *unit, iq_source_id id);
/* What the plugin changed in the entry of source id @id of unit number @unit, NULL if nothing. */
const struct iq_change *evidence_find(const struct evidence *evidence, unsigned int unit, iq_source_id id);
/*
 * The entry of source id @id of unit number @unit as it was at the crash; @past is memory as it was then. What was changed in it
 * goes to *@change, NULL if nothing. *@partial: the entry itself cannot be read and is known by the words of the change only.
 */
enum iq_status evidence_entry(const struct evidence *evidence, struct iq_memory *past, unsigned int unit,
			      iq_source_id id, struct iq_entry *entry, const struct iq_change **change,
			      bool *partial);
/* What the record's policy wanted done to source id @id of @unit: enum iq_mode, block where no rule is about it. */
unsigned int evidence_policy(const struct evidence *evidence, const struct iq_unit *unit, iq_source_id id);
/* The same for a PCI function, whatever unit its DMA goes through. */
unsigned int evidence_function_policy(const struct evidence *evidence, const struct iq_function *function);
/*
 * Nanoseconds from the ticks @from to the ticks @to, both since the plugin's entry. False if the record's clock makes no sense
 * of them. To be used for what a stage took, since it may be less than a microsecond.
 */
bool evidence_ns(const struct evidence *evidence, uint64_t from, uint64_t to, uint64_t *ns);
/* Microseconds from the plugin's entry to @ticks. False if the record's clock makes no sense of it. */
bool evidence_us(const struct evidence *evidence, uint64_t ticks, uint64_t *us);

#endif
