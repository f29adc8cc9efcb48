/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ELF notes of a dump, in the byte order of the dump. For all who look for the record, vmcoreinfo or another note, and for
 * snapshots, which take them along.
 */
#ifndef NOTES_H
#define NOTES_H

#include "source.h"

#include <stddef.h>
#include <stdint.h>

enum notes_answer {
	NOTES_FOUND,
	NOTES_NONE,    /* no such note in the dump */
	NOTES_DAMAGED, /* the file's headers or notes contradict themselves */
};

/*
 * Find the last note called @name with @type in the dump @source, which need not be started: *@bytes (freed by the caller) and
 * *@size are its descriptor. @reason is filled in for NOTES_DAMAGED, and for NOTES_NONE if there is one of another type.
 */
enum notes_answer notes_find(struct source *source, const char *name, uint32_t type, void **bytes, size_t *size,
			     struct kq_reason *reason);
/* The same in the @length bytes of notes at @notes, which are in byte order @order. */
enum notes_answer notes_find_in(enum byte_order order, const uint8_t *notes, size_t length, const char *name,
				uint32_t type, void **bytes, size_t *size, struct kq_reason *reason);
/* How many of the @size bytes at @notes belong to whole notes, from the first one on. */
size_t notes_length(enum byte_order order, const uint8_t *notes, size_t size);
/* Whether one called @name is among them. */
bool notes_have(enum byte_order order, const uint8_t *notes, size_t size, const char *name);
/*
 * Where the notes of the dump @source lie, each byte once: *@span are *@count places in its first file, in order of offset, and stay
 * for as long as the source is open. False with @reason, also if they are more than the budget allows.
 */
bool notes_spans(struct source *source, const struct notes_span **span, size_t *count, struct kq_reason *reason);

#endif
