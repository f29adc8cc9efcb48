/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kallsyms: names are compressed with a table of 256 tokens, addresses are 32-bit offsets in one of several encodings, numbers
 * are in the byte order of the machine. The encoding is found by symbols whose addresses vmcoreinfo has too, not by the
 * kernel's version.
 */
#include "kallsyms.h"

#include "base/budget.h"
#include "base/progress.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TOKENS	     256u
#define TOKEN_MAX    128u		 /* bytes of one token; the kernel's have some ten */
#define NAME_MAX_LEN 1024u		 /* expanded; KSYM_NAME_LEN is 512 */
#define NOT_FOUND    UINT32_MAX
#define WANTED_MAX   64u

/* Addresses of the parts of the table. */
struct tables {
	uint64_t names, count, token_table, token_index, offsets;
	uint64_t relative_base; /* value of kallsyms_relative_base, 0: the kernel has none */
};

/* Memory that is read byte by byte. */
struct stream {
	struct kernel_memory *kernel;
	uint64_t address; /* of the next chunk */
	uint64_t left;	  /* that may still be read */
	size_t at, filled;
	uint8_t chunk[IQ_PAGE_SIZE];
};

static bool next_byte(struct stream *stream, uint8_t *byte, const char *what, struct kq_reason *reason)
{
	if (stream->at == stream->filled) {
		const size_t size = (size_t)iq_min(stream->left, IQ_PAGE_SIZE - stream->address % IQ_PAGE_SIZE);

		if (!size)
			return kq_budget_exceeded(KQ_BUDGET_NAME_BYTES, reason);
		if (!kernel_read(stream->kernel, stream->address, stream->chunk, size, what, reason))
			return false;
		stream->address += size;
		stream->left -= size;
		stream->at = 0;
		stream->filled = size;
	}
	*byte = stream->chunk[stream->at++];
	return true;
}

struct reader {
	struct kernel_memory *kernel;
	struct tables tables;
	struct stream stream;
	uint8_t length[TOKENS];
	char token[TOKENS][TOKEN_MAX];
	char name[NAME_MAX_LEN];
};

/* The number of @bytes bytes, 2 to 8, at @address. */
static bool read_number(struct reader *reader, uint64_t address, size_t bytes, const char *what, uint64_t *value,
			struct kq_reason *reason)
{
	uint8_t at[16] = { 0 };

	if (!kernel_read(reader->kernel, address, at, bytes, what, reason))
		return false;
	*value = order_bits(kernel_order(reader->kernel), at, 0, 8 * (unsigned int)bytes);
	return true;
}

static bool find_tables(struct reader *reader, const struct vmcoreinfo *info, struct kq_reason *reason)
{
	struct tables *to = &reader->tables;
	const struct {
		const char *name;
		uint64_t *address;
	} needed[] = {
		{ "kallsyms_names", &to->names },
		{ "kallsyms_num_syms", &to->count },
		{ "kallsyms_token_table", &to->token_table },
		{ "kallsyms_token_index", &to->token_index },
		{ "kallsyms_offsets", &to->offsets },
	};
	struct kq_reason why;
	uint64_t base, count;

	for (size_t i = 0; i < IQ_ARRAY_SIZE(needed); i++)
		if (!vmcoreinfo_symbol(info, needed[i].name, needed[i].address))
			return kq_fail(reason, "vmcoreinfo does not say where %s is; kernels before 6.0 do not",
				       needed[i].name);
	if (!read_number(reader, to->count, 4, "kallsyms_num_syms", &count, reason))
		return false;
	if (!count)
		return kq_fail(reason, "kallsyms: 0 symbols at 0x%016" PRIx64, to->count);
	if (count > kq_budget_limit(KQ_BUDGET_SYMBOLS)) {
		kq_budget_exceeded(KQ_BUDGET_SYMBOLS, &why);
		return kq_fail(reason, "kallsyms: %" PRIu64 " symbols at 0x%016" PRIx64 ", %.100s", count, to->count, why.text);
	}
	to->count = count;
	to->relative_base = 0;
	return !vmcoreinfo_symbol(info, "kallsyms_relative_base", &base) ||
	       read_number(reader, base, 8, "kallsyms_relative_base", &to->relative_base, reason);
}

/* Read all tokens and their lengths. */
static bool read_tokens(struct reader *reader, struct kq_reason *reason)
{
	uint8_t index[2 * TOKENS];

	if (!kernel_read(reader->kernel, reader->tables.token_index, index, sizeof(index), "kallsyms_token_index",
			 reason))
		return false;
	for (unsigned int i = 0; i < TOKENS; i++) {
		const uint64_t address =
			reader->tables.token_table + order_get16(kernel_order(reader->kernel), index + 2 * i);
		uint8_t byte = 0;

		reader->stream =
			(struct stream){ .kernel = reader->kernel, .address = address, .left = 2 * IQ_PAGE_SIZE };
		do {
			if (reader->length[i] == TOKEN_MAX)
				return kq_fail(reason, "kallsyms: token %u at 0x%016" PRIx64 " has no end", i, address);
			if (!next_byte(&reader->stream, &byte, "kallsyms_token_table", reason))
				return false;
			reader->token[i][reader->length[i]++] = (char)byte;
		} while (byte);
		reader->length[i]--;
	}
	return true;
}

