/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole dry run: the sequence of a crash on a machine that goes on running, and its record.
 */
#ifndef KQ_DRY_RUN_H
#define KQ_DRY_RUN_H

#include "machine/conf-rules.h"
#include "dry-io.h"
#include "reader.h"

struct kq_dry_run {
	struct kq_host host;
	struct kq_settings settings; /* from the configuration: limits, rules, the record's size */
	struct kq_topology topology;
	struct kq_physical physical;
	struct iq_run run;
	struct kq_dry dry;
	struct kq_reason no_units; /* why the plan has none, where it has none */
	uint8_t *note;
	struct iq_record_view view;
	enum iq_status status; /* what iq_quiesce() returned */
};

/*
 * Run it on @host under @conf. False with a reason if it cannot begin, or there is nothing to do; @run is to be freed
 * in both cases.
 */
bool kq_dry_run(struct kq_dry_run *run, const struct kq_host *host, const struct kq_conf *conf,
		struct kq_reason *reason);
void kq_dry_run_free(struct kq_dry_run *run);

/* Source id @id of unit number @unit as people read it. */
const char *kq_dry_source(const struct kq_dry_run *run, unsigned int unit, iq_source_id id);
/* Decode the entry of @change as it was before. False if the change is inside of page tables. */
bool kq_dry_before(struct kq_dry_run *run, unsigned int unit, const struct iq_change *change, struct iq_entry *entry);
/* The @n-th function that uses requester id @id in words: "e1000e", "alias of 0000:01:01.0"; NULL if there are no more.
 */
const char *kq_dry_user(const struct kq_dry_run *run, uint16_t segment, uint16_t id, unsigned int n);
/* The @n-th line about something that could not be read, and why; NULL if there are no more. */
const char *kq_dry_unseen(const struct kq_dry_run *run, unsigned int n);

/* Write it all, for people or as JSON; @every: each write too. False if writing failed. */
bool kq_dry_print(struct kq_dry_run *run, bool json, bool every);

#endif
