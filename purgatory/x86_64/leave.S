/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plugin's way out on x86-64. Safe to enter from anywhere and more than once: an exception in here starts it again. What to
 * restore comes from cpu_state alone.
 */
#include "layout.h"

	.section .text.before_check, "ax"
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

	.section .note.GNU-stack, "", @progbits
