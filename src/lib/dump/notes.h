/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ELF notes of a dump, read from the file itself: libkdumpfile shows only those that it knows.
 */
#ifndef NOTES_H
#define NOTES_H

#include "file.h"
#include "snapshot.h"

#include <stddef.h>
#include <stdint.h>

enum notes_answer {
	NOTES_FOUND,
	NOTES_NONE,    /* no such note in the dump */
	NOTES_DAMAGED, /* the file's headers or notes contradict themselves */
};

/*
 * Find the last note called @name with @type in the dump @file (ELF or kdump-compressed): *@bytes (freed by the caller) and
 * *@size are its descriptor. @reason is filled in for NOTES_DAMAGED, and for NOTES_NONE if there is one of another type.
 */
enum notes_answer notes_find(const struct dump_file *file, const char *name, uint32_t type, void **bytes, size_t *size,
			     struct kq_reason *reason);
/* The same in the @length bytes of notes at @notes. */
enum notes_answer notes_find_in(const uint8_t *notes, size_t length, const char *name, uint32_t type, void **bytes,
				size_t *size, struct kq_reason *reason);
/* How many of the @size bytes at @notes are notes, up to the first that is none. */
size_t notes_length(const uint8_t *notes, size_t size);
/* Whether one called @name is among them. */
bool notes_have(const uint8_t *notes, size_t size, const char *name);
/*
 * Where the notes of @file lie: *@notes (freed by the caller) are *@count segments; and its *@machine (EM_*, EM_NONE if it is
 * not known). False with @reason.
 */
bool notes_segments(const struct dump_file *file, struct kq_snapshot_notes **notes, size_t *count, uint16_t *machine,
		    struct kq_reason *reason);

#endif
