/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a script said so far, for the files that have its statements. @see mkdump.c for the language.
 */
#ifndef SCRIPT_H
#define SCRIPT_H

#include "mkdump.h"

#define WORDS	 40
#define EDITS	 32
#define CAPACITY IQ_RECORD_MAX

/* @bytes bytes of a file or of the record are overwritten with a number. */
struct edit {
	uint64_t offset, value;
	unsigned int bytes;
};

/* Program headers of notes that are added to an ELF file: @count of them, all of the same place. */
struct added_notes {
	uint64_t count, offset, size;
};

struct mkdump {
	struct memory memory;
	const char *format;
	const struct packing *packing;
	struct range split; /* the addresses in this file of a split set; length 0: not split */
	struct {
		char name[32];
		uint64_t address;
		const struct iq_radix_form *form;
		unsigned int levels;
	} table[32];
	unsigned int tables;
	struct iq_record record;
	uint8_t bytes[CAPACITY] __attribute__((aligned(8)));
	bool has_record;
	char *vmcoreinfo;	  /* NULL: none */
	uint64_t elfcorehdr;	  /* 0: the notes are in the dump */
	struct range late[EDITS]; /* start: the address, length: the value */
	unsigned int lates;
	char note_name[16];
	uint32_t note_type;
	struct edit poke[EDITS], set[EDITS];
	unsigned int pokes, sets;
	struct added_notes added_notes;
	uint64_t cut;  /* 0: the file is not cut off */
	uint64_t hole; /* the file ends here, behind a hole; 0: there is none */
	unsigned int line;
};

extern struct mkdump mkdump;

/* The number that @text is, in the words of the language. */
uint64_t number(const char *text);

/* Statements, each called with its words. Of the record: */
void do_record(char **word);
void do_unit(char **word);
void do_after(char **word);
void do_stage(char **word);
void do_changes(char **word);
void do_change(char **word);
void do_events(char **word);
void do_refused(char **word);
void do_event(char **word);
void do_trap(char **word);
void do_rule(char **word);
void do_device(char **word);
void do_port(char **word);
void do_section(char **word);
void do_seal(char **word);
/* Of notes: */
void do_note(char **word);
void do_vmcoreinfo(char **word);
void do_elfcorehdr(char **word);
void do_poke(char **word);
/* Of the finished file: */
void do_set(char **word);
void do_put(char **word);
void do_cut(char **word);
void do_hole(char **word);
void do_add_notes(char **word);

/* Keep an edit of @bytes bytes, which @word says. */
void add_edit(struct edit *edit, unsigned int *count, char **word, unsigned int bytes);
/* Write the notes to @notes, in the kernel's order: a CPU's registers, vmcoreinfo, the record. Returns how many bytes they are. */
size_t make_notes(uint8_t *notes);
/*
 * Put the @size bytes of notes at @notes, and the ELF core header that a loader makes of them, into memory; the dump has only
 * QEMU's note then, which replaces them. Returns how many bytes it has.
 */
size_t make_elfcorehdr(uint8_t *notes, size_t size);
/* Change the finished @file of *@length bytes, which is freed or returned, as the script says. */
uint8_t *edit_file(uint8_t *file, size_t *length);

#endif
