/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From functions to requester ids: those of bridges above, aliases that firmware names, and ids that a device sends without having
 * a function of that number. The rules are those of Linux' pci_for_each_dma_alias() and of the PCI Express to PCI/PCI-X bridge
 * specification, 2.3.
 */
#include "topology.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot/cmdline.h"
#include "host/sysroot.h"
#include "pci-scan.h"

/* Device/port types. PCIe 6.0, 7.5.3.2 */
#define PORT_TO_PCI   0x7
#define PORT_FROM_PCI 0x8

#define DEPTH_MAX 256u /* buses above a function */

static const char *const origins[] = {
	[KQ_ORIGIN_OWN] = "own",	  [KQ_ORIGIN_BRIDGE] = "bridge", [KQ_ORIGIN_TABLE] = "firmware-alias",
	[KQ_ORIGIN_PHANTOM] = "phantom", [KQ_ORIGIN_VF] = "virtual",   [KQ_ORIGIN_QUIRK] = "quirk",
};

const char *kq_origin_name(enum kq_origin origin)
{
	return origins[origin];
}

/*
 * Devices that send with a requester id of another function of theirs, as collected in Linux' drivers/pci/quirks.c.
 */
static const struct {
	uint16_t vendor, device;
	uint8_t function; /* that they use too */
} quirks[] = {
	{ 0x1180, 0xe832, 0 }, { 0x1180, 0xe476, 0 }, /* Ricoh */
	{ 0x1b4b, 0x9120, 1 }, { 0x1b4b, 0x9123, 1 }, { 0x1b4b, 0x9125, 1 }, { 0x1b4b, 0x9128, 1 },
	{ 0x1b4b, 0x9130, 1 }, { 0x1b4b, 0x9170, 1 }, { 0x1b4b, 0x9172, 1 }, { 0x1b4b, 0x917a, 1 },
	{ 0x1b4b, 0x9182, 1 }, { 0x1b4b, 0x9183, 1 }, { 0x1b4b, 0x91a0, 1 }, { 0x1b4b, 0x9215, 1 },
	{ 0x1b4b, 0x9220, 1 }, { 0x1b4b, 0x9230, 1 }, { 0x1b4b, 0x9235, 1 }, /* Marvell */
	{ 0x1103, 0x0642, 1 }, { 0x1103, 0x0645, 1 }, /* HighPoint */
	{ 0x197b, 0x2392, 1 },			      /* JMicron */
};

/* Conventional bridges that behave like PCI Express ones but do not say so. */
static const struct {
	uint16_t vendor, device;
} undeclared[] = { { 0x1b21, 0x1080 }, { 0x10e3, 0x8113 }, { 0x1283, 0x8892 }, { 0x1283, 0x8893 }, { 0x8086, 0x244e } };

struct build {
	struct kq_topology *topology;
	const struct kq_owners *owners;
	struct kq_function *function; /* whose ids are being found */
	bool failed;
};

/* Add @id to those of the function unless it is there. */
static void add(struct build *build, uint16_t id, enum kq_origin origin)
{
	struct kq_topology *topology = build->topology;
	struct kq_function *function = build->function;
	struct kq_requester *more;

	for (unsigned int i = 0; i < function->count; i++)
		if (topology->requester[function->first + i].id == id)
			return;
	if (topology->requesters == topology->requester_room) {
		topology->requester_room = topology->requester_room * 2 + 64;
		more = realloc(topology->requester, topology->requester_room * sizeof(*more));
		if (!more) {
			topology->requester_room = topology->requesters;
			build->failed = true;
			return;
		}
		topology->requester = more;
	}
	topology->requester[topology->requesters++] = (struct kq_requester){
		.segment = function->segment,
		.id = id,
		.unit = kq_owners_unit(build->owners, function->segment, id),
		.origin = (uint8_t)origin,
	};
	function->count++;
}

