/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first page of a wrapped kernel's payload: the two entries of the boot protocol (Documentation/arch/x86/boot.rst).
 * Both put back what boot_params must say to the kernel behind, before anything that could go wrong: it computes from
 * init_size where to unpack itself. The carrier writes struct iq_front into it (iommu-quiesce/boot/front.h).
 */
#include "boot/front.h"

/* struct boot_params: Documentation/arch/x86/zero-page.rst */
#define PARAMS_SCRATCH	 0x1e4
#define PARAMS_INIT_SIZE 0x260

	.section .front, "ax"

	/*
	 * In 32-bit mode, from a boot loader: ESI = boot_params; EBX, EBP and EDI are 0 for the kernel. There is no stack: the
	 * kernel borrows this field of boot_params too, to learn where it is.
	 */
	.code32
front:
	leal	PARAMS_SCRATCH + 4(%esi), %esp
	call	1f
1:	popl	%eax
	subl	$(1b - front), %eax
	movl	IQ_FRONT_OFFSET + IQ_FRONT_INIT_SIZE(%eax), %ecx
	movl	%ecx, PARAMS_INIT_SIZE(%esi)
	addl	IQ_FRONT_OFFSET + IQ_FRONT_SHIFT(%eax), %eax
	jmp	*%eax

	/* In 64-bit mode, from kexec: RSI = boot_params. */
	.org	0x200
	.code64
	mov	front + IQ_FRONT_OFFSET + IQ_FRONT_INIT_SIZE(%rip), %eax
	mov	%eax, PARAMS_INIT_SIZE(%rsi)
	.byte	0xe9				/* jmp rel32, into the plugin's own image */
	.long	IQ_FRONT_SIZE + IQ_FRONT_ENTRY - (. + 4 - front)

	.org	IQ_FRONT_OFFSET

	.section .note.GNU-stack, "", @progbits
