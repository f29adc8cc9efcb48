/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The invalidation queue that the crashed kernel left, as the flush uses it. Private to flush.c and queue.c.
 */
#ifndef IQ_VTD_QUEUE_H
#define IQ_VTD_QUEUE_H

#include "vtd.h"

struct vtd_queue {
	struct iq_run *run;
	struct iq_unit *unit;
	struct iq_record_stage *stage;
	uint64_t base;
	uint32_t size;	/* bytes */
	uint32_t width; /* bytes of a descriptor */
	uint32_t tail;	/* where the next descriptor goes */
	uint64_t limit; /* iq_room_until() of this flush */
	bool pending;	/* GSTS did not follow a command: GCMD must not be written again. 11.4.4.1 */
};

uint32_t vtd_queue_read32(struct vtd_queue *queue, uint32_t offset);
uint64_t vtd_queue_read64(struct vtd_queue *queue, uint32_t offset);
void vtd_queue_write32(struct vtd_queue *queue, uint32_t offset, uint32_t value);
void vtd_queue_write64(struct vtd_queue *queue, uint32_t offset, uint64_t value);
/*
 * Set or clear one bit of GCMD and wait until it is @until_set in GSTS. IQ_OK; IQ_TIMEOUT; IQ_MALFORMED if GSTS is not as it
 * was found. One wait.
 */
enum iq_status vtd_command(struct vtd_queue *queue, uint64_t bit, bool set, bool until_set);

/* Find the queue. IQ_MALFORMED if it can have no place, IQ_QUEUE if it must be repaired before it is of use. */
enum iq_status vtd_queue_open(struct vtd_queue *queue);
/* Append one descriptor. IQ_OK; IQ_TIMEOUT and IQ_QUEUE if there never is room for it; IQ_UNREACHABLE. */
enum iq_status vtd_queue_append(struct vtd_queue *queue, uint64_t word0, uint64_t word1);
/* Append a wait and wait for it: all before it is done then. IQ_OK; IQ_TIMEOUT; IQ_QUEUE, IQ_UNREACHABLE. One wait. */
enum iq_status vtd_queue_complete(struct vtd_queue *queue);
/* Has the unit fetched every descriptor? */
bool vtd_queue_is_fetched(struct vtd_queue *queue);
/* Replace the descriptor at which the queue stopped, and all behind it, by waits, and let it run to its end. One wait. */
enum iq_status vtd_queue_run_out(struct vtd_queue *queue);
/* Switch the queue off and empty it. One wait. */
enum iq_status vtd_queue_off(struct vtd_queue *queue);
/* Empty the queue and start it again at its old place, in its old width. Two waits. */
enum iq_status vtd_queue_restart(struct vtd_queue *queue);

#endif
