/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Check: what happens to the loaded capture kernel when CPUs and memory come and go?
 */
#include "check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "boot/elfcorehdr.h"
#include "host/sysroot.h"

#define RANGES_MAX 256u
#define HEADER_MAX (8u << 20)

/* The ranges of memory in the state file, as far as there is room for them and one more. */
static unsigned int ranges_then(const struct kq_host *host, struct kq_range ranges[RANGES_MAX + 1])
{
	struct kq_state *state = calloc(1, sizeof(*state));
	struct kq_reason reason;
	unsigned int count = 0;

	if (state && kq_state_read(state, host, &reason)) {
		const struct kq_lines *memory = &state->list[KQ_STATE_MEMORY];

		for (unsigned int i = 0; i < memory->lines && count <= RANGES_MAX; i++) {
			uint64_t first, last;

			if (sscanf(memory->line[i], "%" SCNx64 " %" SCNx64, &first, &last) == 2 && last < UINT64_MAX)
				ranges[count++] = (struct kq_range){ first, last + 1 };
		}
	}
	if (state)
		kq_state_free(state);
	free(state);
	return count;
}

/* The first address of [@first, @end) that is in none of @ranges; @end if all are. */
static uint64_t first_outside(const struct kq_range *ranges, unsigned int count, uint64_t first, uint64_t end)
{
	for (unsigned int i = 0; i < count && first < end; i++)
		if (ranges[i].first <= first && first < ranges[i].end) {
			first = ranges[i].end;
			i = UINT32_MAX; /* from the first range again */
		}
	return first < end ? first : end;
}

enum added {
	ADDED_NONE,
	ADDED_SOME,
	ADDED_UNKNOWN, /* more ranges than RANGES_MAX */
};

/* Memory that is there now and was not when `exec` loaded the capture kernel: *@added. */
static enum added find_added(const struct kq_examination *examination, struct kq_range *added)
{
	struct kq_range then[RANGES_MAX + 1], now[RANGES_MAX + 1];
	unsigned int thens, nows;

	if (examination->loaded != KQ_LOADED_OURS || kq_is_wrapped(examination))
		return ADDED_NONE;
	thens = ranges_then(&examination->host, then);
	nows = kq_host_ranges(&examination->host, "System RAM", now, RANGES_MAX + 1);
	if (thens > RANGES_MAX || nows > RANGES_MAX)
		return ADDED_UNKNOWN;
	for (unsigned int i = 0; thens && i < nows; i++) {
		added->first = first_outside(then, thens, now[i].first, now[i].end);
		added->end = now[i].end;
		if (added->first < added->end)
			return ADDED_SOME;
	}
	return ADDED_NONE;
}

/* Has the kernel put it into the ELF core header that is loaded? */
static bool is_in_header(const struct kq_examination *examination, const struct kq_range *added)
{
	const struct iq_handover *handover = &examination->plugin.handover;
	const uint32_t size = handover->elfcorehdr_size;
	uint8_t *header = size && size <= HEADER_MAX ? malloc(size) : NULL;
	const bool found = header && kq_physical_read(&examination->physical, handover->elfcorehdr, header, size) &&
			   iq_elfcorehdr_has_memory(header, size, added->first, added->end - added->first);

	free(header);
	return found;
}

void kq_check_hotplug(const struct kq_examination *examination, struct kq_finding *finding)
{
	const bool kernel = kq_host_number(&examination->host, "/sys/devices/system/cpu/crash_hotplug", 0);
	const char *rule = examination->distro.reload_rule;
	struct kq_range added;
	const enum added memory = find_added(examination, &added);

	if (memory == ADDED_UNKNOWN)
		kq_find(finding, KQ_UNKNOWN, "more than %u ranges of memory: whether some was added after the load is not known", RANGES_MAX);
	else if (memory == ADDED_SOME && !is_in_header(examination, &added)) {
		kq_find(finding, KQ_WARN,
			"memory was added after the load, at 0x%" PRIx64 ", and the kernel did not put it into the ELF core header: it "
			"is not in the dump, and IOMMU tables in it are out of the plugin's reach", added.first);
		kq_advise(finding, "load it anew: kdump-quiesce exec -- %s", kq_load_command(examination));
	} else if (kq_is_wrapped(examination))
		kq_find(finding, KQ_PASS, "the capture kernel is wrapped: whoever loads it anew loads the plugin");
	else if (kernel)
		kq_find(finding, KQ_PASS, "the kernel follows CPU and memory hotplug itself (crash_hotplug is 1)");
	else if (examination->distro.ours[0])
		kq_find(finding, KQ_PASS, "whoever loads it anew does so through exec: %s", examination->distro.ours);
	else if (!rule[0])
		kq_find(finding, KQ_PASS, "nothing reloads the capture kernel when CPUs or memory come and go");
	else {
		kq_find(finding, KQ_WARN,
			"%s reloads the capture kernel, without the plugin, when CPUs or memory come and go", rule);
		kq_advise(finding, "let it call kdump-quiesce exec -- %s, or wrap the capture kernel",
			  kq_load_command(examination));
	}
}
