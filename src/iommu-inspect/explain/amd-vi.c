/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of Linux about AMD-Vi (drivers/iommu/amd/iommu.c, from 2.6.28 on) and its events (AMD 48882, 2.5).
 */
#include "fault.h"

#include <stdio.h>

extern const struct iq_reader iq_amdvi_reader;

enum {
	TABLE_ENTRY = 1,
	PAGE_FAULT,
	TABLE_HARDWARE,
	PAGE_TABLE_HARDWARE,
	COMMAND,
	COMMAND_HARDWARE,
	TIMEOUT,
	REQUEST,
	PAGE_REQUEST,
	RMP_FAULT = 13,
	RMP_HARDWARE,
	COMPLETION_WAIT = EXPLAIN_OWN + 1,
	UNKNOWN_EVENT,
	OVERFLOW,
	FIRMWARE,
};

/* Flags of an event as the messages have them: bits 59:48 of its first word. 2.5.3 */
#define FLAG_I	0x008u
#define FLAG_PR 0x010u
#define FLAG_PE 0x040u
#define FLAG_RZ 0x080u
#define FLAG_TR 0x100u

static const struct explain_help unmapped = {
	{ "the driver unmapped the buffer, or never mapped it, while the device still uses it (a bug of driver or firmware)",
	  "the device was left running by firmware or by a crashed kernel: seen while a kernel or a capture kernel starts",
	  "the driver mapped the buffer for the other direction only (flags with PE)",
	  "the address is memory that firmware uses with this device and did not declare (IVMD)" },
	{ "note when it comes: while booting, in a capture kernel, under load, when a guest or a driver starts or stops",
	  "update the device's driver and firmware, and the machine's firmware",
	  "in a capture kernel: load the crash kernel with kdump-quiesce, which stops the device before",
	  "to find out whether the driver is to blame: iommu=pt (no translation for the kernel's own devices)" },
};

static const struct explain_help malformed = {
	{ "memory with the tables was overwritten: by a stray write of a kernel, or by DMA",
	  "tables of a crashed kernel that a capture kernel took over are damaged",
	  "a bug of the kernel's driver" },
	{ "take a dump and look at the entry: iommu-inspect DUMP raw REQUESTER",
	  "look who could write to the table's memory: iommu-inspect DUMP who PAGE",
	  "test the memory, and look for machine checks in the log" },
};

static const struct explain_help command = {
	{ "memory of the command buffer was overwritten", "the kernel queued a command that this unit does not know" },
	{ "take a dump and look at the queue: iommu-inspect DUMP log", "update the kernel" },
};

static const struct explain_help timeout = {
	{ "the device does not answer an invalidation of its own translations (ATS): it hangs, was unplugged, or lost its link",
	  "the device is in a reset or in a low power state while the kernel invalidates (graphics devices)",
	  "the device's ATS is broken" },
	{ "look for AER, link and hot-plug messages of the device just before",
	  "update the machine's firmware, and the device's firmware and driver",
	  "switch ATS off: pci=noats" },
};

static const struct explain_help wait = {
	{ "a command before it does not end: a device does not answer (see IOTLB_INV_TIMEOUT), and the queue waits for it",
	  "the unit stands still after an error of its own: see the events before this message",
	  "in a capture kernel with SEV-SNP: the unit cannot write to memory that belongs to the firmware" },
	{ "look at the first event in the log before the first of these messages: the rest follows from it",
	  "update the machine's firmware",
	  "switch ATS off: pci=noats" },
};

static const struct explain_help request = {
	{ "an interrupt of a device, or of the chipset, for which its entry allows none of that kind (IntCtl, SysMgt)",
	  "the device sent an address that was translated already, which its entry does not allow (ATS)",
	  "firmware or a crashed kernel left the device set up for something else" },
	{ "update the machine's firmware: chipset functions (00:00.x, 00:14.x) are its business",
	  "update the device's driver and firmware", "to find out whether ATS is to blame: pci=noats" },
};