/* The bridge whose secondary bus is @bus. */
static const struct kq_function *bridge_to(const struct kq_topology *topology, uint16_t segment, unsigned int bus)
{
	for (unsigned int i = 0; bus && i < topology->functions; i++) {
		const struct kq_function *function = &topology->function[i];

		if (function->segment == segment && function->bridge && function->secondary == bus)
			return function;
	}
	return NULL;
}

static bool is_undeclared(const struct kq_function *bridge)
{
	for (size_t i = 0; i < IQ_ARRAY_SIZE(undeclared); i++)
		if (undeclared[i].vendor == bridge->vendor && undeclared[i].device == bridge->device)
			return true;
	return false;
}

/* Bridges to conventional PCI forward under the id of their secondary bus; conventional ones under their own. */
static void add_bridges(struct build *build)
{
	const struct kq_function *bridge = build->function;

	for (unsigned int depth = 0; depth < DEPTH_MAX; depth++) {
		bridge = bridge_to(build->topology, bridge->segment, bridge->id >> 8);
		if (!bridge)
			return;
		if (bridge->port == PORT_TO_PCI || is_undeclared(bridge))
			add(build, (uint16_t)(bridge->secondary << 8), KQ_ORIGIN_BRIDGE);
		else if (bridge->port == PORT_FROM_PCI || bridge->port == KQ_NO_PORT)
			add(build, bridge->id, KQ_ORIGIN_BRIDGE);
	}
}

static void add_quirks(struct build *build)
{
	const struct kq_function *function = build->function;

	for (size_t i = 0; i < IQ_ARRAY_SIZE(quirks); i++)
		if (quirks[i].vendor == function->vendor && quirks[i].device == function->device)
			add(build, (uint16_t)((function->id & 0xfff8) | quirks[i].function), KQ_ORIGIN_QUIRK);
}

/* The highest bits of the function number are the device's to use. PCIe 6.0, 7.5.3.3 */
static void add_phantoms(struct build *build, unsigned int bits)
{
	const unsigned int step = 8u >> bits;

	for (unsigned int function = (build->function->id & 7u) + step; bits && function < 8; function += step)
		add(build, (uint16_t)((build->function->id & 0xfff8) | function), KQ_ORIGIN_PHANTOM);
}

/* Virtual functions that the kernel knows are functions of the topology themselves. */
static void add_virtual(struct build *build, const struct kq_scanned *scanned)
{
	for (unsigned int i = 0; i < scanned->vfs; i++) {
		const unsigned int id = build->function->id + scanned->vf_offset + i * scanned->vf_stride;

		if (id <= UINT16_MAX && !kq_topology_function(build->topology, build->function->segment, (uint16_t)id))
			add(build, (uint16_t)id, KQ_ORIGIN_VF);
	}
}

/* Add firmware's aliases of all ids that were found so far. */
static void add_aliases(struct build *build)
{
	const struct kq_function *function = build->function;

	for (unsigned int i = 0; i < function->count; i++) {
		const uint16_t id = build->topology->requester[function->first + i].id;

		add(build, kq_owners_alias(build->owners, function->segment, id), KQ_ORIGIN_TABLE);
	}
}

static void add_all(struct build *build, const struct kq_scanned *scanned)
{
	build->function->first = build->topology->requesters;
	add(build, build->function->id, KQ_ORIGIN_OWN);
	/* Without capabilities every PCI Express port would look like a conventional bridge. */
	if (!build->topology->limited)
		add_bridges(build);
	add_quirks(build);
	add_phantoms(build, scanned->phantom);
	add_virtual(build, scanned);
	add_aliases(build);
}

const char *kq_hidden_name(const struct kq_hidden *hidden)
{
	static char text[32];

	snprintf(text, sizeof(text), "%04x:%02x:%02x.%x", hidden->domain, hidden->id >> 8, hidden->id >> 3 & 0x1fu,
		 hidden->id & 7u);
	return text;
}

