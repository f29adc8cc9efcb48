/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From bytes and layouts to fields with a value and a meaning, and to words about what is wrong.
 */
#include "dump.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/message.h"

#define BYTES_A_FIELD 16u
#define TEXT_A_FIELD  64u
#define FLAWS_SAID    20u

const char *kq_requester_range(char to[24], uint16_t first, uint16_t last)
{
	int used = snprintf(to, 24, "%02x:%02x.%x", first >> 8, first >> 3 & 31, first & 7);

	if (last != first)
		snprintf(to + used, (size_t)(24 - used), "-%02x:%02x.%x", last >> 8, last >> 3 & 31, last & 7);
	return to;
}

static uint64_t little_endian(const uint8_t *bytes, uint32_t size)
{
	uint64_t number = 0;

	for (uint32_t i = 0; i < size && i < 8; i++)
		number |= (uint64_t)bytes[i] << 8 * i;
	return number;
}

static void put(char *to, size_t room, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Append to a string; what does not fit is dropped. */
static void put(char *to, size_t room, const char *format, ...)
{
	size_t used = strlen(to);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(to + used, room - used, format, arguments);
	va_end(arguments);
}

static void explain_bits(struct kq_value *value, const struct kq_word *word, uint64_t number)
{
	for (; word->word; word++) {
		const char *space = *value->meaning ? " " : "";
		uint64_t part = iq_field(number, word->bits);

		if (part && word->bits & (word->bits - 1))
			put(value->meaning, sizeof(value->meaning), "%s%s=%" PRIu64, space, word->word, part);
		else if (part)
			put(value->meaning, sizeof(value->meaning), "%s%s", space, word->word);
	}
}

static void explain_choice(struct kq_value *value, const struct kq_word *word, uint64_t number)
{
	for (; word->word; word++)
		if (word->bits == number) {
			put(value->meaning, sizeof(value->meaning), "%s", word->word);
			return;
		}
}

/* All bytes but the NULs at the end. What a terminal would not print as a character is told as a number. */
static void write_text(struct kq_value *value, const uint8_t *bytes)
{
	uint32_t length = value->size;

	while (length && !bytes[length - 1])
		length--;
	for (uint32_t i = 0; i < length; i++)
		put(value->value, sizeof(value->value), bytes[i] < ' ' || bytes[i] > '~' ? "\\x%02x" : "%c", bytes[i]);
}

static void write_value(struct kq_value *value, const struct kq_field *field, const uint8_t *bytes)
{
	const uint64_t number = little_endian(bytes, value->size);

	value->value[0] = value->meaning[0] = 0;
	value->zero = true;
	for (uint32_t i = 0; i < value->size; i++)
		value->zero = value->zero && !bytes[i];
	if (field->form == KQ_TEXT) {
		write_text(value, bytes);
		return;
	}
	if (field->form == KQ_BYTES || field->form == KQ_PATH || value->size > 8) {
		for (uint32_t i = 0; i < value->size; i++)
			put(value->value, sizeof(value->value), "%s%02x", i ? " " : "", bytes[i]);
		if (field->form == KQ_PATH)
			put(value->meaning, sizeof(value->meaning), "%02x.%x", bytes[0], bytes[1]);
		return;
	}
	put(value->value, sizeof(value->value), "0x%0*" PRIx64, (int)value->size * 2, number);
	switch (field->form) {
	case KQ_NUMBER:
		put(value->meaning, sizeof(value->meaning), "%" PRIu64, number);
		break;
	case KQ_BITS:
		explain_bits(value, field->words, number);
		break;
	case KQ_CHOICE:
		explain_choice(value, field->words, number);
		break;
	case KQ_REQUESTER:
		kq_requester_range(value->meaning, (uint16_t)number, (uint16_t)number);
		break;
	default:
		break;
	}
}

static const struct kq_field data = { "Data", 0, 0, KQ_BYTES, NULL };

static void write_field(struct kq_dump *dump, const struct kq_field *field, uint32_t offset, uint32_t size)
{
	const uint32_t most = field->form == KQ_TEXT ? TEXT_A_FIELD : BYTES_A_FIELD;
	struct kq_value value = { .name = field->name, .form = field->form };

	assert(offset <= dump->length && size <= dump->length - offset);
	for (uint32_t piece; size; offset += piece, size -= piece) {
		piece = size < most ? size : most;
		value.offset = offset;
		value.size = piece;
		write_value(&value, field, dump->table + offset);
		dump->sink->field(dump->sink, &value);
	}
	if (dump->open[dump->depth - 1].at < offset)
		dump->open[dump->depth - 1].at = offset;
}

/* Bytes of the innermost structure that lie between its fields. */
static void gap(struct kq_dump *dump, uint32_t end)
{
	const uint32_t at = dump->open[dump->depth - 1].at;

	if (at < end)
		write_field(dump, &data, at, end - at);
}

void kq_dump_field(struct kq_dump *dump, const struct kq_field *field, uint32_t offset, uint32_t size)
{
	gap(dump, offset);
	write_field(dump, field, offset, size);
}

void kq_dump_fill(struct kq_dump *dump, uint32_t end)
{
	const uint32_t at = dump->open[dump->depth - 1].at;

	if (at >= end)
		return;
	dump->open[dump->depth - 1].at = end;
	dump->sink->begin(dump->sink,
			  &(struct kq_heading){ "Other bytes", "", at, end - at, end - at <= BYTES_A_FIELD });
	dump->depth++;
	dump->open[dump->depth - 1].at = at;
	kq_dump_field(dump, &data, at, end - at);
	dump->depth--;
	dump->sink->end(dump->sink);
}

void kq_dump_open(struct kq_dump *dump, const char *name, uint32_t offset, uint32_t length, const char *note,
		  bool brief)
{
	assert(dump->depth && dump->depth < KQ_DUMP_DEPTH - 1);
	kq_dump_fill(dump, offset);
	dump->open[dump->depth].name = name;
	dump->open[dump->depth].offset = dump->open[dump->depth].at = offset;
	dump->open[dump->depth++].end = offset + length;
	dump->sink->begin(dump->sink, &(struct kq_heading){ name, note ? note : "", offset, length, brief });
}

/* The core's words for what it found wrong. */
static void say_flaw(struct kq_dump *dump, const struct iq_structure *structure)
{
	switch (structure->flaw) {
	case IQ_FLAW_NONE:
		break;
	case IQ_FLAW_SHORT:
		kq_dump_flaw(dump, "its length %" PRIu32 " is less than the %" PRIu32 " bytes of its type",
			     structure->length, structure->fixed);
		break;
	case IQ_FLAW_CUT_OFF:
		kq_dump_flaw(dump, "cut off: only %" PRIu32 " bytes are left", structure->length);
		break;
	case IQ_FLAW_NO_LENGTH:
		kq_dump_flaw(dump, "its length %" PRIu32 " is less than its own header", structure->claimed);
		break;
	case IQ_FLAW_RUNS_OUT:
		kq_dump_flaw(dump, "its length %" PRIu32 " is more than the %" PRIu32 " bytes that are left",
			     structure->claimed, structure->length);
		break;
	}
}

void kq_dump_fields(struct kq_dump *dump, const struct kq_field *fields, unsigned int count, uint32_t offset,
		    uint32_t length)
{
	for (unsigned int i = 0; i < count; i++)
		if (fields[i].offset + fields[i].size <= length)
			kq_dump_field(dump, &fields[i], offset + fields[i].offset, fields[i].size);
}

void kq_dump_begin(struct kq_dump *dump, const struct kq_layout *layout, const struct iq_structure *structure,
		   const char *note)
{
	kq_dump_begin_part(dump, layout, structure, structure->length, note);
}

void kq_dump_begin_part(struct kq_dump *dump, const struct kq_layout *layout, const struct iq_structure *structure,
			uint32_t reach, const char *note)
{
	const bool sound = structure->flaw <= IQ_FLAW_SHORT;

	kq_dump_open(dump, layout->name, structure->offset, structure->length, note, layout->brief && sound);
	say_flaw(dump, structure);
	if (sound)
		kq_dump_fields(dump, layout->fields, layout->count, structure->offset, reach);
}

void kq_dump_end(struct kq_dump *dump)
{
	const uint32_t end = dump->open[dump->depth - 1].end;

	kq_dump_fill(dump, end);
	dump->depth--;
	if (dump->open[dump->depth - 1].at < end)
		dump->open[dump->depth - 1].at = end;
	dump->sink->end(dump->sink);
}

void kq_dump_leaf(struct kq_dump *dump, const struct kq_layout *layout, const struct iq_structure *structure,
		  const char *note)
{
	kq_dump_begin(dump, layout, structure, note);
	kq_dump_end(dump);
}

void kq_dump_flaw(struct kq_dump *dump, const char *format, ...)
{
	const char *name = dump->open[dump->depth - 1].name;
	const uint32_t offset = dump->open[dump->depth - 1].offset;
	char text[160];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	dump->sink->flaw(dump->sink, name, offset, text);
	dump->flaws++;
	if (dump->quiet)
		return;
	if (dump->flaws <= FLAWS_SAID)
		kq_warn("%s: %s at offset 0x%" PRIx32 ": %s", dump->file, name, offset, text);
	else if (dump->flaws == FLAWS_SAID + 1)
		kq_warn("%s: there is more", dump->file);
}
