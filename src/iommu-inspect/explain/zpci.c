/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of Linux about PCI functions of s390 (arch/s390/pci/pci_event.c): the hypervisor or firmware reports with a PCI event code (PEC).
 */
#include "fault.h"

#include <stdio.h>

static const struct explain_help translation = {
	{ "the driver unmapped the buffer, or never mapped it, while the function still uses it",
	  "the function was left running by a crashed kernel: in a capture kernel" },
	{ "update the device's driver", "reset the function: chpid or slot off and on, /sys/bus/pci/slots" },
};

static const struct explain_help hardware = {
	{ "the adapter or its firmware failed", "the function was taken away by an operator or by service" },
	{ "look at the support element for the adapter's error", "switch the slot off and on: /sys/bus/pci/slots",
	  "look whether its driver supports recovery: the message after this one says so" },
};

static const struct explain_help recovered = {
	{ "service or the machine's own recovery brought the function back" },
	{ "nothing, if it works; else switch the slot off and on: /sys/bus/pci/slots" },
};

static const struct explain_reason reasons[] = {
	{ 0x0001, "invalid FIB or DMA address", "asked for an address that is not mapped", EXPLAIN_REFUSED, &translation },
	{ 0x0002, "function in error state", "is in error state: its DMA and interrupts are blocked", EXPLAIN_DEVICE, &translation },
	{ 0x003a, "service action or error recovery successful", "had failed and can be used again", EXPLAIN_DEVICE, &recovered },
	{ 0x003b, "error recovery failed", "failed and could not be brought back", EXPLAIN_DEVICE, &hardware },
	{ 0x0040, "service action or error recovery failed", "failed and could not be brought back", EXPLAIN_DEVICE, &hardware },
	{ EXPLAIN_OWN + 1, "error event", "reported an error", EXPLAIN_DEVICE, &hardware },
	{ EXPLAIN_OWN + 2, "no recovery", "failed, and its driver cannot recover", EXPLAIN_DEVICE, &hardware },
	{ 0 },
};

static const struct explain_form forms[] = {
	{ "zpci: {device}: Event {hexcode} reports an error for PCI function {function}", 0, 0 },
	{ "Event {hexcode} reports an error for PCI function {function}", 0, 0 },
	{ "zpci: {device}: The {any} driver bound to the device does not support error recovery", 0, EXPLAIN_MORE },
	{ "zpci: {device}: Automatic recovery failed", EXPLAIN_OWN + 2, 0 },
	{ "zpci: {device}: Initiating recovery", 0, EXPLAIN_MORE },
	{ "does not support error recovery", EXPLAIN_OWN + 2, 0 },
	{ "reconfigured PCI function", 0, EXPLAIN_ORDINARY },
	{ "zpci: {device}: ", 0, EXPLAIN_ORDINARY | EXPLAIN_PARTIAL },
	{ NULL, 0, 0 },
};

static const char *const marks[] = { "zpci", "for PCI function", NULL };

static void settle(struct explain_fault *fault)
{
	if (fault->code < EXPLAIN_OWN && !explain_reason(fault->source, fault->code)) {
		snprintf(fault->note, sizeof(fault->note), "PCI event code 0x%x", fault->code);
		fault->code = EXPLAIN_OWN + 1;
	}
	if (!fault->has_device)
		snprintf(fault->place, sizeof(fault->place), "PCI function 0x%x", (unsigned int)explain_number(fault, "function"));
}

const struct explain_source explain_zpci = {
	.name = "zpci",
	.title = "zPCI",
	.unit = "a PCI function",
	.marks = marks,
	.forms = forms,
	.reasons = reasons,
	.settle = settle,
};
