/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of Linux about EEH on POWER (arch/powerpc/kernel/eeh*.c, platforms/powernv/pci.c): the host bridge (PHB) freezes a partitionable
 * endpoint (PE) after an error, all reads give ones, all DMA is dropped.
 */
#include "fault.h"
#include "others.h"

#include <stdio.h>

enum {
	FROZEN = EXPLAIN_OWN + 1,
	FENCED,
	DEAD,
	FAILED,
	PERMANENT,
	DIAGNOSTICS,
};

static const struct explain_help frozen = {
	{ "the device used an address that its window (TVE, TCE table) does not map: a driver's bug, or DMA of a crashed kernel",
	  "an error of the link or of the device: a completion that never came, a malformed packet",
	  "the driver read a register while the device was in reset or gone" },
	{ "look at PE A/B of the diagnostic data and at the device's AER status below the message",
	  "update the device's driver and firmware",
	  "if it comes back on one slot only: reseat or replace the adapter" },
};

static const struct explain_help fenced = {
	{ "an error that the host bridge cannot lay on one device: link down, a fault of the bridge itself",
	  "too many frozen endpoints behind it" },
	{ "look at the diagnostic data (nFir, PhbErr, LEM) and at the service processor's error log",
	  "update the machine's firmware (OPAL, FSP)",
	  "reseat or replace the adapter" },
};

static const struct explain_help permanent = {
	{ "the device failed more often within an hour than the kernel tolerates", "its driver cannot recover" },
	{ "reseat or replace the adapter", "look at the first failure of the hour: it says why" },
};

static const struct explain_reason reasons[] = {
	{ FROZEN, "frozen PE", "was frozen by its host bridge: its DMA is dropped, and reads of it give ones", EXPLAIN_DEVICE, &frozen },
	{ FENCED, "fenced PHB", "is a host bridge that has stopped: all devices behind it are cut off", EXPLAIN_UNIT, &fenced },
	{ DEAD, "dead PHB", "is a host bridge that is dead: all devices behind it are lost", EXPLAIN_UNIT, &fenced },
	{ FAILED, "PHB failure", "is a host bridge that failed", EXPLAIN_UNIT, &fenced },
	{ PERMANENT, "permanently disabled", "failed too often and is switched off", EXPLAIN_DEVICE, &permanent },
	{ DIAGNOSTICS, "diagnostic data of the PHB", "is a host bridge whose diagnostic data were logged", EXPLAIN_NOTE, &frozen },
	{ 0 },
};

static const struct explain_form forms[] = {
	{ "EEH: Frozen PHB#{phb}-PE#{pe} is empty", 0, EXPLAIN_ORDINARY },
	{ "EEH: Frozen PHB#{phb}-PE#{pe} detected", FROZEN, 0 },
	{ "Frozen PHB#{phb}-PE#{pe} detected", FROZEN, 0 },
	{ "EEH: Frozen PE#{pe} on PHB#{phb} detected", FROZEN, 0 },
	{ "EEH: Recovering PHB#{phb}-PE#{pe}", 0, EXPLAIN_ORDINARY },
	{ "EEH: Fenced PHB#{phb} detected", FENCED, 0 },
	{ "EEH: Recovering PHB#{phb},", 0, EXPLAIN_ORDINARY },
	{ "EEH: Dead PHB#{phb} detected", DEAD, 0 },
	{ "EEH: PHB#{phb} failure detected", FAILED, 0 },
	{ "has failed {times} times in the last hour and has been permanently disabled", PERMANENT, 0 },
	{ "has failed {times} times and will be permanently disabled", 0, EXPLAIN_ORDINARY },
	{ "Unable to recover from failure from PHB#{phb}-PE#{pe}", PERMANENT, 0 },
	{ "PE[{any}] A/B: {pesta} {pestb}", 0, EXPLAIN_MORE },
	{ "EEH: PE location: {t-location}, PHB location", 0, EXPLAIN_MORE },
	{ " PHB#{phb} Diag-data", 0, EXPLAIN_MORE },
	{ "EEH: Notify", 0, EXPLAIN_MORE },
	{ "EEH: of node=", 0, EXPLAIN_MORE },
	{ "EEH: PCI", 0, EXPLAIN_MORE },
	{ "EEH: Call Trace", 0, EXPLAIN_MORE },
	{ "EEH: [", 0, EXPLAIN_MORE },
	{ " PHB#{phb} Diag-data", DIAGNOSTICS, 0 },
	{ "EEH: ", 0, EXPLAIN_ORDINARY | EXPLAIN_PARTIAL },
	{ " EEH: Invoking", 0, EXPLAIN_ORDINARY },
	{ NULL, 0, 0 },
};

static const char *const marks[] = { "EEH", "PHB#", NULL };

static void settle(struct explain_fault *fault)
{
	const unsigned int phb = (unsigned int)explain_number(fault, "phb");

	if (fault->code == FROZEN || fault->code == PERMANENT)
		snprintf(fault->place, sizeof(fault->place), "PHB#%x-PE#%x", phb, (unsigned int)explain_number(fault, "pe"));
	else
		snprintf(fault->place, sizeof(fault->place), "PHB#%x", phb);
}

const struct explain_source explain_eeh = {
	.name = "eeh",
	.title = "EEH",
	.unit = "a PCI host bridge",
	.marks = marks,
	.forms = forms,
	.reasons = reasons,
	.settle = settle,
};
