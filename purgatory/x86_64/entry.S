/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plugin's way in and out on x86-64, its exception stubs, and the call that an exception can end.
 * Position-independent; entered in 64-bit mode, identity-mapped, with nothing known about RSP, GDT, IDT or zeroed memory.
 */
#include "boot/front.h"
#include "layout.h"

	.section .entry, "ax"
	.globl	image_start
image_start:
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
	.globl	entry
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

	/*
	 * The way out. Safe to enter from anywhere and more than once: an exception in here starts it again. What to restore
	 * comes from cpu_state alone.
	 */
	.globl	leave
leave:
	cli
	cld
	lea	stacks + LAYOUT_STACKS(%rip), %rsp

	/*
	 * Where to? The copy in the image's last bytes is believed if it agrees with its own complement; it does unless just
	 * these bytes were overwritten, and then the handover's is the better one. So no single damaged range of the image
	 * outside of this file's code keeps the capture kernel from starting.
	 */
	mov	image_end - 16(%rip), %rax
	mov	image_end - 8(%rip), %rdx
	not	%rdx
	cmp	%rax, %rdx
	je	1f
	mov	image_start + LAYOUT_NEXT(%rip), %rax
1:	add	cpu_state + STATE_BASE(%rip), %rax
	mov	%rax, cpu_state + STATE_TARGET(%rip)

	/* Tried twice: if putting these back is what faults, the next program is better off with the plugin's than not run. */
	incl	traps + TRAPS_LEAVES(%rip)
	cmpl	$2, traps + TRAPS_LEAVES(%rip)
	ja	1f
	mov	cpu_state + STATE_CR3(%rip), %rax
	mov	%rax, %cr3
	mov	%cr4, %rdx
	mov	cpu_state + STATE_CR4(%rip), %rax
	cmp	%rax, %rdx
	je	2f
	mov	%rax, %cr4
2:	mov	cpu_state + STATE_CR2(%rip), %rax
	mov	%rax, %cr2
1:

	/*
	 * Code and stack segment: the kernel and every boot protocol use the plugin's own two numbers for flat segments, so
	 * there is nothing to take from the caller's GDT, and it (the kernel leaves an empty one behind) is not even read.
	 * Other selectors are reloaded if the caller's GDT holds them. An exception has left a null SS behind.
	 */
	lgdt	gdt_pointer(%rip)
	mov	$LAYOUT_DATA, %eax
	mov	%eax, %ss
	movzwl	cpu_state + STATE_GDTR(%rip), %ecx
	movzwl	cpu_state + STATE_SS(%rip), %eax
	movzwl	cpu_state + STATE_CS(%rip), %edx
	lgdt	cpu_state + STATE_GDTR(%rip)
	cmp	$LAYOUT_DATA, %eax
	je	1f
	cmp	%ecx, %eax
	ja	1f
	mov	%eax, %ss
1:	cmp	$LAYOUT_CODE, %edx
	je	1f
	cmp	%ecx, %edx
	ja	1f
	push	%rdx
	lea	1f(%rip), %rax
	push	%rax
	lretq
1:	lidt	cpu_state + STATE_IDTR(%rip)

	mov	cpu_state + STATE_RAX(%rip), %rax
	mov	cpu_state + STATE_RBX(%rip), %rbx
	mov	cpu_state + STATE_RCX(%rip), %rcx
	mov	cpu_state + STATE_RDX(%rip), %rdx
	mov	cpu_state + STATE_RSI(%rip), %rsi
	mov	cpu_state + STATE_RDI(%rip), %rdi
	mov	cpu_state + STATE_RBP(%rip), %rbp
	mov	cpu_state + STATE_R8(%rip), %r8
	mov	cpu_state + STATE_R9(%rip), %r9
	mov	cpu_state + STATE_R10(%rip), %r10
	mov	cpu_state + STATE_R11(%rip), %r11
	mov	cpu_state + STATE_R12(%rip), %r12
	mov	cpu_state + STATE_R13(%rip), %r13
	mov	cpu_state + STATE_R14(%rip), %r14
	mov	cpu_state + STATE_R15(%rip), %r15
	pushq	cpu_state + STATE_RFLAGS(%rip)
	popfq
	mov	cpu_state + STATE_RSP(%rip), %rsp
	jmp	*cpu_state + STATE_TARGET(%rip)

/*
 * One stub a vector; the call's return address says which. All but the NMI's run on the trap stack and never return, so
 * that a second exception may overwrite the frame of the first.
 */
	.balign	LAYOUT_STUB_SIZE
	.globl	trap_stubs
trap_stubs:
	.rept	LAYOUT_VECTORS
	call	trap_common
	.balign	LAYOUT_STUB_SIZE
	.endr

/* Vectors whose exception pushes an error code: #DF, #TS, #NP, #SS, #GP, #PF, #AC, #CP, #VC, #SX. SDM vol. 3, 6.3.1; APM 2, 8.2 */
#define ERROR_CODES (1 << 8 | 0x1f << 10 | 1 << 17 | 1 << 21 | 1 << 29 | 1 << 30)

trap_common:
	cld
	pop	%rdi
	lea	trap_stubs(%rip), %rax
	sub	%rax, %rdi
	shr	$3, %edi
	mov	$ERROR_CODES, %eax
	bt	%edi, %eax
	jc	1f
	push	$0
1:	pop	%rsi
	mov	(%rsp), %rdx
	mov	%cr2, %rcx
	jmp	trap_unwind

/*
 * Counted, then back to work. The one handler that returns, so that NMIs are unblocked again. Too many: end the step
 * like a fatal exception, without iretq: NMIs then stay blocked, also for whoever runs next with no IDT.
 */
	.globl	trap_nmi
trap_nmi:
	incl	traps + TRAPS_NMIS(%rip)
	cmpl	$LAYOUT_NMI_MAX, traps + TRAPS_NMIS(%rip)
	ja	1f
	iretq
1:	cld
	mov	$2, %edi
	xor	%esi, %esi
	mov	(%rsp), %rdx
	xor	%ecx, %ecx

/* End the innermost guarded step: trap_take(vector, error, ip, address) finds it; none: leave. */
trap_unwind:
	and	$-16, %rsp
	call	trap_take
	test	%rax, %rax
	jz	leave
	mov	FRAME_RSP(%rax), %rsp
	mov	FRAME_STATUS(%rax), %eax
	jmp	trap_return

/*
 * enum iq_status trap_call(struct trap_frame *frame, iq_step step, void *context): run the step as the innermost frame.
 * Returns what it returned, or frame->status if an exception ended it.
 */
	.globl	trap_call
trap_call:
	push	%rbp
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rdi
	mov	%rsp, FRAME_RSP(%rdi)
	mov	traps + TRAPS_FRAME(%rip), %rax
	mov	%rax, FRAME_OUTER(%rdi)
	mov	%rdi, traps + TRAPS_FRAME(%rip)	/* in force from here: the frame is complete */
	mov	%rdx, %rdi
	call	*%rsi
trap_return:
	mov	(%rsp), %rdi
	mov	FRAME_OUTER(%rdi), %rdx
	mov	%rdx, traps + TRAPS_FRAME(%rip)
	pop	%rdi
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	pop	%rbp
	ret

/* For check-image. */
	.globl	layout_stack, layout_trap_stack
	.set	layout_stack, LAYOUT_STACK
	.set	layout_trap_stack, LAYOUT_TRAP_STACK

	.section .note.GNU-stack, "", @progbits
