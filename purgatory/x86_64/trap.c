/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GDT, IDT and TSS of the plugin, and what becomes of an exception: it ends the innermost guarded step. The stubs and the
 * unwinding are in entry.S.
 */
#include "trap.h"

#include "cpu.h"
#include "boot/handover.h"
#include "image.h"
#include "layout.h"
#include "machine.h"

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

struct cpu_state cpu_state __attribute__((section(".bss.state"), aligned(64)));
struct traps traps;

/* The main stack lies highest: an overflow runs into the other two, not into what the way out needs. */
struct {
	uint8_t exception[LAYOUT_TRAP_STACK];
	uint8_t nmi[LAYOUT_TRAP_STACK];
	uint8_t main[LAYOUT_STACK];
} stacks __attribute__((section(".bss.stacks"), aligned(64)));

static uint64_t gdt[LAYOUT_TSS / 8 + 2];
static uint64_t idt[LAYOUT_VECTORS][2] __attribute__((aligned(16)));
static struct tss tss __attribute__((aligned(16)));
struct cpu_table gdt_pointer, idt_pointer;

extern const uint8_t trap_stubs[];
extern const uint8_t trap_nmi[];

#define ASSERT_STATE(member, offset) _Static_assert(offsetof(struct cpu_state, member) == (offset), #member)
ASSERT_STATE(general[15], STATE_R15);
ASSERT_STATE(rflags, STATE_RFLAGS);
ASSERT_STATE(cr2, STATE_CR2);
ASSERT_STATE(cr3, STATE_CR3);
ASSERT_STATE(cr4, STATE_CR4);
ASSERT_STATE(time, STATE_TIME);
ASSERT_STATE(target, STATE_TARGET);
ASSERT_STATE(cs, STATE_CS);
ASSERT_STATE(ss, STATE_SS);
ASSERT_STATE(gdtr, STATE_GDTR);
ASSERT_STATE(idtr, STATE_IDTR);
ASSERT_STATE(base, STATE_BASE);
_Static_assert(sizeof(stacks) == LAYOUT_STACKS, "stacks");
_Static_assert(sizeof(struct cpu_state) >= STATE_SIZE, "cpu_state");
_Static_assert(offsetof(struct trap_frame, outer) == FRAME_OUTER, "outer");
_Static_assert(offsetof(struct trap_frame, rsp) == FRAME_RSP, "rsp");
_Static_assert(offsetof(struct trap_frame, status) == FRAME_STATUS, "status");
_Static_assert(offsetof(struct traps, frame) == TRAPS_FRAME, "frame");
_Static_assert(offsetof(struct traps, nmis) == TRAPS_NMIS, "nmis");
_Static_assert(offsetof(struct traps, leaves) == TRAPS_LEAVES, "leaves");
_Static_assert(IQ_HANDOVER_OFFSET + offsetof(struct iq_handover, next) == LAYOUT_NEXT, "next");
_Static_assert(LAYOUT_MACHINE == IQ_MACHINE_X86_64, "machine");

static void set_gate(unsigned int vector, const uint8_t *handler, unsigned int ist)
{
	const uint64_t offset = (uintptr_t)handler;

	idt[vector][0] = (offset & 0xffff) | (uint64_t)LAYOUT_CODE << 16 | (uint64_t)ist << 32 | GATE_INTERRUPT |
			 (offset & 0xffff0000) << 32;
	idt[vector][1] = offset >> 32;
}

IQ_BEFORE_CHECK void trap_start(void)
{
	const uint64_t base = (uintptr_t)&tss;

	for (unsigned int vector = 0; vector < LAYOUT_VECTORS; vector++)
		set_gate(vector, trap_stubs + vector * LAYOUT_STUB_SIZE, IST_EXCEPTION);
	set_gate(VECTOR_NMI, trap_nmi, IST_NMI);

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

enum iq_status trap_guard(iq_step step, void *context, struct iq_trap *trap)
{
	struct trap_frame frame = { .trap.cause = UINT32_MAX };
	enum iq_status status = trap_call(&frame, step, context);

	if (frame.trap.cause != UINT32_MAX)
		*trap = frame.trap;
	return status;
}
