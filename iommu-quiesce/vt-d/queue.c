/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VT-d: descriptors in and out of the invalidation queue, and what helps a queue that stopped. Used by the flush. 6.5.2
 */
#include "queue.h"

uint32_t vtd_queue_read32(struct vtd_queue *queue, uint32_t offset)
{
	return queue->run->io->read32(queue->run->io, queue->unit->base + offset);
}

uint64_t vtd_queue_read64(struct vtd_queue *queue, uint32_t offset)
{
	return queue->run->io->read64(queue->run->io, queue->unit->base + offset);
}

void vtd_queue_write32(struct vtd_queue *queue, uint32_t offset, uint32_t value)
{
	queue->run->io->write32(queue->run->io, queue->unit->base + offset, value);
}

void vtd_queue_write64(struct vtd_queue *queue, uint32_t offset, uint64_t value)
{
	queue->run->io->write64(queue->run->io, queue->unit->base + offset, value);
}

/*
 * GCMD cannot be read. What is written is GSTS without its one-shot bits, so that translation and interrupt remapping stay as
 * they are; nothing is written where they are not as they were found. 11.4.4
 */
enum iq_status vtd_command(struct vtd_queue *queue, uint64_t bit, bool set, bool until_set)
{
	const uint32_t keep = vtd_queue_read32(queue, GSTS_REG) & GCMD_KEEP;
	const uint64_t until = iq_wait_until(queue->run);

	if ((keep ^ queue->unit->value[VTD_GSTS]) & GCMD_KEEP & ~GSTS_QIES) {
		queue->stage->address = queue->unit->base + GSTS_REG;
		return IQ_MALFORMED;
	}
	vtd_queue_write32(queue, GCMD_REG, set ? keep | (uint32_t)bit : keep & ~(uint32_t)bit);
	while (!(vtd_queue_read32(queue, GSTS_REG) & bit) == until_set)
		if (!iq_wait_more(queue->run, until)) {
			queue->pending = true;
			return IQ_TIMEOUT;
		}
	return IQ_OK;
}

static uint32_t head(struct vtd_queue *queue)
{
	return (uint32_t)(vtd_queue_read64(queue, IQH_REG) & QUEUE_POINTER);
}

bool vtd_queue_is_fetched(struct vtd_queue *queue)
{
	return head(queue) == queue->tail;
}

/* IQE or ITE: the queue has stopped. ICE alone stops nothing. 6.5.2.11 */
static bool in_error(struct vtd_queue *queue)
{
	return vtd_queue_read32(queue, FSTS_REG) & (FSTS_IQE | FSTS_ITE);
}

/*
 * Descriptors are 256 bits wide when IQA says so, and always in scalable mode. Linux also uses 256 bits in legacy mode where
 * the unit has scalable mode at all, and QEMU 7.2 hides IQA.DW from readers. There the queue itself tells: its last
 * descriptor is a wait, which ends in zeros only if it is 32 bytes long.
 */
static uint32_t descriptor_width(struct vtd_queue *queue)
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

enum iq_status vtd_queue_open(struct vtd_queue *queue)
{
	const uint64_t iqa = queue->unit->value[VTD_IQA];

	queue->base = iqa & ADDRESS;
	queue->size = (uint32_t)IQ_PAGE_SIZE << iq_field(iqa, IQA_QS);
	queue->tail = (uint32_t)(vtd_queue_read64(queue, IQT_REG) & QUEUE_POINTER);
	queue->width = descriptor_width(queue);
	if (!queue->base || !iq_no_wrap(queue->base, queue->size))
		return IQ_MALFORMED;
	return queue->tail >= queue->size || queue->tail % queue->width || in_error(queue) ? IQ_QUEUE : IQ_OK;
}

/* Store one descriptor at offset @at of the queue. */
static enum iq_status put(struct vtd_queue *queue, uint32_t at, uint64_t word0, uint64_t word1)
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

