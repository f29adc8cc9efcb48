/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of Linux about the Arm SMMUv3 (drivers/iommu/arm/arm-smmu-v3, from 4.2 on), its events (IHI 0070, 7.3), global errors (6.3.18) and
 * errors of its command queue (7.1).
 */
#include "fault.h"
#include "others.h"

#include <stdio.h>
#include <string.h>

#define EVENT_CODE IQ_MASK(7, 0)
#define EVENT_SSV  IQ_BIT(11)
#define EVENT_SSID IQ_MASK(31, 12)
#define EVENT_SID  IQ_MASK(63, 32)
/* of the second word */
#define EVENT_READ  IQ_BIT(35)
#define EVENT_S2    IQ_BIT(39)
#define EVENT_CLASS IQ_MASK(41, 40)
#define EVENT_FETCH IQ_MASK(55, 3)

/* 7.3 */
enum {
	UUT = 1, BAD_STREAMID, STE_FETCH, BAD_STE, BAD_ATS_TREQ, STREAM_DISABLED, TRANSL_FORBIDDEN, BAD_SUBSTREAMID, CD_FETCH, BAD_CD,
	WALK_EABT, TRANSLATION = 0x10, ADDR_SIZE, ACCESS, PERMISSION, TLB_CONFLICT = 0x20, CFG_CONFLICT, PAGE_REQUEST = 0x24, VMS_FETCH,
	GERROR = EXPLAIN_OWN + 1, SERVICE_FAILURE, QUEUE_ABORT, MSI_ABORT, CMDQ_ILLEGAL, CMDQ_ABORT, CMDQ_ATC, CMDQ_OTHER, SYNC_TIMEOUT,
	OVERFLOW, CONTEXT,
};

static const struct explain_help unmapped = {
	{ "the driver unmapped the buffer, or never mapped it, while the device still uses it (a bug of driver or firmware)",
	  "the device was left running by firmware or by a crashed kernel: seen while a kernel or a capture kernel starts",
	  "the driver mapped the buffer for the other direction only",
	  "firmware's tables (IORT, device tree) lack memory that firmware uses with this device (RMR)" },
	{ "note when it comes: while booting, in a capture kernel, under load, when a guest or a driver starts or stops",
	  "update the device's driver and firmware, and the machine's firmware",
	  "to find out whether the driver is to blame: iommu.passthrough=1 (no translation for the kernel's own devices)" },
};

static const struct explain_help stream = {
	{ "firmware's tables (IORT, device tree) give the device another StreamID than it sends",
	  "the device was left running by firmware or by a crashed kernel, and this kernel has not set up its entry",
	  "the request carries the id of another function: a bridge, or a virtual function" },
	{ "compare the StreamID with the machine's IORT (iasl -d) or with iommu-map of the device tree",
	  "update the machine's firmware" },
};

static const struct explain_help malformed = {
	{ "memory with the tables was overwritten, or cannot be reached by the unit (a missing cache flush, an abort on the bus)",
	  "a bug of the kernel's driver" },
	{ "take a dump and look at memory around the table", "look for RAS, SError and memory errors in the log", "update the kernel" },
};

static const struct explain_help ats = {
	{ "the device uses ATS, PASIDs or page requests in a way that its entry does not allow",
	  "a process or a guest went away while the device still worked for it" },
	{ "update the device's driver and firmware", "switch ATS off: pci=noats" },
};

static const struct explain_help unit = {
	{ "the unit got an abort from the bus when it wrote a queue or an interrupt: memory or the interconnect failed",
	  "memory of its queues was given to somebody else (a capture kernel, firmware)" },
	{ "look for RAS and SError messages before this one", "update the machine's firmware" },
};

static const struct explain_help command = {
	{ "the kernel queued a command that this unit does not know (a bug, or an erratum)", "memory of the queue was overwritten" },
	{ "update the kernel", "look for errata of this SMMU" },
};

static const struct explain_help timeout = {
	{ "a device does not answer an invalidation of its own translations (ATS): it hangs, was unplugged, or lost its link",
	  "the unit stands still after an error of its own: see the messages before" },
	{ "look for AER, link and hot-plug messages of devices just before", "switch ATS off: pci=noats" },
};

static const struct explain_help overflow = {
	{ "events came faster than the kernel read them: one device fails all the time" },
	{ "look at the events in this log: the device with most of them is to be stopped or mended" },
};

