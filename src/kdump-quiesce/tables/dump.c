/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From bytes and layouts to fields with a value and a meaning, and to words about what is wrong.
 */
#include "dump.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "firmware/acpi.h"
#include "base/message.h"

#define BYTES_A_FIELD 16u
#define TEXT_A_FIELD  64u
#define FLAWS_SAID    20u
#define ACPI_REVISION 8 /* offset of a table's revision. ACPI 6.5, 5.2.6 */

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

static void write_value(struct kq_value *value, const struct kq_field *field, const uint8_t *bytes)
{
	const uint64_t number = little_endian(bytes, value->size);

	value->value[0] = value->meaning[0] = 0;
	value->zero = true;
	for (uint32_t i = 0; i < value->size; i++)
		value->zero = value->zero && !bytes[i];
	if (field->form == KQ_TEXT) {
		put(value->value, sizeof(value->value), "%.*s", (int)strnlen((const char *)bytes, value->size), bytes);
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

/* Bytes of the innermost structure that nothing describes, up to @end. */
static void fill(struct kq_dump *dump, uint32_t end)
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
	fill(dump, offset);
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

static void write_fields(struct kq_dump *dump, const struct kq_field *fields, unsigned int count, uint32_t offset,
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
		write_fields(dump, layout->fields, layout->count, structure->offset, reach);
}

void kq_dump_end(struct kq_dump *dump)
{
	const uint32_t end = dump->open[dump->depth - 1].end;

	fill(dump, end);
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

const struct kq_table_kind *kq_table_kind(const uint8_t *signature)
{
	static const struct kq_table_kind *const kinds[] = {
		&kq_ivrs_kind, &kq_dmar_kind, &kq_mcfg_kind, &kq_iort_kind,
	};

	for (size_t i = 0; i < IQ_ARRAY_SIZE(kinds); i++)
		if (!memcmp(signature, kinds[i]->signature, 4))
			return kinds[i];
	return NULL;
}

/* ACPI 6.5, 5.2.6 System Description Table Header */
static const struct kq_field acpi_header[] = {
	{ "Signature", 0, 4, KQ_TEXT, NULL },
	{ "Length", 4, 4, KQ_NUMBER, NULL },
	{ "Revision", 8, 1, KQ_NUMBER, NULL },
	{ "Checksum", 9, 1, KQ_HEX, NULL },
	{ "OEMID", 10, 6, KQ_TEXT, NULL },
	{ "OEM Table ID", 16, 8, KQ_TEXT, NULL },
	{ "OEM Revision", 24, 4, KQ_HEX, NULL },
	{ "Creator ID", 28, 4, KQ_TEXT, NULL },
	{ "Creator Revision", 32, 4, KQ_HEX, NULL },
};

/* What the header says about the whole. Returns how much of @length is the table. */
static uint32_t check_header(struct kq_dump *dump, uint32_t length, const struct kq_table_kind *kind)
{
	const uint32_t claimed = length >= IQ_ACPI_HEADER ? iq_le32(dump->table + 4) : length;

	if (length < IQ_ACPI_HEADER || claimed < IQ_ACPI_HEADER || (kind && claimed < kind->header))
		kq_dump_flaw(dump, "its length %" PRIu32 " is less than its header", claimed);
	else if (claimed > length)
		kq_dump_flaw(dump, "cut off: its length is %" PRIu32 ", the file has %" PRIu32 " bytes", claimed,
			     length);
	else if (claimed < length)
		kq_dump_flaw(dump, "the file has %" PRIu32 " bytes more than the table", length - claimed);
	if (claimed <= length && iq_acpi_sum(dump->table, claimed))
		kq_dump_flaw(dump, "the checksum is wrong");
	if (kind && length >= IQ_ACPI_HEADER &&
	    (dump->table[ACPI_REVISION] < kind->oldest || dump->table[ACPI_REVISION] > kind->newest))
		kq_dump_flaw(dump, "revision %u is not known: %u to %u are", dump->table[ACPI_REVISION], kind->oldest,
			     kind->newest);
	return claimed >= IQ_ACPI_HEADER && claimed < length ? claimed : length;
}

static void write_table(struct kq_dump *dump)
{
	const uint32_t length = dump->length;
	const struct kq_table_kind *kind = length >= 4 ? kq_table_kind(dump->table) : NULL;
	const char *name = kind ? kind->signature : "table";
	struct kq_sink *sink = dump->sink;

	dump->depth = 1;
	dump->open[0].name = name;
	dump->open[0].end = length;
	sink->table(sink, dump->file, &(struct kq_heading){ name, kind ? kind->title : "", 0, length, false });
	if (!kind)
		kq_dump_flaw(dump, "not one of IVRS, DMAR, MCFG, IORT");
	dump->length = check_header(dump, length, kind);
	write_fields(dump, acpi_header, IQ_ARRAY_SIZE(acpi_header), 0, dump->length);
	if (kind) {
		write_fields(dump, kind->fields, kind->count, 0, dump->length);
		if (dump->length >= kind->header)
			kind->structures(dump);
	}
	dump->length = length;
	fill(dump, length);
	sink->table_end(sink);
}

bool kq_dump_table(struct kq_sink *sink, const char *file, const uint8_t *table, uint32_t length,
		   struct iq_config *config)
{
	struct kq_dump dump = { .sink = sink, .file = file, .table = table, .length = length, .config = config };

	write_table(&dump);
	return !dump.flaws;
}

/* A sink for flaws: all else is dropped. */
struct flaw_sink {
	struct kq_sink sink; /* first */
	void (*tell)(void *context, const char *structure, uint32_t offset, const char *text);
	void *context;
};

static void drop_table(struct kq_sink *sink, const char *file, const struct kq_heading *heading)
{
	(void)sink;
	(void)file;
	(void)heading;
}

static void drop_begin(struct kq_sink *sink, const struct kq_heading *heading)
{
	(void)sink;
	(void)heading;
}

static void drop_field(struct kq_sink *sink, const struct kq_value *value)
{
	(void)sink;
	(void)value;
}

static void drop_end(struct kq_sink *sink)
{
	(void)sink;
}

static void tell_flaw(struct kq_sink *sink, const char *structure, uint32_t offset, const char *text)
{
	const struct flaw_sink *flaws = (const struct flaw_sink *)sink;

	flaws->tell(flaws->context, structure, offset, text);
}

unsigned int kq_table_flaws(const uint8_t *table, uint32_t length, struct iq_config *config,
			    void (*tell)(void *context, const char *structure, uint32_t offset, const char *text),
			    void *context)
{
	struct flaw_sink flaws = {
		{ drop_table, drop_begin, drop_field, tell_flaw, drop_end, drop_end }, tell, context,
	};
	struct kq_dump dump = {
		.sink = &flaws.sink, .file = "", .table = table, .length = length, .config = config, .quiet = true,
	};

	write_table(&dump);
	return dump.flaws;
}