/* Put the functions of other domains into @topology->hidden, each with the ids of the endpoint that its domain is behind. */
static bool put_hidden(struct kq_topology *topology, const struct kq_scanned *scanned, unsigned int count)
{
	topology->hidden = calloc((size_t)(count - topology->functions) + 1, sizeof(*topology->hidden));
	for (unsigned int i = topology->functions; topology->hidden && i < count; i++) {
		struct kq_hidden *hidden = &topology->hidden[topology->hiddens++];

		*hidden = (struct kq_hidden){ scanned[i].function, scanned[i].domain, scanned[i].function.id, false };
		for (unsigned int n = 0; n < topology->functions && !hidden->known; n++) {
			const struct kq_function *endpoint = &topology->function[n];

			if (scanned[n].behind != hidden->domain)
				continue;
			hidden->known = true;
			hidden->function.segment = endpoint->segment;
			hidden->function.id = endpoint->id;
			hidden->function.first = endpoint->first;
			hidden->function.count = endpoint->count;
		}
	}
	return topology->hidden;
}

static bool put_together(struct kq_topology *topology, const struct kq_scanned *scanned, unsigned int count,
			 const struct kq_owners *owners, struct kq_reason *reason)
{
	struct build build = { .topology = topology, .owners = owners };

	topology->function = calloc((size_t)count + 1, sizeof(*topology->function));
	if (!topology->function)
		return kq_fail(reason, "out of memory");
	while (topology->functions < count && scanned[topology->functions].domain <= KQ_SEGMENT_MAX) {
		topology->function[topology->functions] = scanned[topology->functions].function;
		topology->functions++;
	}
	for (unsigned int i = 0; i < topology->functions && !build.failed; i++) {
		build.function = &topology->function[i];
		add_all(&build, &scanned[i]);
	}
	if (build.failed || !put_hidden(topology, scanned, count))
		return kq_fail(reason, "out of memory");
	return true;
}

/*
 * By what became of the devices where that can be seen: on hosts of SNP guests the kernel translates whatever its command line says.
 * Single devices can have another domain than the default. Linux, drivers/iommu/iommu.c
 */
static bool is_passed_through(const struct kq_topology *topology, const struct kq_host *host)
{
	unsigned int identity = 0, grouped = 0;
	enum iq_passthrough said;
	char line[4096];

	if (!kq_host_line(host, "/proc/cmdline", line, sizeof(line)))
		line[0] = 0;
	said = iq_cmdline_passthrough(line);
	for (unsigned int i = 0; i < topology->functions; i++) {
		grouped += topology->function[i].grouped;
		identity += topology->function[i].identity;
	}
	if (said == IQ_PASSTHROUGH_ON)
		return identity || !grouped;
	return said == IQ_PASSTHROUGH_UNSAID && identity && identity == grouped;
}

bool kq_topology_read(struct kq_topology *topology, const struct kq_host *host, const struct iq_plan *plan,
		      struct kq_reason *reason)
{
	struct kq_scanned *scanned = NULL;
	struct kq_owners owners;
	unsigned int count;
	bool done;

	memset(topology, 0, sizeof(*topology));
	done = kq_owners_read(&owners, host, plan) || kq_fail(reason, "out of memory");
	done = done && kq_pci_scan(host, &scanned, &count, &topology->limited, reason);
	done = done && put_together(topology, scanned, count, &owners, reason);
	topology->passed_through = done && is_passed_through(topology, host);
	free(scanned);
	kq_owners_free(&owners);
	return done;
}

void kq_topology_free(struct kq_topology *topology)
{
	free(topology->function);
	free(topology->requester);
	free(topology->hidden);
	memset(topology, 0, sizeof(*topology));
}

const struct kq_function *kq_topology_function(const struct kq_topology *topology, uint16_t segment, uint16_t id)
{
	unsigned int low = 0, high = topology->functions;

	while (low < high) {
		const unsigned int middle = low + (high - low) / 2;
		const struct kq_function *function = &topology->function[middle];

		if (function->segment == segment && function->id == id)
			return function;
		if (function->segment < segment || (function->segment == segment && function->id < id))
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}
