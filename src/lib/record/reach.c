/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Nested translation (VT-d 4.1, 3.7.2; AMD 48882, 2.2.6) as two instances of the one walker: the first stage reads its
 * tables through memory that the second translates, and what it finds is cut into the pieces that the second maps. Windows side
 * by side are walked one after the other.
 */
#include "reach.h"

#include <string.h>

#define KEPT 8u /* results of map() stay valid for as many calls (io.h) */

/*
 * Memory as the first stage sees it. It keeps copies: each address has to be translated, so that the memory below may be asked
 * more often than it keeps what it maps.
 */
struct guest {
	struct iq_memory memory; /* first */
	struct iq_memory *below;
	struct iq_radix_view second; /* where @can_be */
	bool can_be;
	struct iq_mapping last; /* page of the second stage that was used last; of length 0 at first */
	bool unmapped; /* the last map() failed because the second stage does not map the address */
	unsigned int maps;
	uint8_t copy[KEPT][IQ_PAGE_SIZE];
};

struct nested {
	struct iq_radix_visitor visitor; /* first */
	struct iq_radix_visitor *to;
	struct guest *guest;
	const struct iq_radix_root *second;
	struct iq_mapping page; /* of the second stage, found last; of length 0 at first */
	struct iq_mapping run; /* not handed over yet, it may still grow */
	uint64_t runs, bytes;
	uint64_t from;	      /* pieces below are passed over */
	uint64_t pieces_left; /* bounds the work where tables of either stage share their sub-tables */
};

bool reach_has_way(const struct iq_entry *entry)
{
	return (entry->read || entry->write) &&
	       (entry->translation == IQ_TRANSLATION_PASSTHROUGH || entry->translation == IQ_TRANSLATION_TABLE);
}

/* An entry that is refused only for want of permissions still names tables that can be shown. */
static bool leads_somewhere(const struct iq_entry *entry)
{
	if (entry->translation == IQ_TRANSLATION_PASSTHROUGH || entry->translation == IQ_TRANSLATION_TABLE)
		return true;
	return entry->translation != IQ_TRANSLATION_UNKNOWN && !entry->read && !entry->write && reach_has_tables(entry);
}

const struct iq_radix_root *reach_root(const struct iq_window *window)
{
	if (window->first.form)
		return &window->first;
	return window->second.form ? &window->second : NULL;
}

bool reach_is_nested(const struct iq_window *window)
{
	return window->first.form && window->second.form;
}

bool reach_has_tables(const struct iq_entry *entry)
{
	for (unsigned int i = 0; i < entry->windows; i++)
		if (reach_root(&entry->window[i]))
			return true;
	return false;
}

bool reach_has_nested(const struct iq_entry *entry)
{
	for (unsigned int i = 0; i < entry->windows; i++)
		if (reach_is_nested(&entry->window[i]))
			return true;
	return false;
}

/* Goes from one window of an entry to the next. All zeros at first. */
struct scan {
	unsigned int next;
	bool found;    /* one that can be */
	uint64_t last; /* IOVA of it */
	struct iq_radix_view view; /* out: of the window's root; without one, only the IOVAs in it */
};

/* Look at the next window. False if it cannot be, as reach_range() says. */
static bool scan_next(struct scan *scan, const struct iq_entry *entry)
{
	const struct iq_window *window = &entry->window[scan->next++];
	const struct iq_mapping *direct = &window->direct;
	struct iq_radix_view *view = &scan->view;

	if (reach_root(window)) {
		if (!iq_radix_view(reach_root(window), view))
			return false;
	} else {
		view->first = direct->iova;
		view->last = direct->iova + (direct->length - 1);
		if (!direct->length || view->last < view->first || direct->physical + (direct->length - 1) < direct->physical)
			return false;
	}
	if (scan->found && view->first <= scan->last)
		return false;
	scan->found = true;
	scan->last = view->last;
	return true;
}

bool reach_range(const struct iq_entry *entry, unsigned int number, uint64_t *first, uint64_t *last)
{
	struct scan scan = { .next = 0 };
	bool can = false;

	while (scan.next <= number)
		can = scan_next(&scan, entry);
	if (can) {
		*first = scan.view.first;
		*last = scan.view.last;
	}
	return can;
}

