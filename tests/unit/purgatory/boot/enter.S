/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The assembly of a boot loader that acts as the crashed kernel. It goes from multiboot to long mode, enters the plugin with a given
 * state of the processor, and stores every register when the plugin has ended.
 */
#include "loader-state.h"

#define MULTIBOOT_MAGIC 0x1badb002
#define MULTIBOOT_FLAGS 0x10001	/* align modules to pages; use the addresses below, not an ELF header */

	.section .multiboot, "ax"
	.balign	4
header:
	.long	MULTIBOOT_MAGIC
	.long	MULTIBOOT_FLAGS
	.long	-(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)
	.long	header
	.long	0x100000
	.long	file_end
	.long	memory_end
	.long	start

	.text
	.code32
	.globl	start
start:
	cli
	cld
	mov	$stack_top, %esp
	mov	%ebx, multiboot_information
	/* 4 GiB one to one, in 2 MiB pages. */
	movl	$loader_l4 + 3, loader_l5
	movl	$loader_l3 + 3, loader_l4
	movl	$loader_l2 + 0x0003, loader_l3
	movl	$loader_l2 + 0x1003, loader_l3 + 8
	movl	$loader_l2 + 0x2003, loader_l3 + 16
	movl	$loader_l2 + 0x3003, loader_l3 + 24
	mov	$loader_l2, %edi
	mov	$0x83, %eax
1:	mov	%eax, (%edi)
	add	$8, %edi
	add	$0x200000, %eax
	jnc	1b
	/* Use five levels if the processor has them, as the kernel does. */
	mov	$0x20, %esi
	mov	$loader_l4, %edi
	xor	%eax, %eax
	cpuid
	cmp	$7, %eax
	jb	1f
	mov	$7, %eax
	xor	%ecx, %ecx
	cpuid
	bt	$16, %ecx
	jnc	1f
	mov	$0x1020, %esi
	mov	$loader_l5, %edi
1:	mov	%esi, %cr4
	mov	%edi, %cr3
	mov	$0xc0000080, %ecx
	rdmsr
	or	$0x100, %eax
	wrmsr
	mov	$0x80000033, %eax
	mov	%eax, %cr0
	lgdt	loader_gdtr
	ljmp	$0x10, $1f

	.code64
1:	mov	$0x18, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %fs
	mov	%eax, %gs
	mov	%eax, %ss
	lea	stack_top(%rip), %rsp
	mov	%cr3, %rax
	mov	%rax, loader_cr3(%rip)
	mov	multiboot_information(%rip), %edi
	call	loader_main
1:	hlt
	jmp	1b

/* void enter(uint64_t plugin): enter it with the state in "before". It continues at next_entry, which calls loader_check(). */
	.globl	enter
enter:
	mov	%rdi, target(%rip)
	mov	before + STATE_DR7(%rip), %rax
	mov	%rax, %dr7
	mov	before + STATE_CR4(%rip), %rax
	mov	%rax, %cr4
	mov	before + STATE_CR2(%rip), %rax
	mov	%rax, %cr2
	mov	before + STATE_CR3(%rip), %rax
	mov	%rax, %cr3
	lgdt	before + STATE_GDTR(%rip)
	lidt	before + STATE_IDTR(%rip)
	.set	at, 0
	.irp	name, rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp, r8, r9, r10, r11, r12, r13, r14, r15
	.ifnc	\name, rsp
	mov	before + at(%rip), %\name
	.endif
	.set	at, at + 8
	.endr
	lea	stack_top(%rip), %rsp
	pushq	before + STATE_RFLAGS(%rip)
	popfq
	mov	before + STATE_RSP(%rip), %rsp
	jmp	*target(%rip)

/* void loader_take_nmi(void): one NMI from the local APIC, without iretq: NMIs stay blocked. Its handler is loader_keep. */
	.globl	loader_take_nmi, loader_keep
loader_take_nmi:
	mov	%rsp, loader_rsp(%rip)
	call	loader_send_nmi
1:	pause
	jmp	1b
loader_keep:
	mov	loader_rsp(%rip), %rsp
	ret

/* The handler of an NMI that is only counted. */
	.globl	loader_count, loader_nmis
loader_count:
	incl	loader_nmis(%rip)
	iretq

/* void loader_unblock_nmis(void): as iretq does. */
	.globl	loader_unblock_nmis
loader_unblock_nmis:
	mov	%rsp, %rax
	pushq	$0x18
	push	%rax
	pushfq
	pushq	$0x10
	lea	1f(%rip), %rax
	push	%rax
	iretq
1:	ret

	.globl	next_entry
next_entry:
	.set	at, 0
	.irp	name, rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp, r8, r9, r10, r11, r12, r13, r14, r15
	mov	%\name, after + at(%rip)
	.set	at, at + 8
	.endr
	lea	stack_top(%rip), %rsp
	pushfq
	popq	after + STATE_RFLAGS(%rip)
	.set	at, STATE_CR0
	.irp	name, cr0, cr2, cr3, cr4, dr7
	mov	%\name, %rax
	mov	%rax, after + at(%rip)
	.set	at, at + 8
	.endr
	.irp	name, cs, ss, ds, es, fs, gs
	mov	%\name, %eax
	mov	%rax, after + at(%rip)
	.set	at, at + 8
	.endr
	sgdt	after + STATE_GDTR(%rip)
	sidt	after + STATE_IDTR(%rip)
	lgdt	loader_gdtr(%rip)
	mov	loader_cr3(%rip), %rax
	mov	%rax, %cr3
	cld
	call	loader_check

	.section .rodata
	.balign	8
loader_gdt:
	.quad	0, 0, 0x00af9b000000ffff, 0x00cf93000000ffff
	.quad	0, 0, 0x00af9b000000ffff, 0x00cf93000000ffff
	.globl	loader_gdtr
loader_gdtr:
	.short	. - loader_gdt - 1
	.quad	loader_gdt

	.bss
	.balign	4096
loader_l5:
	.skip	0x1000
loader_l4:
	.skip	0x1000
loader_l3:
	.skip	0x1000
loader_l2:
	.skip	0x4000
	.skip	0x4000
stack_top:
multiboot_information:
	.skip	8
loader_cr3:
	.skip	8
target:
	.skip	8
loader_rsp:
	.skip	8
loader_nmis:
	.skip	8

	.section .note.GNU-stack, "", @progbits
