/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sequence at the crash: snapshot of all units; contain and stop; block, flush, verify over all units. Every step
 * is guarded, timed and recorded.
 */
#ifndef IQ_QUIESCE_H
#define IQ_QUIESCE_H

#include "run.h"

/*
 * Run the whole sequence for the checked handover @handover. The record's ELF note goes to @note: mapped and
 * zeroed memory of handover->note_size bytes, 8-aligned; NULL: no record. @run is zeroed memory, @completion the physical address of 8 bytes
 * that units may store to, @entered the clock at the plugin's entry. Returns the first status of any stage that is not
 * IQ_OK. The caller seals the record with iq_quiesce_seal(), also when an exception kept this function from returning.
 */
enum iq_status iq_quiesce(struct iq_run *run, struct iq_io *io, const struct iq_handover *handover, void *note,
			  uint64_t completion, uint64_t entered);
/*
 * Instead of the sequence: a record that says why it was not run, as the @status of its first stage. Other arguments as above;
 * sealed as above.
 */
void iq_quiesce_refuse(struct iq_run *run, struct iq_io *io, const struct iq_handover *handover, void *note,
		       uint64_t entered, enum iq_status status);
/* Seal the record of @run as it stands. @nmis: non-maskable interrupts taken. */
void iq_quiesce_seal(struct iq_run *run, uint32_t nmis);

#endif
