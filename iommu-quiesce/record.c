/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing the record at the crash. After every call the buffer holds a record whose sections are whole, so that an
 * exception in the middle of a stage loses nothing that was written before.
 */
#include "record.h"

#include "crc32.h"

#define TRAPS 4u /* that are reckoned with: each ends a stage, and is recorded */

static struct iq_record_header *header_of(const struct iq_record *record)
{
	return (struct iq_record_header *)record->buffer;
}

enum iq_status iq_record_start(struct iq_record *record, void *buffer, uint32_t capacity, uint16_t machine,
			       uint32_t tick_khz, uint64_t entered)
{
	struct iq_record_header *header = buffer;

	record->buffer = buffer;
	record->capacity = capacity & ~7u;
	record->kept = 0;
	record->open = NULL;
	if (!buffer || capacity < IQ_RECORD_MIN) {
		record->buffer = NULL;
		record->capacity = 0;
		return IQ_NO_ROOM;
	}
	iq_zero(header, sizeof(*header));
	header->magic = IQ_RECORD_MAGIC;
	header->version = IQ_RECORD_VERSION;
	header->header_size = sizeof(*header);
	header->size = sizeof(*header);
	header->machine = machine;
	header->tick_khz = tick_khz;
	header->entered = entered;
	_Static_assert(sizeof(IQ_PRODUCER) <= sizeof(header->producer), "the name of the producer fits");
	iq_copy(header->producer, IQ_PRODUCER, sizeof(IQ_PRODUCER));
	return IQ_OK;
}

void iq_record_look(const struct iq_record *record, struct iq_record_view *view)
{
	static const struct iq_record_header none = { .header_size = sizeof(none), .size = sizeof(none) };

	view->bytes = record->buffer;
	view->header = record->capacity ? *header_of(record) : none;
	view->size = view->header.size;
}

static bool has_kept_room(unsigned int type)
{
	return type == IQ_SECTION_STAGE || type == IQ_SECTION_TRAP;
}

static uint32_t room_for(const struct iq_record *record, unsigned int type)
{
	const uint32_t room = record->capacity ? record->capacity - header_of(record)->size : 0;

	if (has_kept_room(type))
		return room;
	return room > record->kept ? room - record->kept : 0;
}

uint32_t iq_record_room(const struct iq_record *record)
{
	return room_for(record, IQ_SECTION_CHANGES);
}

void iq_record_keep(struct iq_record *record, uint32_t stages)
{
	const uint32_t section = (uint32_t)sizeof(struct iq_section);
	const uint64_t wanted = stages * (uint64_t)(section + sizeof(struct iq_record_stage)) +
				TRAPS * (uint64_t)(section + sizeof(struct iq_record_trap));

	record->kept = (uint32_t)iq_min(wanted, record->capacity / 2);
}

void iq_record_flag(struct iq_record *record, uint32_t flag)
{
	if (record->capacity)
		header_of(record)->flags |= flag;
}

void iq_record_drop(struct iq_record *record, uint32_t items)
{
	if (!record->capacity || !items)
		return;
	header_of(record)->dropped += items;
	iq_record_flag(record, IQ_RECORD_TRUNCATED);
}

bool iq_record_section(struct iq_record *record, enum iq_section_type type, unsigned int unit)
{
	struct iq_section *section;

	record->open = NULL;
	if (room_for(record, type) < sizeof(*section)) {
		iq_record_drop(record, 1);
		return false;
	}
	section = (struct iq_section *)(record->buffer + header_of(record)->size);
	section->type = (uint16_t)type;
	section->unit = (uint16_t)unit;
	section->length = 0;
	header_of(record)->size += (uint32_t)sizeof(*section);
	record->open = section;
	return true;
}

bool iq_record_add(struct iq_record *record, const void *data, uint32_t length)
{
	struct iq_section *section = record->open;
	uint32_t padded, used;

	if (!section || length > record->capacity) {
		iq_record_drop(record, 1);
		return false;
	}
	/* What the section takes now, and with the new bytes; both padded to 8. */
	used = (uint32_t)iq_round_up(section->length, 8);
	padded = (uint32_t)iq_round_up(section->length + length, 8);
	if (padded - used > room_for(record, section->type)) {
		iq_record_drop(record, 1);
		return false;
	}
	iq_zero((uint8_t *)(section + 1) + used, padded - used);
	iq_copy((uint8_t *)(section + 1) + section->length, data, length);
	section->length += length;
	header_of(record)->size += padded - used;
	return true;
}

bool iq_record_change(struct iq_record *record, const struct iq_change *change)
{
	struct iq_section *section = record->open;

	if (section && section->length >= sizeof(*change)) {
		struct iq_change *last =
			(struct iq_change *)((uint8_t *)(section + 1) + section->length - sizeof(*change));

		if (change->first && iq_change_last(last) == change->first - 1 && change->more < UINT16_MAX - last->more &&
		    last->mode == change->mode && last->kind == change->kind && last->old[0] == change->old[0] &&
		    last->old[1] == change->old[1]) {
			last->more = (uint16_t)(last->more + 1 + change->more);
			return true;
		}
	}
	if (!section || iq_record_room(record) < sizeof(*change)) {
		iq_record_drop(record, 1);
		return false;
	}
	/* A multiple of 8 at a multiple of 8: nothing to pad. */
	*(struct iq_change *)((uint8_t *)(section + 1) + section->length) = *change;
	section->length += (uint32_t)sizeof(*change);
	header_of(record)->size += (uint32_t)sizeof(*change);
	return true;
}

void *iq_record_item(struct iq_record *record, enum iq_section_type type, unsigned int unit, const void *data,
		     uint32_t length)
{
	const uint64_t size = sizeof(struct iq_section) + iq_round_up(length, 8);
	void *item = NULL;

	if (room_for(record, type) >= size)
		item = iq_record_section(record, type, unit) && iq_record_add(record, data, length) ? record->open + 1
												    : NULL;
	else
		iq_record_drop(record, 1);
	if (has_kept_room(type))
		record->kept -= (uint32_t)iq_min(record->kept, size);
	record->open = NULL;
	return item;
}

void iq_record_seal(struct iq_record *record, uint64_t left, uint32_t nmis)
{
	struct iq_record_header *header = header_of(record);

	if (!record->capacity)
		return;
	record->open = NULL;
	header->left = left;
	header->nmis = nmis;
	header->flags |= IQ_RECORD_SEALED;
	header->crc = 0;
	header->crc = iq_crc32(0, header, header->size);
}

void iq_note_header(void *note, uint32_t descriptor)
{
	const struct {
		uint32_t name_size, descriptor_size, type;
		char name[4];
	} header = { sizeof(IQ_NOTE_NAME), descriptor, IQ_NOTE_TYPE, IQ_NOTE_NAME };

	iq_copy(note, &header, sizeof(header));
}
