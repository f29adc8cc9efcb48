/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks: will the capture kernel have memory enough, reach its devices, and bring their drivers?
 */
#include "check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot/cmdline.h"
#include "host/sysroot.h"
#include "machine/words.h"

#define MIB		UINT64_C(0x100000)
#define WORKING_MEMORY                                                                                                 \
	(UINT64_C(64) << 20) /* of a capture kernel with makedumpfile: measured, 128 MiB hold a 7 MiB initrd */
#define PLUGIN_MEMORY	(UINT64_C(512) << 10)/* plugin, record, page tables */
#define CMA_WAIT	10		     /* seconds: Linux, kernel/crash_core.c */
#define LENT_TOLD	2u		     /* ranges in a sentence */
#define WRITERS_TOLD	4u		     /* requesters in a sentence */

static void check_memory(const struct kq_examination *examination, struct kq_finding *finding)
{
	const uint64_t size = kq_host_number(&examination->host, "/sys/kernel/kexec_crash_size", UINT64_MAX);
	uint64_t least, good;

	if (size == UINT64_MAX) {
		kq_find(finding, KQ_UNKNOWN, "/sys/kernel/kexec_crash_size cannot be read");
		return;
	}
	if (!size) {
		kq_find(finding, KQ_FAIL, "no memory is reserved for a capture kernel");
		kq_advise(finding, "put crashkernel=256M on the kernel's command line, then start anew");
		return;
	}
	if (!examination->image.init_size || examination->no_initrd.text[0]) {
		kq_find(finding, KQ_UNKNOWN,
			"%" PRIu64 " MiB are reserved, of which the plugin takes %" PRIu64 " KiB; how much the capture "
			"kernel needs is not known: %s",
			size / MIB, PLUGIN_MEMORY / 1024,
			examination->image.init_size ? examination->no_initrd.text : examination->image.why.text);
		return;
	}
	/* Kernel, initrd packed and unpacked are in memory at once. */
	least = examination->image.init_size + examination->initrd.packed + examination->initrd.unpacked +
		PLUGIN_MEMORY;
	good = least + WORKING_MEMORY;
	kq_find(finding, size < least ? KQ_FAIL : size < good ? KQ_WARN : KQ_PASS,
		"%" PRIu64 " MiB are reserved; kernel and initrd take %" PRIu64 " MiB, the plugin %" PRIu64
		" KiB, working memory about %" PRIu64 " MiB", size / MIB, least / MIB, PLUGIN_MEMORY / 1024,
		WORKING_MEMORY / MIB);
	if (size < good)
		kq_advise(finding, "put crashkernel=%" PRIu64 "M on the kernel's command line, then start anew",
			  (good / MIB + 63) / 64 * 64);
}

/* Where the memory is that is lent, and how much of it. */
static void tell_lent(const struct kq_lent *lent, char text[160])
{
	uint64_t bytes = 0;
	size_t used;

	if (!lent->known) {
		snprintf(text, 160, "memory (where, this kernel does not say)");
		return;
	}
	for (unsigned int i = 0; i < lent->ranges; i++)
		bytes += lent->range[i].end - lent->range[i].first;
	snprintf(text, 160, "%" PRIu64 " MiB", bytes / MIB);
	for (unsigned int i = 0; i < lent->ranges && i < LENT_TOLD; i++) {
		used = strlen(text);
		snprintf(text + used, 160 - used, "%s 0x%" PRIx64 "-0x%" PRIx64, i ? "," : " at", lent->range[i].first,
			 lent->range[i].end - 1);
	}
	used = strlen(text);
	if (lent->ranges > LENT_TOLD)
		snprintf(text + used, 160 - used, " and %u more ranges", lent->ranges - LENT_TOLD);
}

/* The requesters that can write there; @preserved: only those that go on. Returns how many. */
static unsigned int tell_writers(const struct kq_lent *lent, bool preserved, char text[200])
{
	unsigned int count = 0;

	text[0] = 0;
	for (unsigned int i = 0; i < lent->writers; i++) {
		const struct kq_writer *writer = &lent->writer[i];
		const size_t used = strlen(text);

		if ((preserved && !writer->preserved) || count++ >= WRITERS_TOLD)
			continue;
		snprintf(text + used, 200 - used, "%s%s", used ? ", " : "", writer->name);
		if (writer->all)
			snprintf(text + strlen(text), 200 - strlen(text), " (all)");
		else
			snprintf(text + strlen(text), 200 - strlen(text), " (%" PRIu64 " KiB)", writer->bytes / 1024);
	}
	if (count > WRITERS_TOLD)
		snprintf(text + strlen(text), 200 - strlen(text), " and %u more", count - WRITERS_TOLD);
	return count;
}

