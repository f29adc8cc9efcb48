/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading lspci's text: a line "0000:01:00.0 NAME [0108]: NAME [144d:a808] (rev 01) (prog-if 02 [NAME])" for each function, the domain
 * left out where all are 0; indented lines behind it say more. pciutils, lspci.c, ls-caps.c, ls-ecaps.c.
 */
#include "lspci.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pci/header.h>

#include "bits.h"
#include "base/message.h"
#include "host/told.h"

#define FUNCTIONS_MAX 8192u /* each is looked for from the first one on */
#define TEXT_LINE     2048u

static const struct {
	const char *text;
	uint8_t port;
} ports[] = {
	{ "Endpoint", PCI_EXP_TYPE_ENDPOINT },
	{ "Legacy Endpoint", PCI_EXP_TYPE_LEG_END },
	{ "Root Port", PCI_EXP_TYPE_ROOT_PORT },
	{ "Upstream Port", PCI_EXP_TYPE_UPSTREAM },
	{ "Downstream Port", PCI_EXP_TYPE_DOWNSTREAM },
	{ "PCI-Express to PCI/PCI-X Bridge", PCI_EXP_TYPE_PCI_BRIDGE },
	{ "PCI/PCI-X to PCI-Express Bridge", PCI_EXP_TYPE_PCIE_BRIDGE },
	{ "Root Complex Integrated Endpoint", PCI_EXP_TYPE_ROOT_INT_EP },
	{ "Root Complex Event Collector", PCI_EXP_TYPE_ROOT_EC },
};

/* Outputs that are read one after the other: some tell a part only, and fill in what others tell. */
static const char *const commands[] = { "lspci -nnvv", "lspci -nn", "lspci -vvv" };

struct reading {
	struct kq_scanned *found;
	unsigned int count;
	bool limited;
	bool many;
	struct kq_scanned *now; /* whose lines these are, NULL: nobody's */
};

/* The address at the beginning of @line, in *@domain and *@id; returns what is behind it, NULL: there is none. */
static const char *read_address(const char *line, uint32_t *domain, uint16_t *id)
{
	unsigned int bus, device, function;
	int end = 0;

	*domain = 0;
	if (sscanf(line, "%8x:%2x:%2x.%1x %n", domain, &bus, &device, &function, &end) != 4 || !end) {
		*domain = 0;
		end = 0;
		if (sscanf(line, "%2x:%2x.%1x %n", &bus, &device, &function, &end) != 3)
			return NULL;
	}
	if (!end || device > 0x1f || function > 7)
		return NULL;
	*id = (uint16_t)(bus << 8 | device << 3 | function);
	return line + end;
}

static struct kq_scanned *find(const struct reading *reading, uint32_t domain, uint16_t id)
{
	for (unsigned int i = 0; i < reading->count; i++) {
		struct kq_scanned *scanned = &reading->found[i];

		if (scanned->domain == domain && scanned->function.id == id)
			return scanned;
	}
	return NULL;
}

static bool begin(struct reading *reading, uint32_t domain, uint16_t id)
{
	struct kq_scanned *more;

	reading->now = find(reading, domain, id);
	if (reading->now)
		return true;
	if (reading->count == FUNCTIONS_MAX) {
		reading->many = true;
		return true;
	}
	more = realloc(reading->found, (reading->count + 1) * sizeof(*more));
	if (!more)
		return false;
	reading->found = more;
	reading->now = &more[reading->count++];
	*reading->now = (struct kq_scanned){ .domain = domain };
	reading->now->function = (struct kq_function){ .segment = (uint16_t)domain, .id = id, .port = KQ_NO_PORT };
	return true;
}

/* The numbers in brackets: class, ids, programming interface. Names may have brackets of their own. */
static void read_numbers(struct kq_function *function, const char *line)
{
	unsigned int class, vendor, device, interface;
	const char *at = line;
	int end;

	while ((at = strchr(at, '['))) {
		end = 0;
		if (sscanf(at, "[%4x]:%n", &class, &end) == 1 && end == 7 && !function->class)
			function->class = (class & 0xffff) << 8;
		end = 0;
		if (sscanf(at, "[%4x:%4x]%n", &vendor, &device, &end) == 2 && end == 11) {
			function->vendor = (uint16_t)vendor;
			function->device = (uint16_t)device;
		}
		at++;
	}
	at = strstr(line, "(prog-if ");
	if (at && sscanf(at, "(prog-if %2x", &interface) == 1)
		function->class |= interface & 0xff;
	/* lspci shows the class of a bridge by name where ids are not asked for. */
	function->bridge |= function->class >> 8 == PCI_CLASS_BRIDGE_PCI || function->class >> 8 == PCI_CLASS_BRIDGE_CARDBUS;
}

static void read_port(struct kq_function *function, const char *text)
{
	const char *type = strchr(text, ')');

	/* "Express (v2) Root Port (Slot+), MSI 00" */
	type = type ? type + 1 + strspn(type + 1, " ") : text;
	for (size_t i = 0; i < IQ_ARRAY_SIZE(ports); i++)
		if (!strncmp(type, ports[i].text, strlen(ports[i].text)))
			function->port = ports[i].port;
}

