/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VT-d: make the unit forget what it cached. Descriptors are appended to the queue that the crashed kernel used; a
 * queue that is stuck or in error is restarted, and as the last resort switched off in favour of the registers, where
 * the unit still has them. Either way the capture kernel finds a unit that answers: it panics over one that does not.
 *
 * For the same reason nothing is asked of devices that keep translations of their own (ATS): a dead one may take more than a
 * minute to be given up (PCI Express 6.0, 10.3.1), and as long the queue cannot be switched off. What they keep is worth
 * nothing by now: their context entries refuse translated requests.
 */
#include "vtd.h"

struct queue {
	struct iq_run *run;
	struct iq_unit *unit;
	struct iq_record_stage *stage;
	uint64_t base;
	uint32_t size;	/* bytes */
	uint32_t width; /* bytes of a descriptor */
	uint32_t tail;	/* where the next descriptor goes */
	uint64_t limit; /* iq_room_until() of this flush */
};

static uint32_t read32(struct queue *queue, uint32_t offset)
{
	return queue->run->io->read32(queue->run->io, queue->unit->base + offset);
}

static uint64_t read64(struct queue *queue, uint32_t offset)
{
	return queue->run->io->read64(queue->run->io, queue->unit->base + offset);
}

static void write32(struct queue *queue, uint32_t offset, uint32_t value)
{
	queue->run->io->write32(queue->run->io, queue->unit->base + offset, value);
}

static void write64(struct queue *queue, uint32_t offset, uint64_t value)
{
	queue->run->io->write64(queue->run->io, queue->unit->base + offset, value);
}

/* Poll the 64-bit register @offset until its bits under @mask are @wanted. */
static enum iq_status wait64(struct queue *queue, uint32_t offset, uint64_t mask, uint64_t wanted)
{
	const uint64_t until = iq_wait_until(queue->run);

	while ((read64(queue, offset) & mask) != wanted)
		if (!iq_wait_more(queue->run, until))
			return IQ_TIMEOUT;
	return IQ_OK;
}

/*
 * Set or clear one bit of GCMD and wait for GSTS to follow. GCMD cannot be read: what is written is GSTS without its
 * one-shot bits, so that translation and interrupt remapping stay as they are. Not where they are not as they were found.
 * 11.4.4
 */
static enum iq_status command(struct queue *queue, uint64_t bit, bool set, bool until_set)
{
	const uint32_t keep = read32(queue, GSTS_REG) & GCMD_KEEP;
	const uint64_t until = iq_wait_until(queue->run);

	if ((keep ^ queue->unit->value[VTD_GSTS]) & GCMD_KEEP & ~GSTS_QIES) {
		queue->stage->address = queue->unit->base + GSTS_REG;
		return IQ_MALFORMED;
	}
	write32(queue, GCMD_REG, set ? keep | (uint32_t)bit : keep & ~(uint32_t)bit);
	while (!(read32(queue, GSTS_REG) & bit) == until_set)
		if (!iq_wait_more(queue->run, until))
			return IQ_TIMEOUT;
	return IQ_OK;
}

static uint32_t head(struct queue *queue)
{
	return (uint32_t)(read64(queue, IQH_REG) & QUEUE_POINTER);
}

/* IQE or ITE: the queue has stopped. ICE alone stops nothing. 6.5.2.11 */
static bool in_error(struct queue *queue)
{
	return read32(queue, FSTS_REG) & (FSTS_IQE | FSTS_ITE);
}

/*
 * 256-bit descriptors are in use when IQA says so, and always in scalable mode. Linux also uses them in legacy mode
 * where the unit has scalable mode at all, and QEMU 7.2 hides IQA.DW from readers: then the queue itself tells. Its
 * last descriptor is a wait, which ends in zeros only if it is 32 bytes long.
 */
