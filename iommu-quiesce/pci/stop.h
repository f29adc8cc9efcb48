/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stage stop: DMA is stopped at its source, the devices. Used by the sequence.
 */
#ifndef IQ_STOP_H
#define IQ_STOP_H

#include "run.h"

/*
 * Stage stop: clear Bus Master Enable of all functions that can do DMA and that policy blocks, and MSI with it; then wait until none
 * has transactions pending. Left alone are bridges, the platform's own functions, and what policy does not block. Where no IOMMU is there
 * to give the modes between block and preserve, devices in these are blocked. Where no table of firmware's names the devices that it
 * uses, functions of the classes that it is known to use are left alone (iq_class_is_firmware()). A device that did not obey gets a rule
 * of its own in the plan, the last: block-writes.
 *
 * IQ_OK
 * IQ_TIMEOUT, IQ_STILL_OPEN  one did not obey: its place in @stage->address (segment << 16 | requester id of its DMA); IQ_TIMEOUT also
 *                            if not all could be looked at
 * IQ_SKIPPED                 buses were slow to answer, how many in @stage->skipped; VMDs do not show what they hide, how many in
 *                            @stage->hidden; or a scan was not done (iq_may_scan())
 * IQ_NO_ROOM                 configuration space could not all be mapped
 * IQ_UNREACHABLE             a unit's segment has no configuration space
 * IQ_PRESERVED               a storage or network device is left alone for another reason than IQ_REASON_POLICY: the first's place in
 *                            @stage->address
 */
enum iq_status iq_stop(struct iq_run *run, struct iq_record_stage *stage);

#endif