static const void *map(struct iq_memory *memory, uint64_t address, size_t length)
{
	struct guest *guest = (struct guest *)memory;
	uint8_t *copy = guest->copy[guest->maps++ % KEPT];
	struct iq_radix_path path;
	const void *found;

	guest->unmapped = false;
	if (address - guest->last.iova >= guest->last.length) {
		const enum iq_status status =
			guest->can_be ? iq_radix_translate_by(guest->below, &guest->second, address, &path) : IQ_MALFORMED;

		guest->last.length = 0;
		guest->unmapped = status == IQ_NOT_FOUND || (status == IQ_OK && !path.mapping.read);
		if (status != IQ_OK || guest->unmapped)
			return NULL;
		guest->last = path.mapping;
	}
	found = guest->below->map(guest->below, guest->last.physical + (address - guest->last.iova), length);
	return found ? memcpy(copy, found, length) : NULL;
}

static void guest_start(struct guest *guest, struct iq_memory *memory, const struct iq_window *window)
{
	guest->memory.map = map;
	guest->below = memory;
	guest->can_be = iq_radix_view(&window->second, &guest->second);
	guest->last = (struct iq_mapping){ 0 };
	guest->unmapped = false;
	guest->maps = 0;
}

static bool deliver(struct nested *nested)
{
	const struct iq_mapping run = nested->run;

	if (!run.length)
		return true;
	nested->run.length = 0;
	nested->runs++;
	return !nested->to->mappings || nested->to->mappings(nested->to, &run, 1);
}

static bool add(struct nested *nested, const struct iq_mapping *piece)
{
	struct iq_mapping *run = &nested->run;

	nested->bytes += piece->length;
	if (run->length && run->iova + run->length == piece->iova && run->physical + run->length == piece->physical &&
	    run->read == piece->read && run->write == piece->write) {
		run->length += piece->length;
		return true;
	}
	if (!deliver(nested))
		return false;
	*run = *piece;
	return true;
}

static bool give_up(struct nested *nested, const struct iq_mapping *mapping)
{
	const struct iq_radix_error error = {
		.status = IQ_NO_ROOM,
		.level = nested->second->levels,
		.table = nested->second->table,
		.iova = mapping->iova,
	};

	if (deliver(nested) && nested->to->error)
		nested->to->error(nested->to, &error);
	return false;
}

/*
 * Find the page of the second stage that has @address. If there is none, @hole says how many bytes from there on are not
 * mapped, 0 for all that follow.
 */
static bool find_page(struct nested *nested, uint64_t address, uint64_t *hole)
{
	struct iq_radix_path path;

	if (address - nested->page.iova < nested->page.length)
		return true;
	if (!nested->guest->can_be) {
		*hole = 0;
		return false;
	}
	if (iq_radix_translate_by(nested->guest->below, &nested->guest->second, address, &path) != IQ_OK) {
		*hole = path.mapping.length - (address - path.mapping.iova);
		return false;
	}
	nested->page = path.mapping;
	return true;
}

/* Cut what the first stage maps into what the second makes of it. */
static bool on_mapping(struct nested *nested, const struct iq_mapping *mapping)
{
	const struct iq_mapping *page = &nested->page;
	uint64_t done = nested->from > mapping->iova ? nested->from - mapping->iova : 0;

	while (done < mapping->length) {
		const uint64_t address = mapping->physical + done;
		struct iq_mapping piece = { .iova = mapping->iova + done };

		if (!nested->pieces_left--)
			return give_up(nested, &piece);
		if (find_page(nested, address, &piece.length)) {
			piece.physical = page->physical + (address - page->iova);
			piece.length = iq_min(mapping->length - done, page->iova + page->length - address);
			piece.read = mapping->read && page->read;
			piece.write = mapping->write && page->write;
			if (!add(nested, &piece))
				return false;
		}
		if (!piece.length || piece.length > mapping->length - done)
			break;
		done += piece.length;
	}
	return true;
}

static bool on_mappings(struct iq_radix_visitor *visitor, const struct iq_mapping *mapping, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		if (!on_mapping((struct nested *)visitor, &mapping[i]))
			return false;
	return true;
}

