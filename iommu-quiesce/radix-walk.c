/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page-table walker. It goes down by levels that strictly fall, so that no table can lead it in a circle, and looks
 * at every entry for itself: the copies of an encoded large page each map their own share, and coalescing makes them one.
 */
#include "radix-decode.h"

/* A table on the way from the root to where the walk is. */
struct frame {
	uint64_t table;
	uint64_t iova;	  /* that its first entry is about */
	uint32_t next;	  /* index of the entry to look at next */
	uint32_t end;	  /* entries from here on are not looked at */
	uint32_t counted; /* entries below are in parts of the table that were counted as read; 0: none yet */
	uint8_t level;
	bool missing;	  /* the part before this one is outside memory, which was reported */
	bool read, write; /* what the entries above allow */
};

#define BATCH 32u /* runs handed over at a time */

struct walk {
	struct iq_memory *memory;
	struct iq_radix_view view;
	struct iq_radix_visitor *visitor;
	uint64_t from; /* first IOVA that is wanted */
	uint64_t tables_left;
	/* Of the tables at level 1, worked out once: */
	uint64_t address;	     /* bits of an entry that are the address of a page */
	struct iq_radix_match plain; /* a present entry that fits is a page of the level's own size */
	uint64_t attributes;	     /* bits that say what an entry is and allows */
	uint64_t meaning;	     /* the same for entries of any level */
	bool one_by_one;	     /* the form's own step looks at each of their entries */
	struct iq_radix_totals totals;
	struct frame frame[IQ_RADIX_LEVELS];
	unsigned int depth;
	struct iq_mapping *run; /* the last in batch[], it may still grow; of length 0 at first */
	struct iq_mapping batch[BATCH];
};

/* Entry @index of a table, of which @slice is the part that has it. */
static inline uint64_t entry_at(const struct walk *w, const uint8_t *slice, uint32_t index)
{
	return iq_radix_load(slice + index % IQ_RADIX_SLICE * IQ_RADIX_ENTRY_SIZE, w->view.big_endian);
}

static uint64_t extended(const struct walk *w, uint64_t iova)
{
	return iova & w->view.canonical ? iova | ~(w->view.canonical - 1) : iova;
}

/* Cut off what the first and the last page have outside of the window. Rare, so kept out of the way of deliver(). */
static __attribute__((noinline)) void trim(struct walk *w, struct iq_mapping *run, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		const uint64_t length = run[i].length;

		iq_radix_trim(&w->view, &run[i]);
		w->totals.bytes -= length - run[i].length;
	}
}

