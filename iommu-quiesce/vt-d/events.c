/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fault records in words (VT-d 4.1, 7.3 and 11.4.14), for iommu-inspect.
 */
#include "vtd.h"

/* By fault reason. 7.2.3, 7.3.2 and 5.1.4.1; those of scalable mode by what they are about */
static const char *const names[] = {
	[0x00] = "none",
	[0x01] = "root entry not present",
	[0x02] = "context entry not present",
	[0x03] = "context entry invalid",
	[0x04] = "address beyond the guest address width",
	[0x05] = "write access not allowed",
	[0x06] = "read access not allowed",
	[0x07] = "next paging table unreadable",
	[0x08] = "root table unreadable",
	[0x09] = "context table unreadable",
	[0x0a] = "reserved bits in root entry",
	[0x0b] = "reserved bits in context entry",
	[0x0c] = "reserved bits in paging entry",
	[0x0d] = "translation request blocked by translation type",
	[0x0e] = "address in the interrupt address range",
	[0x20] = "interrupt remapping: reserved bits in the request",
	[0x21] = "interrupt remapping: index beyond the table",
	[0x22] = "interrupt remapping: entry not present",
	[0x23] = "interrupt remapping: table unreadable",
	[0x24] = "interrupt remapping: reserved bits in the entry",
	[0x25] = "interrupt remapping: compatibility format request blocked",
	[0x26] = "interrupt remapping: source id verification failed",
	[0x27] = "interrupt remapping: posted-interrupt descriptor unreadable",
	[0x28] = "interrupt remapping: reserved bits in the posted-interrupt descriptor",
	[0x30] = "root table address register invalid",
	[0x31] = "request with PASID in a translation table mode that has none",
	[0x32] = "page group response in a translation table mode that has none",
	[0x38] = "scalable-mode root entry unreadable",
	[0x39] = "scalable-mode root entry not present",
	[0x3a] = "reserved bits in scalable-mode root entry",
	[0x40] = "scalable-mode context entry unreadable",
	[0x41] = "scalable-mode context entry not present",
	[0x42] = "reserved bits in scalable-mode context entry",
	[0x43] = "scalable-mode context entry invalid",
	[0x44] = "scalable-mode context entry: Device-TLB not enabled",
	[0x45] = "scalable-mode context entry: PASID not enabled",
	[0x46] = "scalable-mode context entry: PASID beyond the directory",
	[0x47] = "scalable-mode context entry: page requests not enabled",
	[0x48] = "scalable-mode context entry: RID_PASID invalid",
	[0x50] = "PASID directory entry unreadable",
	[0x51] = "PASID directory entry not present",
	[0x52] = "reserved bits in PASID directory entry",
	[0x58] = "PASID table entry unreadable",
	[0x59] = "PASID table entry not present",
	[0x5a] = "reserved bits in PASID table entry",
	[0x5b] = "PASID table entry invalid",
	[0x5c] = "PASID table entry: execute requests not enabled",
	[0x5d] = "PASID table entry: supervisor requests not enabled",
	[0x70] = "first-stage paging entry unreadable",
	[0x71] = "first-stage paging entry not present",
	[0x72] = "reserved bits in first-stage paging entry",
	[0x73] = "first-stage top-level entry unreadable",
	[0x74] = "nested: first-stage entry leads beyond the address width",
	[0x75] = "nested: no read permission for the first-stage top-level entry",
	[0x76] = "nested: no read permission for a first-stage paging entry",
	[0x77] = "nested: no write permission for a first-stage paging entry",
	[0x78] = "second-stage paging entry unreadable",
	[0x79] = "second-stage paging entry without permission",
	[0x7a] = "reserved bits in second-stage paging entry",
	[0x7b] = "second-stage table pointer invalid",
	[0x7c] = "second-stage accessed and dirty bits cannot be written without snooping",
	[0x80] = "address not canonical",
	[0x81] = "user request for a supervisor page",
	[0x82] = "no execute permission",
	[0x83] = "address beyond the address width of the hardware",
	[0x84] = "second-stage address beyond the limit",
	[0x85] = "no write permission",
	[0x86] = "no read permission",
	[0x87] = "address in the interrupt address range",
	[0x90] = "first-stage accessed and dirty bits cannot be written without snooping",
};

static const struct iq_named_field record[] = {
	{ "FI", 0, ADDRESS },	       { "SID", 1, FRCD_SID },		{ "T2", 1, FRCD_T2 },
	{ "PRIV", 1, IQ_BIT(29) },     { "EXE", 1, IQ_BIT(30) },	{ "PP", 1, FRCD_PP },
	{ "FR", 1, FRCD_REASON },      { "PASID", 1, FRCD_PASID },	{ "AT", 1, IQ_MASK(61, 60) },
	{ "T1", 1, FRCD_T1 },
};

const char *vtd_event_name(uint32_t code)
{
	return code < IQ_ARRAY_SIZE(names) ? names[code] : NULL;
}

bool vtd_describe_event(const uint8_t *raw, uint32_t size, struct iq_event *event)
{
	uint64_t high;

	if (size < FRCD_SIZE)
		return false;
	high = iq_le64(raw + 8);
	if (!(high & FRCD_F))
		return false;
	event->code = (uint32_t)iq_field(high, FRCD_REASON);
	event->name = vtd_event_name(event->code);
	if (!event->name)
		event->name = "unknown";
	event->id = (iq_source_id)iq_field(high, FRCD_SID);
	event->address = iq_le64(raw) & ADDRESS;
	event->write = !(high & (FRCD_T1 | FRCD_T2));
	event->directed = true;
	event->fields = record;
	event->field_count = IQ_ARRAY_SIZE(record);
	return true;
}
