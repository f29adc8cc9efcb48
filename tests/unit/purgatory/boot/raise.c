/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Raises faults: see raise.h.
 */
#include "raise.h"

#include "hostile.h"

#define NON_CANONICAL UINT64_C(0x8123456789abcdef)

static void read_at(uint64_t address)
{
	(void)*(volatile uint64_t *)(uintptr_t)address;
}

/* Mark the gate of #GP not present: #GP then raises #NP, which makes a double fault. SDM vol. 3, 6.15 */
static void raise_double_fault(void)
{
	struct __attribute__((packed)) {
		uint16_t limit;
		uint64_t base;
	} idtr;

	__asm__ volatile("sidt %0" : "=m"(idtr));
	((uint8_t *)(uintptr_t)idtr.base)[13 * 16 + 5] = 0;
	read_at(NON_CANONICAL);
}

static void raise_without_idt(void)
{
	static const struct __attribute__((packed)) {
		uint16_t limit;
		uint64_t base;
	} none;

	__asm__ volatile("lidt %0" : : "m"(none));
	read_at(UNMAPPED);
}

static void read_unmapped(void)
{
	read_at(UNMAPPED);
}

static void read_non_canonical(void)
{
	read_at(NON_CANONICAL);
}

static void undefined_opcode(void)
{
	__asm__ volatile("ud2");
}

static void divide_by_zero(void)
{
	__asm__ volatile("xor %%edx, %%edx; xor %%ecx, %%ecx; div %%ecx" : : : "eax", "ecx", "edx", "cc");
}

static void single_step(void)
{
	__asm__ volatile("pushfq; orl $0x100, (%%rsp); popfq; nop; nop" : : : "memory", "cc");
}

static void breakpoint(void)
{
	__asm__ volatile("int3");
}

/* xorps %xmm0, %xmm0; ret. It is data, because check-image refuses a plugin with such an instruction in its code. */
static const uint8_t sse[] = { 0x0f, 0x57, 0xc0, 0xc3 };

static void use_sse(void)
{
	__asm__ volatile("call *%0" : : "r"(sse) : "memory");
}

static void call_unmapped(void)
{
	__asm__ volatile("call *%0" : : "r"(UNMAPPED) : "memory");
}

static void lose_stack(void)
{
	__asm__ volatile("mov %0, %%rsp; push %%rax" : : "r"(UNMAPPED) : "memory");
}

/* INT uses the same gates and frames as an exception or NMI from outside. */
static void take_nmis(void)
{
	__asm__ volatile("int $2; int $2; int $2" : : : "memory");
}

static void take_nmis_without_end(void)
{
	for (unsigned int i = 0; i < 1000; i++)
		take_nmis();
}

static void check_machine(void)
{
	__asm__ volatile("int $18" : : : "memory");
}

static void (*const faults[])(void) = {
	[FAULT_PAGE] = read_unmapped,
	[FAULT_PROTECTION] = read_non_canonical,
	[FAULT_OPCODE] = undefined_opcode,
	[FAULT_DIVIDE] = divide_by_zero,
	[FAULT_DEBUG] = single_step,
	[FAULT_BREAKPOINT] = breakpoint,
	[FAULT_SSE] = use_sse,
	[FAULT_JUMP] = call_unmapped,
	[FAULT_STACK] = lose_stack,
	[FAULT_DOUBLE] = raise_double_fault,
	[FAULT_MANY] = read_unmapped,
	[FAULT_FLOOD] = read_unmapped,
	[FAULT_NO_IDT] = raise_without_idt,
	[FAULT_NMI_GATE] = take_nmis,
	[FAULT_STORM_GATE] = take_nmis_without_end,
	[FAULT_MACHINE_CHECK] = check_machine,
};

void raise_fault(unsigned int fault)
{
	if (fault < IQ_ARRAY_SIZE(faults) && faults[fault])
		faults[fault]();
}
