/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tests' boot loader. It copies the plugin (a multiboot module) into memory as kexec would, and enters it with identity page
 * tables as the crashed kernel builds them. Afterwards it compares every register and prints the record. Options are in the module's
 * command line, "name=number"; `nmi' is a set of enum nmi. With `faults' and `stages', which are sets of bits, or with `lies', the plugin is entered several
 * times, once for each combination.
 */
#include "boot/handover.h"
#include "hostile.h"
#include "loader-state.h"
#include "record.h"
#include "unit.h"

#define PAGE_PRESENT 0x63ull /* with write, accessed, dirty */
#define PAGE_LARGE   0x180ull /* with global */
/* Bits for software; kernels of 2026 set bit 58. */
#define PAGE_SOFTWARE (IQ_BIT(58) | IQ_BIT(9))
#define PAGE_TOUCHED  0x60ull /* accessed, dirty: the processor may set them */

/* Only the first half of the machine's 256 MiB is mapped, so firmware's tables at the top are not. */
#define PLUGIN	 UINT64_C(0x3005000)
#define CONTROL	 UINT64_C(0x5000000) /* top-level table, and the stack behind it */
#define TABLES	 UINT64_C(0x5002000)
#define NOTE	 UINT64_C(0x6000a40)
#define NOTE_SIZE 8192u
#define CORE	 UINT64_C(0x6010000)
#define CORE_SIZE (64u + 2 * 56u)
#define MAPPED	 UINT64_C(0x8000000)
#define UNMAPPED  UINT64_C(0x123456789000)

#define SERIAL	 0x3f8
#define EXIT	 0xf4

#define MULTIBOOT_MODULES 24

struct state {
	uint64_t word[STATE_SIZE / 8];
};

struct state before, after;
extern const uint8_t loader_gdtr[];

void loader_main(const uint32_t *information);
void loader_check(void);
void enter(uint64_t plugin);
extern const uint8_t next_entry[];

static const char *options;
static const uint8_t *module;
static uint32_t module_size;
static uint32_t tables_checksum;
static uint32_t plugin_size;
static bool all_good = true;

/* What is done about NMIs, by the local APIC. */
enum nmi {
	NMI_BEHIND = 1,	 /* one as soon as the plugin is through: there is no IDT */
	NMI_UNBLOCK = 2, /* NMIs are unblocked before that */
	NMI_BLOCKED = 4, /* the plugin is entered with NMIs blocked */
	NMI_PENDING = 8, /* at the end they are unblocked, with an IDT: how many come then? */
};

#define LOCAL_APIC UINT64_C(0xfee00000)

void loader_send_nmi(void);
void loader_take_nmi(void);
void loader_unblock_nmis(void);
void loader_keep(void);
void loader_count(void);
extern volatile uint32_t loader_nmis;

/* A handover that is sealed with one wrong field. */
static const struct lie {
	const char *name;
	uint16_t offset, size;
	uint64_t value;
	uint32_t flags; /* set these flags too */
} lies[] = {
#define LIE(field, value, flags)                                                                                       \
	{                                                                                                              \
#field " " #value, offsetof(struct iq_handover, field), sizeof(((struct iq_handover *)0)->field),      \
			value, flags                                                                                   \
	}
	LIE(machine, 183, 0),
	LIE(firmware.address, 0x1234567, 0),
	LIE(firmware.address, UINT64_MAX, 0),
	LIE(firmware.kind, 2, 0),
	LIE(firmware.kind, UINT32_MAX, 0),
	LIE(note, UNMAPPED, 0),
	LIE(note, NOTE + 4, 0),
	LIE(note, 0, 0),
	LIE(note_size, 0, 0),
	LIE(note_size, 100, 0),
	LIE(spare, UNMAPPED, 0),
	LIE(spare, LOADER_SPARE + 8, 0),
	LIE(spare_pages, 0, 0),
	LIE(elfcorehdr, UNMAPPED, IQ_HANDOVER_INSERT_NOTE),
	LIE(elfcorehdr, NOTE, IQ_HANDOVER_INSERT_NOTE),
	LIE(clock.khz, 0, 0),
	LIE(clock.khz, 1, 0),
	LIE(clock.kind, 3, 0),
	LIE(wait_us, 0, 0),
	LIE(wait_us, UINT32_MAX, 0),
	LIE(total_us, 0, 0),
	LIE(console.address, 1, 0),
	LIE(console.address, 0, 0),
	LIE(console.kind, 3, 0),
	LIE(console.kind, 4, 0),
	LIE(console.kind, UINT16_MAX, 0),
	LIE(items_size, 0, 0),
	LIE(items_size, 8, 0),
	LIE(items_size, UINT32_MAX, 0),
	LIE(crash_start, UINT64_MAX, 0),
	LIE(crash_end, UINT64_MAX, 0),
	LIE(flags, UINT32_MAX, 0),
	LIE(flags, IQ_HANDOVER_FLAGS + 1, 0),
};

/* The settings of this round. */
static struct trial {
	unsigned int number; /* number of rounds so far */
	struct hostile_order order;
	const struct lie *lie;
} trial;

static void out8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static uint8_t in8(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static void print(const char *text)
{
	for (; *text; text++) {
		while (!(in8(SERIAL + 5) & 0x20))
			;
		out8(SERIAL, (uint8_t)*text);
	}
}

static void print_hex(const char *name, uint64_t value)
{
	char digits[19] = "0x";
	unsigned int at = 2;

	for (int shift = 60; shift >= 0; shift -= 4)
		if (value >> shift || !shift)
			digits[at++] = "0123456789abcdef"[value >> shift & 15];
	digits[at] = 0;
	print(" ");
	print(name);
	print("=");
	print(digits);
}

static __attribute__((noreturn)) void finish(uint8_t code)
{
	out8(EXIT, code);
	for (;;)
		__asm__ volatile("hlt");
}

/* The number after "@name=" in the options, 0 if the option is missing. */
static uint64_t option(const char *name)
{
	for (const char *at = options; *at; at++) {
		const char *o = at, *n = name;
		uint64_t value = 0;

		while (*n && *n == *o)
			n++, o++;
		if (*n || *o != '=')
			continue;
		for (o++; *o >= '0' && *o <= '9'; o++)
			value = value * 10 + (uint64_t)(*o - '0');
		return value;
	}
	return 0;
}

/* Build tables like the kernel's init_pgtable(): RAM one to one, nothing else. Returns the top-level table. */
static uint64_t build_tables(bool five, bool huge)
{
	uint64_t *top = (uint64_t *)CONTROL;
	uint64_t *table = (uint64_t *)TABLES;

	iq_zero(top, 4096);
	iq_zero(table, 3 * 4096);
	if (five) {
		*top = (uint64_t)(uintptr_t)table | PAGE_PRESENT | PAGE_SOFTWARE;
		top = table;
		table += 512;
	}
	*top = (uint64_t)(uintptr_t)table | PAGE_PRESENT | PAGE_SOFTWARE;
	if (huge) {
		*table = PAGE_PRESENT | PAGE_LARGE | PAGE_SOFTWARE;
		return CONTROL;
	}
	*table = (uint64_t)(uintptr_t)(table + 512) | PAGE_PRESENT | PAGE_SOFTWARE;
	for (uint64_t i = 0; i < MAPPED >> 21; i++)
		table[512 + i] = i << 21 | PAGE_PRESENT | PAGE_LARGE | PAGE_SOFTWARE;
	return CONTROL;
}

/* A checksum of these tables, without the bits that the processor may set. */
static uint32_t sum_tables(void)
{
	const uint64_t *entry = (const uint64_t *)TABLES, *top = (const uint64_t *)CONTROL;
	uint32_t sum = 0;

	for (unsigned int i = 0; i < 3 * 512; i++)
		sum = sum * 31 + (uint32_t)((entry[i] & ~PAGE_TOUCHED) ^ entry[i] >> 32);
	for (unsigned int i = 0; i < 512; i++)
		sum = sum * 31 + (uint32_t)((top[i] & ~PAGE_TOUCHED) ^ top[i] >> 32);
	return sum;
}

static uint64_t read_cr(unsigned int which)
{
	uint64_t value;

	if (which == 0)
		__asm__ volatile("mov %%cr0, %0" : "=r"(value));
	else
		__asm__ volatile("mov %%cr4, %0" : "=r"(value));
	return value;
}

static uint32_t cpuid_edx(uint32_t leaf)
{
	uint32_t a = leaf, b, c = 0, d;

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	return d;
}

static void prepare_state(void)
{
	const bool huge = option("huge") && cpuid_edx(0x80000001) & 1u << 26;

	for (unsigned int i = 0; i < 16; i++)
		before.word[i] = UINT64_C(0x1122334455667700) * (i + 1) + i;
	before.word[STATE_RSP / 8] = CONTROL + 0x1ff8;
	*(uint64_t *)(CONTROL + 0x1ff8) = 0;
	*(uint64_t *)(CONTROL + 0x1ff0) = UINT64_C(0x5a5a5a5a5a5a5a5a);
	before.word[STATE_RFLAGS / 8] = option("flags") | 2;
	before.word[STATE_CR0 / 8] = read_cr(0);
	before.word[STATE_CR2 / 8] = 0x1234567;
	before.word[STATE_CR4 / 8] = read_cr(4);
	before.word[STATE_CR3 / 8] = build_tables(read_cr(4) & 0x1000, huge);
	/* Watch writes to the first 8 bytes of the record, as a debugger may have left it. */
	before.word[STATE_DR7 / 8] = option("watch") ? 0x90402 : 0x400;
	__asm__ volatile("mov %0, %%dr0" : : "r"(NOTE + IQ_NOTE_HEADER));
	for (unsigned int at = STATE_SS; at <= STATE_GS; at += 8)
		before.word[at / 8] = 0x18;
	before.word[STATE_CS / 8] = 0x10;
	/* The kernel leaves a GDT and an IDT of limit 0; boot protocols have a GDT of their own. */
	if (option("gdt"))
		iq_copy((uint8_t *)&before + STATE_GDTR, loader_gdtr, 10);
	tables_checksum = sum_tables();
}

/* To the processor with id 0. Intel SDM vol. 3, 11.6.1 */
void loader_send_nmi(void)
{
	*(volatile uint32_t *)(uintptr_t)(LOCAL_APIC + 0x310) = 0;
	*(volatile uint32_t *)(uintptr_t)(LOCAL_APIC + 0x300) = 1u << 14 | 4u << 8;
}

/* An IDT with a gate for NMIs and no other. */
static void set_nmi_handler(void (*handler)(void))
{
	static uint64_t idt[6];
	const uint64_t at = (uintptr_t)handler;
	const struct __attribute__((packed)) {
		uint16_t limit;
		uint64_t base;
	} idtr = { sizeof(idt) - 1, (uintptr_t)idt };

	idt[4] = (at & 0xffff) | UINT64_C(0x10) << 16 | UINT64_C(0x8e) << 40 | (at & 0xffff0000) << 32;
	idt[5] = at >> 32;
	__asm__ volatile("lidt %0" : : "m"(idtr) : "memory");
}

static void strike_behind(void)
{
	if (option("nmi") & NMI_UNBLOCK)
		loader_unblock_nmis();
	if (option("nmi") & NMI_BEHIND)
		loader_send_nmi();
	for (volatile unsigned int i = 0; i < 1000; i++)
		;
}

static void print_pending(void)
{
	if (!(option("nmi") & NMI_PENDING))
		return;
	set_nmi_handler(loader_count);
	loader_unblock_nmis();
	for (volatile unsigned int i = 0; i < 1000; i++)
		;
	print("then");
	print_hex("nmis", loader_nmis);
	print("\n");
}

static void write_msr(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr" : : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
}

/* An ELF core header with a note, and with the memory that was added. */
static void build_core(void)
{
	static const uint8_t ident[] = { 0x7f, 'E', 'L', 'F', 2, 1, 1 };
	uint8_t *core = (uint8_t *)CORE;
	const uint64_t start = LOADER_ADDED, length = 0x100000;

	iq_zero(core, CORE_SIZE);
	iq_copy(core, ident, sizeof(ident));
	core[16] = 4; /* ET_CORE */
	core[32] = core[52] = 64;
	core[54] = 56;
	core[56] = 2;
	core[64] = 4;	   /* PT_NOTE */
	core[64 + 56] = 1; /* PT_LOAD */
	iq_copy(core + 64 + 56 + 24, &start, sizeof(start));
	iq_copy(core + 64 + 56 + 40, &length, sizeof(length));
}

static void tell_lie(struct iq_handover *handover)
{
	const struct lie *lie = trial.lie;

	handover->flags |= lie->flags;
	handover->elfcorehdr_size = lie->flags ? IQ_PAGE_SIZE : 0;
	iq_copy((uint8_t *)handover + lie->offset, &lie->value, lie->size);
}

static void prepare_plugin(void)
{
	const uint32_t size = module_size;
	uint8_t *image = (uint8_t *)PLUGIN;
	struct iq_handover *handover = (struct iq_handover *)(image + IQ_HANDOVER_OFFSET);

	iq_copy(image, module, size);
	if (handover->magic != IQ_HANDOVER_MAGIC || handover->image_size != size) {
		print("the module is not a plugin\n");
		finish(2);
	}
	plugin_size = handover->memory_size;
	/* This memory is not zero: the plugin must not rely on that. */
	for (uint64_t i = size; i < handover->memory_size; i++)
		image[i] = 0xa5;
	handover->next = (uintptr_t)next_entry;
	handover->note = NOTE;
	handover->note_size = NOTE_SIZE;
	handover->spare = LOADER_SPARE;
	handover->spare_pages = IQ_SPARE_PAGES;
	handover->crash_start = LOADER_SPARE;
	handover->crash_end = LOADER_SPARE + 2 * IQ_PAGE_SIZE;
	handover->clock = (struct iq_clock){ .kind = IQ_CLOCK_TSC, .khz = 1000000 };
	handover->wait_us = IQ_WAIT_US_DEFAULT;
	handover->total_us = IQ_TOTAL_US_DEFAULT;
	handover->console = (struct iq_console){ .kind = IQ_CONSOLE_8250_PORT, .address = SERIAL };
	handover->flags = IQ_HANDOVER_VERBOSE;
	if (option("core")) {
		build_core();
		handover->elfcorehdr = CORE;
		handover->elfcorehdr_size = CORE_SIZE;
	}
	if (option("unit"))
		handover->flags |= IQ_HANDOVER_STOP | IQ_HANDOVER_CONTAIN;
	iq_handover_add(handover, HOSTILE_ITEM, &trial.order, sizeof(trial.order));
	if (trial.lie)
		tell_lie(handover);
	iq_handover_seal(image);
	for (uint64_t i = 0; i < option("length"); i++)
		image[option("damage") + i] = 0xa5;
}

/* Choose the settings of the next round. False after the last one. */
static bool next_trial(void)
{
	const uint64_t faults = option("faults"), stages = option("stages");
	const unsigned int first = trial.number++;

	if (option("lies")) {
		trial.lie = first < IQ_ARRAY_SIZE(lies) ? &lies[first] : NULL;
		return trial.lie;
	}
	if (!faults) {
		trial.order.fault = (unsigned int)option("fault");
		trial.order.place = (unsigned int)option("place");
		return !first;
	}
	/* The next place of this fault, or the first place of the next fault. */
	for (unsigned int next = first ? trial.order.fault * 64 + trial.order.place + 1 : 0; next < 64 * 64; next++) {
		trial.order.fault = next / 64;
		trial.order.place = next % 64;
		if (faults >> trial.order.fault & stages >> trial.order.place & 1)
			return true;
	}
	return false;
}

/* This call does not return: the plugin continues at loader_check(). */
static void start_trial(void)
{
	if (trial.lie) {
		print("trial ");
		print(trial.lie->name);
	} else {
		print("trial");
		print_hex("fault", trial.order.fault);
		print_hex("place", trial.order.place);
	}
	print("\n");
	iq_zero((void *)NOTE, NOTE_SIZE);
	unit_start((enum unit_kind)option("unit"), option("table"));
	prepare_plugin();
	prepare_state();
	/* A machine check is under way. */
	if (option("mcip"))
		write_msr(0x17a, 4);
	if (option("nmi") & NMI_BLOCKED) {
		set_nmi_handler(loader_keep);
		loader_take_nmi();
	}
	print("entering\n");
	enter(PLUGIN);
}

void loader_main(const uint32_t *information)
{
	const uint32_t *entry = (const uint32_t *)(uintptr_t)information[MULTIBOOT_MODULES / 4];

	options = (const char *)(uintptr_t)entry[2];
	module = (const uint8_t *)(uintptr_t)entry[0];
	module_size = entry[1] - entry[0];
	next_trial();
	start_trial();
}

/* Compare every register with its old value. */
static bool check_state(void)
{
	static const char names[][7] = {
		"rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
		"rflags", "cr0", "cr2", "cr3", "cr4", "dr7", "cs", "ss", "ds", "es", "fs", "gs", "gdtr", "gdtr+8", "idtr",
		"idtr+8",
	};
	bool same = true;

	for (unsigned int i = 0; i < IQ_ARRAY_SIZE(names); i++) {
		if (before.word[i] == after.word[i])
			continue;
		print("changed");
		print_hex(names[i], after.word[i]);
		print_hex("was", before.word[i]);
		print("\n");
		same = false;
	}
	if (*(uint64_t *)(CONTROL + 0x1ff8) || *(uint64_t *)(CONTROL + 0x1ff0) != UINT64_C(0x5a5a5a5a5a5a5a5a)) {
		print("changed stack of the caller\n");
		same = false;
	}
	if (sum_tables() != tables_checksum) {
		print("changed page tables of the caller\n");
		same = false;
	}
	return same;
}

static uint64_t read_msr(uint32_t msr)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return (uint64_t)high << 32 | low;
}

static void print_section(const struct iq_section *section, const uint8_t *payload)
{
	if (section->type == IQ_SECTION_STAGE) {
		const struct iq_record_stage *stage = (const struct iq_record_stage *)payload;

		print("stage");
		print_hex("stage", stage->stage);
		print_hex("status", stage->status);
		print_hex("ticks", stage->end - stage->start);
		print("\n");
	}
	if (section->type == IQ_SECTION_TRAP) {
		const struct iq_record_trap *trap = (const struct iq_record_trap *)payload;

		print("trap");
		print_hex("stage", trap->stage);
		print_hex("cause", trap->trap.cause);
		print_hex("syndrome", trap->trap.syndrome);
		print_hex("address", trap->trap.address);
		print_hex("offset", trap->trap.offset);
		print("\n");
	}
}

static void print_record(void)
{
	const uint8_t *record = (const uint8_t *)NOTE + IQ_NOTE_HEADER;
	struct iq_record_view view;
	struct iq_section section;
	const uint8_t *payload;
	enum iq_status status;
	uint32_t offset = 0;

	status = iq_record_open(&view, record, NOTE_SIZE - IQ_NOTE_HEADER - IQ_NOTE_TRAILER, &offset);
	print("record");
	print_hex("status", status);
	if (status == IQ_OK || status == IQ_DAMAGED) {
		print_hex("flags", view.header.flags);
		print_hex("nmis", view.header.nmis);
		print_hex("ticks", view.header.left - view.header.entered);
		print("\n");
		offset = 0;
		while (iq_record_next(&view, &offset, &section, &payload))
			print_section(&section, payload);
		return;
	}
	print("\n");
}

/* The lowest byte of the plugin's stack that was written; the plugin zeroes its stack first. */
static void print_stack(void)
{
	const uint8_t *image = (const uint8_t *)PLUGIN;
	uint64_t at = option("stack"), end = at + option("stack_size");

	if (!at)
		return;
	while (at < end && !image[at])
		at++;
	print("stack");
	print_hex("used", end - at);
	print("\n");
}

/* next_entry leads here when the plugin has ended. */
void loader_check(void)
{
	const uint8_t *image = (const uint8_t *)PLUGIN;
	bool good;

	strike_behind();
	good = check_state();

	for (uint64_t i = plugin_size; i < plugin_size + 4096; i++)
		if (image[i]) {
			print("changed memory behind the plugin\n");
			good = false;
			break;
		}
	print("next");
	print_hex("mcg_status", read_msr(0x17a));
	print("\n");
	print_record();
	print_pending();
	print_stack();
	if (option("unit"))
		print(unit_is_closed((enum unit_kind)option("unit")) ? "closed\n" : "open\n");
	print(good ? "as it was\n" : "not as it was\n");
	all_good &= good;
	if (next_trial())
		start_trial();
	finish(all_good ? 0x10 : 0x11);
}
