/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks: is there an IOMMU in front of every device, does it translate, and whose DMA will go on all the same?
 */
#include "check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot/cmdline.h"
#include "host/requester.h"
#include "host/sysroot.h"

#define PCI_DEVICES "/sys/bus/pci/devices"

/* A list of devices in a sentence: the first ones by name, then how many more. */
struct roll {
	char text[256];
	unsigned int count;
};

#define ROLL_NAMES 6u

static void roll_add(struct roll *roll, const struct kq_function *function)
{
	const size_t used = strlen(roll->text);

	if (roll->count++ < ROLL_NAMES)
		snprintf(roll->text + used, sizeof(roll->text) - used, "%s%s", used ? ", " : "",
			 requester_text(function->segment, function->id));
}

static const char *roll_end(struct roll *roll)
{
	const size_t used = strlen(roll->text);

	if (roll->count > ROLL_NAMES)
		snprintf(roll->text + used, sizeof(roll->text) - used, " and %u more", roll->count - ROLL_NAMES);
	return roll->text;
}

static bool can_read_devices(const struct kq_examination *examination, struct kq_finding *finding)
{
	if (!examination->no_topology.text[0])
		return true;
	kq_find(finding, KQ_UNKNOWN, "the PCI devices are not known: %s", examination->no_topology.text);
	return false;
}

/* Firmware tables and most of configuration space are for root: without it, absence proves nothing. */
static bool is_root(const struct kq_examination *examination, struct kq_finding *finding)
{
	if (examination->privileged)
		return true;
	kq_find(finding, KQ_UNKNOWN, "only root can read the firmware's tables and the devices' capabilities");
	return false;
}

/*
 * What becomes of DMA where no IOMMU translates, as the dry run shows. What devices write goes where the crashed kernel told
 * them to: into its memory, never into the capture kernel's.
 */
static const char *without_iommu(const struct kq_examination *examination)
{
	static char text[160];
	const unsigned int stopped = kq_stopped_devices(examination);

	if (stopped)
		snprintf(text, sizeof(text), "the plugin clears Bus Master of %u device%s instead", stopped,
			 stopped == 1 ? "" : "s");
	else
		snprintf(text, sizeof(text), "devices go on writing to the crashed kernel's memory, not to the capture "
					     "kernel's, and nothing stops them");
	return text;
}