/* Hand over the runs found so far. False if the visitor wants no more. */
static bool deliver(struct walk *w)
{
	const unsigned int count = (unsigned int)(w->run - w->batch) + !!w->run->length;

	w->run = w->batch;
	if (!count)
		return true;
	if (w->view.root->last)
		trim(w, w->batch, count);
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

static bool report(struct walk *w, const struct frame *f, enum iq_status status, uint32_t index, uint64_t entry, bool copy)
{
	struct iq_radix_error error = {
		.status = status,
		.level = f->level,
		.index = index,
		.table = f->table,
		.entry = entry,
		.iova = extended(w, f->iova + ((uint64_t)index << w->view.shift[f->level - 1])),
		.copy = copy,
	};

	if (!deliver(w))
		return false;
	w->totals.errors++;
	return !w->visitor->error || w->visitor->error(w->visitor, &error);
}

/*
 * Do the entries with indices @a and @b in the table, both in @slice, have the same @bits? @bits are in the byte order of
 * memory.
 */
static bool are_alike(const uint8_t *slice, uint32_t a, uint32_t b, uint64_t bits)
{
	a %= IQ_RADIX_SLICE;
	b %= IQ_RADIX_SLICE;
	return !((iq_le64(slice + a * IQ_RADIX_ENTRY_SIZE) ^ iq_le64(slice + b * IQ_RADIX_ENTRY_SIZE)) & bits);
}

/*
 * All entries that an encoded page spans must hold the same value. At the first entry of the span, the first of the others that
 * differs is reported; at each later entry, that entry if it differs from the first and from the one before it.
 */
static bool check_copies(struct walk *w, const struct frame *f, const uint8_t *slice, uint32_t index, uint64_t size)
{
	const uint64_t bits = iq_radix_order(w->meaning | w->view.address[f->level - 1], w->view.big_endian);
	const uint32_t copies = (uint32_t)(size >> w->view.shift[f->level - 1]), first = index & ~(copies - 1);

	if (copies > IQ_RADIX_SLICE)
		return true; /* not all are at hand */
	if (index == first) {
		for (uint32_t i = first + 1; i < first + copies; i++)
			if (!are_alike(slice, i, first, bits))
				return report(w, f, IQ_MALFORMED, i, entry_at(w, slice, i), true);
		return true;
	}
	if (are_alike(slice, index, first, bits) || are_alike(slice, index, index - 1, bits))
		return true;
	return report(w, f, IQ_MALFORMED, index, entry_at(w, slice, index), true);
}

static bool is_wanted(const struct iq_radix_visitor *visitor, uint64_t physical, uint64_t length)
{
	return !visitor->filtered || (physical <= visitor->last && physical + (length - 1) >= visitor->first);
}

/* Make the table that @target names the next to look at. */
static void enter(struct walk *w, const struct frame *f, uint64_t iova, const struct iq_radix_target *target)
{
	const uint32_t next = iq_radix_first(&w->view, target->level, iova, w->from);
	const uint32_t end = iq_radix_end(&w->view, target->level, iova);

	w->frame[w->depth++] = (struct frame){
		.table = target->address,
		.iova = iova,
		.next = next > target->first ? next : target->first,
		.end = end < target->end ? end : target->end,
		.level = target->level,
		.read = f->read && target->read,
		.write = f->write && target->write,
	};
}

/* One entry of any level. A table below becomes the frame on top. */
static bool visit_entry(struct walk *w, struct frame *f, const uint8_t *slice, uint32_t index)
{
	const uint64_t size = w->view.low[f->level - 1] + 1, offset = (uint64_t)index << w->view.shift[f->level - 1];
	const uint64_t entry = entry_at(w, slice, index);
	const uint64_t iova = extended(w, f->iova + offset);
	struct iq_radix_target target;

	switch (iq_radix_decode(&w->view, f->level, entry, &target)) {
	case IQ_RADIX_ABSENT:
		return true;
	case IQ_RADIX_MALFORMED:
		return report(w, f, IQ_MALFORMED, index, entry, false);
	case IQ_RADIX_PAGE:
		if (target.size > size) {
			if (!check_copies(w, f, slice, index, target.size))
				return false;
			target.address += offset & (target.size - 1);
		}
		if (!is_wanted(w->visitor, target.address, size))
			return true;
		count_bytes(w, size);
		return add(w, iova, target.address, size, f->read && target.read, f->write && target.write);
	case IQ_RADIX_TABLE:
		enter(w, f, iova, &target);
		return true;
	}
	return true;
}

/*
 * Entries of a table of base pages from @at on and before @stop, about @iova and on, as long as all have the attributes of the
 * first, which is present and plain: the loop in which nearly all time is spent. Returns where the first entry is that has
 * others, or @stop; NULL if the visitor wants no more.
 */
static inline __attribute__((always_inline)) const uint8_t *visit_alike(struct walk *w, const struct frame *f, uint64_t iova,
									 const uint8_t *at, const uint8_t *stop,
									 bool big_endian)
{
	const struct iq_radix_form *form = w->view.form;
	const uint64_t page = w->view.low[0] + 1, address = w->address, attributes = w->attributes, start = iova;
	const uint64_t first = iq_radix_load(at, big_endian), known = first & attributes;
	const uint64_t high = iq_radix_high(form, first);
	const bool read = f->read && iq_radix_matches(first, &form->read);
	const bool write = f->write && iq_radix_matches(first, &form->write);
	uint64_t entry, expected = first & address;
	struct iq_mapping *run;

	/* Only the first entry can extend the run before; from then on @expected says whether an entry goes on. */
	if (!add(w, iova, expected | high, page, read, write))
		return NULL;
	run = w->run;
	/* Bound: the entries before @stop. */
	for (;;) {
		expected += page;
		iova += page;
		at += IQ_RADIX_ENTRY_SIZE;
		if (at == stop)
			break;
		entry = iq_radix_load(at, big_endian);
		if ((entry & attributes) != known)
			break;
		if ((entry & address) == expected)
			continue;
		run->length = iova - run->iova;
		run = behind(w, run);
		if (!run)
			return NULL;
		expected = entry & address;
		run->iova = iova;
		run->physical = expected | high;
		run->read = read;
		run->write = write;
	}
	run->length = iova - run->iova;
	w->run = run;
	count_bytes(w, iova - start);
	return at;
}

/* Visit entries of a table of base pages, up to @end, where the visitor wants few of the pages. */
static inline __attribute__((always_inline)) bool visit_wanted(struct walk *w, struct frame *f, const uint8_t *slice,
							       uint32_t end, bool big_endian)
{
	const uint64_t first = w->visitor->first & ~w->view.low[0], span = w->visitor->last - first, address = w->address;
	/* With an encoded size, or with two parts, these bits alone are not the address: look closer. */
	const uint64_t unclear = w->view.form->next_level | w->view.form->high;
	const uint8_t *at = slice + f->next % IQ_RADIX_SLICE * IQ_RADIX_ENTRY_SIZE;

	for (uint32_t index = f->next; index < end; index++, at += IQ_RADIX_ENTRY_SIZE) {
		const uint64_t entry = iq_radix_load(at, big_endian);

		if ((entry & address) - first > span && !(entry & unclear))
			continue;
		if (!visit_entry(w, f, slice, index))
			return false;
	}
	f->next = end;
	return true;
}

/* Visit entries of a table of base pages, up to @end. */
static inline __attribute__((always_inline)) bool visit_pages(struct walk *w, struct frame *f, const uint8_t *slice,
							      uint32_t end, bool big_endian)
{
	const struct iq_radix_match absent = w->view.form->lowest_absent, plain = w->plain;
	const uint8_t *const begin = slice + f->next % IQ_RADIX_SLICE * IQ_RADIX_ENTRY_SIZE;
	const uint8_t *const stop = begin + (size_t)(end - f->next) * IQ_RADIX_ENTRY_SIZE, *at = begin;

	while (at < stop) {
		const uint64_t entry = iq_radix_load(at, big_endian);
		uint32_t index;

		if (iq_radix_matches(entry, &absent)) {
			at += IQ_RADIX_ENTRY_SIZE;
			continue;
		}
		index = f->next + (uint32_t)((size_t)(at - begin) / IQ_RADIX_ENTRY_SIZE);
		if (iq_radix_matches(entry, &plain)) {
			at = visit_alike(w, f, f->iova + ((uint64_t)index << w->view.shift[0]), at, stop, big_endian);
			if (!at)
				return false;
			continue;
		}
		if (!visit_entry(w, f, slice, index))
			return false;
		at += IQ_RADIX_ENTRY_SIZE;
	}
	f->next = end;
	return true;
}

/* The same for both byte orders: a loop that asks for the order at every entry would be slower. */
static bool visit_lowest(struct walk *w, struct frame *f, const uint8_t *slice, uint32_t end)
{
	if (w->visitor->filtered)
		return w->view.big_endian ? visit_wanted(w, f, slice, end, true) : visit_wanted(w, f, slice, end, false);
	return w->view.big_endian ? visit_pages(w, f, slice, end, true) : visit_pages(w, f, slice, end, false);
}

/* The part of the table on top that is next, up to the first entry that leads to another table. IQ_OK unless the walk is over. */
static enum iq_status visit_table(struct walk *w)
{
	struct frame *f = &w->frame[w->depth - 1];
	const unsigned int depth = w->depth;
	const uint32_t behind = (uint32_t)iq_min(f->next / IQ_RADIX_SLICE * IQ_RADIX_SLICE + IQ_RADIX_SLICE, f->end);
	const bool counted = f->next < f->counted;
	const uint8_t *slice;

	if (f->next >= f->end) {
		w->depth--;
		return IQ_OK;
	}
	slice = iq_radix_slice(w->memory, &w->view, f->table, f->level, f->next);
	if (!slice) {
		const bool known = f->missing;
		const uint32_t index = f->next;

		f->missing = true;
		f->next = behind;
		return known || report(w, f, IQ_UNREACHABLE, index, 0, false) ? IQ_OK : IQ_INTERRUPTED;
	}
	if (!counted && !w->tables_left--) {
		report(w, f, IQ_NO_ROOM, f->next, 0, false);
		return IQ_NO_ROOM;
	}
	w->totals.tables += !f->counted;
	f->counted = behind;
	f->missing = false;
	/* In a canonical root of one level, IOVAs jump in the middle of the table. */
	if (f->level == 1 && !w->one_by_one && !(w->view.canonical && depth == 1))
		return visit_lowest(w, f, slice, behind) ? IQ_OK : IQ_INTERRUPTED;
	while (f->next < behind && w->depth == depth)
		if (!visit_entry(w, f, slice, f->next++))
			return IQ_INTERRUPTED;
	return IQ_OK;
}

/* Work out what the loops over base pages need. */
static void start_pages(struct walk *w)
{
	const struct iq_radix_form *form = w->view.form;
	const uint64_t address = w->view.address[0], low = w->view.low[0];

	w->address = address & ~low;
	w->plain.mask = form->lowest_page.mask | form->next_level | (address & low & ~form->ignored);
	w->plain.value = form->lowest_page.value;
	w->attributes = w->plain.mask | form->lowest_absent.mask | form->read.mask | form->write.mask | form->high;
	w->meaning = w->attributes | form->absent.mask | form->table.mask;
	w->one_by_one = form->step && form->step_level == 1;
}

enum iq_status iq_radix_walk_from(struct iq_memory *memory, const struct iq_radix_root *root, uint64_t from,
				  uint64_t max_tables, struct iq_radix_visitor *visitor, struct iq_radix_totals *totals)
{
	struct walk w = { .memory = memory, .visitor = visitor, .tables_left = max_tables };
	enum iq_status status = IQ_OK;

	w.run = w.batch;
	w.totals.refused = !iq_radix_view(root, &w.view);
	if (totals)
		*totals = w.totals;
	if (w.totals.refused)
		return IQ_MALFORMED;
	start_pages(&w);
	w.from = from > w.view.first ? from : w.view.first;
	if (w.from <= w.view.last)
		w.frame[w.depth++] = (struct frame){
			.table = root->table,
			.iova = root->base,
			.next = iq_radix_first(&w.view, root->levels, root->base,
					       w.view.canonical ? w.from & (2 * w.view.canonical - 1) : w.from),
			.end = iq_radix_end(&w.view, root->levels, root->base),
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