static const struct explain_help page_request = {
	{ "a process or a guest went away while the device still worked for it", "the device sent more page requests than it may" },
	{ "update the device's driver and firmware" },
};

static const struct explain_help rmp = {
	{ "a device wrote to memory that belongs to an SEV-SNP guest or to the firmware",
	  "in a capture kernel: the crashed kernel's guests still own memory" },
	{ "update kernel and firmware (SEV)", "shut down guests before kexec" },
};

static const struct explain_help overflow = {
	{ "faults came faster than the kernel read them: one device fails all the time" },
	{ "look at the faults in this log: the device with most of them is to be stopped or mended" },
};

static const struct explain_help firmware = {
	{ "the machine's firmware describes its IOMMUs wrongly (table IVRS)" },
	{ "update the machine's firmware", "report it to the vendor with the output of kdump-quiesce tables" },
};

static const struct explain_help unknown = {
	{ "an event that the specification does not define, or a newer one does" },
	{ "update iommu-inspect, or look it up in the specification of the hardware" },
};

static const struct explain_reason reasons[] = {
	{ TABLE_ENTRY, NULL, "has a device table entry that hardware cannot use", EXPLAIN_UNIT, &malformed },
	{ PAGE_FAULT, NULL, "asked for an address that is not mapped, or not for this access", EXPLAIN_REFUSED, &unmapped },
	{ TABLE_HARDWARE, NULL, "has a device table entry that cannot be read", EXPLAIN_UNIT, &malformed },
	{ PAGE_TABLE_HARDWARE, NULL, "has a page table that cannot be read", EXPLAIN_UNIT, &malformed },
	{ COMMAND, NULL, "stopped at a command that it does not understand", EXPLAIN_UNIT, &command },
	{ COMMAND_HARDWARE, NULL, "stopped at a command that it could not read", EXPLAIN_UNIT, &command },
	{ TIMEOUT, NULL, "did not answer an invalidation of its translations in time", EXPLAIN_UNIT, &timeout },
	{ REQUEST, NULL, "sent a request that its entry does not allow", EXPLAIN_REFUSED, &request },
	{ PAGE_REQUEST, NULL, "sent a page request that is not allowed", EXPLAIN_REFUSED, &page_request },
	{ 10, NULL, "wrapped an event counter", EXPLAIN_NOTE, &overflow },
	{ 11, NULL, "reported a fault of a guest", EXPLAIN_REFUSED, &page_request },
	{ 12, NULL, "failed to serve a guest's unit", EXPLAIN_UNIT, &command },
	{ RMP_FAULT, NULL, "asked for memory that belongs to a protected guest or to firmware", EXPLAIN_REFUSED, &rmp },
	{ RMP_HARDWARE, NULL, "could not check who owns a page", EXPLAIN_UNIT, &rmp },
	{ COMPLETION_WAIT, "COMPLETION_WAIT", "does not carry out its commands any more", EXPLAIN_UNIT, &wait },
	{ UNKNOWN_EVENT, "UNKNOWN", "logged an event that is not known", EXPLAIN_REFUSED, &unknown },
	{ OVERFLOW, "EventOverflow", "lost log entries, since they came too fast", EXPLAIN_NOTE, &overflow },
	{ FIRMWARE, "firmware table", "is described wrongly by firmware", EXPLAIN_UNIT, &firmware },
	{ 0 },
};

/* What the messages of one event have in common: the device in front, in the message (with or without segment), or not at all. */
#define EVENT(name, fields, code)                                                   \
	{ "{device}: AMD-Vi: Event logged [" name fields "]", code, 0 },            \
	{ "Event logged [" name " device={device}" fields "]", code, 0 },           \
	{ "Event logged [" name " device={device}," fields "]", code, 0 },          \
	{ "Event logged [" name " devid={sid}," fields "]", code, 0 },              \
	{ "Event logged [" name fields "]", code, 0 }

