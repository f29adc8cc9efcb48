/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VT-d: make the unit forget what it cached. Descriptors are appended to the queue that the crashed kernel used; a queue
 * that is stuck or in error is repaired or restarted, and as the last resort switched off in favour of the registers, where
 * the unit still has them. Either way the capture kernel finds a unit that answers: it panics over one that does not.
 *
 * For the same reason no device that keeps translations of its own (ATS) is asked to forget them: a dead one may take more
 * than a minute to be given up (PCI Express 6.0, 10.3.1), and the queue cannot be switched off until then. What devices keep
 * is worth nothing by now: their context entries refuse translated requests.
 *
 * Write buffers need no command of their own: a unit with CAP.RWBF flushes them before it invalidates. 11.4.5
 */
#include "queue.h"

/* Poll the 64-bit register @offset until its bits under @mask are @wanted. */
static enum iq_status wait64(struct vtd_queue *queue, uint32_t offset, uint64_t mask, uint64_t wanted)
{
	const uint64_t until = iq_wait_until(queue->run);

	while ((vtd_queue_read64(queue, offset) & mask) != wanted)
		if (!iq_wait_more(queue->run, until))
			return IQ_TIMEOUT;
	return IQ_OK;
}

static uint64_t drains(const struct iq_unit *unit, uint64_t reads, uint64_t writes)
{
	const uint64_t cap = unit->value[VTD_CAP];

	return (cap & CAP_DRD ? reads : 0) | (cap & CAP_DWD ? writes : 0);
}

static enum iq_status invalidate(struct vtd_queue *queue, uint64_t word0)
{
	const enum iq_status status = vtd_queue_append(queue, word0, 0);

	return status == IQ_OK ? vtd_queue_complete(queue) : status;
}

/*
 * Everything, in the order of 6.5.3.3: context cache, PASID cache, then what they led to, drained. One after the other:
 * without a wait between them they may overlap, and running DMA would fill the later cache again from the earlier.
 *
 * A dead device that owes the crashed kernel an answer keeps every wait from being done, but no invalidation. So those that
 * follow are sent also where a wait ran out, as long as the unit fetches; the last wait to be done confirms all before it.
 */
static enum iq_status flush_by_queue(struct vtd_queue *queue)
{
	const uint64_t all[] = { CONTEXT_CACHE_GLOBAL, vtd_scalable(queue->unit) ? PASID_CACHE_GLOBAL : 0,
				 IOTLB_INV_GLOBAL | drains(queue->unit, IOTLB_INV_DR, IOTLB_INV_DW) };
	enum iq_status status = IQ_OK;

	queue->limit = iq_room_until(queue->run);
	for (size_t i = 0; i < IQ_ARRAY_SIZE(all); i++) {
		if (!all[i])
			continue;
		status = invalidate(queue, all[i]);
		if (status != IQ_OK && (status != IQ_TIMEOUT || !vtd_queue_is_fetched(queue)))
			break;
	}
	return status;
}

/* Registers answer only while the queue is off, know no PASIDs, and are gone in version 6. 11.4.5, 11.4.6 */
static enum iq_status forget_contexts_by_register(struct vtd_queue *queue)
{
	const struct iq_unit *unit = queue->unit;

	if (iq_field(unit->value[VTD_VER], VER_MAJOR) >= 6 || vtd_scalable(unit))
		return IQ_UNSUPPORTED;
	queue->stage->commands++;
	vtd_queue_write64(queue, CCMD_REG, CCMD_GLOBAL);
	return wait64(queue, CCMD_REG, CCMD_ICC, 0);
}

static enum iq_status flush_by_registers(struct vtd_queue *queue)
{
	const struct iq_unit *unit = queue->unit;
	const uint32_t iotlb = (uint32_t)iq_field(unit->value[VTD_ECAP], ECAP_IRO) * 16 + IOTLB_REG;
	enum iq_status status = forget_contexts_by_register(queue);

