/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the processor enters at an exception or an NMI, and the call of a step that an exception can end.
 */
#include "layout.h"

	.section .text.before_check, "ax"

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
 * like a fatal exception, without iretq: NMIs then stay blocked, also for whoever runs next with no IDT. The step that waits
 * for an NMI for that purpose ends well.
 */
	.globl	trap_nmi
trap_nmi:
	incl	traps + TRAPS_NMIS(%rip)
	cmpl	$0, traps + TRAPS_HOLD(%rip)
	jne	2f
	cmpl	$LAYOUT_NMI_MAX, traps + TRAPS_NMIS(%rip)
	ja	1f
	iretq
2:	push	%rax
	mov	traps + TRAPS_FRAME(%rip), %rax
	test	%rax, %rax
	jz	3f
	cld
	mov	FRAME_RSP(%rax), %rsp
	xor	%eax, %eax
	jmp	trap_return
3:	pop	%rax				/* an exception has just ended that step */
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

/* void trap_unblock_nmis(void): iretq unblocks NMIs, whatever it returns from. Intel SDM vol. 3, 6.7.1 */
	.globl	trap_unblock_nmis
trap_unblock_nmis:
	mov	%rsp, %rax
	mov	%ss, %ecx
	push	%rcx
	push	%rax
	pushfq
	mov	%cs, %ecx
	push	%rcx
	lea	1f(%rip), %rax
	push	%rax
	iretq
1:	ret

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

	.section .note.GNU-stack, "", @progbits
