/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entries of the event log in words (AMD 48882, 2.5), for iommu-inspect.
 */
#include "amdvi.h"

/* By event code. 2.5 */
static const char *const names[16] = {
	[1] = "ILLEGAL_DEV_TABLE_ENTRY", [2] = "IO_PAGE_FAULT",		[3] = "DEV_TAB_HARDWARE_ERROR",
	[4] = "PAGE_TAB_HARDWARE_ERROR", [5] = "ILLEGAL_COMMAND_ERROR", [6] = "COMMAND_HARDWARE_ERROR",
	[7] = "IOTLB_INV_TIMEOUT",	 [8] = "INVALID_DEVICE_REQUEST", [9] = "INVALID_PPR_REQUEST",
	[10] = "EVENT_COUNTER_ZERO",	 [11] = "GUEST_EVENT_FAULT",	[12] = "VIOMMU_HARDWARE_ERROR",
	[13] = "RMP_PAGE_FAULT",	 [14] = "RMP_HARDWARE_ERROR",
};

/* Of an access that was refused. 2.5.2 to 2.5.5 */
static const struct iq_named_field access[] = {
	{ "DeviceID", 0, EVENT_REQUESTER }, { "DomainID", 0, IQ_MASK(47, 32) }, { "GN", 0, IQ_BIT(48) },
	{ "NX", 0, IQ_BIT(49) },	    { "US", 0, IQ_BIT(50) },		{ "I", 0, EVENT_INTERRUPT },
	{ "PR", 0, EVENT_PRESENT },	    { "RW", 0, EVENT_WRITE },		{ "PE", 0, IQ_BIT(54) },
	{ "RZ", 0, IQ_BIT(55) },	    { "TR", 0, EVENT_TRANSLATION },
};
/* 2.5.6, 2.5.7, 2.5.8 */
static const struct iq_named_field command[] = {
	{ "DeviceID", 0, EVENT_REQUESTER },
	{ "Address", 1, ~UINT64_C(0) },
};
/* 2.5.9 */
static const struct iq_named_field request[] = {
	{ "DeviceID", 0, EVENT_REQUESTER },
	{ "PASID", 0, IQ_MASK(47, 32) },
	{ "TR", 0, EVENT_TRANSLATION },
	{ "Type", 0, IQ_MASK(59, 57) },
};
/* 2.5.10 */
static const struct iq_named_field page_request[] = {
	{ "DeviceID", 0, EVENT_REQUESTER },
	{ "PASID", 0, IQ_MASK(47, 32) },
};

static void set_fields(struct iq_event *event)
{
	switch (event->code) {
	case 5:
	case 6:
	case 7:
		event->fields = command;
		event->field_count = IQ_ARRAY_SIZE(command);
		break;
	case 8:
		event->fields = request;
		event->field_count = IQ_ARRAY_SIZE(request);
		break;
	case 9:
		event->fields = page_request;
		event->field_count = IQ_ARRAY_SIZE(page_request);
		break;
	default:
		event->fields = access;
		event->field_count = IQ_ARRAY_SIZE(access);
	}
}

const char *amdvi_event_name(uint32_t code)
{
	return code < IQ_ARRAY_SIZE(names) ? names[code] : NULL;
}

bool amdvi_describe_event(const uint8_t *raw, uint32_t size, struct iq_event *event)
{
	uint64_t first;

	if (size < EVENT_SIZE)
		return false;
	first = iq_le64(raw);
	if (!first && !iq_le64(raw + 8))
		return false;
	event->code = (uint32_t)iq_field(first, EVENT_CODE);
	event->name = amdvi_event_name(event->code);
	if (!event->name)
		event->name = "UNKNOWN";
	event->id = (iq_source_id)iq_field(first, EVENT_REQUESTER);
	event->address = iq_le64(raw + 8);
	event->write = first & EVENT_WRITE;
	/* RW is defined where PR is set; units set it for writes where it is not, too. 2.5.3 */
	event->directed = event->write || first & EVENT_PRESENT;
	set_fields(event);
	return true;
}