static const struct explain_reason reasons[] = {
	{ UUT, "F_UUT", "sent a request of a kind that the unit does not support", EXPLAIN_REFUSED, &ats },
	{ BAD_STREAMID, "C_BAD_STREAMID", "asked for memory with an id that is beyond the stream table", EXPLAIN_REFUSED, &stream },
	{ STE_FETCH, "F_STE_FETCH", "has a stream table entry that cannot be read", EXPLAIN_UNIT, &malformed },
	{ BAD_STE, "C_BAD_STE", "has a stream table entry that is not valid", EXPLAIN_REFUSED, &stream },
	{ BAD_ATS_TREQ, "F_BAD_ATS_TREQ", "asked for a translation to keep (ATS), which its entry does not allow", EXPLAIN_REFUSED, &ats },
	{ STREAM_DISABLED, "F_STREAM_DISABLED", "asked without a PASID, which its entry does not allow", EXPLAIN_REFUSED, &ats },
	{ TRANSL_FORBIDDEN, "F_TRANSL_FORBIDDEN", "sent an address that was translated already, which its entry does not allow",
	  EXPLAIN_REFUSED, &ats },
	{ BAD_SUBSTREAMID, "C_BAD_SUBSTREAMID", "asked with a PASID that is beyond its table", EXPLAIN_REFUSED, &ats },
	{ CD_FETCH, "F_CD_FETCH", "has a context descriptor that cannot be read", EXPLAIN_UNIT, &malformed },
	{ BAD_CD, "C_BAD_CD", "has a context descriptor that is not valid", EXPLAIN_REFUSED, &ats },
	{ WALK_EABT, "F_WALK_EABT", "has a page table that cannot be read", EXPLAIN_UNIT, &malformed },
	{ TRANSLATION, "F_TRANSLATION", "asked for an address that is not mapped", EXPLAIN_REFUSED, &unmapped },
	{ ADDR_SIZE, "F_ADDR_SIZE", "asked for an address that leads beyond what the tables may", EXPLAIN_REFUSED, &unmapped },
	{ ACCESS, "F_ACCESS", "asked for a page whose access flag is clear", EXPLAIN_REFUSED, &malformed },
	{ PERMISSION, "F_PERMISSION", "asked for an address that is not mapped for this access", EXPLAIN_REFUSED, &unmapped },
	{ TLB_CONFLICT, "F_TLB_CONFLICT", "met two cached translations of one address", EXPLAIN_UNIT, &malformed },
	{ CFG_CONFLICT, "F_CFG_CONFLICT", "met two cached entries of one device", EXPLAIN_UNIT, &malformed },
	{ PAGE_REQUEST, "E_PAGE_REQUEST", "asks for a page ahead", EXPLAIN_NOTE, &ats },
	{ VMS_FETCH, "F_VMS_FETCH", "has a structure of its guest that cannot be read", EXPLAIN_UNIT, &malformed },
	{ GERROR, "GERROR", "reported a global error", EXPLAIN_UNIT, &unit },
	{ SERVICE_FAILURE, "SFM_ERR", "has given up (Service Failure Mode): nothing is translated any more", EXPLAIN_UNIT, &unit },
	{ QUEUE_ABORT, "QUEUE_ABT_ERR", "could not write an event to memory: events are lost", EXPLAIN_UNIT, &unit },
	{ MSI_ABORT, "MSI_ABT_ERR", "could not send an interrupt", EXPLAIN_UNIT, &unit },
	{ CMDQ_ILLEGAL, "CERROR_ILL", "stopped at a command that it does not understand", EXPLAIN_UNIT, &command },
	{ CMDQ_ABORT, "CERROR_ABT", "stopped at a command that it could not read", EXPLAIN_UNIT, &unit },
	{ CMDQ_ATC, "CERROR_ATC_INV_SYNC", "waits for a device that does not answer an invalidation", EXPLAIN_UNIT, &timeout },
	{ CMDQ_OTHER, "CMDQ_ERR", "stopped at a command", EXPLAIN_UNIT, &command },
	{ SYNC_TIMEOUT, "CMD_SYNC", "does not carry out its commands any more", EXPLAIN_UNIT, &timeout },
	{ OVERFLOW, "EVENTQ overflow", "lost events, since they came too fast", EXPLAIN_NOTE, &overflow },
	{ CONTEXT, "context fault (SMMUv1, SMMUv2)", "reported a request to an address that is not mapped, or not for this access",
	  EXPLAIN_REFUSED, &unmapped },
	{ 0 },
};

