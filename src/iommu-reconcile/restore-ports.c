/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Uncorrectable Error Mask keeps its value over a reset (PCIe 6.0, 7.8.4.3: RWS), and Linux does not write it: a machine whose
 * firmware does not write it either would run masked until power is lost. Only bits that the plugin changed are written: the rest of a
 * word stays as the capture kernel left it.
 */
#include "restore-ports.h"

#include "base/cleanup.h"
#include "base/items.h"
#include "host/requester.h"
#include "pci/pci.h"
#include "pci/port-words.h"
#include "pci-registers.h"
#include "poke.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SECONDS	     10u /* for all of it */
#define SECONDS_EACH 3u
#define DEVICES	     "/sys/bus/pci/devices"

struct restoring {
	struct reconcile *reconcile;
	struct kq_output *out;
	char name[64]; /* of the port at hand: its directory below DEVICES */
	struct timespec end; /* CLOCK_MONOTONIC: no write begins any more */
	unsigned int ports;  /* of the record */
};

static const char *const word_name[IQ_PORT_WORDS] = {
	[IQ_WORD_MASK] = "Uncorrectable Error Mask",
	[IQ_WORD_DPC] = "DPC Control",
	[IQ_WORD_COMMAND] = "Root Error Command",
	[IQ_WORD_ROOT] = "Root Control",
	[IQ_WORD_BRIDGE] = "Bridge Control",
};

/*
 * The name that this kernel has for @port. Ports that a VMD hides have a domain of their own, which is known while a driver has the VMD. False
 * with @why.
 */
static bool find_name(struct restoring *restoring, const struct iq_record_port *port, struct kq_reason *why)
{
	const char *const text = requester_text(port->segment, port->requester);
	char path[PATH_MAX], domain[32];

	if (!port->behind) {
		snprintf(restoring->name, sizeof(restoring->name), "%s", text);
		return true;
	}
	/* To the root bus there: 10000:00. */
	snprintf(path, sizeof(path), DEVICES "/%s/domain", requester_text(port->segment, port->behind));
	if (!kq_host_link(&restoring->reconcile->host, path, domain, sizeof(domain)))
		return kq_fail(why, "no driver has the VMD that hides it");
	domain[strcspn(domain, ":")] = 0;
	snprintf(restoring->name, sizeof(restoring->name), "%s%s", domain, strchr(text, ':'));
	return true;
}

static uint32_t read_word(const struct restoring *restoring, unsigned int offset)
{
	_cleanup_close_ int file = -1;
	uint32_t word = IQ_PCI_NOTHING;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), DEVICES "/%s/config", restoring->name);
	file = kq_host_open(&restoring->reconcile->host, path, O_RDONLY);
	return file >= 0 && pread(file, &word, sizeof(word), offset) == sizeof(word) ? word : IQ_PCI_NOTHING;
}

/* Can the capability at @offset be the one with @id? It can where the port has none, or where it cannot be read. */
static bool can_be(const struct restoring *restoring, unsigned int offset, uint64_t id)
{
	const uint32_t word = offset ? read_word(restoring, offset) : IQ_PCI_NOTHING;

	return word == IQ_PCI_NOTHING || (word & IQ_MASK(15, 0)) == id;
}

/* Another function can be in its place: a link came up anew, or buses have other numbers. False with @why. */
static bool is_same_port(const struct restoring *restoring, const struct iq_record_port *port, struct kq_reason *why)
{
	const uint32_t express = read_word(restoring, port->express);

	if (express == IQ_PCI_NOTHING)
		return kq_fail(why, "its configuration space cannot be read");
	if ((express & CAPABILITY_ID) != CAPABILITY_EXPRESS || iq_field(express, EXPRESS_TYPE) != port->type ||
	    !can_be(restoring, port->aer, EXTENDED_AER) || !can_be(restoring, port->dpc, EXTENDED_DPC))
		return kq_fail(why, "another function is in its place");
	return true;
}

/* Seconds that one write may take, 0: there is no time left. */
static unsigned int seconds_left(const struct restoring *restoring)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec >= restoring->end.tv_sec
		       ? 0
		       : (unsigned int)iq_min(SECONDS_EACH, restoring->end.tv_sec - now.tv_sec);
}

