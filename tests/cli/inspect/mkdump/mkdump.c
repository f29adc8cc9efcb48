/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mkdump < SCRIPT > DUMP. The script has one statement a line; # starts a comment. Numbers are written as in C. @NAME is the address of
 * a table, &SYMBOL and ^SYMBOL are the physical and the virtual address of a kernel's symbol, and | joins numbers.
 *
 *   format elf|kdump|flat-elf|flat-kdump     pack raw|zlib|lzo|snappy|zstd
 *   machine NUMBER NAME little|big           (EM_*, uname; x86_64 if there is none)
 *   host NAME TIME                           (of a kdump-compressed file)
 *   split START LENGTH                       ram START LENGTH
 *   exclude START LENGTH                     tables ADDRESS
 *   word ADDRESS VALUE [COUNT [STEP]]
 *   dte TABLE FIRST LAST WORD0 WORD1 [WORD2 [WORD3]]
 *   table NAME FORM LEVELS                   (FORM: amd-v1, x86-64, vtd-second, ... of whatever families there are)
 *   map NAME IOVA PHYSICAL SIZE FLAGS [PAGE-SHIFT]
 *   scatter NAME IOVA COUNT PAGE-SHIFT...    (COUNT pages at random addresses; their sizes are taken in turn)
 *   record TICK-KHZ ENTERED                  unit UNIT FAMILY SEGMENT REQUESTER STATUS BASE [OFFSET=VALUE]...
 *   after UNIT FAMILY SEGMENT REQUESTER STATUS BASE [OFFSET=VALUE]...
 *   stage UNIT STAGE STATUS START END [examined|changed|...=VALUE]...
 *   changes UNIT                             change FIRST LAST MODE KIND OLD0 OLD1
 *   events UNIT LOST, refused UNIT LOST      event WORD0 WORD1
 *   trap UNIT STAGE CAUSE SYNDROME ADDRESS OFFSET  rule SEGMENT FIRST LAST MODE REASON
 *   device SEGMENT ID COMMAND EXPRESS FLAGS STATUS TOOK  port SEGMENT ID SECONDARY SUBORDINATE DPC BEFORE AFTER
 *   section TYPE                             seal LEFT NMIS
 *   kernel FILE ENCODING PHYS-BASE LEVELS [KERNELOFFSET]      (@see kernel_add())
 *   vmcoreinfo KEY VALUE                     (replaces the kernel's line; -: removes it)
 *   elfcorehdr ADDRESS                       (the notes are in memory there; the dump has only QEMU's note)
 *   late ADDRESS VALUE                       (a word that is written after everything else)
 *   note NAME TYPE                           poke OFFSET BYTE (of the sealed record)
 *   cut BYTES                                set OFFSET BYTE, put OFFSET VALUE BYTES (of the file)
 *   hole END                                 (the file goes on with a hole up to END; standard output is a file)
 *   add-notes COUNT OFFSET SIZE              (more program headers of notes, all of one place in the file)
 */
#include "script.h"
#include "reader.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct mkdump mkdump = { .memory = { .machine = EM_X86_64, .uname = "x86_64", .host = "" },
			 .format = "elf", .note_name = IQ_NOTE_NAME, .note_type = IQ_NOTE_TYPE };

void die(const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "mkdump: line %u: ", mkdump.line);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	exit(2);
}

static unsigned int table_named(const char *name, size_t length)
{
	for (unsigned int i = 0; i < mkdump.tables; i++)
		if (strlen(mkdump.table[i].name) == length && !memcmp(mkdump.table[i].name, name, length))
			return i;
	die("no table called %.*s", (int)length, name);
}

uint64_t number(const char *text)
{
	uint64_t value = 0;

	for (;;) {
		size_t length = strcspn(text, "|");
		char *end;

		if (*text == '@') {
			value |= mkdump.table[table_named(text + 1, length - 1)].address;
		} else if (*text == '&' || *text == '^') {
			char name[64];

			snprintf(name, sizeof(name), "%.*s", (int)length - 1, text + 1);
			value |= kernel_symbol(name, *text == '^');
		} else {
			errno = 0;
			value |= strtoull(text, &end, 0);
			if (errno || end != text + length || !length)
				die("not a number: %s", text);
		}
		if (!text[length])
			return value;
		text += length + 1;
	}
}

