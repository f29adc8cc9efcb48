/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plugin that purgatory/ built, carried inside the program.
 */
	.section .rodata
	.balign 16
	.globl	kq_plugin_start, kq_plugin_end
	.hidden	kq_plugin_start, kq_plugin_end
kq_plugin_start:
	.incbin	"purgatory/plugin.bin"
kq_plugin_end:
	.globl	kq_front_start, kq_front_end
	.hidden	kq_front_start, kq_front_end
kq_front_start:
	.incbin	"purgatory/front.bin"
kq_front_end:
	.section .note.GNU-stack, "", @progbits
