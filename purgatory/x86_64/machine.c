/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x86-64 as the core's way to the world: struct iq_io over the identity map. One machine, one static object.
 */
#include "../plugin.h"

#include "clock.h"
#include "config.h"
#include "cpu.h"
#include "image.h"
#include "paging.h"
#include "trap.h"
#include "tsc.h"
#include "uart.h"

/* CPUID. Intel SDM vol. 2, CPUID */
#define CPUID_FEATURES	    1u
#define FEATURE_EDX_MCE	    IQ_BIT(7)
#define FEATURE_EDX_CLFLUSH IQ_BIT(19)
#define FEATURE_EBX_LINE    IQ_MASK(15, 8) /* of CLFLUSH, in 8 bytes */
#define CPUID_EXTENDED_MAX  0x80000000u
#define CPUID_ADDRESS_SIZES 0x80000008u
#define ADDRESS_EAX_BITS    IQ_MASK(7, 0)
#define ADDRESS_BITS_MIN    36u

/* Where PCs have registers and ROM and nothing else: the VGA window; I/O APIC, HPET, local APIC, flash. */
#define VGA_START    UINT64_C(0xa0000)
#define VGA_END	     UINT64_C(0xc0000)
#define CHIPSET_START UINT64_C(0xfec00000)
#define CHIPSET_END   UINT64_C(0x100000000)

/* Where the image holds addresses, packed by the linker: generic ABI, Relocation, SHT_RELR. */
extern const uint64_t relocations_start[], relocations_end[];
/* Words that one bitmap stands for. */
#define RELOCATION_BITMAP 63u

static uint64_t tables[PAGING_POOL][512] __attribute__((section(".bss.0tables"), aligned(4096)));

static struct machine {
	struct iq_io io;
	struct paging paging;
	struct clock clock;
	struct uart uart;
	const struct iq_handover *handover;
	const enum iq_stage *stage;
	uint64_t line; /* bytes of a cache line that CLFLUSH writes back, 0: no such instruction */
	uint64_t dr7;
	uint64_t own_word;   /* where completions go without a note */
	uint64_t completion; /* physical address of the word where they go */
	bool breakpoints; /* DR7 was changed */
} machine;

IQ_BEFORE_CHECK uint32_t machine_image_size(void)
{
	return (uint32_t)(image_end - image_start);
}

void machine_relocate(void)
{
	const uint64_t base = (uintptr_t)image_start;
	const uint64_t *end = relocations_end;
	uint64_t *word = (uint64_t *)(uintptr_t)base;

	/* An even word is the place of one address; an odd one a map of those among the next 63 words. */
	for (const uint64_t *r = relocations_start; r < end; r++) {
		if (!(*r & 1)) {
			word = (uint64_t *)(uintptr_t)(base + *r);
			*word++ += base;
			continue;
		}
		for (unsigned int bit = 0; bit < RELOCATION_BITMAP; bit++)
			if (*r >> (bit + 1) & 1)
				word[bit] += base;
		word += RELOCATION_BITMAP;
	}
}

enum iq_status machine_guard(iq_step step, void *context, struct iq_trap *trap)
{
	return trap_guard(step, context, trap);
}

uint32_t machine_nmis(void)
{
	return traps.nmis;
}

/*
 * A completion that comes late, when its wait was given up long ago, must not land in memory that is the capture kernel's by
 * then: it leaves the note alone. The last 8 bytes of the note's trailer are free, the kernel looks at the first 4.
 */
static uint64_t completion_word(const struct iq_handover *handover)
{
	const uint64_t word = handover->note + handover->note_size - sizeof(uint64_t);

	if (!handover->note || handover->note_size < IQ_NOTE_HEADER + IQ_NOTE_TRAILER || word % sizeof(uint64_t))
		return (uintptr_t)&machine.own_word;
	return word;
}

uint64_t machine_completion(bool usable)
{
	machine.completion = usable ? completion_word(machine.handover) : (uintptr_t)&machine.own_word;
	return machine.completion;
}

static bool overlaps(uint64_t address, uint64_t length, uint64_t start, uint64_t end)
{
	return address < end && start < address + length;
}

/* Memory that no table of the crashed kernel or of the firmware is in: the plugin and all else in the crash region. */
static bool is_ours(uint64_t address, uint64_t length)
{
	const struct iq_handover *handover = machine.handover;

	return overlaps(address, length, (uintptr_t)image_start, (uintptr_t)memory_end) ||
	       overlaps(address, length, handover->crash_start, handover->crash_end);
}

/* The pages of ours that a unit's tables may come to name. */
static bool is_spare(uint64_t address, uint64_t length)
{
	const uint64_t spare = machine.handover->spare, end = spare + machine.handover->spare_pages * IQ_PAGE_SIZE;

	return spare && address >= spare && address + length <= end;
}

static bool is_chipset(uint64_t address, uint64_t length)
{
	return overlaps(address, length, VGA_START, VGA_END) || overlaps(address, length, CHIPSET_START, CHIPSET_END);
}

static const void *map(struct iq_memory *memory, uint64_t address, size_t length)
{
	struct paging *paging = &machine.paging;

	(void)memory;
	if (!iq_no_wrap(address, length))
		return NULL;
	if (address == machine.completion && length <= sizeof(uint64_t))
		return (const void *)(uintptr_t)address;
	if ((is_ours(address, length) && !is_spare(address, length)) || is_chipset(address, length))
		return NULL;
	if (paging_is_memory(paging, address, length))
		return (const void *)(uintptr_t)address;
	/* Cacheable is safe also for a wild pointer: what the MTRRs call uncached stays so. */
	if (*machine.stage != IQ_STAGE_PLAN || paging_map_page(paging, address) != IQ_OK)
		return NULL;
	cpu_flush_page(address);
	return paging_is_memory(paging, address, length) ? (const void *)(uintptr_t)address : NULL;
}