/* The paging form of that name, of any family. */
static const struct iq_radix_form *form_named(const char *name)
{
	for (unsigned int id = 0; id <= UINT8_MAX; id++) {
		const struct iq_family *family = iq_family_by_id(id);
		const struct iq_reader *reader = family ? iq_reader_of(family) : NULL;

		for (size_t i = 0; reader && reader->forms[i]; i++)
			if (!strcmp(reader->forms[i]->form->name, name))
				return reader->forms[i]->form;
	}
	die("no paging form %s", name);
}

static void add_range(struct range *range, unsigned int *count, char **word)
{
	if (*count == RANGES)
		die("too many ranges");
	range[(*count)++] = (struct range){ number(word[1]), number(word[2]) };
}

static void do_format(char **word)
{
	mkdump.format = strdup(word[1]);
}

static void do_machine(char **word)
{
	mkdump.memory.machine = (uint16_t)number(word[1]);
	mkdump.memory.uname = strdup(word[2]);
	mkdump.memory.big = !strcmp(word[3], "big");
}

static void do_host(char **word)
{
	mkdump.memory.host = strdup(word[1]);
	mkdump.memory.time = number(word[2]);
}

static void do_pack(char **word)
{
	mkdump.packing = packing_named(word[1]);
	if (!mkdump.packing)
		die("no compressor %s", word[1]);
}

static void do_split(char **word)
{
	mkdump.split = (struct range){ number(word[1]), number(word[2]) };
}

static void do_ram(char **word)
{
	add_range(mkdump.memory.ram, &mkdump.memory.rams, word);
}

static void do_exclude(char **word)
{
	add_range(mkdump.memory.excluded, &mkdump.memory.exclusions, word);
}

static void do_tables(char **word)
{
	mkdump.memory.tables = number(word[1]);
}

static void do_word(char **word)
{
	const uint64_t count = word[3] ? number(word[3]) : 1, step = word[3] && word[4] ? number(word[4]) : 0;

	for (uint64_t i = 0; i < count; i++)
		memory_set64(&mkdump.memory, number(word[1]) + 8 * i, number(word[2]) + i * step);
}

/* The same AMD device table entry for a range of requesters. */
static void do_dte(char **word)
{
	const uint64_t table = number(word[1]), last = number(word[3]);

	for (uint64_t requester = number(word[2]); requester <= last; requester++)
		for (unsigned int i = 0; i < 4 && word[4 + i]; i++)
			memory_set64(&mkdump.memory, table + 32 * requester + 8 * i, number(word[4 + i]));
}

static void do_table(char **word)
{
	if (mkdump.tables == IQ_ARRAY_SIZE(mkdump.table))
		die("too many tables");
	snprintf(mkdump.table[mkdump.tables].name, sizeof(mkdump.table[0].name), "%s", word[1]);
	mkdump.table[mkdump.tables].form = form_named(word[2]);
	mkdump.table[mkdump.tables].levels = (unsigned int)number(word[3]);
	mkdump.table[mkdump.tables++].address = table_take(&mkdump.memory);
}

static void do_map(char **word)
{
	const unsigned int table = table_named(word[1], strlen(word[1]));
	const unsigned int shift = word[6] ? (unsigned int)number(word[6]) : 12;

	table_map(&mkdump.memory, mkdump.table[table].form, mkdump.table[table].address, mkdump.table[table].levels,
		  number(word[2]), number(word[3]), number(word[4]), shift, strchr(word[5], 'r'), strchr(word[5], 'w'));
}

/* Like a machine that has run for a long time: neighbouring pages rarely lead to consecutive memory. */
static void do_scatter(char **word)
{
	const unsigned int table = table_named(word[1], strlen(word[1]));
	const uint64_t count = number(word[3]);
	uint64_t iova = number(word[2]), seed = 88172645463325252u;
	unsigned int sizes = 0;

	while (word[4 + sizes])
		sizes++;
	for (uint64_t i = 0; i < count; i++) {
		const unsigned int shift = (unsigned int)number(word[4 + i % sizes]);
		const uint64_t size = UINT64_C(1) << shift;

		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		iova = iq_round_up(iova, size);
		table_map(&mkdump.memory, mkdump.table[table].form, mkdump.table[table].address,
			  mkdump.table[table].levels, iova, seed % (UINT64_C(1) << 40) & ~(size - 1), size, shift, true,
			  true);
		iova += size;
	}
}