static bool on_error(struct iq_radix_visitor *visitor, const struct iq_radix_error *error)
{
	struct nested *nested = (struct nested *)visitor;
	struct iq_radix_error known = *error;

	if (!deliver(nested))
		return false;
	if (error->status == IQ_UNREACHABLE && nested->guest->unmapped)
		known.status = IQ_NOT_FOUND;
	return !nested->to->error || nested->to->error(nested->to, &known);
}

static enum iq_status walk_nested(struct iq_memory *memory, const struct iq_window *window, uint64_t from,
				  uint64_t max_tables, struct iq_radix_visitor *visitor,
				  struct iq_radix_totals *totals)
{
	struct guest guest;
	struct nested nested = {
		.visitor = { .mappings = on_mappings, .error = on_error },
		.to = visitor,
		.guest = &guest,
		.second = &window->second,
		.from = from,
		.pieces_left = max_tables * 512,
	};
	enum iq_status status;

	guest_start(&guest, memory, window);
	status = iq_radix_walk_from(&guest.memory, &window->first, from, max_tables, &nested.visitor, totals);
	if (!deliver(&nested))
		status = IQ_INTERRUPTED;
	totals->mappings = nested.runs;
	totals->bytes = nested.bytes;
	return status;
}

static bool window_lets(struct iq_memory *memory, const struct iq_window *window, bool write)
{
	struct guest guest;

	if (!reach_root(window))
		return window->direct.write || (window->direct.read && !write);
	guest_start(&guest, memory, window);
	if (window->first.form && !iq_radix_root_lets(window->second.form ? &guest.memory : memory, &window->first, write))
		return false;
	return !window->second.form || iq_radix_root_lets(memory, &window->second, write);
}

bool reach_root_lets(struct iq_memory *memory, const struct iq_entry *entry, bool write)
{
	for (unsigned int i = 0; i < entry->windows; i++)
		if (window_lets(memory, &entry->window[i], write))
			return true;
	return false;
}

bool reach_past(const struct iq_entry *entry, struct iq_entry *past)
{
	*past = *entry;
	past->windows = 0;
	for (unsigned int i = 0; i < entry->windows; i++) {
		const struct iq_radix_root *root = reach_root(&entry->window[i]);
		struct iq_window *to;

		if (!root || !root->form->past || reach_is_nested(&entry->window[i]))
			continue;
		to = &past->window[past->windows++];
		*to = (struct iq_window){ .second = *root };
		to->second.form = root->form->past;
	}
	return past->windows;
}

enum iq_status reach_walk(struct iq_memory *memory, const struct iq_entry *entry, uint64_t max_tables,
			  struct iq_radix_visitor *visitor, struct iq_radix_totals *totals)
{
	return reach_walk_from(memory, entry, 0, max_tables, visitor, totals);
}

static enum iq_status walk_direct(const struct iq_mapping *direct, uint64_t from, struct iq_radix_visitor *visitor,
				  struct iq_radix_totals *totals)
{
	if (from > direct->iova + (direct->length - 1))
		return IQ_OK;
	if (visitor->filtered &&
	    (direct->physical > visitor->last || direct->physical + (direct->length - 1) < visitor->first))
		return IQ_OK;
	totals->mappings = 1;
	totals->bytes = direct->length;
	return !visitor->mappings || visitor->mappings(visitor, direct, 1) ? IQ_OK : IQ_INTERRUPTED;
}

static enum iq_status walk_window(struct iq_memory *memory, const struct iq_window *window, uint64_t from,
				  uint64_t max_tables, struct iq_radix_visitor *visitor, struct iq_radix_totals *totals)
{
	if (reach_is_nested(window))
		return walk_nested(memory, window, from, max_tables, visitor, totals);
	if (reach_root(window))
		return iq_radix_walk_from(memory, reach_root(window), from, max_tables, visitor, totals);
	return walk_direct(&window->direct, from, visitor, totals);
}

static void add_up(struct iq_radix_totals *totals, const struct iq_radix_totals *part)
{
	totals->tables += part->tables;
	totals->mappings += part->mappings;
	totals->errors += part->errors;
	totals->bytes += iq_min(part->bytes, ~totals->bytes);
	totals->refused += part->refused;
}