static const struct explain_form forms[] = {
	EVENT("IO_PAGE_FAULT", " domain={domain} address={address} flags={flags}", PAGE_FAULT),
	EVENT("ILLEGAL_DEV_TABLE_ENTRY", " pasid={pasid} address={address} flags={flags}", TABLE_ENTRY),
	EVENT("ILLEGAL_DEV_TABLE_ENTRY", " address={address} flags={flags}", TABLE_ENTRY),
	EVENT("DEV_TAB_HARDWARE_ERROR", " pasid={pasid} address={address} flags={flags}", TABLE_HARDWARE),
	EVENT("DEV_TAB_HARDWARE_ERROR", " address={address} flags={flags}", TABLE_HARDWARE),
	EVENT("PAGE_TAB_HARDWARE_ERROR", " pasid={pasid} address={address} flags={flags}", PAGE_TABLE_HARDWARE),
	EVENT("PAGE_TAB_HARDWARE_ERROR", " domain={domain} address={address} flags={flags}", PAGE_TABLE_HARDWARE),
	EVENT("ILLEGAL_COMMAND_ERROR", " address={address}", COMMAND),
	EVENT("COMMAND_HARDWARE_ERROR", " address={address} flags={flags}", COMMAND_HARDWARE),
	EVENT("IOTLB_INV_TIMEOUT", " address={address}", TIMEOUT),
	EVENT("INVALID_DEVICE_REQUEST", " pasid={pasid} address={address} flags={flags}", REQUEST),
	EVENT("INVALID_DEVICE_REQUEST", " address={address} flags={flags}", REQUEST),
	EVENT("INVALID_PPR_REQUEST", " pasid={pasid} address={address} flags={flags} tag={tag}", PAGE_REQUEST),
	EVENT("RMP_PAGE_FAULT", " vmg_tag={vmg_tag}, gpa={address}, flags_rmp={flags_rmp}, flags={flags}", RMP_FAULT),
	EVENT("RMP_HW_ERROR", " vmg_tag={vmg_tag}, spa={address}, flags={flags}", RMP_HARDWARE),
	{ "Event logged [UNKNOWN event[0]={h0} event[1]={h1} event[2]={h2} event[3]={h3}", UNKNOWN_EVENT, 0 },
	{ "Event logged [UNKNOWN", UNKNOWN_EVENT, 0 },
	{ "Completion-Wait loop timed out", COMPLETION_WAIT, 0 },
	{ "DTE[{any}]: ", 0, EXPLAIN_MORE },
	{ "CMD[{any}]: ", 0, EXPLAIN_MORE },
	{ "vent log overflow", OVERFLOW, 0 },
	{ "IOMMU Event log restarting", OVERFLOW, 0 },
	{ "PPR log restarting", OVERFLOW, 0 },
	{ "[Firmware Bug]: ", FIRMWARE, 0 },
	{ "{number} callbacks suppressed", 0, EXPLAIN_SUPPRESSED },
	{ "Found IOMMU", 0, EXPLAIN_ORDINARY },
	{ "Extended features", 0, EXPLAIN_ORDINARY },
	{ "Interrupt remapping enabled", 0, EXPLAIN_ORDINARY },
	{ "irtual APIC enabled", 0, EXPLAIN_ORDINARY },
	{ "X2APIC enabled", 0, EXPLAIN_ORDINARY },
	{ "Lazy IO/TLB flushing", 0, EXPLAIN_ORDINARY },
	{ "Using global IVHD", 0, EXPLAIN_ORDINARY },
	{ "erformance counters supported", 0, EXPLAIN_ORDINARY },
	{ "Unable to read/write to IOMMU perf counter", 0, EXPLAIN_ORDINARY },
	{ "Applying erratum", 0, EXPLAIN_ORDINARY },
	{ "Disabling interrupt remapping", 0, EXPLAIN_ORDINARY },
	{ "Translation is already enabled", 0, EXPLAIN_ORDINARY },
	{ "AMD IOMMUv2", 0, EXPLAIN_ORDINARY },
	{ "AMD-Vi: V2 page table", 0, EXPLAIN_ORDINARY },
	{ "ACPI: IVRS 0x", 0, EXPLAIN_ORDINARY },
	{ "IVRS table memory", 0, EXPLAIN_ORDINARY },
	{ NULL, 0, 0 },
};

