/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x86-64 as the core's way to the world: struct iq_io over the identity map. One machine, one static object.
 */
#include "port.h"

#include "boot/x86.h"
#include "clock.h"
#include "config.h"
#include "cpu.h"
#include "paging.h"
#include "places.h"
#include "trap.h"
#include "tsc.h"
#include "uart.h"

/* CPUID. Intel SDM vol. 2, CPUID */
#define CPUID_FEATURES	    1u
#define FEATURE_EDX_MCE	    IQ_BIT(7)
#define FEATURE_EDX_APIC    IQ_BIT(9)
#define FEATURE_EDX_MCA	    IQ_BIT(14)
#define FEATURE_EDX_CLFLUSH IQ_BIT(19)
#define FEATURE_EBX_LINE    IQ_MASK(15, 8) /* of CLFLUSH, in 8 bytes */
#define CPUID_EXTENDED_MAX  0x80000000u
#define CPUID_ADDRESS_SIZES 0x80000008u
#define ADDRESS_EAX_BITS    IQ_MASK(7, 0)
#define ADDRESS_BITS_MIN    36u
/* SEV-SNP: the processor has it; firmware or the kernel switched it on. AMD APM vol. 3, CPUID 8000_001F; vol. 2, 15.36.2 */
#define CPUID_ENCRYPTION    0x8000001fu
#define ENCRYPTION_EAX_SNP  IQ_BIT(4)

/* Where PCs have registers and ROM and nothing else: the VGA window; I/O APIC, HPET, local APIC, flash. */
#define VGA_START    UINT64_C(0xa0000)
#define VGA_END	     UINT64_C(0xc0000)
#define CHIPSET_START UINT64_C(0xfec00000)
#define CHIPSET_END   UINT64_C(0x100000000)

/* The local APIC's registers in memory; an NMI for the processor with a physical id. SDM vol. 3, 11.4.1, 11.6.1 */
#define APIC_ID		 0x20u
#define   APIC_ID_FIELD	 0xff000000u
#define APIC_COMMAND	 0x300u
#define APIC_DESTINATION 0x310u
#define COMMAND_NMI	 (4u << 8 | 1u << 14)
/* A processor has an NMI of its own within a microsecond, in a virtual machine somewhat later. */
#define NMI_US 10000u

static uint64_t tables[PAGING_POOL][512] __attribute__((section(".bss.0tables"), aligned(4096)));

static struct machine {
	struct iq_io io;
	struct paging paging;
	struct clock clock;
	struct uart uart;
	struct places places;
	uint64_t split; /* the page that was last given a leaf of its own */
	bool snp;	/* stores are checked against the RMP */
	uint64_t line; /* bytes of a cache line that CLFLUSH writes back, 0: no such instruction */
	uint64_t apic; /* IA32_APIC_BASE; 0: there is no local APIC that could be used */
	uint64_t dr7;
	bool breakpoints; /* DR7 was changed */
} machine;

enum iq_status machine_guard(iq_step step, void *context, struct iq_trap *trap)
{
	struct trap_frame frame = { .trap.cause = UINT32_MAX };
	enum iq_status status = trap_call(&frame, step, context);

	if (frame.trap.cause != UINT32_MAX)
		*trap = frame.trap;
	return status;
}

uint32_t machine_nmis(void)
{
	return traps.nmis;
}

uint64_t machine_completion(bool usable)
{
	return places_completion(&machine.places, usable);
}

/* Over the identity map that the kernel left. */
static void *reach(struct iq_loaded *loaded, uint64_t address, uint64_t length)
{
	(void)loaded;
	return iq_no_wrap(address, length) ? (void *)(uintptr_t)address : NULL;
}

void machine_boot(struct iq_boot *boot, uint64_t address)
{
	machine.io.loaded.reach = reach;
	*boot = (struct iq_boot){ .form = &iq_boot_x86, .loaded = &machine.io.loaded, .address = address };
}