/* A message of its own, or the one behind the raw words; the forms for the latter come first, see collect.c. */
#define NAMED(name, code)                                                                          \
	{ "event: " name " client: {device} sid: {stream} ssid: {ssid}", code, EXPLAIN_MORE },       \
	{ "event: " name " client: {t-client} sid: {stream} ssid: {ssid}", code, EXPLAIN_MORE },     \
	{ "{place}: event: " name " client: {device} sid: {stream} ssid: {ssid}", code, 0 },         \
	{ "{place}: event: " name " client: {t-client} sid: {stream} ssid: {ssid}", code, 0 }
#define NAMED_AT(name, code)                                                                                          \
	{ "event: " name " client: {device} sid: {stream} ssid: {ssid} iova: {address} ipa: {ipa}", code, EXPLAIN_MORE }, \
	{ "{place}: event: " name " client: {device} sid: {stream} ssid: {ssid} iova: {address} ipa: {ipa}", code, 0 },   \
	{ "{place}: event: " name " client: {t-client} sid: {stream} ssid: {ssid} iova: {address} ipa: {ipa}", code, 0 }

static const struct explain_form forms[] = {
	{ "{place}: event {code} received:", 0, 0 },
	{ "event {code} received:", 0, 0 },
	NAMED_AT("F_TRANSLATION", TRANSLATION),
	NAMED("F_TRANSLATION", TRANSLATION),
	NAMED_AT("F_ADDR_SIZE", ADDR_SIZE),
	NAMED("F_ADDR_SIZE", ADDR_SIZE),
	NAMED_AT("F_ACCESS", ACCESS),
	NAMED("F_ACCESS", ACCESS),
	NAMED_AT("F_PERMISSION", PERMISSION),
	NAMED("F_PERMISSION", PERMISSION),
	NAMED("F_UUT", UUT),
	NAMED("C_BAD_STREAMID", BAD_STREAMID),
	NAMED("F_STE_FETCH", STE_FETCH),
	NAMED("C_BAD_STE", BAD_STE),
	NAMED("F_BAD_ATS_TREQ", BAD_ATS_TREQ),
	NAMED("F_STREAM_DISABLED", STREAM_DISABLED),
	NAMED("F_TRANSL_FORBIDDEN", TRANSL_FORBIDDEN),
	NAMED("C_BAD_SUBSTREAMID", BAD_SUBSTREAMID),
	NAMED("F_CD_FETCH", CD_FETCH),
	NAMED("C_BAD_CD", BAD_CD),
	NAMED("F_WALK_EABT", WALK_EABT),
	NAMED("F_TLB_CONFLICT", TLB_CONFLICT),
	NAMED("F_CFG_CONFLICT", CFG_CONFLICT),
	NAMED("E_PAGE_REQUEST", PAGE_REQUEST),
	NAMED("F_VMS_FETCH", VMS_FETCH),
	{ "priv {w-class} {access} ", 0, EXPLAIN_MORE },
	{ "CMDQ error (cons {cons}): Illegal command", CMDQ_ILLEGAL, 0 },
	{ "CMDQ error (cons {cons}): Abort on command fetch", CMDQ_ABORT, 0 },
	{ "CMDQ error (cons {cons}): ATC invalidate timeout", CMDQ_ATC, 0 },
	{ "CMDQ error (cons {cons})", CMDQ_OTHER, EXPLAIN_PARTIAL },
	{ "skipping command in error state", 0, EXPLAIN_MORE },
	{ "retrying command fetch", 0, EXPLAIN_MORE },
	{ "{place}: unexpected global error reported ({status})", GERROR, 0 },
	{ "unexpected global error reported ({status})", GERROR, 0 },
	{ "Service Failure Mode", SERVICE_FAILURE, 0 },
	{ "{place}: EVTQ write aborted", QUEUE_ABORT, 0 },
	{ "{place}: PRIQ write aborted", QUEUE_ABORT, 0 },
	{ "MSI write aborted", MSI_ABORT, 0 },
	{ "{place}: CMD_SYNC timeout", SYNC_TIMEOUT, 0 },
	{ "CMD_SYNC timeout", SYNC_TIMEOUT, 0 },
	{ "overflow detected", OVERFLOW, 0 },
	{ "{place}: Unhandled context fault: fsr={fsr}, iova={address}, fsynr={fsynr}", CONTEXT, 0 },
	{ "0x{raw}", 0, EXPLAIN_MORE },
	{ "ias ", 0, EXPLAIN_ORDINARY },
	{ "allocated {number} entries for ", 0, EXPLAIN_ORDINARY },
	{ "option ", 0, EXPLAIN_ORDINARY },
	{ "SMMU currently enabled! Resetting", 0, EXPLAIN_ORDINARY },
	{ "probing hardware configuration", 0, EXPLAIN_ORDINARY },
	{ "msi_domain absent", 0, EXPLAIN_ORDINARY },
	{ "no priq irq", 0, EXPLAIN_ORDINARY },
	{ NULL, 0, 0 },
};

