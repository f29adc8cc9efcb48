/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks: is there an IOMMU in front of every device, does it translate, and are the tables that name it sound?
 */
#include "check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot/cmdline.h"
#include "host/requester.h"
#include "host/sysroot.h"

#define FLAWS_TOLD  2u
#define ASK_FIRMWARE "kdump-quiesce tables shows all of it in its place; ask for new firmware"
#define PCI_DEVICES "/sys/bus/pci/devices"
#define TABLES	    "/sys/firmware/acpi/tables"

/*
 * What becomes of DMA where no IOMMU translates, as the dry run shows. What devices write goes where the crashed kernel told
 * them to: into its memory, never into the capture kernel's.
 */
static const char *without_iommu(const struct kq_examination *examination)
{
	static char text[200];
	const unsigned int stopped = kq_stopped_devices(examination);
	const bool automatic = examination->conf.policy & IQ_HANDOVER_STOP_AUTO;

	if (stopped)
		snprintf(text, sizeof(text), "%sthe plugin clears Bus Master of %u device%s%s",
			 automatic ? "the capture kernel switches it on, so " : "", stopped, stopped == 1 ? "" : "s",
			 automatic ? "" : " instead");
	else
		snprintf(text, sizeof(text), "devices go on writing to the crashed kernel's memory, not to the capture "
					     "kernel's%s", automatic ? ": stop = auto lets them, stop = yes would stop them"
							     : ", and nothing stops them");
	return text;
}

static void find_no_iommu(const struct kq_examination *examination, struct kq_finding *finding)
{
	const bool guest = examination->machine.guest;

	if (kq_host_has_tables(&examination->host)) {
		kq_find(finding, KQ_WARN, "firmware's table names no IOMMU that can be used (%s); %s",
			examination->tables.flaws ? examination->tables.flaw[0] : examination->no_plan.text,
			without_iommu(examination));
		kq_advise(finding, ASK_FIRMWARE);
		return;
	}
	kq_find(finding, guest ? KQ_PASS : KQ_WARN, "%s; %s",
		guest ? "this guest has no IOMMU" : "firmware names no IOMMU", without_iommu(examination));
	if (!guest)
		kq_advise(finding, "switch the IOMMU on in the firmware's setup, where there is one");
}

static void find_unused_iommu(const struct kq_examination *examination, struct kq_finding *finding)
{
	const unsigned int units = examination->plan.units;
	const char *off = iq_cmdline_iommu_off(examination->first_cmdline);

	kq_find(finding, KQ_WARN, "firmware has %u IOMMU%s, but this kernel does not use %s%s%s; %s", units,
		units == 1 ? "" : "s", units == 1 ? "it" : "them", off ? ": " : "", off ? off : "",
		without_iommu(examination));
	kq_advise(finding,
		  off ? "take %s off the kernel's command line, then start anew"
		      : "put intel_iommu=on or, on AMD, nothing at all on the kernel's command line, and take %s off it, "
			"then start anew",
		  off ? off : "iommu=off");
}

static void check_iommu(const struct kq_examination *examination, struct kq_finding *finding)
{
	const struct iq_plan *plan = &examination->plan;
	unsigned int identity = 0;

	if (!kq_is_root(examination, finding))
		return;
	if (!examination->planned) {
		find_no_iommu(examination, finding);
		return;
	}
	if (!examination->groups_known) {
		kq_find(finding, KQ_UNKNOWN, "firmware has %u IOMMU%s; whether the kernel uses %s %s does not say", plan->units,
			plan->units == 1 ? "" : "s", plan->units == 1 ? "it" : "them", examination->report);
		return;
	}
	if (!examination->groups) {
		find_unused_iommu(examination, finding);
		return;
	}
	for (unsigned int i = 0; i < examination->topology.functions; i++)
		identity += examination->topology.function[i].identity;
	if (!kq_host_exists(&examination->host, KQ_GROUPS)) {
		kq_find(finding, KQ_PASS, "%u %s unit%s, %u group%s", plan->units, plan->unit[0].family->name,
			plan->units == 1 ? "" : "s", examination->groups, examination->groups == 1 ? "" : "s");
		return;
	}
	kq_find(finding, KQ_PASS, "%u %s unit%s, %u group%s; %u of %u functions in pass-through%s", plan->units,
		plan->unit[0].family->name, plan->units == 1 ? "" : "s", examination->groups, examination->groups == 1 ? "" : "s", identity,
		examination->topology.functions,
		!kq_lets_be(examination) ? ""
		: examination->conf.block_auto ? ": IOMMUs are let be (block = auto), devices are stopped alone"
					       : ": IOMMUs are let be (block = no)");
}

