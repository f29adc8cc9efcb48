/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices and ports for people and for programs.
 */
#include "stopped.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "pci-registers.h"
#include "host/requester.h"

const char *stopped_place(uint16_t segment, uint16_t requester, uint16_t behind)
{
	static char text[32];

	snprintf(text, sizeof(text), "%.7s behind %s", requester_text(0, requester) + strlen("0000:"), requester_text(segment, behind));
	return behind ? text : requester_text(segment, requester);
}

/* The requester id of its DMA; and of what a VMD hides, its place behind the VMD. */
static void json_place(struct kq_json *json, uint16_t segment, uint16_t requester, uint16_t behind)
{
	kq_json_string(json, "requester", requester_text(segment, behind ? behind : requester));
	if (behind)
		kq_json_string(json, "hidden", requester_text(0, requester) + strlen("0000:"));
}

static bool took_us(const struct iq_record_device *device, uint32_t tick_khz, uint64_t *us)
{
	*us = tick_khz ? (uint64_t)device->took * 1000 / tick_khz : 0;
	return tick_khz && (device->status == IQ_OK || device->status == IQ_ABSENT);
}

const char *stopped_device_text(const struct iq_record_device *device, uint32_t tick_khz)
{
	static char text[160];
	char when[40] = "";
	const char *how = "nobody looked again";
	uint64_t us;

	if (took_us(device, tick_khz, &us))
		snprintf(when, sizeof(when), " after %" PRIu64 " us", us);
	switch ((enum iq_status)device->status) {
	case IQ_OK:
		how = "done";
		break;
	case IQ_TIMEOUT:
		how = "transactions still pending";
		break;
	case IQ_STILL_OPEN:
		how = "it stays set";
		break;
	case IQ_ABSENT:
		how = "gone";
		break;
	case IQ_SKIPPED:
		how = "it gave no answer, as its bus was slow";
		break;
	default:
		break;
	}
	snprintf(text, sizeof(text), "%s%s bus master cleared, %s%s%s%s",
		 stopped_place(device->segment, device->requester, device->behind),
		 device->flags & IQ_DEVICE_PORT ? " (root port)" : "", how, when,
		 device->flags & IQ_DEVICE_MSI ? ", MSI off" : "", device->flags & IQ_DEVICE_MSIX ? ", MSI-X off" : "");
	return text;
}

void stopped_device_json(struct kq_json *json, const struct iq_record_device *device, uint32_t tick_khz)
{
	uint64_t us;

	json_place(json, device->segment, device->requester, device->behind);
	kq_json_string(json, "status", iq_status_name(device->status));
	if (took_us(device, tick_khz, &us))
		kq_json_number(json, "took_us", us);
	else
		kq_json_null(json, "took_us");
	kq_json_hex(json, "command", device->command);
	kq_json_bool(json, "root_port", device->flags & IQ_DEVICE_PORT);
	kq_json_bool(json, "express", device->express);
	kq_json_hex(json, "device_control", device->control);
	kq_json_bool(json, "was_pending", device->flags & IQ_DEVICE_PENDING);
	kq_json_bool(json, "msi", device->flags & IQ_DEVICE_MSI);
	kq_json_bool(json, "msix", device->flags & IQ_DEVICE_MSIX);
}

/* Uncorrectable errors, by bit. PCI Express Base Specification 6.0, 7.8.4.2 */
static const char *const errors[] = {
	[4] = "data link protocol error", [5] = "surprise down",
	[12] = "poisoned TLP received",	  [13] = "flow control error",
	[14] = "completion timeout",	  [15] = "completer abort",
	[16] = "unexpected completion",	  [17] = "receiver overflow",
	[18] = "malformed TLP",		  [19] = "ECRC error",
	[20] = "unsupported request",	  [21] = "ACS violation",
	[22] = "internal error",	  [24] = "AtomicOp blocked",
};

static uint32_t new_errors(const struct iq_record_port *port)
{
	return port->after.uncorrectable == UINT32_MAX ? 0 : port->after.uncorrectable & ~port->before.uncorrectable;
}

static const char *type_name(const struct iq_record_port *port)
{
	switch (port->type) {
	case TYPE_ROOT_PORT:
		return "root port";
	case TYPE_DOWNSTREAM:
		return "downstream port";
	case TYPE_COLLECTOR:
		return "event collector";
	}
	return "unknown";
}

const char *stopped_port_text(const struct iq_record_port *port)
{
	static char text[400];
	const uint32_t new = new_errors(port);
	int used = snprintf(text, sizeof(text), "%s, %s %s buses %02x to %02x: SERR%s%s masked",
			    stopped_place(port->segment, port->requester, port->behind), type_name(port),
			    port->type == TYPE_COLLECTOR ? "for" : "above", port->secondary, port->subordinate,
			    port->aer ? ", AER" : "", port->dpc ? ", DPC" : "");
	const char *separator = "; then ";

	for (unsigned int i = 0; i < IQ_ARRAY_SIZE(errors) && used > 0 && (size_t)used < sizeof(text); i++)
		if (errors[i] && new >> i & 1) {
			used += snprintf(text + used, sizeof(text) - (size_t)used, "%s%s", separator, errors[i]);
			separator = ", ";
		}
	return text;
}

static void json_status(struct kq_json *json, const char *name, const struct iq_port_status *status)
{
	kq_json_object(json, name);
	kq_json_hex(json, "uncorrectable", status->uncorrectable);
	kq_json_hex(json, "root", status->root);
	kq_json_hex(json, "device", status->device);
	kq_json_hex(json, "secondary", status->secondary);
	kq_json_end(json);
}

void stopped_port_json(struct kq_json *json, const struct iq_record_port *port)
{
	const uint32_t new = new_errors(port);

	json_place(json, port->segment, port->requester, port->behind);
	kq_json_string(json, "type", type_name(port));
	kq_json_number(json, "secondary", port->secondary);
	kq_json_number(json, "subordinate", port->subordinate);
	kq_json_hex(json, "bridge_control", port->bridge_control);
	kq_json_hex(json, "root_control", port->root_control);
	kq_json_bool(json, "aer", port->aer);
	kq_json_hex(json, "uncorrectable_mask", port->mask);
	kq_json_hex(json, "root_error_command", port->root_command);
	kq_json_bool(json, "dpc", port->dpc);
	kq_json_hex(json, "dpc_control", port->dpc_control);
	json_status(json, "before", &port->before);
	json_status(json, "after", &port->after);
	kq_json_array(json, "new_errors");
	for (unsigned int i = 0; i < IQ_ARRAY_SIZE(errors); i++)
		if (errors[i] && new >> i & 1)
			kq_json_string(json, NULL, errors[i]);
	kq_json_end(json);
}
