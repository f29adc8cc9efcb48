/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of Linux about VT-d (drivers/iommu/intel/dmar.c, iommu.c, from 2.6.24 on) and its fault reasons (VT-d 4.1, 7.2.3, 7.3.2
 * and 5.1.4.1).
 */
#include "fault.h"

#include <stdio.h>

extern const struct iq_reader iq_vtd_reader;

enum {
	STATUS = EXPLAIN_OWN + 1, /* the line that announces fault records */
	QUEUE_STATUS,
	QUEUE_ERROR,
	TIMEOUT,
	COMPLETION,
	FIRMWARE,
	MALFUNCTION,
	UNKNOWN_REASON,
};

/* Fault Status Register, 11.4.9 */
#define FSTS_PFO   0x01u
#define FSTS_QUEUE 0x70u /* IQE, ICE, ITE */

static const struct explain_help unmapped = {
	{ "the driver unmapped the buffer, or never mapped it, while the device still uses it (a bug of driver or firmware)",
	  "the device was left running by firmware or by a crashed kernel: seen while a kernel or a capture kernel starts",
	  "the driver mapped the buffer for the other direction only",
	  "the address is memory that firmware uses with this device and did not declare (RMRR)" },
	{ "note when it comes: while booting, in a capture kernel, under load, when a guest or a driver starts or stops",
	  "update the device's driver and firmware, and the machine's firmware",
	  "in a capture kernel: load the crash kernel with kdump-quiesce, which stops the device before",
	  "to find out whether the driver is to blame: iommu=pt (no translation for the kernel's own devices)" },
};

static const struct explain_help no_entry = {
	{ "the device was left running by firmware or by a crashed kernel, and this kernel has not set up its entry yet",
	  "the requests carry the id of another function: a bridge, or a device with a wrong or hidden function",
	  "the tables were changed while the device was running: hot-unplug, reset, driver unbound" },
	{ "in a capture kernel: load the crash kernel with kdump-quiesce, which stops the device before",
	  "look up the device with lspci -s; if there is none, look for the function beside it that shares its id",
	  "update the machine's firmware: it may leave the device running (graphics, USB and RAID controllers do)" },
};

static const struct explain_help malformed = {
	{ "memory with the tables was overwritten: by a stray write of a kernel, or by DMA",
	  "tables of a crashed kernel that a capture kernel took over are damaged",
	  "a bug of the kernel's driver, or a table for another generation of hardware" },
	{ "take a dump and look at the entry: iommu-inspect DUMP raw REQUESTER ADDRESS",
	  "look who could write to the table's memory: iommu-inspect DUMP who PAGE",
	  "test the memory, and look for machine checks in the log" },
};

static const struct explain_help width = {
	{ "the device or its driver uses an address that was never given to it: a wrong pointer, an uninitialized descriptor",
	  "the device puts fewer or more bits on the bus than its driver believes (a wrong DMA mask)" },
	{ "update the device's driver and firmware", "compare the address with what the driver logged or dumped of its rings" },
};

static const struct explain_help interrupt = {
	{ "the device sends interrupts of before: a crashed kernel, firmware, or a driver that was removed, set them up",
	  "interrupts were set up in the old format after remapping was switched on (an option of the kernel, a bug of firmware)",
	  "the device or the bridge above it sends interrupts with the id of another function" },
	{ "in a capture kernel: load the crash kernel with kdump-quiesce, which stops the device and its MSIs before",
	  "update the machine's firmware and the device's firmware",
	  "to go on without it: intremap=nosid checks no source ids, intremap=off remaps nothing (less isolation)" },
};

static const struct explain_help pasid = {
	{ "a process or a guest went away while the device still worked for it (SVA, accelerators)",
	  "the driver switched PASIDs off, or uses one beyond the table, while requests were pending",
	  "the device was left running by a crashed kernel" },
	{ "update the device's driver: it has to stop a queue before its process goes away",
	  "in a capture kernel: load the crash kernel with kdump-quiesce, which stops the device before" },
};

static const struct explain_help queue = {
	{ "the kernel queued a descriptor that this unit does not know (a bug, or hardware of another generation)",
	  "memory of the queue was overwritten" },
	{ "update the kernel", "take a dump and look at the queue: iommu-inspect DUMP log" },
};