/* crashkernel=SIZE,cma: memory that the running kernel lends to movable pages, which devices may be writing to. */
static void check_cma(const struct kq_examination *examination, struct kq_finding *finding)
{
	const struct kq_lent *lent = &examination->lent;
	const bool seen = lent->looked && !lent->unseen.text[0];
	char where[160], writers[200], kept[200], who[340];
	unsigned int exempt = 0, going_on;

	if (!lent->asked && !lent->ranges) {
		kq_find(finding, KQ_PASS, "no memory of the capture kernel is lent to the running one");
		return;
	}
	if (lent->known && !lent->ranges) {
		kq_find(finding, KQ_WARN, "crashkernel=,cma: this kernel has reserved nothing of it (%s)", lent->source);
		kq_advise(finding, "reserve what the capture kernel needs without ,cma");
		return;
	}
	tell_lent(lent, where);
	if (tell_writers(lent, false, writers))
		snprintf(who, sizeof(who), "can write there now: %s%s%.90s", writers, seen ? "" : "; not all is seen: ",
			 lent->unseen.text);
	else if (seen)
		snprintf(who, sizeof(who), "no device can write there now");
	else
		snprintf(who, sizeof(who), "who can write there cannot be seen%s%.200s", lent->unseen.text[0] ? ": " : "",
			 lent->unseen.text);
	going_on = tell_writers(lent, true, kept);
	for (unsigned int i = 0; i < examination->rules.rules; i++)
		exempt += examination->rules.rule[i].mode == IQ_MODE_PRESERVE;
	if (!kq_has_plugin(examination)) {
		kq_find(finding, seen && !lent->writers ? KQ_WARN : KQ_FAIL,
			"crashkernel=,cma lends %s; %s; only a wait of %d s stands between them and the capture kernel", where,
			who, CMA_WAIT);
		kq_advise(finding, "load with the plugin, which stops them");
	} else if (going_on) {
		kq_find(finding, KQ_WARN, "crashkernel=,cma lends %s; %s; left alone: %s", where, who, kept);
		kq_advise(finding, "see identity-devices, reserved-memory and policy");
	} else if (!seen && (exempt || examination->no_topology.text[0])) {
		kq_find(finding, KQ_WARN, "crashkernel=,cma lends %s; %s; %u range%s of requester ids %s left alone", where,
			who, exempt, exempt == 1 ? "" : "s", exempt == 1 ? "is" : "are");
		kq_advise(finding, "see identity-devices, reserved-memory and policy");
	} else {
		kq_find(finding, KQ_PASS,
			"crashkernel=,cma lends %s; %s; the plugin stops them before the capture kernel takes it", where, who);
	}
}

static void check_cmdline(const struct kq_examination *examination, struct kq_finding *finding)
{
	const struct kq_distro *distro = &examination->distro;
	const char *line = distro->cmdline, *off = iq_cmdline_iommu_off(line);
	const bool blocks = kq_translates(examination) && !kq_lets_be(examination);

	if (!line[0]) {
		kq_find(finding, KQ_UNKNOWN, "%s", distro->no_cmdline.text);
	} else if (off && blocks) {
		kq_find(finding, KQ_FAIL, "%s (%s): the capture kernel would never reach again what is blocked", off,
			distro->cmdline_source);
		kq_advise(finding, "take %s off the capture kernel's command line", off);
	} else if (iq_cmdline_translation(line) == IQ_SWITCH_OFF && blocks) {
		kq_find(finding, KQ_FAIL,
			"intel_iommu=off (%s): the capture kernel opens everything that was blocked, while DMA "
			"still runs",
			distro->cmdline_source);
		kq_advise(finding, "take intel_iommu=off off the capture kernel's command line");
	} else if (!strcmp(distro->cmdline_source, KQ_STATE_PATH) && !kq_cmdline_has(line, "elfcorehdr")) {
		kq_find(finding, KQ_FAIL,
			"no elfcorehdr= on the command line that was loaded: it is no capture kernel to its "
			"IOMMU drivers");
	} else if (!kq_cmdline_has(line, "reset_devices")) {
		kq_find(finding, KQ_WARN,
			"no reset_devices (%s): drivers may trust the state in which they find their devices",
			distro->cmdline_source);
		kq_advise(finding, "put reset_devices on the capture kernel's command line");
	} else {
		kq_find(finding, KQ_PASS, "nothing on it (%s) stands in the way", distro->cmdline_source);
	}
}

static void check_passthrough(const struct kq_examination *examination, struct kq_finding *finding)
{
	const struct kq_distro *distro = &examination->distro;
	const enum iq_passthrough mode = iq_cmdline_passthrough(distro->cmdline);
	const bool wrapped = kq_is_wrapped(examination);

	if (kq_lets_be(examination)) {
		kq_find(finding, KQ_PASS, "IOMMUs are let be: the capture kernel reaches its devices in any mode");
	} else if (mode == IQ_PASSTHROUGH_OFF || wrapped) {
		kq_find(finding, KQ_PASS, "the capture kernel translates%s", wrapped ? ": the plugin tells it to" : "");
	} else if (!distro->cmdline[0]) {
		kq_find(finding, KQ_UNKNOWN, "%s", distro->no_cmdline.text);
	} else if (examination->loaded == KQ_LOADED_OURS) {
		kq_find(finding, mode == IQ_PASSTHROUGH_ON ? KQ_FAIL : KQ_WARN,
			"the capture kernel was loaded without %s", IQ_TRANSLATED);
		kq_advise(finding,
			  "load it without --keep-command-line: in pass-through it never opens again what is blocked");
	} else {
		kq_find(finding, KQ_PASS, "%s, until kdump-quiesce exec adds %s",
			mode == IQ_PASSTHROUGH_ON ? "the capture kernel is told to pass through" :
						    "the capture kernel does as it was built", IQ_TRANSLATED);
	}
}

const struct kq_check kq_capture_checks[] = {
	{ "crashkernel-memory", check_memory, NULL, NULL, KQ_STEP_REBOOT, KQ_CHECK_ASIDE },
	{ "crashkernel-cma", check_cma, "/sys/kernel", "/proc/cmdline", KQ_STEP_REBOOT, 0 },
	{ "command-line", check_cmdline, NULL, NULL, KQ_STEP_SETTING, 0 },
	{ "pass-through", check_passthrough, NULL, NULL, KQ_STEP_SETTING, 0 },
	{ "dump-drivers", kq_check_dump_drivers, "/sys/bus/pci/devices", "/sys/dev/block", KQ_STEP_SETTING, KQ_CHECK_ASIDE },
	{ "initrd-drivers", kq_check_initrd_drivers, "/sys/bus/pci/devices", NULL, KQ_STEP_SETTING, KQ_CHECK_ASIDE },
	{ NULL, NULL, NULL, NULL, 0, 0 },
};
