/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * zPCI, read from dumps only: on the way into a capture kernel the machine resets all functions (Linux,
 * arch/s390/kernel/machine_kexec.c: diagnose 308), so that there is nothing to be done at the crash.
 */
#include "zpci.h"

/* Offsets in the function information block; those of what is not in it are behind its end. */
static const struct iq_register registers[ZPCI_REGISTERS] = {
	[ZPCI_FID] = { "FID", 0x100, 32, false, false },   [ZPCI_FH] = { "FH", 0x104, 32, false, false },
	[ZPCI_UID] = { "UID", 0x108, 32, false, false },   [ZPCI_FC] = { "FC", 8, 32, false, false },
	[ZPCI_PBA] = { "PBA", 16, 64, false, false },	   [ZPCI_PAL] = { "PAL", 24, 64, false, false },
	[ZPCI_IOTA] = { "IOTA", 32, 64, false, false },
};

const struct iq_family iq_zpci = {
	.name = "zpci",
	.id = ZPCI_ID,
	.registers = registers,
	.register_count = ZPCI_REGISTERS,
};