/* Where the queue is full, the unit fetches what is there first. */
enum iq_status vtd_queue_append(struct vtd_queue *queue, uint64_t word0, uint64_t word1)
{
	const uint32_t next = (queue->tail + queue->width) & (queue->size - 1);
	enum iq_status status;

	if (next == head(queue)) {
		const uint64_t until = iq_room_wait_until(queue->run, queue->limit);

		vtd_queue_write64(queue, IQT_REG, queue->tail);
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

/* The wait descriptor stores 32 bits when everything before it is done. 6.5.2.8 */
enum iq_status vtd_queue_complete(struct vtd_queue *queue)
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
	status = vtd_queue_append(queue, WAIT_STATUS | iq_put(token, WAIT_DATA), address);
	if (status != IQ_OK)
		return status;
	vtd_queue_write64(queue, IQT_REG, queue->tail);
	until = iq_wait_until(queue->run);
	while (*word != token) {
		if (in_error(queue))
			return IQ_QUEUE;
		if (!iq_wait_more(queue->run, until))
			return IQ_TIMEOUT;
	}
	return IQ_OK;
}

/* Write down the descriptor at @at, which is about to be replaced. */
static void note_descriptor(struct vtd_queue *queue, uint64_t at)
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

/* Fill the queue with waits from offset @from to @to, and give it that tail. Nobody waits for what they store. */
static enum iq_status fill_with_waits(struct vtd_queue *queue, uint32_t from, uint32_t to)
{
	const uint64_t word0 = WAIT_STATUS | iq_put(queue->run->token, WAIT_DATA);

	if (from != to)
		note_descriptor(queue, queue->base + from);
	for (uint32_t at = from; at != to; at = (at + queue->width) & (queue->size - 1)) {
		const enum iq_status status = put(queue, at, word0, queue->run->completion);

		if (status != IQ_OK)
			return status;
	}
	queue->tail = to;
	vtd_queue_write32(queue, FSTS_REG, (uint32_t)FSTS_QUEUE);
	vtd_queue_write64(queue, IQT_REG, to);
	return IQ_OK;
}

/*
 * What stood behind the refused descriptor never ran: a flush of everything must follow. A unit may refuse to switch off a
 * queue that is not empty, or whose last descriptor was no wait, as QEMU does: then this is the only way. 6.5.2.10
 */
enum iq_status vtd_queue_run_out(struct vtd_queue *queue)
{
	const uint32_t from = head(queue);
	uint32_t to = queue->tail;
	enum iq_status status;
	uint64_t until;

	/* The width was inferred from the queue, and wrongly. */
	if (from % queue->width && !vtd_scalable(queue->unit))
		queue->width = 16;
	if (from >= queue->size || from % queue->width)
		return IQ_QUEUE;
	if (to >= queue->size || to % queue->width)
		to = (from + queue->width) & (queue->size - 1);
	status = fill_with_waits(queue, from, to);
	if (status != IQ_OK)
		return status;
	until = iq_wait_until(queue->run);
	while (head(queue) != to) {
		if (in_error(queue))
			return IQ_QUEUE;
		if (!iq_wait_more(queue->run, until))
			return IQ_TIMEOUT;
	}
	return IQ_OK;
}

/* Head and tail go to 0 with the queue. 6.5.2 */
enum iq_status vtd_queue_off(struct vtd_queue *queue)
{
	enum iq_status status = vtd_command(queue, GSTS_QIES, false, false);

	if (status == IQ_OK)
		vtd_queue_write32(queue, FSTS_REG, (uint32_t)FSTS_QUEUE);
	return status;
}

enum iq_status vtd_queue_restart(struct vtd_queue *queue)
{
	uint64_t iqa = queue->unit->value[VTD_IQA];
	enum iq_status status = vtd_queue_off(queue);

	if (status != IQ_OK)
		return status;
	if (queue->width == 32)
		iqa |= IQA_DW;
	vtd_queue_write64(queue, IQT_REG, 0);
	vtd_queue_write64(queue, IQA_REG, iqa);
	queue->tail = 0;
	return vtd_command(queue, GSTS_QIES, true, true);
}
