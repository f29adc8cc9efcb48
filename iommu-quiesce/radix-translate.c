/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looks at parts of page tables: the way of one IOVA, and whether the root's own table lets anything through.
 */
#include "radix-decode.h"

/* Note that nothing is mapped from @first to @last. */
static void set_hole(struct iq_radix_path *path, uint64_t first, uint64_t last)
{
	path->mapping.iova = first;
	path->mapping.length = last - first + 1;
}

/* Is @iova outside all that the root is about? If so, note what else is. */
static bool is_outside(const struct iq_radix_view *view, uint64_t iova, struct iq_radix_path *path)
{
	if (iova < view->first)
		set_hole(path, 0, view->first - 1);
	else if (iova > view->last)
		set_hole(path, view->last + 1, ~UINT64_C(0));
	else if (view->canonical && iova >= view->canonical && iova < ~(view->canonical - 1))
		set_hole(path, view->canonical, ~view->canonical);
	else
		return false;
	return true;
}

/* Read entry @index of the table that @at leads to, as the next step of @path. False if it is outside memory. */
static bool read_entry(struct iq_memory *memory, const struct iq_radix_view *view, const struct iq_radix_target *at,
		       uint32_t index, struct iq_radix_path *path)
{
	const uint64_t address = at->address + (uint64_t)index * IQ_RADIX_ENTRY_SIZE;
	const uint8_t *entry = address < at->address ? NULL : memory->map(memory, address, IQ_RADIX_ENTRY_SIZE);

	if (!entry)
		return false;
	path->step[path->steps].level = at->level;
	path->step[path->steps].index = index;
	path->step[path->steps].table = at->address;
	path->step[path->steps++].entry = iq_radix_load(entry, view->big_endian);
	return true;
}

/* End with @status: nothing is mapped in the part of the tables around @offset whose low bits are @low. */
static enum iq_status miss(struct iq_radix_path *path, uint64_t offset, uint64_t low, enum iq_status status)
{
	set_hole(path, offset & ~low, offset | low);
	return status;
}

/*
 * Go from the root to the page at @offset in the tables. @at is where the way has led: at first to the root's table, at last
 * to the page. Without a page, @path says what is not mapped around @offset.
 */
static enum iq_status follow(struct iq_memory *memory, const struct iq_radix_view *view, uint64_t offset,
			     struct iq_radix_target *at, struct iq_radix_path *path)
{
	bool read = view->root->read, write = view->root->write;

	/* Bound: each table is of a level below the last. */
	for (;;) {
		const unsigned int level = at->level;
		const uint64_t low = view->low[level - 1];
		const uint32_t index = (uint32_t)((offset & view->low[level]) >> view->shift[level - 1]);
		enum iq_radix_kind kind;

		if (index < at->first || index >= at->end)
			return miss(path, offset, low, IQ_NOT_FOUND);
		if (!read_entry(memory, view, at, index, path))
			return miss(path, offset, view->low[level], IQ_UNREACHABLE);
		kind = iq_radix_decode(view, level, path->step[path->steps - 1].entry, at);
		if (kind == IQ_RADIX_ABSENT)
			return miss(path, offset, low, IQ_NOT_FOUND);
		if (kind == IQ_RADIX_MALFORMED)
			return miss(path, offset, low, IQ_MALFORMED);
		read &= at->read;
		write &= at->write;
		if (kind == IQ_RADIX_PAGE) {
			at->read = read;
			at->write = write;
			return IQ_OK;
		}
		/* IOVA bits of skipped levels must be zero. */
		if (offset & low & ~view->low[at->level]) {
			set_hole(path, (offset & ~low) + view->low[at->level] + 1, offset | low);
			return IQ_NOT_FOUND;
		}
	}
}

enum iq_status iq_radix_translate_by(struct iq_memory *memory, const struct iq_radix_view *view, uint64_t iova,
				     struct iq_radix_path *path)
{
	const struct iq_radix_root *root = view->root;
	struct iq_radix_target at = { .address = root->table, .level = root->levels, .end = UINT32_MAX };
	enum iq_status status;
	uint64_t offset;

	path->steps = 0;
	path->mapping = (struct iq_mapping){ 0 };
	if (is_outside(view, iova, path))
		return IQ_NOT_FOUND;
	offset = view->canonical ? iova & view->low[root->levels] : iova - root->base;
	status = follow(memory, view, offset, &at, path);
	if (status != IQ_OK) {
		path->mapping.iova += iova - offset;
		return status;
	}
	path->mapping = (struct iq_mapping){ iova - (offset & (at.size - 1)), at.address, at.size, at.read, at.write };
	if (root->last)
		iq_radix_trim(view, &path->mapping);
	return IQ_OK;
}

enum iq_status iq_radix_translate(struct iq_memory *memory, const struct iq_radix_root *root, uint64_t iova,
				  struct iq_radix_path *path)
{
	struct iq_radix_view view;

	if (iq_radix_view(root, &view))
		return iq_radix_translate_by(memory, &view, iova, path);
	path->steps = 0;
	path->mapping = (struct iq_mapping){ 0 };
	return IQ_MALFORMED;
}

bool iq_radix_root_lets(struct iq_memory *memory, const struct iq_radix_root *root, bool write)
{
	struct iq_radix_view view;
	const uint8_t *slice = NULL;
	uint32_t index, end;

	if (!iq_radix_view(root, &view))
		return true;
	index = iq_radix_first(&view, root->levels, root->base, view.first);
	end = iq_radix_end(&view, root->levels, root->base);
	for (; index < end; index++) {
		struct iq_radix_target target;
		enum iq_radix_kind kind;
		uint64_t entry;

		if (!slice || !(index % IQ_RADIX_SLICE))
			slice = iq_radix_slice(memory, &view, root->table, root->levels, index);
		if (!slice)
			return true;
		entry = iq_radix_load(slice + index % IQ_RADIX_SLICE * IQ_RADIX_ENTRY_SIZE, view.big_endian);
		kind = iq_radix_decode(&view, root->levels, entry, &target);
		if (kind == IQ_RADIX_MALFORMED)
			target.write = iq_radix_matches(entry, &root->form->write);
		if (kind != IQ_RADIX_ABSENT && (!write || target.write))
			return true;
	}
	return false;
}