/* True if the bits are what they were. False with @why. */
static bool restore(const struct restoring *restoring, const struct iq_port_word *word, struct kq_reason *why)
{
	const uint32_t now = read_word(restoring, word->offset);
	const uint32_t wanted = (now & ~word->bits) | word->was;
	const unsigned int seconds = seconds_left(restoring);
	char path[PATH_MAX];

	if (!word->known)
		return kq_fail(why, "it could not be read at the crash");
	if (now == IQ_PCI_NOTHING)
		return kq_fail(why, "it cannot be read");
	if (now == wanted)
		return true;
	if (!seconds)
		return kq_fail(why, "out of time");
	snprintf(path, sizeof(path), DEVICES "/%s/config", restoring->name);
	if (!poke(&restoring->reconcile->host, path, NULL, word->offset, &wanted, sizeof(wanted), seconds, why))
		return false;
	return (read_word(restoring, word->offset) & word->bits) == word->was ||
	       kq_fail(why, "it was written, and did not change");
}

static void restore_port(struct restoring *restoring, const struct iq_record_port *port)
{
	const char *const name = restoring->name, *separator = ": ";
	struct iq_port_word word[IQ_PORT_WORDS];
	struct kq_reason why;

	if (!find_name(restoring, port, &why)) {
		reconcile_trouble(restoring->reconcile, EXIT_TROUBLE, "%.7s behind %s: its words stay as they are: %s",
				  requester_text(0, port->requester) + strlen("0000:"), requester_text(port->segment, port->behind),
				  why.text);
		return;
	}
	if (!is_same_port(restoring, port, &why)) {
		reconcile_trouble(restoring->reconcile, EXIT_TROUBLE, "%s: its words stay as they are: %s", name, why.text);
		return;
	}
	iq_port_words(port, word);
	kq_output_format(restoring->out, "iommu-reconcile: %s: as before the crash", name);
	for (unsigned int i = 0; i < IQ_PORT_WORDS; i++) {
		if (!word[i].offset)
			continue;
		if (restore(restoring, &word[i], &why)) {
			kq_output_format(restoring->out, "%s%s", separator, word_name[i]);
			separator = ", ";
		} else {
			reconcile_trouble(restoring->reconcile, EXIT_TROUBLE, "%s: %s stays as it is: %.150s", name, word_name[i],
					  why.text);
		}
	}
	kq_output_text(restoring->out, separator[0] == ':' ? ": nothing\n" : "\n");
}

/* A port that found no room in the record was masked all the same. */
static void count_missing(struct restoring *restoring)
{
	struct iq_record_stage stage;
	struct kq_items items;

	kq_items_start(&items, &restoring->reconcile->crashed.evidence.view, IQ_SECTION_STAGE);
	while (kq_items_next(&items, &stage, sizeof(stage)))
		if (stage.stage == IQ_STAGE_CONTAIN && stage.changed > restoring->ports)
			reconcile_trouble(restoring->reconcile, EXIT_TROUBLE,
					  "%u port%s no room in the record stay%s masked: cut the machine's power",
					  stage.changed - restoring->ports, stage.changed - restoring->ports == 1 ? " that found" : "s that found",
					  stage.changed - restoring->ports == 1 ? "s" : "");
}

void restore_ports(struct reconcile *reconcile, struct kq_output *out)
{
	struct restoring restoring = { .reconcile = reconcile, .out = out };
	struct iq_record_port port;
	struct kq_items items;

	if (reconcile->crashed.state != OLD_READ)
		return;
	clock_gettime(CLOCK_MONOTONIC, &restoring.end);
	restoring.end.tv_sec += SECONDS;
	kq_items_start(&items, &reconcile->crashed.evidence.view, IQ_SECTION_PORTS);
	while (kq_items_next(&items, &port, sizeof(port))) {
		restore_port(&restoring, &port);
		restoring.ports++;
	}
	count_missing(&restoring);
	if (!restoring.ports)
		kq_output_text(out, "iommu-reconcile: no port was masked\n");
}
