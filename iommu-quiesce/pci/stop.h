/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stage stop: DMA is stopped at its source, the devices. Used by the sequence.
 */
#ifndef IQ_STOP_H
#define IQ_STOP_H

#include "run.h"

/*
 * Stage stop: clear Bus Master Enable of all functions that can do DMA and that policy blocks, and MSI with it; then
 * wait until none has transactions pending. Bridges, the platform's own functions and what policy does not block are
 * left alone; where no IOMMU is there to give modes between block and preserve, those are block; where no table of firmware's
 * names the devices that it uses, those are left alone that it is known to use (iq_class_is_firmware()). Who did not obey gets a rule
 * of its own in the plan, the last: block-writes. IQ_OK; IQ_TIMEOUT or IQ_STILL_OPEN if one did not obey, its place in configuration
 * space in @stage->address (segment << 16 | requester id of its DMA); IQ_TIMEOUT if not all could be looked at; IQ_SKIPPED if a bus was
 * slow to answer, how many in @stage->skipped, if a VMD does not show what it hides, how many in @stage->hidden, or if a scan was not done
 * (iq_may_scan()); IQ_NO_ROOM if configuration space could not all be mapped; IQ_UNREACHABLE if a unit's segment has no configuration
 * space; IQ_PRESERVED if a storage or network device is left alone for another reason than IQ_REASON_POLICY, the first's place in
 * @stage->address.
 */
enum iq_status iq_stop(struct iq_run *run, struct iq_record_stage *stage);

#endif
