/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Named fields. A field that is an address is printed where it stands in the word, not shifted down, so that the number is the
 * address.
 */
#include "fields.h"

#include <inttypes.h>

#define NARROW 32 /* bits; what is wider is an address */

static bool is_flag(uint64_t mask)
{
	return !(mask & (mask - 1));
}

static uint64_t value_of(const struct iq_named_field *field, uint64_t word)
{
	return __builtin_popcountll(field->mask) > NARROW ? word & field->mask : iq_field(word, field->mask);
}

void fields_text(struct kq_output *out, const struct iq_named_field *field, unsigned int count, const uint8_t *raw,
		 uint32_t size)
{
	for (unsigned int i = 0; i < count; i++, field++) {
		if (8u * field->word + 8 > size)
			continue;
		if (is_flag(field->mask))
			kq_output_format(out, " %s%c", field->name, iq_le64(raw + 8u * field->word) & field->mask ? '+' : '-');
		else
			kq_output_format(out, " %s=0x%" PRIx64, field->name, value_of(field, iq_le64(raw + 8u * field->word)));
	}
}

void fields_json(struct kq_json *json, const struct iq_named_field *field, unsigned int count, const uint8_t *raw,
		 uint32_t size)
{
	kq_json_object(json, "fields");
	for (unsigned int i = 0; i < count; i++, field++) {
		if (8u * field->word + 8 > size)
			continue;
		if (is_flag(field->mask))
			kq_json_bool(json, field->name, iq_le64(raw + 8u * field->word) & field->mask);
		else
			kq_json_hex(json, field->name, value_of(field, iq_le64(raw + 8u * field->word)));
	}
	kq_json_end(json);
}