static const struct explain_help timeout = {
	{ "the device does not answer an invalidation of its own translations (ATS): it hangs, was unplugged, or lost its link",
	  "the device is in a reset or in a low power state while the kernel invalidates",
	  "the device's ATS is broken" },
	{ "look for AER, link and hot-plug messages of the device just before",
	  "update the device's firmware and driver",
	  "switch ATS off: pci=noats" },
};

static const struct explain_help firmware = {
	{ "the machine's firmware describes its IOMMUs wrongly" },
	{ "update the machine's firmware", "report it to the vendor with the output of kdump-quiesce tables" },
};

static const struct explain_help status = {
	{ "faults were recorded; the messages that follow say which" },
	{ "look at these" },
};

static const struct explain_help unknown = {
	{ "a reason that the specification does not define, or a newer one does" },
	{ "update iommu-inspect, or look it up in the specification of the hardware" },
};


static const struct explain_reason reasons[] = {
	{ 0x01, NULL, "asked for memory, and nothing is set up for its bus", EXPLAIN_REFUSED, &no_entry },
	{ 0x02, NULL, "asked for memory, and nothing is set up for it", EXPLAIN_REFUSED, &no_entry },
	{ 0x03, NULL, "has an entry that hardware cannot use", EXPLAIN_UNIT, &malformed },
	{ 0x04, NULL, "asked for an address that is too large for its tables", EXPLAIN_REFUSED, &width },
	{ 0x05, NULL, "wrote to an address that is not mapped for writing", EXPLAIN_REFUSED, &unmapped },
	{ 0x06, NULL, "read from an address that is not mapped for reading", EXPLAIN_REFUSED, &unmapped },
	{ 0x07, NULL, "has a page table that leads to memory that cannot be read", EXPLAIN_UNIT, &malformed },
	{ 0x08, NULL, "has a root table that cannot be read", EXPLAIN_UNIT, &malformed },
	{ 0x09, NULL, "has a context table that cannot be read", EXPLAIN_UNIT, &malformed },
	{ 0x0a, NULL, "has a root entry with reserved bits set", EXPLAIN_UNIT, &malformed },
	{ 0x0b, NULL, "has a context entry with reserved bits set", EXPLAIN_UNIT, &malformed },
	{ 0x0c, NULL, "has a page table entry with reserved bits set", EXPLAIN_UNIT, &malformed },
	{ 0x0d, NULL, "asked for a translation to keep (ATS), which its entry does not allow", EXPLAIN_REFUSED, &no_entry },
	{ 0x0e, NULL, "used an address of interrupts as if it were memory", EXPLAIN_REFUSED, &width },
	{ 0x20, NULL, "sent an interrupt request with reserved bits set", EXPLAIN_REFUSED, &interrupt },
	{ 0x21, NULL, "sent an interrupt whose number is beyond the table", EXPLAIN_REFUSED, &interrupt },
	{ 0x22, NULL, "sent an interrupt that nobody set up", EXPLAIN_REFUSED, &interrupt },
	{ 0x23, NULL, "sent an interrupt, and the table of interrupts cannot be read", EXPLAIN_UNIT, &malformed },
	{ 0x24, NULL, "sent an interrupt whose entry has reserved bits set", EXPLAIN_UNIT, &malformed },
	{ 0x25, NULL, "sent an interrupt in the format of before remapping", EXPLAIN_REFUSED, &interrupt },
	{ 0x26, NULL, "sent an interrupt that belongs to another device", EXPLAIN_REFUSED, &interrupt },
	{ 0x27, NULL, "sent an interrupt for a guest whose descriptor cannot be read", EXPLAIN_UNIT, &malformed },
	{ 0x28, NULL, "sent an interrupt for a guest whose descriptor has reserved bits set", EXPLAIN_UNIT, &malformed },
	{ 0x30, NULL, "asked for memory, and the unit's root table is not valid", EXPLAIN_UNIT, &malformed },
	{ 0x31, NULL, "asked with a PASID, which the unit's mode does not know", EXPLAIN_REFUSED, &pasid },
	{ 0x32, NULL, "got a page group response, which the unit's mode does not know", EXPLAIN_UNIT, &queue },
	{ 0x38, NULL, "has a root entry that cannot be read", EXPLAIN_UNIT, &malformed },
	{ 0x39, NULL, "asked for memory, and nothing is set up for its half of the bus", EXPLAIN_REFUSED, &no_entry },
	{ 0x3a, NULL, "has a root entry with reserved bits set", EXPLAIN_UNIT, &malformed },
	{ 0x40, NULL, "has a context entry that cannot be read", EXPLAIN_UNIT, &malformed },
	{ 0x41, NULL, "asked for memory, and nothing is set up for it", EXPLAIN_REFUSED, &no_entry },
	{ 0x42, NULL, "has a context entry with reserved bits set", EXPLAIN_UNIT, &malformed },
	{ 0x43, NULL, "has a context entry that hardware cannot use", EXPLAIN_UNIT, &malformed },
	{ 0x44, NULL, "asked for a translation to keep (ATS), which its entry does not allow", EXPLAIN_REFUSED, &no_entry },
	{ 0x45, NULL, "asked with a PASID, which its entry does not allow", EXPLAIN_REFUSED, &pasid },
	{ 0x46, NULL, "asked with a PASID that is beyond its table", EXPLAIN_REFUSED, &pasid },
	{ 0x47, NULL, "sent a page request (PRI), which its entry does not allow", EXPLAIN_REFUSED, &pasid },
	{ 0x48, NULL, "has an entry whose RID_PASID cannot be used", EXPLAIN_UNIT, &malformed },
	{ 0x50, NULL, "has a PASID directory that cannot be read", EXPLAIN_UNIT, &malformed },
	{ 0x51, NULL, "asked with a PASID for which nothing is set up", EXPLAIN_REFUSED, &pasid },
	{ 0x52, NULL, "has a PASID directory entry with reserved bits set", EXPLAIN_UNIT, &malformed },
	{ 0x58, NULL, "has a PASID table that cannot be read", EXPLAIN_UNIT, &malformed },
	{ 0x59, NULL, "asked for memory, and its PASID table has no entry for the request", EXPLAIN_REFUSED, &pasid },
	{ 0x5a, NULL, "has a PASID table entry with reserved bits set", EXPLAIN_UNIT, &malformed },
	{ 0x5b, NULL, "has a PASID table entry that hardware cannot use", EXPLAIN_UNIT, &malformed },
	{ 0x5c, NULL, "asked to execute, which its PASID does not allow", EXPLAIN_REFUSED, &pasid },
	{ 0x5d, NULL, "asked as a supervisor, which its PASID does not allow", EXPLAIN_REFUSED, &pasid },
	{ 0x70, NULL, "has a page table (first stage) that cannot be read", EXPLAIN_UNIT, &malformed },
	{ 0x71, NULL, "asked for an address that is not mapped (first stage)", EXPLAIN_REFUSED, &unmapped },
	{ 0x72, NULL, "has a page table entry (first stage) with reserved bits set", EXPLAIN_UNIT, &malformed },
	{ 0x73, NULL, "has a top-level page table (first stage) that cannot be read", EXPLAIN_UNIT, &malformed },
	{ 0x74, NULL, "has a page table (first stage) that leads beyond what the second stage can map", EXPLAIN_UNIT, &malformed },
	{ 0x75, NULL, "has a page table (first stage) that the second stage does not let it read", EXPLAIN_REFUSED, &unmapped },
	{ 0x76, NULL, "has a page table (first stage) that the second stage does not let it read", EXPLAIN_REFUSED, &unmapped },
	{ 0x77, NULL, "has a page table (first stage) that the second stage does not let it write", EXPLAIN_REFUSED, &unmapped },
	{ 0x78, NULL, "has a page table (second stage) that cannot be read", EXPLAIN_UNIT, &malformed },
	{ 0x79, NULL, "asked for an address that is not mapped for this access (second stage)", EXPLAIN_REFUSED, &unmapped },
	{ 0x7a, NULL, "has a page table entry (second stage) with reserved bits set", EXPLAIN_UNIT, &malformed },
	{ 0x7b, NULL, "has a page table (second stage) that cannot be used", EXPLAIN_UNIT, &malformed },
	{ 0x7c, NULL, "has a page table (second stage) whose accessed and dirty bits cannot be set", EXPLAIN_UNIT, &malformed },
	{ 0x80, NULL, "asked for an address that is not canonical", EXPLAIN_REFUSED, &width },
	{ 0x81, NULL, "asked as a user for a page of the supervisor", EXPLAIN_REFUSED, &pasid },
	{ 0x82, NULL, "asked to execute a page that does not allow it", EXPLAIN_REFUSED, &pasid },
	{ 0x83, NULL, "asked for an address that is too large for the hardware", EXPLAIN_REFUSED, &width },
	{ 0x84, NULL, "asked for an address that is too large for its tables (second stage)", EXPLAIN_REFUSED, &width },
	{ 0x85, NULL, "wrote to an address that is not mapped for writing", EXPLAIN_REFUSED, &unmapped },
	{ 0x86, NULL, "read from an address that is not mapped for reading", EXPLAIN_REFUSED, &unmapped },
	{ 0x87, NULL, "used an address of interrupts as if it were memory", EXPLAIN_REFUSED, &width },
	{ 0x90, NULL, "has a page table (first stage) whose accessed and dirty bits cannot be set", EXPLAIN_UNIT, &malformed },
	{ STATUS, "Fault Status Register", "announced recorded faults", EXPLAIN_NOTE, &status },
	{ QUEUE_STATUS, "Fault Status Register", "reported an error of its invalidation queue", EXPLAIN_UNIT, &timeout },
	{ QUEUE_ERROR, "Invalidation Queue Error", "stopped at a descriptor of its invalidation queue", EXPLAIN_UNIT, &queue },
	{ TIMEOUT, "Invalidation Time-out Error", "did not answer an invalidation of its translations in time", EXPLAIN_UNIT,
	  &timeout },
	{ COMPLETION, "Invalidation Completion Error", "answered an invalidation that nobody sent", EXPLAIN_UNIT, &timeout },
	{ FIRMWARE, "firmware table", "is described wrongly by firmware", EXPLAIN_UNIT, &firmware },
	{ MALFUNCTION, "register access", "does not answer its driver", EXPLAIN_UNIT, &firmware },
	{ UNKNOWN_REASON, "unknown", "refused a request for a reason that is not in the message", EXPLAIN_REFUSED, &unknown },
	{ 0 },
};

