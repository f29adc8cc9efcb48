/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one entry of a page table says, by its form. Private to the walker (radix-walk.c, radix-translate.c).
 */
#ifndef IQ_RADIX_DECODE_H
#define IQ_RADIX_DECODE_H

#include "radix.h"

#define IQ_RADIX_SLICE (IQ_PAGE_SIZE / IQ_RADIX_ENTRY_SIZE) /* entries of a table that one map() reaches */

/* Cut @mapping down to the IOVAs that the root is about; it has some of them. */
void iq_radix_trim(const struct iq_radix_view *view, struct iq_mapping *mapping);

/* Entries of a table at @level. */
static inline uint32_t iq_radix_entries(const struct iq_radix_view *view, unsigned int level)
{
	return UINT32_C(1) << (view->shift[level] - view->shift[level - 1]);
}

/* The entry about @from, of a table at @level whose first is about @iova; the number of entries if @from is behind. */
static inline uint32_t iq_radix_first(const struct iq_radix_view *view, unsigned int level, uint64_t iova, uint64_t from)
{
	const uint64_t index = from > iova ? (from - iova) >> view->shift[level - 1] : 0;

	return (uint32_t)iq_min(index, iq_radix_entries(view, level));
}

/* The index behind the last entry that is about any IOVA of the root, of a table at @level whose first is about @iova. */
static inline uint32_t iq_radix_end(const struct iq_radix_view *view, unsigned int level, uint64_t iova)
{
	const uint64_t last = (view->last - iova) >> view->shift[level - 1];

	return (uint32_t)iq_min(last + 1, iq_radix_entries(view, level));
}

/* Bytes of a table at @level that one map() reaches: all, or a page. */
static inline uint64_t iq_radix_slice_bytes(const struct iq_radix_view *view, unsigned int level)
{
	return iq_min((uint64_t)iq_radix_entries(view, level) * IQ_RADIX_ENTRY_SIZE, IQ_PAGE_SIZE);
}

/* Is the table at @table, at @level, not aligned as struct iq_radix_layout says? */
static inline bool iq_radix_is_askew(const struct iq_radix_view *view, unsigned int level, uint64_t table)
{
	return table % IQ_PAGE_SIZE && table % iq_radix_slice_bytes(view, level);
}

/* @entry from the byte order of memory to that of its table, or back. */
static inline uint64_t iq_radix_order(uint64_t entry, bool big_endian)
{
	return big_endian ? __builtin_bswap64(entry) : entry;
}

/* The entry at @at. */
static inline uint64_t iq_radix_load(const uint8_t *at, bool big_endian)
{
	return iq_radix_order(iq_le64(at), big_endian);
}

/* Map the part of the table at @table that has the entry @index. NULL if it is outside memory. */
static inline const uint8_t *iq_radix_slice(struct iq_memory *memory, const struct iq_radix_view *view, uint64_t table,
					    unsigned int level, uint32_t index)
{
	const uint64_t start = table + index / IQ_RADIX_SLICE * IQ_PAGE_SIZE;

	return start < table ? NULL : memory->map(memory, start, iq_radix_slice_bytes(view, level));
}

/* The part of an address that is in the second field of @entry. */
static inline uint64_t iq_radix_high(const struct iq_radix_form *form, uint64_t entry)
{
	return form->high ? (entry & form->high) << form->high_left : 0;
}

/* AMD 48882, 2.2.3: the lowest clear address bit n says that the page has 2^(n + 1) bytes. Returns the bits below that. */
static inline uint64_t iq_radix_encoded_low(uint64_t address)
{
	address |= IQ_PAGE_SIZE - 1;
	return address ^ (address + 1);
}

static inline enum iq_radix_kind iq_radix_decode_page(const struct iq_radix_view *view, unsigned int level, uint64_t entry,
						      struct iq_radix_target *to)
{
	const struct iq_radix_form *form = view->form;
	uint64_t address = entry & view->address[level - 1], low = view->low[level - 1];

	if (level > form->page_levels)
		return IQ_RADIX_MALFORMED;
	if (form->encoded_level && iq_field(entry, form->next_level) == form->encoded_level) {
		low = iq_radix_encoded_low(address);
		/* Larger than what the level has anyway, smaller than what the level above has. */
		if (low <= view->low[level - 1] || low >= view->low[level])
			return IQ_RADIX_MALFORMED;
	} else {
		if (address & low & ~form->ignored || (level == 1 && !iq_radix_matches(entry, &form->lowest_page)))
			return IQ_RADIX_MALFORMED;
		address |= iq_radix_high(form, entry);
	}
	to->size = low + 1;
	to->address = address & ~low;
	to->read = iq_radix_matches(entry, &form->read);
	to->write = iq_radix_matches(entry, &form->write);
	return IQ_RADIX_PAGE;
}

static inline enum iq_radix_kind iq_radix_decode_table(const struct iq_radix_view *view, unsigned int level, uint64_t entry,
						       struct iq_radix_target *to)
{
	const struct iq_radix_form *form = view->form;
	const uint64_t next = form->next_level ? iq_field(entry, form->next_level) : level - 1;

	if (next >= level)
		return IQ_RADIX_MALFORMED;
	to->level = (uint8_t)next;
	to->address = (entry & view->address[level - 1]) | iq_radix_high(form, entry);
	to->read = iq_radix_matches(entry, &form->table_read);
	to->write = iq_radix_matches(entry, &form->table_write);
	to->first = 0;
	to->end = UINT32_MAX;
	return IQ_RADIX_TABLE;
}

/* Let the form's own step change what was found, and check what it returns. */
static inline enum iq_radix_kind iq_radix_step(const struct iq_radix_view *view, unsigned int level, uint64_t entry,
					       enum iq_radix_kind kind, struct iq_radix_target *to)
{
	kind = view->form->step(view->root, level, entry, kind, to);
	if (kind == IQ_RADIX_PAGE && (to->size & (to->size - 1) || to->size - 1 < view->low[level - 1] ||
				      to->size - 1 >= view->low[level]))
		return IQ_RADIX_MALFORMED;
	if (kind == IQ_RADIX_TABLE && (!to->level || to->level >= level))
		return IQ_RADIX_MALFORMED;
	return kind;
}

/* Decode @entry of a table at @level. @to is filled in for a page and for a table. */
static inline __attribute__((always_inline)) enum iq_radix_kind iq_radix_decode(const struct iq_radix_view *view, unsigned int level, uint64_t entry,
						 struct iq_radix_target *to)
{
	const struct iq_radix_form *form = view->form;
	enum iq_radix_kind kind;

	if (iq_radix_matches(entry, level == 1 ? &form->lowest_absent : &form->absent))
		return IQ_RADIX_ABSENT;
	if (iq_radix_is_page(form, level, entry))
		kind = iq_radix_decode_page(view, level, entry, to);
	else
		kind = iq_radix_decode_table(view, level, entry, to);
	if (form->step && level >= form->step_level && kind != IQ_RADIX_MALFORMED)
		kind = iq_radix_step(view, level, entry, kind, to);
	if (kind == IQ_RADIX_TABLE && iq_radix_is_askew(view, to->level, to->address))
		return IQ_RADIX_MALFORMED;
	return kind;
}

#endif
