/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of Linux about errors of PCI Express (drivers/pci/pcie/aer.c, dpc.c; PCI Express 6.0, 7.8.4 and 7.9.14), which come beside those
 * of IOMMUs: a request that is refused ends in one of them where a device, a bridge or a root port takes offence.
 */
#include "fault.h"
#include "others.h"

#include <stdio.h>
#include <string.h>

/* Codes: the number of the first error bit, of the Uncorrectable and of the Correctable Error Status register. */
#define CORRECTABLE 0x100u

enum {
	CORRECTED_ANY = EXPLAIN_OWN + 1,
	NONFATAL_ANY,
	FATAL_ANY,
	DPC,
	NOT_RECOVERED,
};

static const struct explain_help link = {
	{ "a bad contact: riser, slot, cable, connector", "a link that is at its limit: length, speed, power saving (ASPM)",
	  "firmware of the device or of a retimer" },
	{ "reseat the card, look at the slot and the cable", "update firmware; lower the link's speed; pcie_aspm=off",
	  "look at the count over time: some a day are noise, some a second are not" },
};

static const struct explain_help timeout = {
	{ "nobody answered: the request was refused by an IOMMU (see its faults at the same time), or its target is gone",
	  "the device or the link below it hangs or was reset" },
	{ "look for faults of the IOMMU of the same device and time: they come first",
	  "look for link messages of the device", "update the device's firmware" },
};

static const struct explain_help request = {
	{ "the driver uses a register or an address that the device does not have",
	  "DMA after the crash: an answer to a device that a capture kernel has reset",
	  "one device asked another one (peer to peer) and ACS, or a bridge, forbids it" },
	{ "look at the TLP header in the log: requester and address are in it", "update the driver" },
};

static const struct explain_help poisoned = {
	{ "memory or a device gave data that are known to be damaged", "an uncorrected memory error" },
	{ "look for machine checks, RAS and EDAC messages at the same time", "test the memory" },
};

static const struct explain_help broken = {
	{ "the device or a bridge sends packets that are against the rules: its firmware, or damage on the way" },
	{ "update the device's firmware", "reseat or replace it" },
};

static const struct explain_help contained = {
	{ "the port below which the error came closed its link (DPC), so that nothing wrong gets through" },
	{ "look at the device below the port: the error before this message is its", "update its driver: it has to recover" },
};

static const struct explain_reason reasons[] = {
	{ 4, "Data Link Protocol Error", "met a link whose other end breaks the rules", EXPLAIN_DEVICE, &link },
	{ 5, "Surprise Down Error", "lost its link without warning", EXPLAIN_DEVICE, &link },
	{ 12, "Poisoned TLP Received", "got data that are known to be damaged", EXPLAIN_DEVICE, &poisoned },
	{ 13, "Flow Control Protocol Error", "met a link whose other end breaks the rules", EXPLAIN_DEVICE, &broken },
	{ 14, "Completion Timeout", "got no answer to a request", EXPLAIN_DEVICE, &timeout },
	{ 15, "Completer Abort", "refused a request as against its rules", EXPLAIN_DEVICE, &request },
	{ 16, "Unexpected Completion", "got an answer that it did not ask for", EXPLAIN_DEVICE, &request },
	{ 17, "Receiver Overflow", "got more than it had room for", EXPLAIN_DEVICE, &broken },
	{ 18, "Malformed TLP", "got a packet that is against the rules", EXPLAIN_DEVICE, &broken },
	{ 19, "ECRC Error", "got a packet with a wrong checksum", EXPLAIN_DEVICE, &link },
	{ 20, "Unsupported Request", "got a request that it does not serve", EXPLAIN_DEVICE, &request },
	{ 21, "ACS Violation", "refused a request between devices", EXPLAIN_REFUSED, &request },
	{ 22, "Uncorrectable Internal Error", "failed inside", EXPLAIN_DEVICE, &broken },
	{ 23, "MC Blocked TLP", "refused a multicast request", EXPLAIN_REFUSED, &request },
	{ 24, "AtomicOp Egress Blocked", "refused an atomic operation", EXPLAIN_REFUSED, &request },
	{ 25, "TLP Prefix Blocked Error", "refused a request with a PASID or another prefix", EXPLAIN_REFUSED, &request },
	{ 26, "Poisoned TLP Egress Blocked", "held back data that are known to be damaged", EXPLAIN_DEVICE, &poisoned },
	{ CORRECTABLE + 0, "Receiver Error", "received a damaged signal and corrected it", EXPLAIN_NOTE, &link },
	{ CORRECTABLE + 6, "Bad TLP", "received a damaged packet and got it again", EXPLAIN_NOTE, &link },
	{ CORRECTABLE + 7, "Bad DLLP", "received a damaged link packet and got it again", EXPLAIN_NOTE, &link },
	{ CORRECTABLE + 8, "REPLAY_NUM Rollover", "had to send packets several times", EXPLAIN_NOTE, &link },
	{ CORRECTABLE + 12, "Replay Timer Timeout", "waited too long for an acknowledgement and sent again", EXPLAIN_NOTE, &link },
	{ CORRECTABLE + 13, "Advisory Non-Fatal Error", "met an error that others handle", EXPLAIN_NOTE, &request },
	{ CORRECTABLE + 14, "Corrected Internal Error", "corrected an error inside", EXPLAIN_NOTE, &broken },
	{ CORRECTABLE + 15, "Header Log Overflow", "logged more headers than it has room for", EXPLAIN_NOTE, &broken },
	{ CORRECTED_ANY, "corrected error", "corrected an error", EXPLAIN_NOTE, &link },
	{ NONFATAL_ANY, "uncorrected error, not fatal", "met an error that it could not correct", EXPLAIN_DEVICE, &timeout },
	{ FATAL_ANY, "uncorrected error, fatal", "met an error after which its link cannot be trusted", EXPLAIN_DEVICE, &link },
	{ DPC, "Downstream Port Containment", "closed its link to contain an error", EXPLAIN_DEVICE, &contained },
	{ NOT_RECOVERED, "recovery failed", "could not be recovered after an error", EXPLAIN_DEVICE, &broken },
	{ 0 },
};

