/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The processor's state before and after the plugin, shared by enter.S and loader.c: 8 bytes for each register, from RAX on, in the
 * order of the names in loader.c.
 */
#ifndef LOADER_STATE_H
#define LOADER_STATE_H

#define LOADER_SPARE 0x7000000
/* RAM that the crashed kernel's page tables do not map, and that the ELF core header has with option `core'. */
#define LOADER_ADDED 0x9000000

#define STATE_RSP    56
#define STATE_RFLAGS 128
#define STATE_CR0    136
#define STATE_CR2    144
#define STATE_CR3    152
#define STATE_CR4    160
#define STATE_DR7    168
#define STATE_CS     176
#define STATE_SS     184
#define STATE_GS     216
#define STATE_GDTR   224
#define STATE_IDTR   240
#define STATE_SIZE   256

#endif
