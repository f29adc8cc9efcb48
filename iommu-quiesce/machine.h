/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machines that a plugin is built for, by their ELF numbers, and how each of them speaks of its exceptions. The numbers
 * stand in the handover and in the record; the words are for those who read a record, and no part of the plugin.
 */
#ifndef IQ_MACHINE_H
#define IQ_MACHINE_H

#include "bits.h"

/* e_machine: ELF-64 Object File Format, System V ABI, chapter 4. */
#define IQ_MACHINE_PPC64   21u
#define IQ_MACHINE_X86_64  62u
#define IQ_MACHINE_AARCH64 183u

struct iq_trap_words {
	const char *cause;    /* the exception's name; NULL: it has none that is known here */
	const char *syndrome; /* what the machine calls its syndrome */
};

/* The words of @machine for an exception of @cause (struct iq_trap). */
void iq_trap_words(struct iq_trap_words *words, unsigned int machine, uint32_t cause);

#endif
