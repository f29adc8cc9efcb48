/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fault as messages tell it: who, where, why, how often. Faults that differ in address only are one.
 */
#ifndef EXPLAIN_FAULT_H
#define EXPLAIN_FAULT_H

#include "facts.h"

#define EXPLAIN_ADDRESSES 8u  /* that are kept of one fault */
#define EXPLAIN_VALUES	  12u  /* fields of a message that have no place of their own */
#define EXPLAIN_WORDS	  8u
#define EXPLAIN_WORD	  64u /* bytes of a word */
#define EXPLAIN_TIME	  40u
#define EXPLAIN_SAMPLE	  240u

enum explain_access {
	EXPLAIN_UNSAID,
	EXPLAIN_READ,
	EXPLAIN_WRITE,
};

/* A field of a message: a number, or a word if @text is not empty. */
struct explain_value {
	const char *name;
	uint64_t number;
	char text[EXPLAIN_WORD];
};

struct explain_fault {
	const struct explain_source *source;
	uint32_t code;
	bool has_code, has_device, has_pasid;
	uint32_t segment; /* of the device; VMDs have segments beyond 0xffff */
	uint16_t requester;
	uint32_t pasid;
	char place[EXPLAIN_WORD]; /* the unit or partition that the message names; "": none */
	enum explain_access access;
	uint64_t address[EXPLAIN_ADDRESSES]; /* different ones, in the order that they came */
	unsigned int addresses;
	bool more_addresses; /* than these; all lie in @lowest to @highest */
	uint64_t lowest, highest;
	struct explain_value value[EXPLAIN_VALUES]; /* of the first message */
	unsigned int values;
	uint64_t raw[EXPLAIN_WORDS]; /* of the first message */
	unsigned int words;
	const struct iq_named_field *fields; /* of @raw, decoded; NULL: not known */
	unsigned int field_count;
	char note[160]; /* more in words, from settle(); "" */
	uint64_t count;
	char first_time[EXPLAIN_TIME], last_time[EXPLAIN_TIME]; /* as the log writes them, "" */
	char sample[EXPLAIN_SAMPLE];				 /* the first message, as shown.h shows it */
};

/* The number of the field called @name; 0 if the message has none. */
uint64_t explain_number(const struct explain_fault *fault, const char *name);
/* Its word, "" if the message has none. */
const char *explain_word(const struct explain_fault *fault, const char *name);
/* Add an address that the fault is about. */
void explain_add_address(struct explain_fault *fault, uint64_t address);
/* The raw words as they lie in memory, little-endian; zeros behind the last. */
void explain_bytes(const struct explain_fault *fault, uint8_t bytes[8 * EXPLAIN_WORDS]);
/*
 * Decode the raw words of @fault by its source's reader: code, device unless a message named it, access, fields. False if there is no
 * reader or the words are no event.
 */
bool explain_decode(struct explain_fault *fault);

/* All faults that are different, in the order in which they came. */
struct explain_faults {
	struct explain_fault *fault;
	size_t count, room;
	size_t *bucket; /* of the hash table: index + 1, 0: free */
	size_t buckets;
	uint64_t left_out; /* messages about more faults than the budget allows */
	bool failed;	   /* out of memory */
};

/* Count @fault in, @fault->count times. */
void explain_faults_add(struct explain_faults *faults, const struct explain_fault *fault);
void explain_faults_free(struct explain_faults *faults);

#endif
