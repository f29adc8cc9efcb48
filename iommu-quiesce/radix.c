/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page-table walker. It goes down by levels that strictly fall, so that no table can lead it in a circle, and looks
 * at every entry for itself: the copies of an encoded large page each map their own share, and coalescing makes them one.
 */
#include "radix.h"

/* What one entry says. */
enum meaning {
	ABSENT,
	PAGE,
	TABLE,
	FORBIDDEN, /* by the specification */
};

struct decoded {
	uint64_t address; /* of the page or the table */
	uint8_t shift;	  /* PAGE: log2 of its size, encoded sizes included */
	uint8_t level;	  /* TABLE: of that table */
	bool read, write;
};

/* A table on the way from the root to where the walk is. */
struct frame {
	uint64_t table;
	uint64_t iova; /* that its first entry is about */
	uint16_t next; /* index of the entry to look at next */
	uint8_t level;
	bool begun;	  /* the table was read before */
	bool read, write; /* what the entries above allow */
};

#define BATCH 32u /* runs handed over at a time */

struct walk {
	struct iq_memory *memory;
	const struct iq_radix_form *form;
	struct iq_radix_visitor *visitor;
	uint64_t address;   /* bits of an entry that are one */
	uint64_t from;	    /* IOVAs below are passed over */
	uint64_t tables_left;
	uint64_t canonical; /* topmost bit of an IOVA that is extended into those above, else 0 */
	struct iq_radix_totals totals;
	struct frame frame[IQ_RADIX_LEVELS];
	unsigned int depth;
	struct iq_mapping *run; /* the last in batch[], it may still grow; of length 0 at first */
	struct iq_mapping batch[BATCH];
};

static uint64_t entry_at(const uint8_t *table, unsigned int index)
{
	return iq_le64(table + 8 * index);
}

static unsigned int entries(const struct iq_radix_form *form, unsigned int level)
{
	return 1u << form->index_bits[level - 1];
}

/* log2 of what one entry of a table at @level covers; @level may be one more than there are: what the whole covers. */
static unsigned int level_shift(const struct iq_radix_form *form, unsigned int level)
{
	unsigned int shift = form->page_shift;

	for (unsigned int below = 0; below + 1 < level; below++)
		shift += form->index_bits[below];
	return shift;
}

/* AMD 48882, 2.2.3: the lowest clear address bit n says that the page has 2^(n + 1) bytes. */
static unsigned int encoded_shift(uint64_t address)
{
	uint64_t low = address | (IQ_PAGE_SIZE - 1);

	return 64 - (unsigned int)__builtin_clzll(low ^ (low + 1));
}

static bool is_leaf(const struct iq_radix_form *form, unsigned int level, uint64_t entry)
{
	uint64_t next;

	if (!form->next_level)
		return level == 1 || (entry & form->leaf);
	next = iq_field(entry, form->next_level);
	return !next || (form->encoded_level && next == form->encoded_level);
}

static enum meaning decode_page(const struct iq_radix_form *form, uint64_t address, unsigned int level, uint64_t entry,
				struct decoded *to)
{
	unsigned int shift = level_shift(form, level);
	uint64_t low;

	if (level > form->leaf_levels)
		return FORBIDDEN;
	if (form->encoded_level && iq_field(entry, form->next_level) == form->encoded_level) {
		unsigned int encoded = encoded_shift(entry & address);

		/* Larger than what the level has anyway, smaller than what the level above has. */
		if (encoded <= shift || encoded >= shift + form->index_bits[level - 1])
			return FORBIDDEN;
		to->shift = (uint8_t)encoded;
		to->address = entry & address & ~((UINT64_C(1) << encoded) - 1);
		return PAGE;
	}
	low = (UINT64_C(1) << shift) - 1;
	if (entry & address & low & ~form->large_ignored)
		return FORBIDDEN;
	to->shift = (uint8_t)shift;
	to->address = entry & address & ~low;
	return PAGE;
}

/* @address: the bits of @entry that can be an address. */
static enum meaning decode(const struct iq_radix_form *form, uint64_t address, unsigned int level, uint64_t entry,
			   struct decoded *to)
{
	uint64_t next;

	if (!(entry & form->present))
		return ABSENT;
	to->read = (entry & form->read) == form->read;
	to->write = (entry & form->write) == form->write;
	if (is_leaf(form, level, entry))
		return decode_page(form, address, level, entry, to);
	next = form->next_level ? iq_field(entry, form->next_level) : level - 1;
	if (next >= level)
		return FORBIDDEN;
	to->address = entry & address;
	to->level = (uint8_t)next;
	return TABLE;
}

