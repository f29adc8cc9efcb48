/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading a record as hostile input: everything is checked once in iq_record_open(), then iterated without surprises.
 */
#include "record.h"

#include "crc32.h"

enum iq_status iq_record_open(struct iq_record_view *view, const void *bytes, uint32_t length, uint32_t *offset)
{
	struct iq_record_header *header = &view->header;
	struct iq_section section;
	const uint8_t *payload;
	uint32_t at = 0;

	*offset = 0;
	if (length < sizeof(*header))
		return IQ_MALFORMED;
	iq_copy(header, bytes, sizeof(*header));
	view->bytes = bytes;
	if (header->magic != IQ_RECORD_MAGIC)
		return IQ_MALFORMED;
	*offset = offsetof(struct iq_record_header, version);
	if (header->version != IQ_RECORD_VERSION)
		return IQ_UNSUPPORTED;
	*offset = offsetof(struct iq_record_header, header_size);
	if (header->header_size < sizeof(*header) || header->header_size % 8)
		return IQ_MALFORMED;
	*offset = offsetof(struct iq_record_header, size);
	if (header->size < header->header_size || header->size > length || header->size % 8)
		return IQ_MALFORMED;
	header->producer[sizeof(header->producer) - 1] = '\0';
	view->size = header->size;

	while (iq_record_next(view, &at, &section, &payload))
		;
	if (at != view->size) {
		*offset = at;
		return IQ_MALFORMED;
	}
	*offset = offsetof(struct iq_record_header, crc);
	if (!(header->flags & IQ_RECORD_SEALED) || iq_crc32_without(bytes, view->size, *offset) != header->crc)
		return IQ_DAMAGED;
	return IQ_OK;
}

bool iq_section_next(const void *bytes, uint32_t size, uint32_t *offset, struct iq_section *section,
		     const uint8_t **payload)
{
	const uint32_t at = *offset;

	if (at > size || size - at < sizeof(*section))
		return false;
	iq_copy(section, (const uint8_t *)bytes + at, sizeof(*section));
	if (section->length > size - at - sizeof(*section))
		return false;
	*payload = (const uint8_t *)bytes + at + sizeof(*section);
	*offset = at + (uint32_t)(sizeof(*section) + iq_round_up(section->length, 8));
	return true;
}

bool iq_record_next(const struct iq_record_view *view, uint32_t *offset, struct iq_section *section,
		    const uint8_t **payload)
{
	if (!*offset)
		*offset = view->header.header_size;
	return iq_section_next(view->bytes, view->size, offset, section, payload);
}
