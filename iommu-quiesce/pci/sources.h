/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who can do DMA: what the tables of IOMMUs let through, and what a scan of configuration space finds. Used by the stages
 * that deal with devices and ports.
 */
#ifndef IQ_SOURCES_H
#define IQ_SOURCES_H

#include "run.h"

typedef void (*iq_visit)(void *context, uint16_t segment, uint16_t requester);

/* Whom no table names, so that configuration space must. */
enum iq_scan {
	IQ_SCAN_NOBODY,	  /* all IOMMUs are on, in the plan, and with tables that can be read */
	IQ_SCAN_UNSERVED, /* the same, but there are buses that none of them serves: a root complex of its own, and root buses are known */
	IQ_SCAN_ALL,
};

enum iq_scan iq_scan_needed(const struct iq_run *run);
/* May buses be searched for functions that nobody named? Not in a machine of which a part has failed: an access can end in a reset. */
bool iq_may_scan(const struct iq_run *run);
/* Is there a way to the configuration space of every unit's segment? Without one no device answers, which does not mean that there is none. */
bool iq_reaches_units(const struct iq_run *run);
/*
 * Call @visit with every requester id that an IOMMU's tables let through; before that with every PCI function that a bounded
 * scan of configuration space finds where @scan says, virtual functions too: one may come twice then. Last come the functions that VMDs
 * hide, with the segment that they have here (pci.h): @visit tells iq_hidden_look() of endpoints. Configuration space can be slow,
 * and units need time of their own: false when half of it was used up before the last. There is no scan, of VMDs neither, where
 * iq_may_scan() is false.
 */
bool iq_each_source(struct iq_run *run, enum iq_scan scan, iq_visit visit, void *context);
/* The requester ids of one unit. False when it was @until before the last. */
bool iq_each_open(struct iq_run *run, struct iq_unit *unit, uint64_t until, iq_visit visit, void *context);
/* Does an earlier unit have the same tables? */
bool iq_is_shared(const struct iq_run *run, const struct iq_unit *unit);

#endif