static bool is_chipset(uint64_t address, uint64_t length)
{
	return places_overlap(address, length, VGA_START, VGA_END) ||
	       places_overlap(address, length, CHIPSET_START, CHIPSET_END);
}

static const void *map(struct iq_memory *memory, uint64_t address, size_t length)
{
	struct paging *paging = &machine.paging;

	(void)memory;
	if (!iq_no_wrap(address, length))
		return NULL;
	if (!places_may_read(&machine.places, address, length) || is_chipset(address, length))
		return NULL;
	if (paging_is_memory(paging, address, length))
		return (const void *)(uintptr_t)address;
	/* Cacheable is safe also for a wild pointer: what the MTRRs call uncached stays so. */
	if ((!machine.io.reads_firmware && !places_are_memory(&machine.places, address, length)) ||
	    paging_map_page(paging, address) != IQ_OK)
		return NULL;
	cpu_flush_page(address);
	return paging_is_memory(paging, address, length) ? (const void *)(uintptr_t)address : NULL;
}

static enum iq_status map_registers(struct iq_io *io, uint64_t base, uint64_t length)
{
	enum iq_status status;

	if (!iq_no_wrap(base, length) || places_are_ours(&machine.places, base, length))
		return IQ_UNREACHABLE;
	machine.paging.pool_kept = io->reads_firmware ? PAGING_RESERVE : 0;
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
	return cpu_load32(address);
}

static uint64_t read64(struct iq_io *io, uint64_t address)
{
	(void)io;
	return *(volatile uint64_t *)(uintptr_t)address;
}

static void write32(struct iq_io *io, uint64_t address, uint32_t value)
{
	(void)io;
	cpu_store32(address, value);
}

static void write64(struct iq_io *io, uint64_t address, uint64_t value)
{
	(void)io;
	*(volatile uint64_t *)(uintptr_t)address = value;
}

/*
 * With SNP a store through a leaf of 2 MiB or more faults if any of its 4 KiB pages belongs to a guest or to firmware, wherever in
 * it the store goes. AMD APM vol. 2, 15.36.10
 */
static void give_leaf(uint64_t address)
{
	const uint64_t page = address & IQ_PAGE_MASK;

	if (!machine.snp || page == machine.split)
		return;
	machine.split = page;
	if (paging_split(&machine.paging, page) == IQ_OK)
		cpu_flush_page(page);
}

static void store64(struct iq_io *io, uint64_t address, uint64_t value)
{
	give_leaf(address);
	write64(io, address, value);
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
	return machine_guard(step, context, trap);
}

static void console_log(struct iq_io *io, const char *line)
{
	uart_line(&machine.uart, io, line);
}

static uint32_t read_port(const struct uart *uart, unsigned int reg)
{
	return cpu_in8((uint16_t)(uart->address + reg));
}

static void write_port(const struct uart *uart, unsigned int reg, uint32_t value)
{
	cpu_out8((uint16_t)(uart->address + reg), (uint8_t)value);
}

