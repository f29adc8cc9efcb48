/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plugin's way in on x86-64; the way out is in leave.S. Position-independent; entered in 64-bit mode, identity-mapped, with
 * nothing known about RSP, GDT, IDT or zeroed memory.
 */
#include "boot/front.h"
#include "layout.h"

	.section .entry, "ax"
	.byte	0xe9				/* jmp rel32: the handover's place behind it must not depend on the jump's size */
	.long	entry - . - 4
	.org	IQ_FRONT_ENTRY
	.byte	0xe9				/* the image carrier's way in; front.S leads here */
	.long	entry_image - . - 4

	.section .text.before_check, "ax"
entry_image:
	mov	%rax, cpu_state + STATE_RAX(%rip)
	lea	image_start(%rip), %rax
	jmp	1f
entry:
	mov	%rax, cpu_state + STATE_RAX(%rip)
	mov	$0, %eax
1:	mov	%rax, cpu_state + STATE_BASE(%rip)
	mov	%rbx, cpu_state + STATE_RBX(%rip)
	mov	%rcx, cpu_state + STATE_RCX(%rip)
	mov	%rdx, cpu_state + STATE_RDX(%rip)
	mov	%rsi, cpu_state + STATE_RSI(%rip)
	mov	%rdi, cpu_state + STATE_RDI(%rip)
	mov	%rbp, cpu_state + STATE_RBP(%rip)
	mov	%rsp, cpu_state + STATE_RSP(%rip)
	mov	%r8, cpu_state + STATE_R8(%rip)
	mov	%r9, cpu_state + STATE_R9(%rip)
	mov	%r10, cpu_state + STATE_R10(%rip)
	mov	%r11, cpu_state + STATE_R11(%rip)
	mov	%r12, cpu_state + STATE_R12(%rip)
	mov	%r13, cpu_state + STATE_R13(%rip)
	mov	%r14, cpu_state + STATE_R14(%rip)
	mov	%r15, cpu_state + STATE_R15(%rip)
	lea	stacks + LAYOUT_STACKS(%rip), %rsp		/* nothing is ever pushed on the caller's stack */
	pushfq
	popq	cpu_state + STATE_RFLAGS(%rip)
	cli
	cld
	rdtsc
	shl	$32, %rdx
	or	%rdx, %rax
	mov	%rax, cpu_state + STATE_TIME(%rip)
	mov	%cr2, %rax
	mov	%rax, cpu_state + STATE_CR2(%rip)
	mov	%cr3, %rax
	mov	%rax, cpu_state + STATE_CR3(%rip)
	mov	%cr4, %rax
	mov	%rax, cpu_state + STATE_CR4(%rip)
	mov	%cs, cpu_state + STATE_CS(%rip)
	mov	%ss, cpu_state + STATE_SS(%rip)
	sgdt	cpu_state + STATE_GDTR(%rip)
	sidt	cpu_state + STATE_IDTR(%rip)

	/*
	 * Zeroed memory was zeroed when the image was loaded, days ago, and no checksum covers it: do it again. The stack
	 * is in it, so nothing is on the stack across this.
	 */
	lea	zeroed_start(%rip), %rdi
	lea	zeroed_end(%rip), %rcx
	sub	%rdi, %rcx
	shr	$3, %rcx
	xor	%eax, %eax
	rep stosq

	/* The code below is not checked yet either: from here on what goes wrong with it comes to leave. */
	lea	trap_stubs(%rip), %rdi
	lea	trap_nmi(%rip), %rsi
	call	trap_start
	lgdt	gdt_pointer(%rip)
	lidt	idt_pointer(%rip)
	mov	$LAYOUT_DATA, %eax
	mov	%eax, %ss
	pushq	$LAYOUT_CODE			/* the frame of an NMI is only good for iretq if CS is in this GDT */
	lea	1f(%rip), %rax
	push	%rax
	lretq
1:	mov	$LAYOUT_TSS, %eax
	ltr	%ax

	lea	image_start(%rip), %rdi
	mov	cpu_state + STATE_TIME(%rip), %rsi
	mov	cpu_state + STATE_RSI(%rip), %rdx
	call	plugin_main
	jmp	leave

/* For check-image. */
	.globl	layout_stack, layout_trap_stack
	.set	layout_stack, LAYOUT_STACK
	.set	layout_trap_stack, LAYOUT_TRAP_STACK

	.section .note.GNU-stack, "", @progbits
