/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sealing the handover (carrier) and checking it (plugin). The checksum covers the image from its first byte, so that the
 * plugin never runs code that was overwritten while the machine was up.
 */
#include "handover.h"

#include "crc32.h"

#define CRC_AT	 (IQ_HANDOVER_OFFSET + offsetof(struct iq_handover, crc))
#define PORT_MAX 0xffffu

uint32_t iq_handover_spare_pages(const struct iq_rule *rule, unsigned int rules)
{
	for (unsigned int i = 0; i < rules; i++)
		if (rule[i].mode == IQ_MODE_SINK)
			return IQ_SPARE_PAGES_SINK;
	return IQ_SPARE_PAGES;
}

bool iq_handover_add(struct iq_handover *handover, enum iq_item_type type, const void *data, uint32_t length)
{
	const struct iq_section item = { .type = (uint16_t)type, .unit = IQ_NO_UNIT, .length = length };
	const uint64_t size = sizeof(item) + iq_round_up(length, 8);
	uint8_t *at = (uint8_t *)handover->item + handover->items_size;

	if (handover->items_size > IQ_HANDOVER_ITEMS || size > IQ_HANDOVER_ITEMS - handover->items_size)
		return false;
	iq_zero(at, size);
	iq_copy(at, &item, sizeof(item));
	iq_copy(at + sizeof(item), data, length);
	handover->items_size += (uint32_t)size;
	return true;
}

bool iq_handover_next(const struct iq_handover *handover, uint32_t *offset, struct iq_section *item,
		      const uint8_t **payload)
{
	return iq_section_next(handover->item, handover->items_size, offset, item, payload);
}

unsigned int iq_handover_rules(const struct iq_handover *handover, struct iq_rule rule[IQ_HANDOVER_RULES])
{
	struct iq_section item;
	const uint8_t *payload;
	unsigned int rules = 0;
	uint32_t offset = 0;

	while (iq_handover_next(handover, &offset, &item, &payload)) {
		if (item.type != IQ_ITEM_RULES || item.length > (IQ_HANDOVER_RULES - rules) * sizeof(*rule))
			continue;
		iq_copy(rule + rules, payload, item.length);
		rules += item.length / (unsigned int)sizeof(*rule);
	}
	return rules;
}

void iq_handover_seal(void *image)
{
	struct iq_handover *handover = (struct iq_handover *)((uint8_t *)image + IQ_HANDOVER_OFFSET);
	const struct iq_handover_tail tail = { .next = handover->next, .complement = ~handover->next };

	iq_copy((uint8_t *)image + handover->image_size - sizeof(tail), &tail, sizeof(tail));
	handover->crc = iq_crc32_without(image, handover->image_size, CRC_AT);
}

bool iq_console_is_sound(const struct iq_console *console)
{
	if (console->kind == IQ_CONSOLE_8250_PORT)
		return console->address && console->address <= PORT_MAX - (IQ_CONSOLE_REGISTERS - 1);
	if (console->kind != IQ_CONSOLE_8250_MEMORY && console->kind != IQ_CONSOLE_PL011)
		return true;
	return console->address && (console->width == 1 || console->width == 2 || console->width == 4) &&
	       console->address % console->width == 0 && console->shift <= IQ_CONSOLE_SHIFT &&
	       iq_no_wrap(console->address, IQ_CONSOLE_REGISTERS << console->shift);
}

/* The items fill items_size exactly, and rules are whole and not too many. */
static bool are_items(const struct iq_handover *handover)
{
	uint32_t offset = 0, rules = 0;
	struct iq_section item;
	const uint8_t *payload;

	if (handover->items_size > IQ_HANDOVER_ITEMS || handover->items_size % 8)
		return false;
	while (iq_handover_next(handover, &offset, &item, &payload)) {
		if (item.type != IQ_ITEM_RULES)
			continue;
		if (item.length % sizeof(struct iq_rule))
			return false;
		rules += item.length / (uint32_t)sizeof(struct iq_rule);
	}
	return offset == handover->items_size && rules <= IQ_HANDOVER_RULES;
}

/* Addresses of memory that the plugin is told to use, and their alignment. */
static bool are_places(const struct iq_handover *handover)
{
	return handover->memory_size >= handover->image_size && handover->note % 8 == 0 &&
	       handover->spare % IQ_PAGE_SIZE == 0 && handover->crash_start <= handover->crash_end &&
	       handover->spare_pages <= IQ_SPARE_PAGES_SINK &&
	       iq_no_wrap(handover->spare, handover->spare_pages * IQ_PAGE_SIZE) &&
	       iq_no_wrap(handover->note, handover->note_size) &&
	       iq_no_wrap(handover->elfcorehdr, handover->elfcorehdr_size);
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
	if (handover->flags & ~IQ_HANDOVER_FLAGS)
		return IQ_UNSUPPORTED;
	if (handover->total_us > IQ_TOTAL_US_MAX || handover->wait_us > handover->total_us || !are_places(handover) ||
	    !iq_console_is_sound(&handover->console) || !are_items(handover))
		return IQ_MALFORMED;
	return IQ_OK;
}