static enum iq_status map_registers(struct iq_io *io, uint64_t base, uint64_t length)
{
	enum iq_status status;

	(void)io;
	if (!iq_no_wrap(base, length) || is_ours(base, length))
		return IQ_UNREACHABLE;
	/* While the plan is made it is configuration space: what a bridge says must not cost a unit its registers. */
	machine.paging.pool_kept = *machine.stage == IQ_STAGE_PLAN ? PAGING_RESERVE : 0;
	status = paging_map_window(&machine.paging, base, length);
	machine.paging.pool_kept = 0;
	/* Also after a failure: part of it may be there. Cleared one by one, so that global entries go too. */
	for (uint64_t page = base & IQ_PAGE_MASK; length <= PAGING_WINDOW_MAX && page < base + length;
	     page += IQ_PAGE_SIZE)
		cpu_flush_page(page);
	return status;
}

static uint32_t read32(struct iq_io *io, uint64_t address)
{
	(void)io;
	return *(volatile uint32_t *)(uintptr_t)address;
}

static uint64_t read64(struct iq_io *io, uint64_t address)
{
	(void)io;
	return *(volatile uint64_t *)(uintptr_t)address;
}

static void write32(struct iq_io *io, uint64_t address, uint32_t value)
{
	(void)io;
	*(volatile uint32_t *)(uintptr_t)address = value;
}

static void write64(struct iq_io *io, uint64_t address, uint64_t value)
{
	(void)io;
	*(volatile uint64_t *)(uintptr_t)address = value;
}

static void write_back(struct iq_io *io, uint64_t address, uint64_t length)
{
	(void)io;
	if (machine.line)
		for (uint64_t line = address & ~(machine.line - 1); line < address + length; line += machine.line)
			cpu_flush_line(line);
	cpu_fence();
}

static uint64_t now(struct iq_io *io)
{
	(void)io;
	return clock_now(&machine.clock, cpu_time());
}

static void relax(struct iq_io *io)
{
	(void)io;
	cpu_pause();
	clock_poll(&machine.clock, cpu_time());
}

static enum iq_status guard(struct iq_io *io, iq_step step, void *context, struct iq_trap *trap)
{
	(void)io;
	return trap_guard(step, context, trap);
}

static void console_log(struct iq_io *io, const char *line)
{
	uart_line(&machine.uart, io, line);
}

static void fill_io(struct iq_io *io, const struct iq_handover *handover)
{
	io->memory.map = map;
	io->config.read = config_read;
	io->config.write = config_write;
	io->map_registers = map_registers;
	io->read32 = read32;
	io->read64 = read64;
	io->write32 = write32;
	io->write64 = write64;
	io->store64 = write64;
	io->write_back = write_back;
	io->now = now;
	io->tick_khz = handover->clock.kind == IQ_CLOCK_TSC && handover->clock.khz ? handover->clock.khz : tsc_khz();
	io->relax = relax;
	io->guard = guard;
	if (handover->flags & IQ_HANDOVER_VERBOSE && handover->console.kind == IQ_CONSOLE_8250_PORT) {
		machine.uart.port = (uint16_t)handover->console.address;
		io->log = console_log;
	}
}

/* Tables are where their entries say. A wild entry of a damaged one faults, which ends the step. */
static uint64_t *identity(struct paging *paging, uint64_t address)
{
	(void)paging;
	return (uint64_t *)(uintptr_t)address;
}

/* The private tables, in force. */
static bool start_overlay(void)
{
	struct paging *paging = &machine.paging;
	const uint64_t cr3 = cpu_state.cr3;
	unsigned int bits = ADDRESS_BITS_MIN;

	if (cpuid(CPUID_EXTENDED_MAX).eax >= CPUID_ADDRESS_SIZES)
		bits = (unsigned int)iq_field(cpuid(CPUID_ADDRESS_SIZES).eax, ADDRESS_EAX_BITS);
	paging->table = identity;
	paging->pool = (uintptr_t)tables;
	paging->pool_pages = PAGING_POOL;
	if (paging_start(paging, cr3 & IQ_PAGE_MASK, cpu_state.cr4 & CR4_LA57 ? 5 : 4, bits) != IQ_OK)
		return false;
	cpu_write_cr3(paging->root | (cr3 & ~IQ_PAGE_MASK));
	return true;
}

struct iq_io *machine_open(const struct iq_handover *handover, uint64_t entered, const enum iq_stage *stage)
{
	const struct cpuid features = cpuid(CPUID_FEATURES);

	machine.handover = handover;
	machine.stage = stage;
	if (features.edx & FEATURE_EDX_CLFLUSH)
		machine.line = iq_field(features.ebx, FEATURE_EBX_LINE) * 8;
	fill_io(&machine.io, handover);
	clock_start(&machine.clock, entered, machine.io.tick_khz);

	/* A breakpoint that a debugger of the crashed kernel left behind must not end a step. */
	machine.dr7 = cpu_read_dr7();
	if (machine.dr7 != DR7_NONE) {
		machine.breakpoints = true;
		cpu_write_dr7(DR7_NONE);
	}
	/* The kernel clears it on its way here; without it a machine check resets the machine. */
	if (features.edx & FEATURE_EDX_MCE)
		cpu_write_cr4(cpu_state.cr4 | CR4_MCE);
	return start_overlay() ? &machine.io : NULL;
}

void machine_close(void)
{
	if (machine.breakpoints)
		cpu_write_dr7(machine.dr7);
}