static void do_kernel(char **word)
{
	mkdump.vmcoreinfo = kernel_add(&mkdump.memory, word[1], word[2], number(word[3]), (unsigned int)number(word[4]),
				       word[5] ? number(word[5]) : 0);
}

static void do_late(char **word)
{
	if (mkdump.lates == EDITS)
		die("too many late words");
	mkdump.late[mkdump.lates++] = (struct range){ number(word[1]), number(word[2]) };
}

static const struct {
	const char *name;
	unsigned int words; /* minimum length, without the name */
	void (*run)(char **word);
} statements[] = {
	{ "format", 1, do_format },
	{ "machine", 3, do_machine },
	{ "host", 2, do_host },
	{ "pack", 1, do_pack },
	{ "split", 2, do_split },
	{ "ram", 2, do_ram },
	{ "exclude", 2, do_exclude },
	{ "tables", 1, do_tables },
	{ "word", 2, do_word },
	{ "dte", 5, do_dte },
	{ "table", 3, do_table },
	{ "map", 5, do_map },
	{ "scatter", 4, do_scatter },
	{ "record", 2, do_record },
	{ "unit", 6, do_unit },
	{ "after", 6, do_after },
	{ "stage", 5, do_stage },
	{ "changes", 1, do_changes },
	{ "change", 6, do_change },
	{ "events", 2, do_events },
	{ "refused", 2, do_refused },
	{ "event", 2, do_event },
	{ "trap", 6, do_trap },
	{ "rule", 5, do_rule },
	{ "device", 7, do_device },
	{ "port", 7, do_port },
	{ "section", 1, do_section },
	{ "seal", 2, do_seal },
	{ "elfcorehdr", 1, do_elfcorehdr },
	{ "late", 2, do_late },
	{ "kernel", 4, do_kernel },
	{ "vmcoreinfo", 2, do_vmcoreinfo },
	{ "note", 2, do_note },
	{ "poke", 2, do_poke },
	{ "cut", 1, do_cut },
	{ "set", 2, do_set },
	{ "put", 3, do_put },
	{ "hole", 1, do_hole },
	{ "add-notes", 3, do_add_notes },
};

static void statement(char *line)
{
	char *word[WORDS] = { NULL }, *state;
	unsigned int words = 0;

	line[strcspn(line, "#\n")] = '\0';
	for (char *at = strtok_r(line, " \t", &state); at; at = strtok_r(NULL, " \t", &state)) {
		if (words == WORDS - 1)
			die("too many words");
		word[words++] = at;
	}
	if (!words)
		return;
	for (size_t i = 0; i < IQ_ARRAY_SIZE(statements); i++) {
		if (strcmp(statements[i].name, word[0]))
			continue;
		if (words - 1 < statements[i].words)
			die("%s wants %u words", word[0], statements[i].words);
		statements[i].run(word);
		return;
	}
	die("no statement %s", word[0]);
}

static uint8_t *make_file(const uint8_t *notes, size_t size, size_t *length)
{
	const bool flat = !strncmp(mkdump.format, "flat-", 5);
	const char *format = mkdump.format + (flat ? 5 : 0);
	uint8_t *plain, *flattened;

	if (!strcmp(format, "elf"))
		plain = dump_elf(&mkdump.memory, notes, size, length);
	else if (!strcmp(format, "kdump"))
		plain = dump_kdump(&mkdump.memory, mkdump.packing, &mkdump.split, notes, size, length);
	else
		die("no format %s", format);
	if (!flat)
		return plain;
	flattened = dump_flatten(plain, *length, length);
	free(plain);
	return flattened;
}

int main(void)
{
	static uint8_t notes[CAPACITY + 8192];
	uint8_t *file;
	size_t length, size;
	char line[1024];

	mkdump.packing = packing_named("raw");
	while (fgets(line, sizeof(line), stdin)) {
		mkdump.line++;
		statement(line);
	}
	size = make_notes(notes);
	if (mkdump.elfcorehdr)
		size = make_elfcorehdr(notes, size);
	for (unsigned int i = 0; i < mkdump.lates; i++)
		memory_set64(&mkdump.memory, mkdump.late[i].start, mkdump.late[i].length);
	file = make_file(notes, size, &length);
	file = edit_file(file, &length);
	if (fwrite(file, length, 1, stdout) != 1 || fflush(stdout) ||
	    (mkdump.hole && ftruncate(STDOUT_FILENO, (off_t)mkdump.hole)))
		die("cannot write");
	free(file);
	return 0;
}