static uint32_t descriptor_width(struct queue *queue)
{
	const uint64_t *value = queue->unit->value;
	struct iq_memory *memory = &queue->run->io->memory;
	const uint64_t *last;

	if (value[VTD_IQA] & IQA_DW || vtd_scalable(queue->unit))
		return 32;
	if (!(value[VTD_ECAP] & ECAP_SMTS) || queue->tail % 32 || queue->tail >= queue->size)
		return 16;
	last = memory->map(memory, queue->base + ((queue->tail - 16) & (queue->size - 1)), 16);
	return last && !(*last & DESCRIPTOR_TYPE) ? 32 : 16;
}

/* Find the queue. IQ_MALFORMED if it can have no place, IQ_QUEUE if it must be started anew before it is of use. */
static enum iq_status open_queue(struct queue *queue)
{
	const uint64_t iqa = queue->unit->value[VTD_IQA];

	queue->base = iqa & ADDRESS;
	queue->size = (uint32_t)IQ_PAGE_SIZE << iq_field(iqa, IQA_QS);
	queue->tail = (uint32_t)(read64(queue, IQT_REG) & QUEUE_POINTER);
	queue->width = descriptor_width(queue);
	if (!queue->base || !iq_no_wrap(queue->base, queue->size))
		return IQ_MALFORMED;
	return queue->tail >= queue->size || queue->tail % queue->width || in_error(queue) ? IQ_QUEUE : IQ_OK;
}

/* Store one descriptor at offset @at of the queue. */
static enum iq_status put(struct queue *queue, uint32_t at, uint64_t word0, uint64_t word1)
{
	struct iq_io *io = queue->run->io;
	const uint64_t address = queue->base + at;

	if (!io->memory.map(&io->memory, address, queue->width)) {
		queue->stage->address = address;
		return IQ_UNREACHABLE;
	}
	io->store64(io, address, word0);
	io->store64(io, address + 8, word1);
	if (queue->width == 32) {
		io->store64(io, address + 16, 0);
		io->store64(io, address + 24, 0);
	}
	if (!(queue->unit->value[VTD_ECAP] & ECAP_C))
		io->write_back(io, address, queue->width);
	return IQ_OK;
}

/* Write down the descriptor at @at, which is about to be replaced. */
static void note_descriptor(struct queue *queue, uint64_t at)
{
	struct iq_record *record = &queue->run->record;
	struct iq_memory *memory = &queue->run->io->memory;
	const uint64_t *word = memory->map(memory, at, queue->width);

	if (!word || !iq_record_section(record, IQ_SECTION_CHANGES, queue->unit->index))
		return;
	for (uint32_t i = 0; i < queue->width / 8; i++)
		iq_record_change(record, &(struct iq_change){ .mode = IQ_MODE_BLOCK, .kind = IQ_CHANGE_WORD,
							      .old = { at + i * 8, word[i] } });
}

/*
 * Let a queue that stopped with an error come to its end: from the descriptor that the unit refused to the tail it is given
 * waits. What stood behind the refused one never ran, and is part of what is flushed here. A unit may refuse to switch off a
 * queue that is not empty, or whose last descriptor was no wait, as QEMU does: then this is the only way. 6.5.2.10
 */
static enum iq_status settle(struct queue *queue)
{
	const uint32_t from = head(queue);
	/* Stored by those waits: nobody waits for it. */
	const uint64_t word0 = WAIT_STATUS | iq_put(queue->run->token, WAIT_DATA);
	uint32_t to = queue->tail;
	uint64_t until;

	/* A width that was inferred from the queue, and wrongly. */
	if (from % queue->width && !vtd_scalable(queue->unit))
		queue->width = 16;
	if (from >= queue->size || from % queue->width)
		return IQ_QUEUE;
	if (to >= queue->size || to % queue->width)
		to = (from + queue->width) & (queue->size - 1);
	if (from != to)
		note_descriptor(queue, queue->base + from);
	for (uint32_t at = from; at != to; at = (at + queue->width) & (queue->size - 1)) {
		const enum iq_status status = put(queue, at, word0, queue->run->completion);

		if (status != IQ_OK)
			return status;
	}
	queue->tail = to;
	write32(queue, FSTS_REG, (uint32_t)FSTS_QUEUE);
	write64(queue, IQT_REG, to);
	until = iq_wait_until(queue->run);
	while (head(queue) != to) {
		if (in_error(queue))
			return IQ_QUEUE;
		if (!iq_wait_more(queue->run, until))
			return IQ_TIMEOUT;
	}
	return IQ_OK;
}