	if (status != IQ_OK)
		return status;
	queue->stage->commands++;
	vtd_queue_write64(queue, iotlb, IOTLB_GLOBAL | drains(unit, IOTLB_DR, IOTLB_DW));
	status = wait64(queue, iotlb, IOTLB_IVT, 0);
	if (status == IQ_OK && !(vtd_queue_read64(queue, iotlb) & IOTLB_IAIG))
		status = IQ_QUEUE;
	return status;
}

/*
 * Point the unit to the root table that it has, which invalidates everything where CAP.ESRTPS says so. RTADDR itself is not
 * written. 6.6
 */
static enum iq_status flush_by_root(struct vtd_queue *queue)
{
	if (!(queue->unit->value[VTD_CAP] & CAP_ESRTPS))
		return IQ_UNSUPPORTED;
	queue->stage->commands++;
	return vtd_command(queue, GSTS_RTPS, true, true);
}

static enum iq_status flush_without_queue(struct vtd_queue *queue)
{
	const enum iq_status status = flush_by_registers(queue);

	return status != IQ_OK && flush_by_root(queue) == IQ_OK ? IQ_OK : status;
}

/* By the queue as it is, or once it has run past its error. */
static enum iq_status flush_by_old_queue(struct vtd_queue *queue, enum iq_status opened)
{
	enum iq_status status = opened;

	if (status == IQ_OK)
		status = flush_by_queue(queue);
	if (status == IQ_QUEUE && vtd_queue_run_out(queue) == IQ_OK) {
		queue->stage->retries++;
		status = flush_by_queue(queue);
	}
	return status;
}

/*
 * What helps where the old queue does not: the root table, before any command that a dead device could hold up; the queue
 * started anew; the registers. The queue is left off and empty then: the capture kernel sets up its own.
 */
static enum iq_status flush_queue(struct vtd_queue *queue)
{
	const enum iq_status opened = vtd_queue_open(queue);
	enum iq_status status = flush_by_old_queue(queue, opened), root;

	if (status == IQ_OK)
		return IQ_OK;
	root = flush_by_root(queue);
	if (root != IQ_OK && !queue->pending && opened != IQ_MALFORMED) {
		queue->stage->retries++;
		if (vtd_queue_restart(queue) == IQ_OK)
			status = flush_by_queue(queue);
		if (status == IQ_OK)
			return IQ_OK;
	}
	queue->stage->retries++;
	if (!queue->pending && vtd_queue_off(queue) == IQ_OK && root != IQ_OK && flush_by_registers(queue) == IQ_OK)
		return IQ_OK;
	return root == IQ_OK ? IQ_OK : status;
}

void vtd_forget_entries(struct iq_run *run, struct iq_unit *unit, struct iq_record_stage *stage)
{
	struct vtd_queue queue = { .run = run, .unit = unit, .stage = stage };
	enum iq_status status;

	if (!(vtd_queue_read32(&queue, GSTS_REG) & GSTS_QIES)) {
		forget_contexts_by_register(&queue);
		return;
	}
	if (vtd_queue_open(&queue) != IQ_OK)
		return;
	queue.limit = iq_room_until(run);
	status = vtd_queue_append(&queue, CONTEXT_CACHE_GLOBAL, 0);
	if (status == IQ_OK && vtd_scalable(unit))
		status = vtd_queue_append(&queue, PASID_CACHE_GLOBAL, 0);
	if (status == IQ_OK)
		vtd_queue_complete(&queue);
}

enum iq_status vtd_flush(struct iq_run *run, struct iq_unit *unit, struct iq_record_stage *stage)
{
	struct vtd_queue queue = { .run = run, .unit = unit, .stage = stage };
	enum iq_status status;

	stage->scope = IQ_SCOPE_ALL;
	status = vtd_queue_read32(&queue, GSTS_REG) & GSTS_QIES ? flush_queue(&queue) : flush_without_queue(&queue);
	if (vtd_queue_read32(&queue, FSTS_REG) & FSTS_ICE)
		vtd_queue_write32(&queue, FSTS_REG, (uint32_t)FSTS_ICE);
	return status;
}