static void find_no_iommu(const struct kq_examination *examination, struct kq_finding *finding)
{
	const bool guest = examination->machine.guest;

	if (examination->plan.left_out) {
		kq_find(finding, KQ_WARN, "firmware names no IOMMU that can be used; %s", without_iommu(examination));
		kq_advise(finding, "kdump-quiesce tables says which entry is wrong; ask for new firmware");
		return;
	}
	if (kq_host_has_tables(&examination->host)) {
		kq_find(finding, KQ_WARN, "%s; %s", examination->no_plan.text, without_iommu(examination));
		kq_advise(finding, "kdump-quiesce tables says what is wrong; ask for new firmware");
		return;
	}
	kq_find(finding, guest && kq_stopped_devices(examination) ? KQ_PASS : KQ_WARN, "%s; %s",
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

	if (!is_root(examination, finding))
		return;
	if (!examination->planned) {
		find_no_iommu(examination, finding);
		return;
	}
	if (!examination->groups) {
		find_unused_iommu(examination, finding);
		return;
	}
	for (unsigned int i = 0; i < examination->topology.functions; i++)
		identity += examination->topology.function[i].identity;
	kq_find(finding, KQ_PASS, "%u %s unit%s, %u groups; %u of %u functions in pass-through", plan->units,
		plan->unit[0].family->name, plan->units == 1 ? "" : "s", examination->groups, identity,
		examination->topology.functions);
}

static void check_tables(const struct kq_examination *examination, struct kq_finding *finding)
{
	if (!is_root(examination, finding))
		return;
	if (!kq_host_has_tables(&examination->host)) {
		kq_find(finding, KQ_PASS, "firmware has no table of IOMMUs that could be wrong");
	} else if (!examination->planned && !examination->plan.left_out) {
		kq_find(finding, KQ_WARN, "%s", examination->no_plan.text);
		kq_advise(finding, "kdump-quiesce tables says what is wrong; ask for new firmware");
	} else if (examination->plan.left_out) {
		kq_find(finding, KQ_WARN, "%u entries of the firmware's tables cannot be used",
			examination->plan.left_out);
		kq_advise(finding, "kdump-quiesce tables says which; ask for new firmware");
	} else {
		kq_find(finding, KQ_PASS, "the firmware's tables are understood to the last entry");
	}
}

static void check_served(const struct kq_examination *examination, struct kq_finding *finding)
{
	const struct kq_topology *topology = &examination->topology;
	const struct kq_hidden *astray = NULL;
	struct roll stopped = { "", 0 }, roll = { "", 0 };

	if (!is_root(examination, finding) || !can_read_devices(examination, finding))
		return;
	if (examination->planned && !examination->groups) {
		kq_find(finding, KQ_PASS, "this kernel uses no IOMMU: see iommu");
		return;
	}
	for (unsigned int i = 0; i < topology->functions; i++) {
		const struct kq_function *function = &topology->function[i];

		if (!function->master || function->bridge ||
		    topology->requester[function->first].unit != KQ_NO_UNIT)
			continue;
		roll_add(kq_fate_of(examination, function) == KQ_FATE_STOPPED ? &stopped : &roll, function);
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
			roll_end(&roll), roll.count == 1 ? "it" : "them");
	else if (stopped.count)
		kq_find(finding, KQ_PASS, "no IOMMU is in front of %s: the plugin clears Bus Master instead",
			roll_end(&stopped));
	else
		kq_find(finding, KQ_PASS, "every device that can do DMA is behind an IOMMU%s",
			topology->hiddens ? " (those behind VMD as VMD)" : "");
}

/* Devices that the plugin leaves alone, and why. */
static unsigned int left_alone(const struct kq_examination *examination, enum iq_reason reason, struct roll *roll)
{
	const struct kq_topology *topology = &examination->topology;

	for (unsigned int i = 0; i < topology->functions; i++) {
		const struct kq_function *function = &topology->function[i];

		for (unsigned int n = 0; n < examination->rules.rules; n++) {
			const struct iq_rule *rule = &examination->rules.rule[n];

			if (rule->segment == function->segment && rule->first <= function->id &&
			    function->id <= rule->last) {
				if (rule->mode == IQ_MODE_PRESERVE && rule->reason == reason)
					roll_add(roll, function);
				break;
			}
		}
	}
	return roll->count;
}

static void check_identity(const struct kq_examination *examination, struct kq_finding *finding)
{
	struct roll roll = { "", 0 };

	if (!is_root(examination, finding) || !can_read_devices(examination, finding))
		return;
	if (!left_alone(examination, IQ_REASON_IDENTITY, &roll)) {
		kq_find(finding, KQ_PASS, "no device stays in pass-through in the capture kernel whatever it is told");
		return;
	}
	kq_find(finding, KQ_WARN,
		"%s: in pass-through and with PASIDs, are left alone: the capture kernel would never open them again",
		roll_end(&roll));
	kq_advise(finding, "if the dump does not need them: identity = block in " KQ_CONF_PATH);
}

static void check_reserved(const struct kq_examination *examination, struct kq_finding *finding)
{
	struct roll roll = { "", 0 };

	if (!is_root(examination, finding) || !can_read_devices(examination, finding))
		return;
	if (!left_alone(examination, IQ_REASON_RESERVED, &roll)) {
		kq_find(finding, KQ_PASS, "no device is left alone for the firmware's sake");
		return;
	}
	kq_find(finding, KQ_WARN, "%s: firmware has memory reserved for them (RMRR, IVMD), so that their DMA goes on",
		roll_end(&roll));
	kq_advise(finding,
		  "where that is known not to reset the machine: device ADDRESS = block in " KQ_CONF_PATH);
}

static void check_policy(const struct kq_examination *examination, struct kq_finding *finding)
{
	struct roll roll = { "", 0 };

	if (!is_root(examination, finding) || !can_read_devices(examination, finding))
		return;
	if (left_alone(examination, IQ_REASON_POLICY, &roll))
		kq_find(finding, KQ_WARN, "%s: left alone because %s says so", roll_end(&roll), examination->conf.path);
	else
		kq_find(finding, KQ_PASS, "no device is left alone by policy");
}

const struct kq_check kq_iommu_checks[] = {
	{ "iommu", check_iommu, "/sys/kernel", KQ_STEP_REBOOT, 0 },
	{ "firmware-tables", check_tables, "/sys/kernel", KQ_STEP_REBOOT, KQ_CHECK_ASIDE },
	{ "unserved-devices", check_served, PCI_DEVICES, KQ_STEP_SETTING, 0 },
	{ "identity-devices", check_identity, PCI_DEVICES, KQ_STEP_SETTING, 0 },
	{ "reserved-memory", check_reserved, PCI_DEVICES, KQ_STEP_SETTING, 0 },
	{ "policy", check_policy, PCI_DEVICES, KQ_STEP_SETTING, KQ_CHECK_ASIDE },
	{ NULL, NULL, NULL, 0, 0 },
};
