/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Constants that the assembly and C files of this directory share: selectors, sizes of stacks, offsets into structures.
 * trap.c asserts every offset.
 */
#ifndef PURGATORY_X86_64_LAYOUT_H
#define PURGATORY_X86_64_LAYOUT_H

/* IQ_MACHINE_X86_64 of machine.h. */
#define LAYOUT_MACHINE 62

/* Offset, from the image's first byte, of the handover's address to continue at. */
#define LAYOUT_NEXT 48

/* Selectors of the plugin's GDT: code and data as the kernel and kexec-tools number them. */
#define LAYOUT_CODE 0x10
#define LAYOUT_DATA 0x18
#define LAYOUT_TSS  0x20

/* Exception vectors of the architecture: Intel SDM vol. 3, 6.3.1. Maskable interrupts stay off all the time. */
#define LAYOUT_VECTORS	 32
#define LAYOUT_STUB_SIZE 8

/*
 * Sizes of the stacks in bytes. check-image compares them with the deepest call path at build time. Exceptions and NMIs have
 * stacks of their own: the processor takes the stack's top from the TSS, whatever RSP holds. trap_take() runs there.
 */
#define LAYOUT_STACK	  6144
#define LAYOUT_TRAP_STACK 512
#define LAYOUT_STACKS	  (2 * LAYOUT_TRAP_STACK + LAYOUT_STACK)

/* struct cpu_state */
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

/* struct trap_frame */
#define FRAME_OUTER  0
#define FRAME_RSP    8
#define FRAME_STATUS 16

/* struct traps */
#define TRAPS_FRAME  0
#define TRAPS_NMIS   8
#define TRAPS_LEAVES 12
#define TRAPS_HOLD   16

/* More NMIs than this end the sequence: a storm of them must not keep the capture kernel from starting. */
#define LAYOUT_NMI_MAX 64

#endif
