/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks: which devices are left alone, by whose word, and what may they write to?
 */
#include "check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host/requester.h"

#define PCI_DEVICES "/sys/bus/pci/devices"

#define ROLL_NAMES 6u

void kq_roll_add(struct kq_roll *roll, const struct kq_function *function)
{
	const size_t used = strlen(roll->text);

	if (roll->count++ < ROLL_NAMES)
		snprintf(roll->text + used, sizeof(roll->text) - used, "%s%s", used ? ", " : "",
			 requester_text(function->segment, function->id));
}

const char *kq_roll_end(struct kq_roll *roll)
{
	const size_t used = strlen(roll->text);

	if (roll->count > ROLL_NAMES)
		snprintf(roll->text + used, sizeof(roll->text) - used, " and %u more", roll->count - ROLL_NAMES);
	return roll->text;
}

bool kq_can_read_devices(const struct kq_examination *examination, struct kq_finding *finding)
{
	if (!examination->no_topology.text[0])
		return true;
	kq_find(finding, KQ_UNKNOWN, "the PCI devices are not known: %s", examination->no_topology.text);
	return false;
}

/* Firmware tables and most of configuration space are for root: without it, absence proves nothing. */
bool kq_is_root(const struct kq_examination *examination, struct kq_finding *finding)
{
	if (examination->privileged)
		return true;
	kq_find(finding, KQ_UNKNOWN, "only root can read the firmware's tables and the devices' capabilities");
	return false;
}

static bool is_master(const struct kq_function *function)
{
	return function->master && !function->bridge;
}

/* Devices that the plugin leaves alone for @reason. Returns how many; *@masters: of these, that can do DMA now. */
static unsigned int left_alone(const struct kq_examination *examination, enum iq_reason reason, struct kq_roll *roll,
			       unsigned int *masters)
{
	const struct kq_topology *topology = &examination->topology;

	*masters = 0;
	for (unsigned int i = 0; i < topology->functions; i++) {
		const struct kq_function *function = &topology->function[i];

		for (unsigned int n = 0; n < examination->rules.rules; n++) {
			const struct iq_rule *rule = &examination->rules.rule[n];

			if (rule->segment == function->segment && rule->first <= function->id &&
			    function->id <= rule->last) {
				if (rule->mode == IQ_MODE_PRESERVE && rule->reason == reason) {
					kq_roll_add(roll, function);
					*masters += is_master(function);
				}
				break;
			}
		}
	}
	return roll->count;
}

static void check_identity(const struct kq_examination *examination, struct kq_finding *finding)
{
	struct kq_roll roll = { "", 0 };
	unsigned int masters;

	if (!kq_is_root(examination, finding) || !kq_can_read_devices(examination, finding))
		return;
	if (!left_alone(examination, IQ_REASON_IDENTITY, &roll, &masters)) {
		kq_find(finding, KQ_PASS, "no device stays in pass-through in the capture kernel whatever it is told");
		return;
	}
	kq_find(finding, KQ_WARN,
		"%s: in pass-through and with PASIDs, are left alone: the capture kernel would never open them again",
		kq_roll_end(&roll));
	kq_advise(finding, "if the dump does not need them: identity = block in " KQ_CONF_PATH);
}

#define CRASH_RANGES 8u

/*
 * Does the memory of @reserved overlap the crash kernel's? A device that goes on with DMA there writes into the capture kernel.
 */
static bool is_in_crash_memory(const struct kq_host *host, const struct kq_reserved *reserved)
{
	struct kq_range range[CRASH_RANGES];
	const unsigned int count = kq_host_ranges(host, "Crash kernel", range, CRASH_RANGES);

	for (unsigned int i = 0; i < count; i++)
		if (reserved->base < range[i].end && range[i].first < reserved->end)
			return true;
	return false;
}