/* Read the next name, which begins with the letter of its type, and its length. A name is cut after NAME_MAX_LEN bytes. */
static bool next_name(struct reader *reader, size_t *length, struct kq_reason *reason)
{
	uint32_t tokens;
	uint8_t byte;

	*length = 0;
	if (!next_byte(&reader->stream, &byte, "kallsyms_names", reason))
		return false;
	tokens = byte;
	if (tokens & 0x80) { /* a second byte, since 6.1 */
		if (!next_byte(&reader->stream, &byte, "kallsyms_names", reason))
			return false;
		tokens = (tokens & 0x7f) | (uint32_t)byte << 7;
	}
	while (tokens--) {
		size_t part;

		if (!next_byte(&reader->stream, &byte, "kallsyms_names", reason))
			return false;
		part = (size_t)iq_min(reader->length[byte], NAME_MAX_LEN - *length);
		memcpy(reader->name + *length, reader->token[byte], part);
		*length += part;
	}
	return true;
}

/* The place in the table of each of the @count names, the first if there are several; NOT_FOUND if there is none. */
static bool find_places(struct reader *reader, const struct symbol *wanted, size_t count, uint32_t *place,
			struct kq_reason *reason)
{
	size_t missing = count, length;

	memset(place, 0xff, count * sizeof(*place));
	reader->stream =
		(struct stream){ .kernel = reader->kernel,
				 .address = reader->tables.names,
				 .left = kq_budget_limit(KQ_BUDGET_NAME_BYTES) };
	for (uint32_t i = 0; missing && i < reader->tables.count; i++) {
		kq_progress("reading symbols", i, reader->tables.count);
		if (!next_name(reader, &length, reason))
			return false;
		for (size_t n = 0; n < count; n++) {
			if (place[n] != NOT_FOUND || strlen(wanted[n].name) + 1 != length ||
			    memcmp(wanted[n].name, reader->name + 1, length - 1))
				continue;
			place[n] = i;
			missing--;
		}
	}
	return true;
}

enum encoding {
	FROM_BASE,     /* relative to kallsyms_relative_base */
	PER_CPU_ABOVE, /* absolute if not negative, for per-CPU symbols; else below that base (SMP x86-64 until 6.14) */
	FROM_PLACE,    /* relative to the place of the offset itself (since kallsyms_relative_base is gone) */
	ENCODINGS,
};

/* The address in the 32 bits of @offset, which stand at @place of the table. */
static uint64_t decode(const struct tables *tables, enum encoding encoding, uint32_t place, uint64_t offset)
{
	const uint64_t extended = (uint64_t)(int64_t)(int32_t)(uint32_t)offset;

	switch (encoding) {
	case FROM_BASE:
		return tables->relative_base + offset;
	case PER_CPU_ABOVE:
		return (int64_t)extended < 0 ? tables->relative_base - 1 - extended : offset;
	case FROM_PLACE:
	case ENCODINGS:
		break;
	}
	return tables->offsets + UINT64_C(4) * place + extended;
}

/* Symbols whose addresses are in vmcoreinfo too. */
static const char *const anchors[] = { "_stext", "swapper_pg_dir", "init_uts_ns" };
#define ANCHORS IQ_ARRAY_SIZE(anchors)

/* The encoding that gives the anchors the addresses that vmcoreinfo has, ENCODINGS if none does. */
static enum encoding find_encoding(const struct tables *tables, const struct vmcoreinfo *info, const uint32_t *place,
				   const uint64_t *offset)
{
	for (unsigned int encoding = tables->relative_base ? FROM_BASE : FROM_PLACE; encoding < ENCODINGS; encoding++) {
		unsigned int right = 0, wrong = 0;

		for (size_t i = 0; i < ANCHORS; i++) {
			uint64_t address;

			if (place[i] == NOT_FOUND || !vmcoreinfo_symbol(info, anchors[i], &address))
				continue;
			if (decode(tables, (enum encoding)encoding, place[i], offset[i]) == address)
				right++;
			else
				wrong++;
		}
		if (right && !wrong)
			return (enum encoding)encoding;
	}
	return ENCODINGS;
}

static bool find(struct reader *reader, const struct vmcoreinfo *info, struct symbol *symbol, size_t count,
		 struct kq_reason *reason)
{
	struct symbol wanted[ANCHORS + WANTED_MAX];
	uint32_t place[ANCHORS + WANTED_MAX];
	uint64_t offset[ANCHORS + WANTED_MAX] = { 0 };
	const struct tables *tables = &reader->tables;
	enum encoding encoding;

	for (size_t i = 0; i < ANCHORS; i++)
		wanted[i].name = anchors[i];
	memcpy(wanted + ANCHORS, symbol, count * sizeof(*symbol));
	if (!find_tables(reader, info, reason) || !read_tokens(reader, reason) ||
	    !find_places(reader, wanted, ANCHORS + count, place, reason))
		return false;
	for (size_t i = 0; i < ANCHORS + count; i++)
		if (place[i] != NOT_FOUND && !read_number(reader, tables->offsets + UINT64_C(4) * place[i], 4,
							  "kallsyms_offsets", &offset[i], reason))
			return false;
	encoding = find_encoding(tables, info, place, offset);
	if (encoding == ENCODINGS)
		return kq_fail(reason,
			       "kallsyms: its offsets at 0x%016" PRIx64
			       " do not lead to the symbols that vmcoreinfo names",
			       tables->offsets);
	for (size_t i = 0; i < count; i++)
		symbol[i].address = place[ANCHORS + i] == NOT_FOUND
					    ? 0
					    : decode(tables, encoding, place[ANCHORS + i], offset[ANCHORS + i]);
	return true;
}

bool kallsyms_find(struct kernel_memory *kernel, const struct vmcoreinfo *info, struct symbol *symbol, size_t count,
		   struct kq_reason *reason)
{
	struct reader *reader;
	bool found;

	if (count > WANTED_MAX)
		return kq_fail(reason, "more than %u symbols are asked for at once", WANTED_MAX);
	reader = calloc(1, sizeof(*reader));
	if (!reader)
		return kq_fail(reason, "out of memory");
	reader->kernel = kernel;
	found = find(reader, info, symbol, count, reason);
	free(reader);
	return found;
}
