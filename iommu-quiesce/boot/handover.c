/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sealing the handover (carrier) and checking it (plugin). The checksum covers the image from its first byte, so that the
 * plugin never runs code that was overwritten while the machine was up.
 */
#include "handover.h"

#include "crc32.h"

#define CRC_AT (IQ_HANDOVER_OFFSET + offsetof(struct iq_handover, crc))

uint32_t iq_handover_spare_pages(const struct iq_rule *rule, unsigned int rules)
{
	for (unsigned int i = 0; i < rules; i++)
		if (rule[i].mode == IQ_MODE_SINK)
			return IQ_SPARE_PAGES_SINK;
	return IQ_SPARE_PAGES;
}

void iq_handover_seal(void *image)
{
	struct iq_handover *handover = (struct iq_handover *)((uint8_t *)image + IQ_HANDOVER_OFFSET);
	const struct iq_handover_tail tail = { .next = handover->next, .complement = ~handover->next };

	iq_copy((uint8_t *)image + handover->image_size - sizeof(tail), &tail, sizeof(tail));
	handover->crc = iq_crc32_without(image, handover->image_size, CRC_AT);
}

IQ_BEFORE_CHECK enum iq_status iq_handover_check(const void *image, uint32_t length)
{
	const struct iq_handover *handover = (const struct iq_handover *)((const uint8_t *)image + IQ_HANDOVER_OFFSET);

	if (length < IQ_HANDOVER_OFFSET + sizeof(*handover) || handover->magic != IQ_HANDOVER_MAGIC)
		return IQ_MALFORMED;
	if (handover->version != IQ_HANDOVER_VERSION || handover->size != sizeof(*handover))
		return IQ_UNSUPPORTED;
	if (handover->image_size < IQ_HANDOVER_OFFSET + sizeof(*handover) + sizeof(struct iq_handover_tail) ||
	    handover->image_size > length)
		return IQ_MALFORMED;
	if (iq_crc32_without(image, handover->image_size, CRC_AT) != handover->crc)
		return IQ_DAMAGED;
	if (handover->rules > IQ_HANDOVER_RULES || handover->total_us > IQ_TOTAL_US_MAX ||
	    handover->wait_us > handover->total_us || handover->memory_size < handover->image_size ||
	    handover->crash_start > handover->crash_end || handover->spare_pages > IQ_SPARE_PAGES_SINK ||
	    !iq_no_wrap(handover->spare, handover->spare_pages * IQ_PAGE_SIZE) ||
	    !iq_no_wrap(handover->note, handover->note_size))
		return IQ_MALFORMED;
	return IQ_OK;
}