/* The first range in the crash kernel's memory that a device of this machine would go on using; @roll: whose. */
static const struct kq_reserved *find_in_crash_memory(const struct kq_examination *examination, struct kq_roll *roll)
{
	const struct kq_topology *topology = &examination->topology;

	for (unsigned int n = 0; n < examination->tables.reserveds; n++) {
		const struct kq_reserved *reserved = &examination->tables.reserved[n];

		if (!is_in_crash_memory(&examination->host, reserved))
			continue;
		for (unsigned int i = 0; i < topology->functions; i++) {
			const struct kq_function *function = &topology->function[i];

			if (function->segment == reserved->segment && reserved->first <= function->id &&
			    function->id <= reserved->last &&
			    kq_fate_of(examination, function) == KQ_FATE_GOES_ON)
				kq_roll_add(roll, function);
		}
		if (roll->count)
			return reserved;
	}
	return NULL;
}

/* Devices that can do DMA now. */
static unsigned int count_masters(const struct kq_topology *topology)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < topology->functions; i++)
		count += is_master(&topology->function[i]);
	return count;
}

/* Whatever else is wrong with what firmware reserved: that most devices are left alone comes first. */
static void find_most_left_alone(const struct kq_examination *examination, struct kq_finding *finding, unsigned int alone,
				 unsigned int masters, struct kq_roll *roll)
{
	kq_find(finding, kq_translates(examination) ? KQ_FAIL : KQ_WARN,
		"firmware has memory reserved (RMRR, IVMD) for %u of %u devices that can do DMA: nearly nothing is stopped: %s",
		alone, masters, kq_roll_end(roll));
	kq_advise(finding, "reserved-memory = block in " KQ_CONF_PATH "; some machines reset when that is refused: try it, and "
			   "spare those that need it by device ADDRESS = preserve");
}

static void check_reserved(const struct kq_examination *examination, struct kq_finding *finding)
{
	struct kq_roll roll = { "", 0 }, inside = { "", 0 };
	const struct kq_reserved *reserved;
	unsigned int masters, alone;

	if (!kq_is_root(examination, finding) || !kq_can_read_devices(examination, finding))
		return;
	reserved = find_in_crash_memory(examination, &inside);
	masters = count_masters(&examination->topology);
	left_alone(examination, IQ_REASON_RESERVED, &roll, &alone);
	if (alone * 2 > masters) {
		find_most_left_alone(examination, finding, alone, masters, &roll);
		if (reserved)
			finding->verdict = KQ_FAIL;
	} else if (reserved) {
		kq_find(finding, KQ_FAIL,
			"firmware reserved 0x%" PRIx64 "-0x%" PRIx64 ", which is inside the crash kernel's memory, for %s: it "
			"is left alone and may write there", reserved->base, reserved->end - 1, kq_roll_end(&inside));
		kq_advise(finding, "device %.12s = block in " KQ_CONF_PATH ", or crashkernel=SIZE@ADDRESS elsewhere", inside.text);
	} else if (!roll.count) {
		kq_find(finding, KQ_PASS, "no device is left alone for the firmware's sake");
	} else {
		kq_find(finding, KQ_WARN,
			"%s: firmware has memory reserved for them (RMRR, IVMD), so that their DMA goes on",
			kq_roll_end(&roll));
		kq_advise(finding, "where that is known not to reset the machine: device ADDRESS = block in " KQ_CONF_PATH);
	}
}

static void check_policy(const struct kq_examination *examination, struct kq_finding *finding)
{
	struct kq_roll roll = { "", 0 };
	unsigned int masters;

	if (!kq_is_root(examination, finding) || !kq_can_read_devices(examination, finding))
		return;
	if (kq_lacks_conf(examination, finding))
		return;
	if (left_alone(examination, IQ_REASON_POLICY, &roll, &masters))
		kq_find(finding, KQ_WARN, "%s: left alone because %s says so", kq_roll_end(&roll), examination->conf.path);
	else
		kq_find(finding, KQ_PASS, "no device is left alone by policy");
}

const struct kq_check kq_device_checks[] = {
	{ "identity-devices", check_identity, PCI_DEVICES, KQ_GROUPS, KQ_STEP_SETTING, KQ_CHECK_ASIDE },
	{ "reserved-memory", check_reserved, PCI_DEVICES, "/sys/firmware/acpi/tables", KQ_STEP_SETTING, 0 },
	{ "policy", check_policy, PCI_DEVICES, NULL, KQ_STEP_SETTING, KQ_CHECK_ASIDE },
	{ NULL, NULL, NULL, NULL, 0, 0 },
};
