/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stage contain: ports are kept from answering refused requests with an error that ends the machine. Used by the sequence.
 */
#ifndef IQ_CONTAIN_H
#define IQ_CONTAIN_H

#include "run.h"

/*
 * Stage contain, before anything is stopped or refused: mask what ports and event collectors above such devices would report of it.
 * @all: above every device, for tables do not tell which ones it will be.
 *
 * IQ_OK
 * IQ_TIMEOUT      not all could be looked at in time
 * IQ_NO_ROOM      there are more than IQ_RUN_PORTS, of which the record does not tell, or configuration space could not all be mapped
 * IQ_UNREACHABLE  AER or DPC of a port, or the segment of a unit, is out of reach
 * IQ_SKIPPED      buses were slow to answer, how many in @stage->skipped; VMDs do not show what they hide, how many in @stage->hidden; or
 *                 a scan was not done (iq_may_scan())
 */
enum iq_status iq_contain(struct iq_run *run, bool all, struct iq_record_stage *stage);
/* After the last write: which errors came up at these ports. Counted in @stage->open. IQ_TIMEOUT when time is up. */
enum iq_status iq_contain_verify(struct iq_run *run, struct iq_record_stage *stage);

#endif