static const uint8_t *map_table(struct iq_memory *memory, const struct iq_radix_form *form, uint64_t table,
				unsigned int level)
{
	return memory->map(memory, table, 8u * entries(form, level));
}

static uint64_t extended(const struct walk *w, uint64_t iova)
{
	return iova & w->canonical ? iova | ~(w->canonical - 1) : iova;
}

/* Hand over the runs found so far. False if the visitor wants no more. */
static bool deliver(struct walk *w)
{
	const unsigned int count = (unsigned int)(w->run - w->batch) + !!w->run->length;

	w->run = w->batch;
	if (!count)
		return true;
	w->totals.mappings += count;
	if (w->visitor->mappings && !w->visitor->mappings(w->visitor, w->batch, count))
		return false;
	w->run->length = 0;
	return true;
}

static void count_bytes(struct walk *w, uint64_t length)
{
	w->totals.bytes += iq_min(length, ~w->totals.bytes);
}

/* Where to start a run behind @run, which is complete. NULL if the visitor wants no more. */
static inline struct iq_mapping *behind(struct walk *w, struct iq_mapping *run)
{
	if (++run < w->batch + BATCH)
		return run;
	w->run = run - 1;
	return deliver(w) ? w->run : NULL;
}

/* Let the last run grow by @length bytes, or start another. */
static bool add(struct walk *w, uint64_t iova, uint64_t physical, uint64_t length, bool read, bool write)
{
	struct iq_mapping *run = w->run;

	if (run->physical + run->length == physical && run->iova + run->length == iova && run->read == read &&
	    run->write == write) {
		run->length += length;
		return true;
	}
	if (run->length)
		run = behind(w, run);
	if (!run)
		return false;
	*run = (struct iq_mapping){ .iova = iova, .physical = physical, .length = length, .read = read, .write = write };
	w->run = run;
	return true;
}

static bool report(struct walk *w, const struct frame *f, enum iq_status status, unsigned int index, uint64_t entry,
		   bool copy)
{
	struct iq_radix_error error = {
		.status = status,
		.level = f->level,
		.index = (uint16_t)index,
		.table = f->table,
		.entry = entry,
		.iova = extended(w, f->iova + ((uint64_t)index << level_shift(w->form, f->level))),
		.copy = copy,
	};

	if (!deliver(w))
		return false;
	w->totals.errors++;
	return !w->visitor->error || w->visitor->error(w->visitor, &error);
}

/*
 * All entries that an encoded page spans hold the same value. The first that does not is reported: from the first entry
 * of the span for those behind it, and from an entry that differs from the first and does not repeat its predecessor.
 */
static bool check_copies(struct walk *w, const struct frame *f, const uint8_t *table, unsigned int index,
			 unsigned int shift)
{
	const struct iq_radix_form *form = w->form;
	const uint64_t care = form->present | form->read | form->write | form->address | form->next_level;
	const unsigned int copies = 1u << (shift - level_shift(form, f->level)), first = index & ~(copies - 1);
	const uint64_t mine = entry_at(table, index) & care;

	if (index == first) {
		for (unsigned int i = first + 1; i < first + copies; i++)
			if ((entry_at(table, i) & care) != mine)
				return report(w, f, IQ_MALFORMED, i, entry_at(table, i), true);
		return true;
	}
	if ((entry_at(table, first) & care) == mine || (entry_at(table, index - 1) & care) == mine)
		return true;
	return report(w, f, IQ_MALFORMED, index, mine, true);
}

static bool is_wanted(const struct iq_radix_visitor *visitor, uint64_t physical, uint64_t length)
{
	return !visitor->filtered || (physical <= visitor->last && physical + (length - 1) >= visitor->first);
}

/* The entry that is about @from, of a table at @level whose first is about @iova; the number of entries if @from is behind. */
static uint16_t first_index(const struct iq_radix_form *form, unsigned int level, uint64_t iova, uint64_t from)
{
	const uint64_t index = from > iova ? (from - iova) >> level_shift(form, level) : 0;

	return (uint16_t)iq_min(index, entries(form, level));
}

/* One entry of any level. A table below becomes the frame on top. */
static bool visit_entry(struct walk *w, struct frame *f, const uint8_t *table, unsigned int index)
{
	const unsigned int shift = level_shift(w->form, f->level);
	const uint64_t entry = entry_at(table, index);
	const uint64_t iova = extended(w, f->iova + ((uint64_t)index << shift));
	struct decoded d;

	switch (decode(w->form, w->address, f->level, entry, &d)) {
	case ABSENT:
		return true;
	case FORBIDDEN:
		return report(w, f, IQ_MALFORMED, index, entry, false);
	case PAGE:
		if (d.shift > shift && !check_copies(w, f, table, index, d.shift))
			return false;
		d.address += iova & ((UINT64_C(1) << d.shift) - 1);
		if (!is_wanted(w->visitor, d.address, UINT64_C(1) << shift))
			return true;
		count_bytes(w, UINT64_C(1) << shift);
		return add(w, iova, d.address, UINT64_C(1) << shift, f->read && d.read, f->write && d.write);
	case TABLE:
		w->frame[w->depth++] = (struct frame){
			.table = d.address,
			.iova = iova,
			.next = first_index(w->form, d.level, iova, w->from),
			.level = d.level,
			.read = f->read && d.read,
			.write = f->write && d.write,
		};
		return true;
	}
	return true;
}

