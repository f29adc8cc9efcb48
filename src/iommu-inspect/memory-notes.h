/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Notes in the memory of a dump that are not among the dump's own. A dump that a hypervisor takes knows nothing of the
 * elfcorehdr with which a loaded capture kernel finds the crashed kernel's vmcoreinfo and our record.
 */
#ifndef MEMORY_NOTES_H
#define MEMORY_NOTES_H

#include "dump/source.h"

/*
 * Look for an elfcorehdr in the lowest and in the highest 4 GiB of the memory of @source, where capture kernels are
 * loaded. One that has a note called @name is taken before all others. Where it is
 * goes to *@address. False if there is none.
 */
bool memory_notes_search(struct source *source, const char *name, uint64_t *address);
/*
 * The notes that the elfcorehdr at @address in @memory, that of a dump of @arch, leads to: one segment behind the other in
 * *@bytes (freed by the caller), without those that cannot be read. False with @reason if there is no elfcorehdr.
 */
bool memory_notes_read(struct iq_memory *memory, const struct dump_arch *arch, uint64_t address, uint8_t **bytes,
		       size_t *size, struct kq_reason *reason);

#endif
