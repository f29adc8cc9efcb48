/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opening a dump: its files, then its units, then its memory as it was at the crash.
 */
#include "open.h"

#include "dump/formats.h"
#include "encryption.h"
#include "dump/notes.h"
#include "snapshots.h"
#include "units-source.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

/* Only cores of processes have an auxiliary vector. Linux, fs/binfmt_elf.c: fill_auxv_note() */
static bool is_of_process(struct source *source)
{
	struct kq_reason reason;
	void *bytes = NULL;
	size_t size;
	const bool is = notes_find(source, "CORE", NT_AUXV, &bytes, &size, &reason) == NOTES_FOUND;

	free(bytes);
	return is;
}

bool inspect_open(struct inspect *inspect, bool only_record, bool memory)
{
	struct kq_reason reason;

	inspect->source = source_open(inspect_formats, inspect->file, inspect->files, inspect->zero_excluded, &reason);
	if (!inspect->source) {
		inspect_trouble(inspect, "%s", reason.text);
		return false;
	}
	if (is_of_process(inspect->source)) {
		inspect_trouble(inspect, "the core of a process, not of a kernel: gdb PROGRAM FILE reads it");
		return false;
	}
	if (!snapshots_apply(inspect))
		return false;
	if (!units_open(inspect, inspect->units_options, only_record))
		return false;
	encryption_apply(inspect);
	if (memory && !source_start(inspect->source, &reason)) {
		inspect_trouble(inspect, "%s", reason.text);
		return false;
	}
	if (memory && inspect->source->missing.text[0])
		kq_warn("%s: %s", inspect->dump, inspect->source->missing.text);
	return true;
}

void inspect_close(struct inspect *inspect)
{
	evidence_close(&inspect->evidence);
	free(inspect->memory_notes.bytes);
	kq_pci_names_close(inspect->names);
	source_close(inspect->source);
}
