/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is done to devices, not to IOMMUs: DMA is stopped at its source, and root ports are kept from answering what is
 * refused with an error that ends the machine. The sequence's two stages for the whole machine.
 */
#ifndef IQ_STOP_H
#define IQ_STOP_H

#include "quiesce.h"

typedef void (*iq_source)(void *context, uint16_t segment, uint16_t requester);

/* Are all IOMMUs on, in the plan, and with tables that can be read? Then these name all who can do DMA. */
bool iq_tables_tell_all(const struct iq_run *run);
/*
 * Call @source with every requester id that an IOMMU's tables let through; with @scan first with every PCI function that a
 * bounded scan of configuration space finds, virtual functions too: one may come twice then. Configuration space can be slow,
 * and units need time of their own: false when half of it was used up before the last.
 */
bool iq_each_source(struct iq_run *run, bool scan, iq_source source, void *context);
/* The requester ids of one unit. False when it was @until before the last. */
bool iq_each_open(struct iq_run *run, struct iq_unit *unit, uint64_t until, iq_source source, void *context);
/* Does an earlier unit have the same tables? */
bool iq_is_shared(const struct iq_run *run, const struct iq_unit *unit);

/*
 * Stage stop: clear Bus Master Enable of all functions that can do DMA and that policy blocks, and MSI with it; then
 * wait until none has transactions pending. Bridges, the platform's own functions and what policy does not block are
 * left alone; where no IOMMU is there to give modes between block and preserve, those are block. IQ_OK; IQ_TIMEOUT or
 * IQ_STILL_OPEN if one did not obey, its place in configuration space in @stage->address (segment << 16 | requester
 * id); IQ_TIMEOUT if not all could be looked at; IQ_UNREACHABLE if a unit's segment has no configuration space.
 */
enum iq_status iq_stop(struct iq_run *run, struct iq_record_stage *stage);
/*
 * Stage contain: mask what root ports above blocked devices would report of refused requests. IQ_OK, IQ_NO_ROOM if
 * there are more than IQ_RUN_PORTS, of which the record does not tell; IQ_TIMEOUT if not all could be looked at.
 */
enum iq_status iq_contain(struct iq_run *run, struct iq_record_stage *stage);
/* After the last write: which errors came up at these ports. Counted in @stage->open. IQ_TIMEOUT when time is up. */
enum iq_status iq_contain_verify(struct iq_run *run, struct iq_record_stage *stage);

#endif