static const char *const marks[] = { "AMD-Vi", "amd_iommu", "ivhd", "IVRS", "AMD IOMMU", "Completion-Wait", NULL };

/* Put the words together that the unit logged: 2.5.2 to 2.5.12 have the same places for what messages tell. */
static void rebuild(struct explain_fault *fault)
{
	const uint64_t domain = fault->has_pasid ? fault->pasid & 0xffff : explain_number(fault, "domain");

	fault->raw[0] = (uint64_t)fault->code << 60 | (explain_number(fault, "flags") & 0xfff) << 48 | (domain & 0xffff) << 32 |
			fault->requester;
	fault->raw[1] = fault->addresses ? fault->address[0] : 0;
	fault->words = 2;
}

/* 2.5.3 */
static const char *fault_note(uint64_t flags)
{
	if (flags & FLAG_I)
		return "an interrupt request, not memory (I)";
	if (flags & FLAG_RZ)
		return "a table entry on the way has reserved bits set (RZ)";
	if (flags & FLAG_PE)
		return "the page is mapped, but not for this kind of access (PE)";
	if (flags & FLAG_TR)
		return "the device asked for a translation to keep (TR)";
	return flags & FLAG_PR ? "the page is mapped (PR)" : "no page is mapped there (PR is clear)";
}

/* By Type, bits 59:57. 2.5.9 */
static const char *request_note(uint64_t flags)
{
	static const char *const types[8] = {
		"a read, or a write that is answered, in the range of interrupts",
		"an address that was translated already, and the entry has I or V clear",
		"port I/O, and the entry has IoCtl clear",
		"a write in the range of system management, which SysMgt forbids",
		"a read, or a write that is answered, in the range of system management",
		"an interrupt or end-of-interrupt write, which IntCtl forbids",
		"a write in a reserved range of interrupts",
		"a request in the range of system management, which SysMgt forwards and the entry does not translate",
	};

	return types[flags >> 9 & 7];
}

static void settle(struct explain_fault *fault)
{
	const bool raw = fault->words, named = fault->has_device;
	uint64_t flags;

	/* Messages of other requests have one too, which is 0. */
	fault->has_pasid &= fault->pasid != 0;
	if (!raw && (!fault->code || fault->code > RMP_HARDWARE))
		return;
	if (!raw)
		rebuild(fault);
	if (!explain_decode(fault))
		return;
	if ((!raw && !named) || fault->code == COMMAND || fault->code == COMMAND_HARDWARE)
		fault->has_device = false;
	flags = fault->raw[0] >> 48 & 0xfff;
	if (fault->code == PAGE_FAULT)
		snprintf(fault->note, sizeof(fault->note), "%s", fault_note(flags));
	else if (fault->code == REQUEST)
		snprintf(fault->note, sizeof(fault->note), "%s", request_note(flags));
	if (fault->code != PAGE_FAULT && fault->code != PAGE_TABLE_HARDWARE && fault->code != RMP_FAULT)
		fault->access = EXPLAIN_UNSAID;
}

const struct explain_source explain_amdvi = {
	.name = "amd-vi",
	.title = "AMD-Vi",
	.unit = "an AMD-Vi unit",
	.reader = &iq_amdvi_reader,
	.marks = marks,
	.forms = forms,
	.reasons = reasons,
	.settle = settle,
};