/* Switch the queue off: head and tail go to 0 with it. 6.5.2 */
static enum iq_status stop(struct queue *queue)
{
	enum iq_status status = command(queue, GSTS_QIES, false, false);

	if (status == IQ_OK)
		write32(queue, FSTS_REG, (uint32_t)FSTS_QUEUE);
	return status;
}

/* Empty the queue and start it again at its old place, in its old width. */
static enum iq_status restart(struct queue *queue)
{
	uint64_t iqa = queue->unit->value[VTD_IQA];
	enum iq_status status = stop(queue);

	if (status != IQ_OK)
		return status;
	if (queue->width == 32)
		iqa |= IQA_DW;
	write64(queue, IQT_REG, 0);
	write64(queue, IQA_REG, iqa);
	queue->tail = 0;
	return command(queue, GSTS_QIES, true, true);
}

/* Append one descriptor; when the queue is full, let the unit fetch what is there first. */
static enum iq_status append(struct queue *queue, uint64_t word0, uint64_t word1)
{
	const uint32_t next = (queue->tail + queue->width) & (queue->size - 1);
	enum iq_status status;

	if (next == head(queue)) {
		const uint64_t until = iq_room_wait_until(queue->run, queue->limit);

		write64(queue, IQT_REG, queue->tail);
		while (next == head(queue))
			if (!iq_wait_more(queue->run, until))
				return in_error(queue) ? IQ_QUEUE : IQ_TIMEOUT;
	}
	status = put(queue, queue->tail, word0, word1);
	if (status != IQ_OK)
		return status;
	queue->tail = next;
	queue->stage->commands++;
	return IQ_OK;
}

/* Send a wait descriptor and wait for the 32 bits that it stores: everything before it is done then. 6.5.2.8 */
static enum iq_status complete(struct queue *queue)
{
	struct iq_io *io = queue->run->io;
	const uint64_t address = queue->run->completion;
	const volatile uint32_t *word = io->memory.map(&io->memory, address, sizeof(*word));
	enum iq_status status;
	uint32_t token;
	uint64_t until;

	if (!word) {
		queue->stage->address = address;
		return IQ_UNREACHABLE;
	}
	if ((uint32_t)++queue->run->token == *word)
		++queue->run->token;
	token = (uint32_t)queue->run->token;
	status = append(queue, WAIT_STATUS | iq_put(token, WAIT_DATA), address);
	if (status != IQ_OK)
		return status;
	write64(queue, IQT_REG, queue->tail);
	until = iq_wait_until(queue->run);
	while (*word != token) {
		if (in_error(queue))
			return IQ_QUEUE;
		if (!iq_wait_more(queue->run, until))
			return IQ_TIMEOUT;
	}
	return IQ_OK;
}

static uint64_t drains(const struct iq_unit *unit, uint64_t reads, uint64_t writes)
{
	const uint64_t cap = unit->value[VTD_CAP];

	return (cap & CAP_DRD ? reads : 0) | (cap & CAP_DWD ? writes : 0);
}

static enum iq_status invalidate(struct queue *queue, uint64_t word0)
{
	const enum iq_status status = append(queue, word0, 0);

	return status == IQ_OK ? complete(queue) : status;
}

/*
 * Everything, in the order of 6.5.3.3: context cache, PASID cache, then what they led to, drained. One after the other:
 * without a wait between them they may overlap, and running DMA would fill the later cache again from the earlier.
 */
static enum iq_status flush_by_queue(struct queue *queue)
{
	enum iq_status status;