static const struct explain_form forms[] = {
	{ "[DMA {access} NO_PASID] Request device [{device}] fault addr {address} [fault reason {code}]", 0, 0 },
	{ "[DMA {access} PASID {pasid}] Request device [{device}] fault addr {address} [fault reason {code}]", 0, 0 },
	{ "[DMA {access}] Request device [{device}] PASID {pasid} fault addr {address} [fault reason {code}]", 0, 0 },
	{ "[DMA {access}] Request device [{device}] fault addr {address} [fault reason {code}]", 0, 0 },
	{ "[INTR-REMAP] Request device [{device}] fault index {index} [fault reason {code}]", 0, 0 },
	{ "[DMA {access} NO_PASID] Request device [{device}] fault addr {address}", UNKNOWN_REASON, EXPLAIN_PARTIAL },
	{ "[DMA {access} PASID {pasid}] Request device [{device}] fault addr {address}", UNKNOWN_REASON, EXPLAIN_PARTIAL },
	{ "[DMA {access}] Request device [{device}] PASID {pasid} fault addr {address}", UNKNOWN_REASON, EXPLAIN_PARTIAL },
	{ "[DMA {access}] Request device [{device}] fault addr {address}", UNKNOWN_REASON, EXPLAIN_PARTIAL },
	{ "INTR-REMAP: Request device [[{device}] fault index {index}", UNKNOWN_REASON, EXPLAIN_PARTIAL },
	{ "INTR-REMAP: Request device [{device}] fault index {index}", UNKNOWN_REASON, EXPLAIN_PARTIAL },
	{ "[INTR-REMAP] Request device [{device}] fault index {index}", UNKNOWN_REASON, EXPLAIN_PARTIAL },
	{ "[fault reason {code}]", 0, EXPLAIN_MORE },
	{ "[fault reason {code}]", 0, 0 },
	{ "DRHD: handling fault status reg {status}", STATUS, 0 },
	{ "VT-d detected Invalidation Queue Error: Reason {reason}", QUEUE_ERROR, 0 },
	{ "VT-d detected Invalidation Time-out Error: SID {sid}", TIMEOUT, 0 },
	{ "VT-d detected Invalidation Completion Error: SID {sid}", COMPLETION, 0 },
	{ "VT-d detected invalid descriptor: qw0 = {qw0}, qw1 = {qw1}", QUEUE_ERROR, 0 },
	{ "QI HEAD: {t-first} qw0 = {qw0}, qw1 = {qw1}", 0, EXPLAIN_MORE },
	{ "QI PRIOR: {t-second} qw0 = ", 0, EXPLAIN_MORE },
	{ "QI HEAD: {t-first} qw0 = {qw0}, qw1 = {qw1}", QUEUE_STATUS, 0 },
	{ "QI PRIOR: {t-second} qw0 = ", QUEUE_STATUS, 0 },
	{ "DMAR hardware is malfunctioning", MALFUNCTION, 0 },
	{ "[Firmware Bug]: ", FIRMWARE, 0 },
	{ "Your BIOS is broken", FIRMWARE, 0 },
	{ "dmar_fault: {number} callbacks suppressed", 0, EXPLAIN_SUPPRESSED },
	{ " cleared", 0, EXPLAIN_ORDINARY },
	{ "table entries for IOVA", 0, EXPLAIN_ORDINARY },
	{ "root entry: ", 0, EXPLAIN_ORDINARY },
	{ "context entry: ", 0, EXPLAIN_ORDINARY },
	{ "pte level: ", 0, EXPLAIN_ORDINARY },
	{ "not present", 0, EXPLAIN_ORDINARY },
	{ "pasid dir entry: ", 0, EXPLAIN_ORDINARY },
	{ "pasid table entry[", 0, EXPLAIN_ORDINARY },
	{ "Host address width", 0, EXPLAIN_ORDINARY },
	{ "DRHD base", 0, EXPLAIN_ORDINARY },
	{ "reg_base_addr", 0, EXPLAIN_ORDINARY },
	{ "RMRR base", 0, EXPLAIN_ORDINARY },
	{ "ATSR ", 0, EXPLAIN_ORDINARY },
	{ "RHSA base", 0, EXPLAIN_ORDINARY },
	{ "SATC ", 0, EXPLAIN_ORDINARY },
	{ "ANDD device", 0, EXPLAIN_ORDINARY },
	{ "IOMMU enabled", 0, EXPLAIN_ORDINARY },
	{ "IOMMU feature", 0, EXPLAIN_ORDINARY },
	{ "Intel-IOMMU force enabled", 0, EXPLAIN_ORDINARY },
	{ "Using Queued invalidation", 0, EXPLAIN_ORDINARY },
	{ "Queued invalidation will be enabled", 0, EXPLAIN_ORDINARY },
	{ "Enabled IRQ remapping", 0, EXPLAIN_ORDINARY },
	{ "IRQ remapping was enabled", 0, EXPLAIN_ORDINARY },
	{ "Translation was enabled", 0, EXPLAIN_ORDINARY },
	{ "Copied translation tables", 0, EXPLAIN_ORDINARY },
	{ "Copied IR table", 0, EXPLAIN_ORDINARY },
	{ "IOAPIC id", 0, EXPLAIN_ORDINARY },
	{ "HPET id", 0, EXPLAIN_ORDINARY },
	{ "x2apic", 0, EXPLAIN_ORDINARY },
	{ "Setting RMRR", 0, EXPLAIN_ORDINARY },
	{ "Setting identity map", 0, EXPLAIN_ORDINARY },
	{ "Setting 1:1 mapping", 0, EXPLAIN_ORDINARY },
	{ "Intel(R) Virtualization Technology for Directed I/O", 0, EXPLAIN_ORDINARY },
	{ "Disabling IOMMU for graphics", 0, EXPLAIN_ORDINARY },
	{ "dmar table memory", 0, EXPLAIN_ORDINARY },
	{ "DMAR table memory", 0, EXPLAIN_ORDINARY },
	{ "ACPI: DMAR 0x", 0, EXPLAIN_ORDINARY },
	{ NULL, 0, 0 },
};

static const char *const marks[] = { "DMAR", "dmar", "INTR-REMAP", "VT-d", "DRHD", "[DMA Read", "[DMA Write", "QI HEAD", "QI PRIOR",
				     "[fault reason", NULL };

static void settle(struct explain_fault *fault)
{
	const uint64_t value = explain_number(fault, "status");

	if (explain_decode(fault))
		return;
	if (fault->code != STATUS)
		return;
	if (value & FSTS_QUEUE)
		fault->code = QUEUE_STATUS;
	if (value & FSTS_PFO)
		snprintf(fault->note, sizeof(fault->note), "more faults came than the unit can record: some are lost (PFO)");
}

const struct explain_source explain_vtd = {
	.name = "vt-d",
	.title = "VT-d",
	.unit = "a VT-d unit",
	.reader = &iq_vtd_reader,
	.marks = marks,
	.forms = forms,
	.reasons = reasons,
	.settle = settle,
};
