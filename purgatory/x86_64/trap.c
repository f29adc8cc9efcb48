/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GDT, IDT and TSS of the plugin, and what becomes of an exception: it ends the innermost guarded step. The stubs and the
 * unwinding are in vectors.S.
 */
#include "trap.h"

#include "cpu.h"
#include "image.h"
#include "layout.h"

/* Segment descriptors with base 0: 64-bit code, read/write data, accessed. SDM vol. 3, 3.4.5 */
#define GDT_CODE UINT64_C(0x00af9b000000ffff)
#define GDT_DATA UINT64_C(0x00cf93000000ffff)
/* Type of a free 64-bit TSS, present. SDM vol. 3, 7.2.3 */
#define GDT_TSS	 (UINT64_C(0x89) << 40)

/* A present 64-bit interrupt gate. SDM vol. 3, 6.14.1 */
#define GATE_INTERRUPT (UINT64_C(0x8e) << 40)

/* Slots of the interrupt stack table, counted from 1. SDM vol. 3, 6.14.5 */
#define IST_EXCEPTION 1u
#define IST_NMI	      2u

#define VECTOR_NMI	     2u
#define VECTOR_DOUBLE_FAULT  8u
#define VECTOR_PAGE_FAULT    14u
#define VECTOR_MACHINE_CHECK 18u

/* 64-bit task state segment. SDM vol. 3, 7.7 */
struct __attribute__((packed)) tss {
	uint32_t reserved0;
	uint64_t rsp[3];
	uint64_t reserved1;
	uint64_t ist[7];
	uint64_t reserved2;
	uint16_t reserved3;
	uint16_t io_map; /* at or beyond the limit: none */
};

static uint64_t gdt[LAYOUT_TSS / 8 + 2];
static uint64_t idt[LAYOUT_VECTORS][2] __attribute__((aligned(16)));
static struct tss tss __attribute__((aligned(16)));
struct cpu_table gdt_pointer, idt_pointer;

static void set_gate(unsigned int vector, const uint8_t *handler, unsigned int ist)
{
	const uint64_t offset = (uintptr_t)handler;

	idt[vector][0] = (offset & 0xffff) | (uint64_t)LAYOUT_CODE << 16 | (uint64_t)ist << 32 | GATE_INTERRUPT |
			 (offset & 0xffff0000) << 32;
	idt[vector][1] = offset >> 32;
}

IQ_BEFORE_CHECK void trap_start(const uint8_t *stubs, const uint8_t *nmi)
{
	const uint64_t base = (uintptr_t)&tss;

	for (unsigned int vector = 0; vector < LAYOUT_VECTORS; vector++)
		set_gate(vector, stubs + vector * LAYOUT_STUB_SIZE, IST_EXCEPTION);
	set_gate(VECTOR_NMI, nmi, IST_NMI);

	tss.ist[IST_EXCEPTION - 1] = (uintptr_t)stacks.exception + sizeof(stacks.exception);
	tss.ist[IST_NMI - 1] = (uintptr_t)stacks.nmi + sizeof(stacks.nmi);
	tss.io_map = sizeof(tss);

	gdt[LAYOUT_CODE / 8] = GDT_CODE;
	gdt[LAYOUT_DATA / 8] = GDT_DATA;
	gdt[LAYOUT_TSS / 8] = (sizeof(tss) - 1) | (base & 0xffffff) << 16 | GDT_TSS | (base & 0xff000000) << 32;
	gdt[LAYOUT_TSS / 8 + 1] = base >> 32;

	gdt_pointer.limit = sizeof(gdt) - 1;
	gdt_pointer.base = (uintptr_t)gdt;
	idt_pointer.limit = sizeof(idt) - 1;
	idt_pointer.base = (uintptr_t)idt;
}

struct trap_frame *trap_take(uint32_t vector, uint32_t error, uint64_t ip, uint64_t address)
{
	struct trap_frame *frame = traps.frame;

	traps.exceptions++;
	if (vector == VECTOR_NMI || vector == VECTOR_DOUBLE_FAULT || vector == VECTOR_MACHINE_CHECK)
		traps.fatal = true;
	/* Until this is cleared the next machine check shuts the processor down, in here or in the capture kernel. */
	if (vector == VECTOR_MACHINE_CHECK)
		cpu_write_msr(MSR_MCG_STATUS, 0);
	if (!frame || traps.exceptions > 2 * TRAP_EXCEPTIONS_LAST)
		return NULL;
	/* An outer frame lies higher on the stack: what does not was overwritten. */
	while (traps.exceptions > TRAP_EXCEPTIONS_LAST && frame->outer > frame)
		frame = frame->outer;
	frame->trap.cause = vector;
	frame->trap.syndrome = error;
	frame->trap.address = vector == VECTOR_PAGE_FAULT ? address : 0;
	frame->trap.offset = ip - (uintptr_t)image_start;
	frame->status = traps.fatal || traps.exceptions > TRAP_EXCEPTIONS_MAX ? IQ_INTERRUPTED : IQ_FAULT;
	return frame;
}