	queue->limit = iq_room_until(queue->run);
	status = invalidate(queue, CONTEXT_CACHE_GLOBAL);
	if (status == IQ_OK && vtd_scalable(queue->unit))
		status = invalidate(queue, PASID_CACHE_GLOBAL);
	if (status == IQ_OK)
		status = invalidate(queue, IOTLB_INV_GLOBAL | drains(queue->unit, IOTLB_INV_DR, IOTLB_INV_DW));
	return status;
}

/* The same through registers, which answer only while the queue is off, and are gone in version 6. 11.4.6 */
static enum iq_status flush_by_registers(struct queue *queue)
{
	const struct iq_unit *unit = queue->unit;
	const uint32_t iotlb = (uint32_t)iq_field(unit->value[VTD_ECAP], ECAP_IRO) * 16 + IOTLB_REG;
	enum iq_status status;

	if (iq_field(unit->value[VTD_VER], VER_MAJOR) >= 6 || vtd_scalable(unit))
		return IQ_UNSUPPORTED;
	write64(queue, CCMD_REG, CCMD_GLOBAL);
	status = wait64(queue, CCMD_REG, CCMD_ICC, 0);
	if (status != IQ_OK)
		return status;
	write64(queue, iotlb, IOTLB_GLOBAL | drains(unit, IOTLB_DR, IOTLB_DW));
	queue->stage->commands += 2;
	status = wait64(queue, iotlb, IOTLB_IVT, 0);
	if (status == IQ_OK && !(read64(queue, iotlb) & IOTLB_IAIG))
		status = IQ_QUEUE;
	return status;
}

/*
 * With neither: point the unit to the root table that it has, which invalidates everything where CAP.ESRTPS says so.
 * RTADDR itself is not written. 6.6
 */
static enum iq_status flush_by_root(struct queue *queue)
{
	if (!(queue->unit->value[VTD_CAP] & CAP_ESRTPS))
		return IQ_UNSUPPORTED;
	queue->stage->commands++;
	return command(queue, GSTS_RTPS, true, true);
}

static enum iq_status flush_without_queue(struct queue *queue)
{
	const enum iq_status status = flush_by_registers(queue);

	return status != IQ_OK && flush_by_root(queue) == IQ_OK ? IQ_OK : status;
}

/* By the queue as it is, or once it got over its error; by the queue started anew; without it. */
static enum iq_status flush_queue(struct queue *queue)
{
	enum iq_status status = open_queue(queue);
	const bool placed = status != IQ_MALFORMED;

	if (status == IQ_OK)
		status = flush_by_queue(queue);
	if (status == IQ_QUEUE && settle(queue) == IQ_OK) {
		queue->stage->retries++;
		status = flush_by_queue(queue);
	}
	if (status != IQ_OK && placed) {
		queue->stage->retries++;
		if (restart(queue) == IQ_OK)
			status = flush_by_queue(queue);
	}
	if (status == IQ_OK)
		return IQ_OK;
	/* Leave the queue off and empty: the capture kernel sets up its own. */
	queue->stage->retries++;
	if (stop(queue) != IQ_OK)
		return status;
	return flush_without_queue(queue) == IQ_OK ? IQ_OK : status;
}

enum iq_status vtd_flush(struct iq_run *run, struct iq_unit *unit, struct iq_record_stage *stage)
{
	struct queue queue = { .run = run, .unit = unit, .stage = stage };
	enum iq_status buffers = IQ_OK, status;

	stage->scope = IQ_SCOPE_ALL;
	if (unit->value[VTD_CAP] & CAP_RWBF)
		buffers = command(&queue, GSTS_WBFS, true, false);
	status = read32(&queue, GSTS_REG) & GSTS_QIES ? flush_queue(&queue) : flush_without_queue(&queue);
	if (read32(&queue, FSTS_REG) & FSTS_ICE)
		write32(&queue, FSTS_REG, (uint32_t)FSTS_ICE);
	return status == IQ_OK ? buffers : status;
}
