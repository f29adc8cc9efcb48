/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What entry.S and the C files of this directory agree on: selectors, sizes of stacks, offsets into structures.
 * Every offset is asserted in trap.c.
 */
#ifndef PURGATORY_X86_64_LAYOUT_H
#define PURGATORY_X86_64_LAYOUT_H

/* IQ_MACHINE_X86_64 of machine.h. */
#define LAYOUT_MACHINE 62

/* Where the handover holds the address to go on to, from the image's first byte. */
#define LAYOUT_NEXT 48

/* Selectors of the plugin's GDT: code and data as the kernel and kexec-tools number them. */
#define LAYOUT_CODE 0x10
#define LAYOUT_DATA 0x18
#define LAYOUT_TSS  0x20

/* Exceptions that the architecture knows: Intel SDM vol. 3, 6.3.1. Interrupts proper are masked all the time. */
#define LAYOUT_VECTORS	 32
#define LAYOUT_STUB_SIZE 8

/*
 * Bytes of stack. The main stack's is checked against the deepest call path at build time. An exception or an NMI that
 * ends a step runs trap_take() on its own stack, whose fresh top the processor finds in the TSS whatever RSP holds.
 */
#define LAYOUT_STACK	  6144
#define LAYOUT_TRAP_STACK 512
#define LAYOUT_STACKS	  (2 * LAYOUT_TRAP_STACK + LAYOUT_STACK)

/* struct cpu_state: the processor as it was found. */
#define STATE_RAX    0
#define STATE_RBX    8
#define STATE_RCX    16
#define STATE_RDX    24
#define STATE_RSI    32
#define STATE_RDI    40
#define STATE_RBP    48
#define STATE_RSP    56
#define STATE_R8     64
#define STATE_R9     72
#define STATE_R10    80
#define STATE_R11    88
#define STATE_R12    96
#define STATE_R13    104
#define STATE_R14    112
#define STATE_R15    120
#define STATE_RFLAGS 128
#define STATE_CR2    136
#define STATE_CR3    144
#define STATE_CR4    152
#define STATE_TIME   160
#define STATE_TARGET 168
#define STATE_CS     176
#define STATE_SS     184
#define STATE_GDTR   192
#define STATE_IDTR   208
#define STATE_BASE   224
#define STATE_SIZE   232

/* struct trap_frame: a guarded step under way. */
#define FRAME_OUTER  0
#define FRAME_RSP    8
#define FRAME_STATUS 16

/* struct traps. */
#define TRAPS_FRAME  0
#define TRAPS_NMIS   8
#define TRAPS_LEAVES 12

/* An NMI storm must not keep the capture kernel from starting. */
#define LAYOUT_NMI_MAX 64

#endif