/*
 * Entries of a table of base pages from @index on, as long as all have the attributes of the first, which is present: the
 * loop in which nearly all time is spent. Returns the index of the first entry that has others, or of none; ~0u if the
 * visitor wants no more.
 */
static unsigned int visit_alike(struct walk *w, const struct frame *f, const uint8_t *table, unsigned int index)
{
	const struct iq_radix_form *form = w->form;
	const uint64_t page = UINT64_C(1) << form->page_shift, address = w->address;
	const uint64_t attributes = form->present | form->read | form->write | form->next_level;
	const uint64_t first = entry_at(table, index), known = first & attributes;
	const bool read = f->read && (first & form->read) == form->read;
	const bool write = f->write && (first & form->write) == form->write;
	const unsigned int start = index, count = entries(form, 1);
	uint64_t iova = f->iova + index * page, entry, expected = first & address;
	struct iq_mapping *run;

	/* Only the first can go on where the last run ended: behind it, that is what @expected is for. */
	if (!add(w, iova, expected, page, read, write))
		return ~0u;
	run = w->run;
	/* Bound: @count entries. */
	for (;;) {
		expected += page;
		iova += page;
		if (++index == count)
			break;
		entry = entry_at(table, index);
		if ((entry & attributes) != known)
			break;
		if ((entry & address) == expected)
			continue;
		run->length = iova - run->iova;
		run = behind(w, run);
		if (!run)
			return ~0u;
		expected = entry & address;
		run->iova = iova;
		run->physical = expected;
		run->read = read;
		run->write = write;
	}
	run->length = iova - run->iova;
	w->run = run;
	count_bytes(w, (index - start) * page);
	return index;
}

/* A table of base pages of which few are wanted. */
static bool visit_wanted(struct walk *w, struct frame *f, const uint8_t *table)
{
	const struct iq_radix_form *form = w->form;
	const uint64_t address = w->address, first = w->visitor->first & ~((UINT64_C(1) << form->page_shift) - 1);
	const uint64_t span = w->visitor->last - first;
	const unsigned int count = entries(form, 1);

	for (unsigned int index = f->next; index < count; index++) {
		const uint64_t entry = entry_at(table, index);

		/* Of an encoded size the address is one only after a second look. */
		if ((entry & address) - first > span && !(entry & form->next_level))
			continue;
		if (!visit_entry(w, f, table, index))
			return false;
	}
	f->next = (uint16_t)count;
	return true;
}

/* The rest of a table of base pages. */
static bool visit_pages(struct walk *w, struct frame *f, const uint8_t *table)
{
	const struct iq_radix_form *form = w->form;
	const unsigned int count = entries(form, 1);
	unsigned int index = f->next;

	if (w->visitor->filtered)
		return visit_wanted(w, f, table);

	while (index < count) {
		const uint64_t entry = entry_at(table, index);

		if (!(entry & form->present))
			index++;
		else if (!(entry & form->next_level))
			index = visit_alike(w, f, table, index);
		else if (!visit_entry(w, f, table, index++))
			return false;
	}
	f->next = (uint16_t)count;
	return index == count;
}

/* Go on in the table on top, up to the first entry that leads to another table. IQ_OK unless the walk is over. */
static enum iq_status visit_table(struct walk *w)
{
	struct frame *f = &w->frame[w->depth - 1];
	const unsigned int depth = w->depth, count = entries(w->form, f->level);
	const uint8_t *table;

	if (f->next == count) {
		w->depth--;
		return IQ_OK;
	}
	if (!f->begun && !w->tables_left--) {
		report(w, f, IQ_NO_ROOM, 0, 0, false);
		return IQ_NO_ROOM;
	}
	table = map_table(w->memory, w->form, f->table, f->level);
	if (!table) {
		w->depth--;
		return report(w, f, IQ_UNREACHABLE, f->next, 0, false) ? IQ_OK : IQ_INTERRUPTED;
	}
	w->totals.tables += !f->begun;
	f->begun = true;
	if (f->level == 1 && w->depth > 1)
		return visit_pages(w, f, table) ? IQ_OK : IQ_INTERRUPTED;
	while (f->next < count && w->depth == depth)
		if (!visit_entry(w, f, table, f->next++))
			return IQ_INTERRUPTED;
	return IQ_OK;
}

