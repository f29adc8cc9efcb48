/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stage contain: root ports are kept from answering refused requests with an error that ends the machine. Used by the
 * sequence.
 */
#ifndef IQ_CONTAIN_H
#define IQ_CONTAIN_H

#include "run.h"

/*
 * Stage contain: mask what root ports above blocked devices would report of refused requests. IQ_OK, IQ_NO_ROOM if
 * there are more than IQ_RUN_PORTS, of which the record does not tell; IQ_TIMEOUT if not all could be looked at.
 */
enum iq_status iq_contain(struct iq_run *run, struct iq_record_stage *stage);
/* After the last write: which errors came up at these ports. Counted in @stage->open. IQ_TIMEOUT when time is up. */
enum iq_status iq_contain_verify(struct iq_run *run, struct iq_record_stage *stage);

#endif
