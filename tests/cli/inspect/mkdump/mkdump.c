/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mkdump < SCRIPT > DUMP. The script has one statement a line; # starts a comment. Numbers are written as in C. @NAME is the address of
 * a table, &SYMBOL and ^SYMBOL are the physical and the virtual address of a kernel's symbol, and | joins numbers.
 *
 *   format elf|kdump|flat-elf|flat-kdump     pack raw|zlib|lzo|snappy|zstd
 *   machine NUMBER NAME little|big           (EM_*, uname; x86_64 if there is none)
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
 *   cut BYTES                                set OFFSET BYTE (of the file)
 */
#include "mkdump.h"
#include "reader.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS	 40
#define EDITS	 32
#define CAPACITY IQ_RECORD_MAX
#define NO_NOTE	 0u

struct edit {
	uint64_t offset;
	uint8_t byte;
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
	uint64_t cut; /* 0: the file is not cut off */
	unsigned int line;
};

static struct mkdump mkdump = { .memory = { .machine = EM_X86_64, .uname = "x86_64" },
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

static uint64_t number(const char *text)
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

static unsigned int unit_number(const char *text)
{
	return strcmp(text, "-") ? (unsigned int)number(text) : IQ_NO_UNIT;
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

static void do_record(char **word)
{
	mkdump.has_record = true;
	if (iq_record_start(&mkdump.record, mkdump.bytes, CAPACITY, IQ_MACHINE_X86_64, (uint32_t)number(word[1]), number(word[2])) !=
	    IQ_OK)
		die("record cannot be started");
}

static void unit_section(enum iq_section_type type, char **word)
{
	struct iq_record_unit head = {
		.family = (uint16_t)number(word[2]),
		.segment = (uint16_t)number(word[3]),
		.requester = (uint16_t)number(word[4]),
		.status = (uint16_t)number(word[5]),
		.base = number(word[6]),
	};
	uint64_t value[WORDS];
	uint32_t offset[WORDS];

	for (char **pair = word + 7; *pair; pair++) {
		char *equals = strchr(*pair, '=');

		if (!equals)
			die("%s is not OFFSET=VALUE", *pair);
		*equals = '\0';
		offset[head.registers] = (uint32_t)number(*pair);
		value[head.registers++] = number(equals + 1);
	}
	iq_record_section(&mkdump.record, type, unit_number(word[1]));
	iq_record_add(&mkdump.record, &head, sizeof(head));
	iq_record_add(&mkdump.record, value, head.registers * (uint32_t)sizeof(value[0]));
	iq_record_add(&mkdump.record, offset, head.registers * (uint32_t)sizeof(offset[0]));
}

static void do_unit(char **word)
{
	unit_section(IQ_SECTION_UNIT, word);
}

static void do_after(char **word)
{
	unit_section(IQ_SECTION_AFTER, word);
}

static void do_stage(char **word)
{
	struct iq_record_stage stage = {
		.stage = (uint16_t)number(word[2]),
		.status = (uint16_t)number(word[3]),
		.start = number(word[4]),
		.end = number(word[5]),
	};
	const struct {
		const char *name;
		uint32_t *value;
	} known[] = {
		{ "examined", &stage.examined }, { "changed", &stage.changed },	  { "preserved", &stage.preserved },
		{ "open", &stage.open },	 { "commands", &stage.commands }, { "retries", &stage.retries },
		{ "refused", &stage.refused },	 { "scope", &stage.scope },	  { "stricter", &stage.stricter },
	};

	for (char **pair = word + 6; *pair; pair++) {
		char *equals = strchr(*pair, '=');
		bool found = false;

		if (!equals)
			die("%s is not NAME=VALUE", *pair);
		*equals = '\0';
		if (!strcmp(*pair, "address")) {
			stage.address = number(equals + 1);
			continue;
		}
		for (size_t i = 0; i < IQ_ARRAY_SIZE(known) && !found; i++) {
			found = !strcmp(known[i].name, *pair);
			if (found)
				*known[i].value = (uint32_t)number(equals + 1);
		}
		if (!found)
			die("a stage has no %s", *pair);
	}
	iq_record_item(&mkdump.record, IQ_SECTION_STAGE, unit_number(word[1]), &stage, sizeof(stage));
}

static void do_changes(char **word)
{
	iq_record_section(&mkdump.record, IQ_SECTION_CHANGES, unit_number(word[1]));
}

static void do_change(char **word)
{
	const struct iq_change change = {
		.first = (uint32_t)number(word[1]),
		.more = (uint16_t)(number(word[2]) - number(word[1])),
		.mode = (uint8_t)number(word[3]),
		.kind = (uint8_t)number(word[4]),
		.old = { number(word[5]), number(word[6]) },
	};

	iq_record_add(&mkdump.record, &change, sizeof(change));
}

static void events_section(enum iq_section_type type, char **word)
{
	const struct iq_record_events head = { .entry_size = 16, .lost = (uint32_t)number(word[2]) };

	iq_record_section(&mkdump.record, type, unit_number(word[1]));
	iq_record_add(&mkdump.record, &head, sizeof(head));
}

static void do_events(char **word)
{
	events_section(IQ_SECTION_EVENTS, word);
}

static void do_refused(char **word)
{
	events_section(IQ_SECTION_REFUSED, word);
}

static void do_event(char **word)
{
	const uint64_t event[2] = { number(word[1]), number(word[2]) };

	iq_record_add(&mkdump.record, event, sizeof(event));
}

static void do_trap(char **word)
{
	const struct iq_record_trap trap = {
		.stage = (uint16_t)number(word[2]),
		.trap = { .cause = (uint32_t)number(word[3]), .syndrome = number(word[4]), .address = number(word[5]),
			  .offset = number(word[6]) },
	};

	iq_record_item(&mkdump.record, IQ_SECTION_TRAP, unit_number(word[1]), &trap, sizeof(trap));
}

static void do_device(char **word)
{
	const struct iq_record_device device = {
		.segment = (uint16_t)number(word[1]),
		.requester = (uint16_t)number(word[2]),
		.command = (uint16_t)number(word[3]),
		.express = (uint16_t)number(word[4]),
		.flags = (uint16_t)number(word[5]),
		.status = (uint16_t)number(word[6]),
		.took = (uint32_t)number(word[7]),
	};

	iq_record_item(&mkdump.record, IQ_SECTION_DEVICES, IQ_NO_UNIT, &device, sizeof(device));
}

static void do_port(char **word)
{
	const struct iq_record_port port = {
		.segment = (uint16_t)number(word[1]),
		.requester = (uint16_t)number(word[2]),
		.secondary = (uint8_t)number(word[3]),
		.subordinate = (uint8_t)number(word[4]),
		.express = 0x80,
		.type = 4,
		.aer = 0x100,
		.dpc = (uint16_t)number(word[5]),
		.bridge_control = 2,
		.root_control = 7,
		.before.uncorrectable = (uint32_t)number(word[6]),
		.after.uncorrectable = (uint32_t)number(word[7]),
	};

	iq_record_item(&mkdump.record, IQ_SECTION_PORTS, IQ_NO_UNIT, &port, sizeof(port));
}

static void do_rule(char **word)
{
	const struct iq_rule rule = {
		.segment = (uint16_t)number(word[1]),
		.first = (uint16_t)number(word[2]),
		.last = (uint16_t)number(word[3]),
		.mode = (uint8_t)number(word[4]),
		.reason = (uint8_t)number(word[5]),
	};

	iq_record_item(&mkdump.record, IQ_SECTION_RULES, IQ_NO_UNIT, &rule, sizeof(rule));
}

static void do_section(char **word)
{
	iq_record_section(&mkdump.record, (enum iq_section_type)number(word[1]), IQ_NO_UNIT);
	iq_record_add(&mkdump.record, "unknown", 8);
}

static void do_seal(char **word)
{
	iq_record_seal(&mkdump.record, number(word[1]), (uint32_t)number(word[2]));
}

static void do_note(char **word)
{
	snprintf(mkdump.note_name, sizeof(mkdump.note_name), "%s", word[1]);
	mkdump.note_type = (uint32_t)number(word[2]);
}

static void do_kernel(char **word)
{
	mkdump.vmcoreinfo = kernel_add(&mkdump.memory, word[1], word[2], number(word[3]), (unsigned int)number(word[4]),
				       word[5] ? number(word[5]) : 0);
}

static void do_vmcoreinfo(char **word)
{
	char *line, *after, *text = NULL;
	const size_t length = strlen(word[1]);

	for (line = mkdump.vmcoreinfo; line && *line; line = strchr(line, '\n') + 1)
		if (!strncmp(line, word[1], length) && line[length] == '=')
			break;
	if (!line || !*line) {
		if (asprintf(&text, "%s%s=%s\n", mkdump.vmcoreinfo ? mkdump.vmcoreinfo : "", word[1], word[2]) < 0)
			die("out of memory");
		free(mkdump.vmcoreinfo);
		mkdump.vmcoreinfo = text;
		return;
	}
	after = strchr(line, '\n');
	if (!strcmp(word[2], "-")
		    ? asprintf(&text, "%.*s%s", (int)(line - mkdump.vmcoreinfo), mkdump.vmcoreinfo, after + 1) < 0
		    : asprintf(&text, "%.*s%s=%s%s", (int)(line - mkdump.vmcoreinfo), mkdump.vmcoreinfo, word[1],
			       word[2], after) < 0)
		die("out of memory");
	free(mkdump.vmcoreinfo);
	mkdump.vmcoreinfo = text;
}

static void do_elfcorehdr(char **word)
{
	mkdump.elfcorehdr = number(word[1]);
}

static void do_late(char **word)
{
	if (mkdump.lates == EDITS)
		die("too many late words");
	mkdump.late[mkdump.lates++] = (struct range){ number(word[1]), number(word[2]) };
}

static void add_edit(struct edit *edit, unsigned int *count, char **word)
{
	if (*count == EDITS)
		die("too many edits");
	edit[(*count)++] = (struct edit){ number(word[1]), (uint8_t)number(word[2]) };
}

static void do_poke(char **word)
{
	add_edit(mkdump.poke, &mkdump.pokes, word);
}

static void do_set(char **word)
{
	add_edit(mkdump.set, &mkdump.sets, word);
}

static void do_cut(char **word)
{
	mkdump.cut = number(word[1]);
}

static const struct {
	const char *name;
	unsigned int words; /* minimum length, without the name */
	void (*run)(char **word);
} statements[] = {
	{ "format", 1, do_format },
	{ "machine", 3, do_machine },
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

static size_t add_note(uint8_t *to, const char *name, uint32_t type, const uint8_t *descriptor, size_t size)
{
	const size_t length = strlen(name) + 1, behind = 12 + iq_round_up(length, 4);

	put_number(&mkdump.memory, to, length, 4);
	put_number(&mkdump.memory, to + 4, size, 4);
	put_number(&mkdump.memory, to + 8, type, 4);
	memcpy(to + 12, name, length);
	memcpy(to + behind, descriptor, size);
	return behind + iq_round_up(size, 4);
}

/* A CPU's registers, then our record, in the kernel's order. */
static size_t make_notes(uint8_t *notes)
{
	static const uint8_t registers[336];
	struct iq_record_view view;
	size_t size = add_note(notes, "CORE", 1, registers, sizeof(registers));

	if (mkdump.vmcoreinfo)
		size += add_note(notes + size, "VMCOREINFO", 0, (const uint8_t *)mkdump.vmcoreinfo,
				 strlen(mkdump.vmcoreinfo));
	if (!mkdump.has_record)
		return size;
	iq_record_look(&mkdump.record, &view);
	for (unsigned int i = 0; i < mkdump.pokes; i++)
		mkdump.bytes[mkdump.poke[i].offset % CAPACITY] = mkdump.poke[i].byte;
	return size + add_note(notes + size, mkdump.note_name, mkdump.note_type, mkdump.bytes, view.size);
}

static void put_bytes(uint64_t address, const void *from, size_t size)
{
	for (size_t i = 0; i < size; i++)
		memory_page(&mkdump.memory, address + i, true)[(address + i) % IQ_PAGE_SIZE] =
			((const uint8_t *)from)[i];
}

/* As a loader leaves them: the ELF core header, which also describes memory, and the notes after it. The dump has only QEMU's note. */
static size_t make_elfcorehdr(uint8_t *notes, size_t size)
{
	static const uint8_t state[440];
	const uint64_t address = mkdump.elfcorehdr, behind = address + 0x200;
	uint8_t bytes[sizeof(Elf64_Ehdr) + 2 * sizeof(Elf64_Phdr)];
	const Elf64_Phdr segment[2] = {
		{ .p_type = PT_NOTE,
		  .p_offset = behind,
		  .p_paddr = behind,
		  .p_filesz = size + 64,
		  .p_memsz = size + 64 },
		{ .p_type = PT_LOAD,
		  .p_offset = mkdump.memory.ram[0].start,
		  .p_paddr = mkdump.memory.ram[0].start,
		  .p_filesz = mkdump.memory.ram[0].length,
		  .p_memsz = mkdump.memory.ram[0].length },
	};

	put_elf_header(&mkdump.memory, bytes, 2);
	for (unsigned int i = 0; i < 2; i++)
		put_elf_segment(&mkdump.memory, bytes + sizeof(Elf64_Ehdr) + i * sizeof(Elf64_Phdr), &segment[i]);
	put_bytes(address, bytes, sizeof(bytes));
	put_bytes(behind, notes, size);
	return add_note(notes, "QEMU", 0, state, sizeof(state));
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
	for (unsigned int i = 0; i < mkdump.sets; i++)
		if (mkdump.set[i].offset < length)
			file[mkdump.set[i].offset] = mkdump.set[i].byte;
	if (mkdump.cut && mkdump.cut < length)
		length = mkdump.cut;
	if (fwrite(file, length, 1, stdout) != 1 || fflush(stdout))
		die("cannot write");
	free(file);
	return 0;
}
