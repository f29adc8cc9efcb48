/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole table: ACPI's header, and behind it what the table's kind makes of the rest.
 */
#include "table.h"

#include <inttypes.h>

#include "firmware/acpi.h"
#include "kinds.h"

#define ACPI_REVISION 8 /* offset of a table's revision. ACPI 6.5, 5.2.6 */

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
		kq_dump_flaw(dump, "not one of %s", kq_table_signatures());
	dump->length = check_header(dump, length, kind);
	kq_dump_fields(dump, acpi_header, IQ_ARRAY_SIZE(acpi_header), 0, dump->length);
	if (kind) {
		kq_dump_fields(dump, kind->fields, kind->count, 0, dump->length);
		if (dump->length >= kind->header)
			kind->structures(dump);
	}
	dump->length = length;
	kq_dump_fill(dump, length);
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