static void read_capability(struct reading *reading, const char *text)
{
	struct kq_function *function = &reading->now->function;
	const char *name = strchr(text, ']');

	reading->limited |= strstr(text, "<access denied>") != NULL;
	if (!name)
		return;
	name += 1 + strspn(name + 1, " ");
	if (!strncmp(name, "Express ", 8))
		read_port(function, name + 8);
	function->ats |= !strncmp(name, "Address Translation Service", 27);
	function->pasid |= !strncmp(name, "Process Address Space ID", 24);
}

/* Of the modules that could drive the device, the one that does: its driver's name, or else the first. */
static void read_modules(struct kq_function *function, const char *text)
{
	char first[sizeof(function->module)] = "", name[sizeof(function->module)];
	int length = 0;

	for (; sscanf(text, "%39[^, \n]%n", name, &length) == 1; text += length, text += strspn(text, ", ")) {
		if (!first[0])
			memcpy(first, name, sizeof(first));
		if (!strcmp(name, function->driver))
			memcpy(first, name, sizeof(first));
	}
	if (function->driver[0])
		memcpy(function->module, first, sizeof(first));
}

static void read_more(struct reading *reading, const char *line)
{
	struct kq_function *function = &reading->now->function;
	unsigned int secondary, subordinate, group;

	line += strspn(line, " \t");
	if (!strncmp(line, "Control: ", 9))
		function->master = strstr(line, "BusMaster+") != NULL;
	else if (sscanf(line, "Bus: primary=%*x, secondary=%x, subordinate=%x", &secondary, &subordinate) == 2) {
		function->bridge = true;
		function->secondary = (uint8_t)secondary;
		function->subordinate = (uint8_t)subordinate;
	} else if (!strncmp(line, "Capabilities: ", 14))
		read_capability(reading, line + 14);
	else if (sscanf(line, "IOMMU group: %u", &group) == 1) {
		function->grouped = true;
		function->group = (uint16_t)group;
	} else if (!strncmp(line, "Kernel driver in use: ", 22))
		sscanf(line + 22, "%39s", function->driver);
	else if (!strncmp(line, "Kernel modules: ", 16))
		read_modules(function, line + 16);
}

static bool read_line(struct reading *reading, const char *line)
{
	const char *behind;
	uint32_t domain;
	uint16_t id;

	if (isspace((unsigned char)line[0])) {
		if (reading->now)
			read_more(reading, line);
		return true;
	}
	behind = read_address(line, &domain, &id);
	if (!behind) {
		reading->now = NULL;
		return true;
	}
	if (!begin(reading, domain, id))
		return false;
	if (reading->now)
		read_numbers(&reading->now->function, behind);
	return true;
}

static bool read_text(struct reading *reading, const char *text)
{
	char line[TEXT_LINE];

	reading->now = NULL;
	while (*text) {
		const size_t length = strcspn(text, "\n");

		snprintf(line, sizeof(line), "%.*s", (int)iq_min(length, sizeof(line) - 1), text);
		if (length && !read_line(reading, line))
			return false;
		text += length + (text[length] == '\n');
	}
	return true;
}

bool kq_lspci_scan(struct kq_scanned **found, unsigned int *count, bool *limited)
{
	struct reading reading = { NULL };
	bool done = true;

	for (size_t i = 0; i < IQ_ARRAY_SIZE(commands); i++) {
		const struct kq_told *told = kq_told_find(commands[i]);

		done = done && (!told || read_text(&reading, told->bytes));
	}
	if (reading.many)
		kq_warn("lspci: more than %u functions: those behind are left out", FUNCTIONS_MAX);
	*found = reading.found;
	*count = reading.count;
	*limited = reading.limited;
	if (!done)
		free(reading.found);
	return done && reading.found;
}

void kq_lspci_header(const struct kq_scanned *scanned, uint8_t header[64])
{
	const struct kq_function *function = &scanned->function;

	memset(header, 0, 64);
	header[PCI_VENDOR_ID] = (uint8_t)function->vendor;
	header[PCI_VENDOR_ID + 1] = (uint8_t)(function->vendor >> 8);
	header[PCI_DEVICE_ID] = (uint8_t)function->device;
	header[PCI_DEVICE_ID + 1] = (uint8_t)(function->device >> 8);
	header[PCI_COMMAND] = function->master ? PCI_COMMAND_MASTER : 0;
	header[PCI_CLASS_PROG] = (uint8_t)function->class;
	header[PCI_CLASS_DEVICE] = (uint8_t)(function->class >> 8);
	header[PCI_CLASS_DEVICE + 1] = (uint8_t)(function->class >> 16);
	header[PCI_HEADER_TYPE] = function->bridge ? PCI_HEADER_TYPE_BRIDGE : PCI_HEADER_TYPE_NORMAL;
	header[PCI_SECONDARY_BUS] = function->secondary;
	header[PCI_SUBORDINATE_BUS] = function->subordinate;
}
