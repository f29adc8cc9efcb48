/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A record has the clock's ticks of every step, and vmcoreinfo the time of the crash (kernel, crash_save_vmcoreinfo(): CRASHTIME) and
 * where the kernel lay: neither is the same twice. Programs that write dumps copy both as they are.
 */
#include "same-crash.h"

#include "dump/notes.h"
#include "kernel/vmcoreinfo.h"
#include "record.h"

#include <stdlib.h>
#include <string.h>

/* Notes of both; bytes are NULL where there are none. */
struct pair {
	void *dump, *snapshot;
	size_t dump_size, snapshot_size;
};

static void free_pair(const struct pair *pair)
{
	free(pair->dump);
	free(pair->snapshot);
}

static bool is_damaged(const struct kq_reason *why, struct kq_reason *reason)
{
	return kq_fail(reason, "is damaged: %.180s", why->text);
}

static bool not_comparable(const struct kq_reason *why, struct kq_reason *reason)
{
	return kq_fail(reason, "cannot be compared with the dump: %.160s", why->text);
}

/* Whether both are the same. @what: in words. */
static bool compare(const struct pair *pair, const char *what, struct kq_reason *reason)
{
	return (pair->dump_size == pair->snapshot_size && !memcmp(pair->dump, pair->snapshot, pair->dump_size)) ||
	       kq_fail(reason, "belongs to another crash than the dump: its %s not the same", what);
}

/* A kind of note that says of which crash a dump is. */
struct identity {
	const char *name;
	uint32_t type;
	const char *what, *is_not;
};

/* Whether both dumps have the same note, or none. *@known: they have one. */
static bool same_note(struct source *dump, struct source *snapshot, const struct identity *identity, bool *known,
		      struct kq_reason *reason)
{
	struct pair pair = { NULL, NULL, 0, 0 };
	struct kq_reason why;
	bool same = true;

	if (notes_find(snapshot, identity->name, identity->type, &pair.snapshot, &pair.snapshot_size, &why) == NOTES_DAMAGED)
		same = is_damaged(&why, reason);
	else if (notes_find(dump, identity->name, identity->type, &pair.dump, &pair.dump_size, &why) == NOTES_DAMAGED)
		same = not_comparable(&why, reason);
	else if (!pair.dump != !pair.snapshot)
		same = kq_fail(reason, pair.dump ? "has no %s, the dump has one" : "has a %s, the dump has none", identity->what);
	else if (pair.dump)
		same = *known = compare(&pair, identity->is_not, reason);
	free_pair(&pair);
	return same;
}

/* All notes of @source, one place behind the other, in *@bytes, which the caller frees. */
static bool read_all(struct source *source, void **bytes, size_t *size, struct kq_reason *why)
{
	const struct notes_span *span = NULL;
	size_t count = 0, whole = 0;

	if (!notes_spans(source, &span, &count, why))
		return false;
	for (size_t i = 0; i < count; i++)
		whole += span[i].size;
	*bytes = malloc(whole + 1);
	if (!*bytes)
		return kq_fail(why, "out of memory");
	for (size_t i = 0; i < count; *size += span[i++].size)
		if (!file_read(&source->file[0], span[i].offset, (uint8_t *)*bytes + *size, span[i].size, "notes", why))
			return false;
	return true;
}

static bool all_same(struct source *dump, struct source *snapshot, struct kq_reason *reason)
{
	struct pair pair = { NULL, NULL, 0, 0 };
	struct kq_reason why;
	bool same;

	if (!read_all(snapshot, &pair.snapshot, &pair.snapshot_size, &why))
		same = is_damaged(&why, reason);
	else if (!read_all(dump, &pair.dump, &pair.dump_size, &why))
		same = not_comparable(&why, reason);
	else if (!pair.dump_size || !pair.snapshot_size)
		same = kq_fail(reason, "or the dump has no notes that say of which crash it is");
	else
		same = compare(&pair, "notes are", reason);
	free_pair(&pair);
	return same;
}

bool same_crash(struct source *dump, struct source *snapshot, struct kq_reason *reason)
{
	static const struct identity record = { IQ_NOTE_NAME, IQ_NOTE_TYPE, "record", "record is" };
	static const struct identity kernel = { VMCOREINFO_NOTE, VMCOREINFO_TYPE, "vmcoreinfo", "vmcoreinfo is" };
	bool known = false;

	if (!dump_arch_same(source_arch(dump), source_arch(snapshot)))
		return kq_fail(reason, "is of %s, the dump of %s", source_arch(snapshot)->name, source_arch(dump)->name);
	return same_note(dump, snapshot, &record, &known, reason) && same_note(dump, snapshot, &kernel, &known, reason) &&
	       (known || all_same(dump, snapshot, reason));
}