static bool root_is_sane(const struct iq_radix_root *root)
{
	return root->form && root->levels && root->levels <= root->form->max_levels &&
	       !(root->table & ~root->form->address);
}

enum iq_status iq_radix_walk_from(struct iq_memory *memory, const struct iq_radix_root *root, uint64_t from,
				  uint64_t max_tables, struct iq_radix_visitor *visitor, struct iq_radix_totals *totals)
{
	struct walk w = {
		.memory = memory, .form = root->form, .visitor = visitor, .from = from, .tables_left = max_tables,
	};
	enum iq_status status = IQ_OK;

	w.run = w.batch;
	if (totals)
		*totals = w.totals;
	if (!root_is_sane(root))
		return IQ_MALFORMED;
	w.address = root->form->address & ~root->encryption;
	if (root->form->canonical) {
		w.canonical = UINT64_C(1) << (level_shift(root->form, root->levels + 1u) - 1);
		from &= 2 * w.canonical - 1;
	}
	w.frame[w.depth++] = (struct frame){
		.table = root->table,
		.next = first_index(root->form, root->levels, 0, from),
		.level = root->levels,
		.read = root->read,
		.write = root->write,
	};
	/* Bound: the tables that the caller allows. */
	while (w.depth && status == IQ_OK)
		status = visit_table(&w);
	if (status == IQ_OK && !deliver(&w))
		status = IQ_INTERRUPTED;
	if (status == IQ_OK && w.totals.errors)
		status = IQ_MALFORMED;
	if (totals)
		*totals = w.totals;
	return status;
}

enum iq_status iq_radix_walk(struct iq_memory *memory, const struct iq_radix_root *root, uint64_t max_tables,
			     struct iq_radix_visitor *visitor, struct iq_radix_totals *totals)
{
	return iq_radix_walk_from(memory, root, 0, max_tables, visitor, totals);
}

/* Whether @iova lies in what a table of @levels levels can translate at all. */
static bool in_reach(const struct iq_radix_form *form, unsigned int levels, uint64_t iova)
{
	const unsigned int shift = level_shift(form, levels + 1);

	if (shift >= 64)
		return true;
	if (form->canonical)
		return !(iova >> (shift - 1)) || iova >> (shift - 1) == ~UINT64_C(0) >> (shift - 1);
	return !(iova >> shift);
}

enum iq_status iq_radix_translate(struct iq_memory *memory, const struct iq_radix_root *root, uint64_t iova,
				  struct iq_radix_path *path)
{
	const struct iq_radix_form *form = root->form;
	uint64_t table = root->table;
	unsigned int level = root->levels;
	bool read = root->read, write = root->write;

	path->steps = 0;
	path->mapping = (struct iq_mapping){ 0 };
	if (!root_is_sane(root))
		return IQ_MALFORMED;
	if (!in_reach(form, level, iova))
		return IQ_NOT_FOUND;

	/* Bound: each table is of a level below the last. */
	for (;;) {
		const unsigned int shift = level_shift(form, level);
		const unsigned int index = (unsigned int)(iova >> shift) & (entries(form, level) - 1);
		const uint8_t *at = memory->map(memory, table + 8 * index, 8);
		struct decoded d;
		uint64_t entry;

		if (!at)
			return IQ_UNREACHABLE;
		entry = iq_le64(at);
		path->step[path->steps].level = (uint8_t)level;
		path->step[path->steps].index = (uint16_t)index;
		path->step[path->steps].table = table;
		path->step[path->steps++].entry = entry;

		switch (decode(form, form->address & ~root->encryption, level, entry, &d)) {
		case ABSENT:
			return IQ_NOT_FOUND;
		case FORBIDDEN:
			return IQ_MALFORMED;
		case PAGE:
			path->mapping.iova = iova & ~((UINT64_C(1) << d.shift) - 1);
			path->mapping.physical = d.address;
			path->mapping.length = UINT64_C(1) << d.shift;
			path->mapping.read = read && d.read;
			path->mapping.write = write && d.write;
			return IQ_OK;
		case TABLE:
			/* IOVA bits of skipped levels must be zero. */
			if (iova & ((UINT64_C(1) << shift) - 1) & ~((UINT64_C(1) << level_shift(form, d.level + 1u)) - 1))
				return IQ_NOT_FOUND;
			read = read && d.read;
			write = write && d.write;
			table = d.address;
			level = d.level;
			break;
		}
	}
}
