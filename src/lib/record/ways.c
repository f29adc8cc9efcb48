/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything in a root that decides what is read where takes part: a table at one address is another one in another form,
 * with entries for other IOVAs, or with another layout.
 */
#include "ways.h"

static int compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* @levels: of both roots. A layout that stands in the root and one that is the form's are the same where their numbers are. */
static int compare_layouts(const struct iq_radix_root *a, const struct iq_radix_root *b, unsigned int levels)
{
	const struct iq_radix_layout *x = iq_radix_layout(a), *y = iq_radix_layout(b);
	int order = compare(x->big_endian, y->big_endian);

	for (unsigned int i = 0; i <= levels && i < IQ_ARRAY_SIZE(x->shift) && !order; i++)
		order = compare(x->shift[i], y->shift[i]);
	return order;
}

/* The IOVAs of a window that is as large as its table's reach are those of the table. */
static int compare_limits(const struct iq_radix_root *a, const struct iq_radix_root *b)
{
	int order = compare(a->base, b->base);

	if (!order)
		order = compare(a->last, b->last);
	return order || !a->last ? order : compare(a->first, b->first);
}

int ways_compare_roots(const struct iq_radix_root *a, const struct iq_radix_root *b)
{
	int order = compare((uintptr_t)a->form, (uintptr_t)b->form);

	if (order || !a->form)
		return order;
	order = compare(a->table, b->table);
	if (!order)
		order = compare(a->levels, b->levels);
	if (!order)
		order = compare(a->encryption, b->encryption);
	if (!order)
		order = compare_limits(a, b);
	return order ? order : compare_layouts(a, b, a->levels);
}

static int compare_direct(const struct iq_mapping *a, const struct iq_mapping *b)
{
	int order = compare(a->physical, b->physical);

	if (!order)
		order = compare(a->iova, b->iova);
	return order ? order : compare(a->length, b->length);
}

static bool is_direct(const struct iq_window *window)
{
	return !window->first.form && !window->second.form;
}

int ways_compare_windows(const struct iq_window *a, const struct iq_window *b)
{
	int order = ways_compare_roots(&a->second, &b->second);

	if (!order)
		order = ways_compare_roots(&a->first, &b->first);
	return order || !is_direct(a) ? order : compare_direct(&a->direct, &b->direct);
}

int ways_compare_tables(const struct iq_entry *a, const struct iq_entry *b)
{
	int order = 0;

	for (unsigned int i = 0; i < a->windows && i < b->windows && !order; i++)
		order = ways_compare_windows(&a->window[i], &b->window[i]);
	return order ? order : compare(a->windows, b->windows);
}

static uint64_t rights(bool read, bool write)
{
	return 2u * read + write;
}

static int compare_rights(const struct iq_radix_root *a, const struct iq_radix_root *b)
{
	return a->form && b->form ? compare(rights(a->read, a->write), rights(b->read, b->write)) : 0;
}

int ways_compare_rights(const struct iq_window *a, const struct iq_window *b)
{
	int order = compare_rights(&a->second, &b->second);

	if (!order)
		order = compare_rights(&a->first, &b->first);
	return order || !is_direct(a) ? order : compare(rights(a->direct.read, a->direct.write),
							rights(b->direct.read, b->direct.write));
}

/* With what they allow, stage by stage. */
static int compare_whole(const struct iq_window *a, const struct iq_window *b)
{
	int order = ways_compare_roots(&a->second, &b->second);

	if (!order)
		order = compare_rights(&a->second, &b->second);
	if (!order)
		order = ways_compare_windows(a, b);
	return order ? order : ways_compare_rights(a, b);
}

int ways_compare(const struct iq_entry *a, const struct iq_entry *b)
{
	int order = 0;

	for (unsigned int i = 0; i < a->windows && i < b->windows && !order; i++)
		order = compare_whole(&a->window[i], &b->window[i]);
	if (!order)
		order = compare(a->windows, b->windows);
	if (!order)
		order = compare(a->translation, b->translation);
	return order ? order : compare(rights(a->read, a->write), rights(b->read, b->write));
}