static const struct explain_form forms[] = {
	{ "{device}: PCIe Bus Error: severity=Corrected, type={t-layer}, ({t-agent})", CORRECTED_ANY, 0 },
	{ "{device}: PCIe Bus Error: severity=Corrected, type={t-layer}, id={any}({t-agent})", CORRECTED_ANY, 0 },
	{ "{device}: PCIe Bus Error: severity=Uncorrect{any}(Non-Fatal), type={t-layer}, ({t-agent})", NONFATAL_ANY, 0 },
	{ "{device}: PCIe Bus Error: severity=Uncorrect{any}(Non-Fatal), type={t-layer}, id={any}({t-agent})", NONFATAL_ANY, 0 },
	{ "{device}: PCIe Bus Error: severity=Uncorrect{any}(Fatal), type={t-layer}, ({t-agent})", FATAL_ANY, 0 },
	{ "{device}: PCIe Bus Error: severity=Uncorrect{any}(Fatal), type={t-layer}, id={any}({t-agent})", FATAL_ANY, 0 },
	{ "{device}: device [{any}] error status/mask={status}/{mask}", 0, EXPLAIN_MORE },
	{ "status/mask={status}/{mask}", 0, EXPLAIN_MORE },
	{ "TLP Header: {h0} {h1} {h2} {h3}", 0, EXPLAIN_MORE },
	{ "{device}: aer_status: {status}, aer_mask: {mask}", 0, EXPLAIN_MORE },
	{ "{device}: aer_status: {status}, aer_mask: {mask}", NONFATAL_ANY, 0 },
	{ "Error of this Agent", 0, EXPLAIN_MORE },
	{ "{device}: DPC: containment event, status:{status}", DPC, 0 },
	{ "{device}: AER: device recovery failed", NOT_RECOVERED, 0 },
	{ "{device}: device recovery failed", NOT_RECOVERED, 0 },
	{ "can't recover", 0, EXPLAIN_ORDINARY },
	{ "error received: ", 0, EXPLAIN_ORDINARY },
	{ "error message received from", 0, EXPLAIN_ORDINARY },
	{ "device recovery successful", 0, EXPLAIN_ORDINARY },
	{ "AER: broadcast ", 0, EXPLAIN_ORDINARY },
	{ "AER: enabled with IRQ", 0, EXPLAIN_ORDINARY },
	{ "DPC: enabled with IRQ", 0, EXPLAIN_ORDINARY },
	{ "DPC: error containment capabilities", 0, EXPLAIN_ORDINARY },
	{ "link has been reset", 0, EXPLAIN_ORDINARY },
	{ "[{digits}] ", 0, EXPLAIN_MORE },
	{ "callbacks suppressed", 0, EXPLAIN_ORDINARY },
	{ NULL, 0, 0 },
};

static const char *const marks[] = { "AER:", "PCIe Bus Error", "aer_status", "DPC:", "device recovery failed", NULL };

/* Names of all bits that are set and not masked. */
static void name_bits(struct explain_fault *fault, uint64_t status, uint32_t base)
{
	size_t used = 0;

	for (unsigned int i = 0; i < 32 && used < sizeof(fault->note); i++) {
		const struct explain_reason *reason = explain_reason(fault->source, base + i);

		if (status & IQ_BIT(i) && reason)
			used += (size_t)snprintf(fault->note + used, sizeof(fault->note) - used, "%s%s", used ? ", " : "",
						 reason->name);
	}
}

static void settle(struct explain_fault *fault)
{
	const bool corrected = fault->code == CORRECTED_ANY, fatal = fault->code == FATAL_ANY;
	const uint64_t status = explain_number(fault, "status") & ~explain_number(fault, "mask");
	const uint32_t base = corrected ? CORRECTABLE : 0;

	if (fault->code != CORRECTED_ANY && fault->code != NONFATAL_ANY && fault->code != FATAL_ANY)
		return;
	for (unsigned int i = 0; i < 32; i++)
		if (status & IQ_BIT(i) && explain_reason(fault->source, base + i)) {
			fault->code = base + i;
			if (status & (status - 1))
				name_bits(fault, status, base);
			break;
		}
	if (fatal && !*fault->note)
		snprintf(fault->note, sizeof(fault->note), "fatal");
}

const struct explain_source explain_aer = {
	.name = "aer",
	.title = "PCI Express",
	.unit = "a PCI Express device",
	.marks = marks,
	.forms = forms,
	.reasons = reasons,
	.settle = settle,
};