/* False: there is none, or none that a PC has. */
static bool open_console(const struct iq_console *console)
{
	if (console->kind == IQ_CONSOLE_8250_PORT)
		machine.uart = (struct uart){ .read = read_port, .write = write_port, .address = console->address };
	else if (console->kind != IQ_CONSOLE_8250_MEMORY || !uart_open(&machine.uart, &machine.io, console))
		return false;
	return true;
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
	io->store64 = store64;
	io->write_back = write_back;
	io->now = now;
	io->tick_khz = handover->clock.kind == IQ_CLOCK_TSC && handover->clock.khz ? handover->clock.khz : tsc_khz();
	io->relax = relax;
	io->machine = IQ_MACHINE_X86_64;
	io->guard = guard;
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

/* Its registers are mapped while there is room for them. */
static enum iq_status find_apic(void *context)
{
	const uint64_t base = cpu_read_msr(MSR_APIC_BASE);

	(void)context;
	if (!(base & APIC_BASE_ENABLE) ||
	    (!(base & APIC_BASE_X2APIC) &&
	     map_registers(&machine.io, base & APIC_BASE_ADDRESS, IQ_PAGE_SIZE) != IQ_OK))
		return IQ_UNREACHABLE;
	machine.apic = base;
	return IQ_OK;
}

/* The destination shorthand for the processor itself is not for NMIs. SDM vol. 3, 11.6.1 */
static void send_nmi(void)
{
	const uint64_t at = machine.apic & APIC_BASE_ADDRESS;

	if (machine.apic & APIC_BASE_X2APIC) {
		cpu_write_msr(MSR_X2APIC_COMMAND, cpu_read_msr(MSR_X2APIC_ID) << 32 | COMMAND_NMI);
	} else if (machine.apic) {
		write32(&machine.io, at + APIC_DESTINATION, read32(&machine.io, at + APIC_ID) & APIC_ID_FIELD);
		write32(&machine.io, at + APIC_COMMAND, COMMAND_NMI);
	}
}

/*
 * One NMI that is never returned from. The crashed kernel may have come here from one: our own would then be left pending,
 * and strike when the capture kernel first returns from anything. So NMIs are unblocked before; one that was pending will do.
 */
static enum iq_status take_last_nmi(void *context)
{
	const uint64_t until = now(&machine.io) + iq_ticks(&machine.io, NMI_US);

	(void)context;
	traps.hold = true;
	trap_unblock_nmis();
	send_nmi();
	/* Bound: relax() moves the clock on, whatever its counter does. */
	while (machine.apic && now(&machine.io) < until)
		relax(&machine.io);
	return IQ_TIMEOUT;
}

void machine_hold_nmis(void)
{
	struct iq_trap trap;

	if (machine_guard(take_last_nmi, NULL, &trap) != IQ_OK)
		traps.hold = false;
}

/* Without clearing it, a machine check that comes now shuts the processor down whatever CR4.MCE says. */
static enum iq_status end_machine_check(void *context)
{
	(void)context;
	machine.io.machine_check = cpu_read_msr(MSR_MCG_STATUS) & MCG_STATUS_MCIP;
	if (machine.io.machine_check)
		cpu_write_msr(MSR_MCG_STATUS, 0);
	return IQ_OK;
}

static enum iq_status find_snp(void *context)
{
	const struct iq_handover *handover = machine.places.handover;

	(void)context;
	machine.snp = cpu_read_msr(MSR_SYSCFG) & SYSCFG_SNP;
	/* The record is written to without store64(). */
	for (uint64_t at = handover->note & IQ_PAGE_MASK; handover->note && at < handover->note + handover->note_size; at += IQ_PAGE_SIZE)
		give_leaf(at);
	return IQ_OK;
}

static bool has_snp(void)
{
	return cpuid(CPUID_EXTENDED_MAX).eax >= CPUID_ENCRYPTION && cpuid(CPUID_ENCRYPTION).eax & ENCRYPTION_EAX_SNP;
}

struct iq_io *machine_open(const struct iq_handover *handover, uint64_t entered)
{
	const struct cpuid features = cpuid(CPUID_FEATURES);
	struct iq_trap trap;

	machine.places.handover = handover;
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
	if (features.edx & FEATURE_EDX_MCE && features.edx & FEATURE_EDX_MCA)
		machine_guard(end_machine_check, NULL, &trap);
	/* The kernel clears it on its way here; without it a machine check resets the machine. */
	if (features.edx & FEATURE_EDX_MCE)
		cpu_write_cr4(cpu_state.cr4 | CR4_MCE);
	if (!start_overlay())
		return NULL;
	if (has_snp())
		machine_guard(find_snp, NULL, &trap);
	if (features.edx & FEATURE_EDX_APIC)
		machine_guard(find_apic, NULL, &trap);
	if (handover->flags & IQ_HANDOVER_VERBOSE && open_console(&handover->console))
		machine.io.log = console_log;
	return &machine.io;
}

void machine_close(void)
{
	if (machine.breakpoints)
		cpu_write_dr7(machine.dr7);
}
