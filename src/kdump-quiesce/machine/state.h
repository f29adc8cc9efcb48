/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state file, which `exec` writes after it has loaded a capture kernel: where the plugin is, and how the machine was. `status`
 * compares it with the machine as it is. A text file of "key = value" lines, replaced as a whole.
 */
#ifndef KQ_STATE_H
#define KQ_STATE_H

#include "plan.h"
#include "topology.h"

#define KQ_STATE_PATH "/run/kdump-quiesce/loaded"

/* A list of lines: units, functions, rules or memory ranges, each as it stands in the file. */
struct kq_lines {
	char **line;
	unsigned int lines;
};

enum kq_state_list {
	KQ_STATE_UNITS,	    /* "amd-vi 0000 0x00000000fed80000" */
	KQ_STATE_FUNCTIONS, /* "0000:00:02.0 8086:10d3" */
	KQ_STATE_RULES,	    /* "0000:00:02.0 to 0000:00:02.7: preserve (policy)", and one line "devices: stop (auto), contain" */
	KQ_STATE_MEMORY,    /* "0x0000000000100000 0x000000007fffffff" */
	KQ_STATE_LISTS
};

struct kq_state {
	char boot[40];	 /* the kernel's boot id */
	uint64_t time;	 /* seconds since the epoch */
	uint64_t plugin; /* physical address */
	uint32_t crc;	 /* of the plugin's image, as in its handover */
	uint64_t note;
	uint32_t note_size;
	uint32_t wait_us, total_us;
	bool translated; /* iommu.passthrough=0 was added */
	char cmdline[4096];
	struct kq_lines list[KQ_STATE_LISTS];
};

/* Fill in the lists from the machine as it is, under @policy (IQ_HANDOVER_*) and @rules, which may be NULL. False when out of memory. */
bool kq_state_look(struct kq_state *state, const struct kq_host *host, const struct iq_plan *plan,
		   const struct kq_topology *topology, uint32_t policy, const struct iq_rule *rules, unsigned int count);
/* Fill in the list of rules alone: to compare policy and rules in a wrapped image with those that it would get now. */
bool kq_state_rules(struct kq_state *state, uint32_t policy, const struct iq_rule *rules, unsigned int count);
void kq_state_free(struct kq_state *state);
/*
 * Lock the state, so that no other `exec` loads between our load and the writing of the file. A descriptor to be closed; negative if
 * there is no lock after two seconds.
 */
int kq_state_lock(const struct kq_host *host);
/* Write the file below @host's root; one that is there is replaced. */
bool kq_state_write(const struct kq_state *state, const struct kq_host *host, struct kq_reason *reason);
/*
 * Read it. False with a reason if there is none, or none of this version. @state is to be freed in both cases.
 */
bool kq_state_read(struct kq_state *state, const struct kq_host *host, struct kq_reason *reason);
/*
 * What is in one of @then and @now but not in the other: the number of lines, and @tell(context, list, line, appeared)
 * for each, unless it is NULL.
 */
unsigned int kq_state_changes(const struct kq_state *then, const struct kq_state *now,
			      void (*tell)(void *context, enum kq_state_list list, const char *line, bool appeared),
			      void *context);
/* What a list is about, in one word. */
const char *kq_state_list_name(enum kq_state_list list);

#endif