enum iq_status reach_walk_from(struct iq_memory *memory, const struct iq_entry *entry, uint64_t from,
			       uint64_t max_tables, struct iq_radix_visitor *visitor, struct iq_radix_totals *totals)
{
	const struct iq_mapping all = { .read = entry->read, .write = entry->write };
	struct scan scan = { .next = 0 };
	enum iq_status status = IQ_OK;

	*totals = (struct iq_radix_totals){ 0 };
	if (!leads_somewhere(entry))
		return IQ_OK;
	if (!entry->windows && entry->translation == IQ_TRANSLATION_PASSTHROUGH)
		return visitor->mappings(visitor, &all, 1) ? IQ_OK : IQ_INTERRUPTED;
	while (scan.next < entry->windows) {
		const struct iq_window *window = &entry->window[scan.next];
		struct iq_radix_totals part = { .refused = !scan_next(&scan, entry) };
		enum iq_status how = IQ_MALFORMED;

		if (!part.refused)
			how = walk_window(memory, window, from, max_tables - totals->tables, visitor, &part);
		add_up(totals, &part);
		if (how == IQ_INTERRUPTED || how == IQ_NO_ROOM)
			return how;
		status = how == IQ_OK ? status : how;
	}
	return status;
}

/* The part around @iova that both stages map as one. */
static struct iq_mapping joined(uint64_t iova, const struct iq_mapping *first, const struct iq_mapping *second)
{
	const uint64_t address = first->physical + (iova - first->iova);
	const uint64_t before = iq_min(iova - first->iova, address - second->iova);
	const uint64_t behind = iq_min(first->iova + first->length - iova, second->iova + second->length - address);

	return (struct iq_mapping){
		.iova = iova - before,
		.physical = second->physical + (address - before - second->iova),
		.length = before + behind,
		.read = first->read && second->read,
		.write = first->write && second->write,
	};
}

static enum iq_status translate_nested(struct iq_memory *memory, const struct iq_window *window,
				       const struct iq_radix_view *first, uint64_t iova, struct reach_path *path)
{
	struct guest guest;
	enum iq_status status;
	uint64_t address;

	guest_start(&guest, memory, window);
	status = iq_radix_translate_by(&guest.memory, first, iova, &path->first);
	if (status == IQ_UNREACHABLE && guest.unmapped)
		return IQ_NOT_FOUND;
	if (status != IQ_OK)
		return status;
	if (!guest.can_be)
		return IQ_MALFORMED;
	address = path->first.mapping.physical + (iova - path->first.mapping.iova);
	status = iq_radix_translate_by(memory, &guest.second, address, &path->second);
	if (status == IQ_OK)
		path->mapping = joined(iova, &path->first.mapping, &path->second.mapping);
	return status;
}

static enum iq_status translate_in(struct iq_memory *memory, const struct iq_window *window,
				   const struct iq_radix_view *view, uint64_t iova, struct reach_path *path)
{
	struct iq_radix_path *only = window->first.form ? &path->first : &path->second;
	enum iq_status status;

	if (reach_is_nested(window))
		return translate_nested(memory, window, view, iova, path);
	if (!reach_root(window)) {
		path->mapping = window->direct;
		return IQ_OK;
	}
	status = iq_radix_translate_by(memory, view, iova, only);
	path->mapping = only->mapping;
	return status;
}

enum iq_status reach_translate(struct iq_memory *memory, const struct iq_entry *entry, uint64_t iova,
			       struct reach_path *path)
{
	enum iq_status status = IQ_NOT_FOUND;
	struct scan scan = { .next = 0 };

	*path = (struct reach_path){ .window = entry->windows };
	if (!leads_somewhere(entry))
		return IQ_NOT_FOUND;
	if (!entry->windows && entry->translation == IQ_TRANSLATION_PASSTHROUGH) {
		path->mapping = (struct iq_mapping){ .read = entry->read, .write = entry->write };
		return IQ_OK;
	}
	for (unsigned int i = 0; i < entry->windows; i++) {
		if (!scan_next(&scan, entry)) {
			status = IQ_MALFORMED;
		} else if (scan.view.first <= iova && iova <= scan.view.last) {
			path->window = i;
			return translate_in(memory, &entry->window[i], &scan.view, iova, path);
		}
	}
	return status;
}