static const char *const marks[] = { "arm-smmu", "smmuv3", "CMDQ error", "unexpected global error", "CMD_SYNC timeout", "EVTQ ", "PRIQ ", NULL };

static void settle_event(struct explain_fault *fault)
{
	static const char *const classes[4] = { "while a context descriptor was read", "while a page table was read", "", "" };
	static const struct iq_named_field fields[] = {
		{ "EventID", 0, EVENT_CODE }, { "SSV", 0, EVENT_SSV }, { "SubstreamID", 0, EVENT_SSID }, { "StreamID", 0, EVENT_SID },
		{ "STAG", 1, IQ_MASK(15, 0) }, { "Stall", 1, IQ_BIT(31) }, { "PnU", 1, IQ_BIT(33) }, { "InD", 1, IQ_BIT(34) },
		{ "RnW", 1, EVENT_READ }, { "S2", 1, EVENT_S2 }, { "CLASS", 1, EVENT_CLASS }, { "InputAddr", 2, ~UINT64_C(0) },
		{ "IPA", 3, IQ_MASK(55, 3) },
	};
	const uint64_t *raw = fault->raw;

	fault->code = (uint32_t)(raw[0] & EVENT_CODE);
	fault->has_code = true;
	fault->fields = fields;
	fault->field_count = IQ_ARRAY_SIZE(fields);
	if (raw[0] & EVENT_SSV) {
		fault->has_pasid = true;
		fault->pasid = (uint32_t)iq_field(raw[0], EVENT_SSID);
	}
	if (fault->code >= TRANSLATION && fault->code <= PERMISSION) {
		fault->access = raw[1] & EVENT_READ ? EXPLAIN_READ : EXPLAIN_WRITE;
		if (!fault->addresses)
			explain_add_address(fault, raw[2]);
		snprintf(fault->note, sizeof(fault->note), "stage %u%s%s", raw[1] & EVENT_S2 ? 2u : 1u,
			 *classes[iq_field(raw[1], EVENT_CLASS)] ? ", " : "", classes[iq_field(raw[1], EVENT_CLASS)]);
	} else if (fault->code == STE_FETCH || fault->code == CD_FETCH || fault->code == VMS_FETCH) {
		explain_add_address(fault, raw[3] & EVENT_FETCH);
	}
}

/* 6.3.18 */
static void settle_gerror(struct explain_fault *fault)
{
	static const char *const bits[9] = { "CMDQ_ERR", NULL, "EVENTQ_ABT_ERR", "PRIQ_ABT_ERR", "MSI_CMDQ_ABT_ERR",
					     "MSI_EVENTQ_ABT_ERR", "MSI_PRIQ_ABT_ERR", "MSI_GERROR_ABT_ERR", "SFM_ERR" };
	const uint64_t status = explain_number(fault, "status");
	size_t used = 0;

	for (unsigned int i = 0; i < IQ_ARRAY_SIZE(bits); i++)
		if (bits[i] && status & IQ_BIT(i))
			used += (size_t)snprintf(fault->note + used, sizeof(fault->note) - used, "%s%s", used ? ", " : "", bits[i]);
}

/* Who asked is known by number only: firmware's tables, not the message, say which device that is. */
static void name_stream(struct explain_fault *fault)
{
	char at[EXPLAIN_WORD / 2];
	unsigned int id;

	if (fault->has_device || fault->code >= EXPLAIN_OWN || (!fault->words && !*explain_word(fault, "client")))
		return;
	id = fault->words ? (unsigned int)iq_field(fault->raw[0], EVENT_SID) : (unsigned int)explain_number(fault, "stream");
	snprintf(at, sizeof(at), "%.*s", (int)sizeof(at) - 1, fault->place);
	snprintf(fault->place, sizeof(fault->place), *at ? "StreamID 0x%x (%s)" : "StreamID 0x%x", id, at);
}

static void settle(struct explain_fault *fault)
{
	if (fault->words >= 4)
		settle_event(fault);
	else if (fault->code == GERROR)
		settle_gerror(fault);
	name_stream(fault);
}

const struct explain_source explain_smmuv3 = {
	.name = "smmuv3",
	.title = "SMMUv3",
	.unit = "an SMMU",
	.words = 4,
	.marks = marks,
	.forms = forms,
	.reasons = reasons,
	.settle = settle,
};