/* The first flaws of the tables, as far as a sentence holds them. */
static void tell_flaws(const struct kq_host_tables *tables, char text[600])
{
	text[0] = 0;
	for (unsigned int i = 0; i < tables->flaws && i < FLAWS_TOLD; i++)
		snprintf(text + strlen(text), 600 - strlen(text), "%s%s", i ? "; " : "", tables->flaw[i]);
	if (tables->flaws > FLAWS_TOLD)
		snprintf(text + strlen(text), 600 - strlen(text), "; %u more", tables->flaws - FLAWS_TOLD);
}

static void check_tables(const struct kq_examination *examination, struct kq_finding *finding)
{
	char flaws[600];

	if (!kq_is_root(examination, finding))
		return;
	if (!kq_host_has_tables(&examination->host)) {
		kq_find(finding, KQ_PASS, "firmware has no table of IOMMUs that could be wrong");
	} else if (examination->tables.flaws) {
		tell_flaws(&examination->tables, flaws);
		kq_find(finding, KQ_WARN, "%s", flaws);
		kq_advise(finding, ASK_FIRMWARE);
	} else if (!examination->planned || examination->plan.left_out) {
		kq_find(finding, KQ_WARN, "%u entr%s no room in the plan", examination->plan.left_out,
			examination->plan.left_out == 1 ? "y finds" : "ies find");
	} else {
		kq_find(finding, KQ_PASS, "the firmware's tables are understood to the last entry");
	}
}

static void check_served(const struct kq_examination *examination, struct kq_finding *finding)
{
	const struct kq_topology *topology = &examination->topology;
	const struct kq_hidden *astray = NULL;
	struct kq_roll stopped = { "", 0 }, roll = { "", 0 };

	if (!kq_is_root(examination, finding) || !kq_can_read_devices(examination, finding))
		return;
	if (examination->planned && !examination->groups_known) {
		kq_find(finding, KQ_UNKNOWN, "whether the kernel uses IOMMUs is not known: see iommu");
		return;
	}
	if (examination->planned ? !examination->groups : !kq_host_has_tables(&examination->host)) {
		kq_find(finding, KQ_PASS, "%s: see iommu",
			examination->planned ? "this kernel uses no IOMMU" : "this machine has no IOMMU");
		return;
	}
	for (unsigned int i = 0; i < topology->functions; i++) {
		const struct kq_function *function = &topology->function[i];

		if (!function->master || function->bridge ||
		    topology->requester[function->first].unit != IQ_NO_UNIT)
			continue;
		kq_roll_add(kq_fate_of(examination, function) == KQ_FATE_STOPPED ? &stopped : &roll, function);
	}
	for (unsigned int i = 0; i < topology->hiddens; i++)
		if (!topology->hidden[i].known)
			astray = &topology->hidden[i];
	if (!roll.count && astray) {
		kq_find(finding, KQ_WARN, "%s: its domain is behind no device that is known: left out",
			kq_hidden_name(astray));
		return;
	}
	if (roll.count)
		kq_find(finding, KQ_WARN, "no IOMMU is in front of %s, and the plugin does not stop %s at the source",
			kq_roll_end(&roll), roll.count == 1 ? "it" : "them");
	else if (stopped.count)
		kq_find(finding, KQ_PASS, "no IOMMU is in front of %s: the plugin clears Bus Master instead",
			kq_roll_end(&stopped));
	else
		kq_find(finding, KQ_PASS, "every device that can do DMA is behind an IOMMU%s",
			topology->hiddens ? " (those behind VMD as VMD)" : "");
}

const struct kq_check kq_iommu_checks[] = {
	{ "iommu", check_iommu, "/sys/kernel", TABLES, KQ_STEP_REBOOT, 0 },
	{ "firmware-tables", check_tables, NULL, TABLES, KQ_STEP_REBOOT, KQ_CHECK_ASIDE },
	{ "unserved-devices", check_served, PCI_DEVICES, TABLES, KQ_STEP_SETTING, 0 },
	{ NULL, NULL, NULL, NULL, 0, 0 },
};
