/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Roots and forms are checked here before anything is read by them, so that the walker can rely on every number in them.
 */
#include "radix-decode.h"

/* Bits of the value outside of the mask: with any of these, no entry could match. */
static uint64_t never(const struct iq_radix_match *match)
{
	return match->value & ~match->mask;
}

static bool form_is_sane(const struct iq_radix_form *form)
{
	uint64_t high;

	if (!form->max_levels || form->max_levels > IQ_RADIX_LEVELS || (form->encoded_level && !form->next_level))
		return false;
	if (form->step && !form->step_level)
		return false;
	/* Without a bit that says so, everything would be absent. */
	if (!form->lowest_absent.mask || (form->max_levels > 1 && !form->absent.mask))
		return false;
	if (never(&form->absent) | never(&form->table) | never(&form->lowest_absent) | never(&form->lowest_page) |
	    never(&form->read) | never(&form->write) | never(&form->table_read) | never(&form->table_write))
		return false;
	if (!form->address || form->high_left >= 64)
		return false;
	high = form->high << form->high_left;
	return high >> form->high_left == form->high;
}

/* Work out what tables of each level cover. False if the layout is not possible. */
static bool lay_out(const struct iq_radix_layout *layout, unsigned int levels, struct iq_radix_view *view)
{
	const uint64_t address = view->form->address & ~view->root->encryption;
	unsigned int shift = layout->shift[0];

	view->shift = layout->shift;
	view->big_endian = layout->big_endian;
	if (shift < 12 || layout->shift[levels] > 64)
		return false;
	for (unsigned int level = 0; level < levels; level++) {
		const unsigned int next = layout->shift[level + 1];

		/* A table has at least two entries, and no more than an index can name. */
		if (next - shift - 1 >= IQ_RADIX_INDEX_BITS)
			return false;
		view->low[level] = (UINT64_C(1) << (shift & 63)) - 1;
		view->address[level] = address & (~UINT64_C(0) << (view->form->address_bit[level] & 63));
		shift = next;
	}
	view->low[levels] = ~UINT64_C(0) >> (64 - shift);
	return true;
}

/* Find the IOVAs that the root is about. False if the root names a range that is not possible. */
static bool find_window(const struct iq_radix_root *root, struct iq_radix_view *view)
{
	const uint64_t page = view->low[0], reach = view->low[root->levels];

	view->canonical = view->form->canonical ? reach / 2 + 1 : 0;
	view->first = root->base;
	view->last = view->canonical ? ~UINT64_C(0) : root->base + reach;
	if (root->base & page || view->last < view->first || (view->canonical && root->base))
		return false;
	if (!root->last)
		return true;
	/* What of the window is outside of the table's reach is not translated either. */
	if (root->first & page || ~root->last & page || root->first > root->last || root->first > view->last ||
	    root->last < view->first)
		return false;
	view->first = root->first > view->first ? root->first : view->first;
	view->last = iq_min(root->last, view->last);
	return true;
}

bool iq_radix_view(const struct iq_radix_root *root, struct iq_radix_view *view)
{
	const struct iq_radix_form *form = root->form;

	if (!form || !form_is_sane(form) || !root->levels || root->levels > form->max_levels)
		return false;
	view->form = form;
	view->root = root;
	if (!lay_out(iq_radix_layout(root), root->levels, view) || !find_window(root, view))
		return false;
	/* The encoding of a page's size in its address begins at 4 KiB. */
	if (form->encoded_level && view->shift[0] != 12)
		return false;
	if (iq_radix_is_askew(view, root->levels, root->table))
		return false;
	/* The root's address needs the bits that an entry's address has, and may have those below a page too. */
	return !(root->table & ~(form->address | form->high << form->high_left | (IQ_PAGE_SIZE - 1)));
}

void iq_radix_trim(const struct iq_radix_view *view, struct iq_mapping *mapping)
{
	const uint64_t last = mapping->iova + (mapping->length - 1);

	if (mapping->iova < view->first) {
		mapping->length -= view->first - mapping->iova;
		mapping->physical += view->first - mapping->iova;
		mapping->iova = view->first;
	}
	if (last > view->last)
		mapping->length -= last - view->last;
}
