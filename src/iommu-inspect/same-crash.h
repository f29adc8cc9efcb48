/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether two dumps are of one crash of one machine, by their notes. For snapshots that fill what a dump lacks.
 */
#ifndef SAME_CRASH_H
#define SAME_CRASH_H

#include "dump/source.h"

/*
 * Whether @snapshot was made of the crash that @dump is of: record and vmcoreinfo are the same, bytes for bytes. Where neither has any
 * of these, all notes have to be. False with @reason, the end of a sentence that begins with the name of @snapshot.
 */
bool same_crash(struct source *dump, struct source *snapshot, struct kq_reason *reason);

#endif
