/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Snapshots that have pages that a dump lacks: the one that was named, or the one beside the dump that is of the same crash.
 */
#ifndef SNAPSHOTS_H
#define SNAPSHOTS_H

#include "inspect.h"

/* What --snapshot takes in place of a file. */
#define SNAPSHOT_AUTO "auto"
#define SNAPSHOT_NONE "none"

/*
 * Open what lies beside the dump @dump and has the name of a snapshot, for snapshots_apply(): a capture kernel's hooks write it into the
 * directory above that of the dump, or into the same one. At most 64 of each, the last by name. False when out of memory.
 */
bool snapshots_look(const char *dump);
/*
 * Fill the dump of @inspect, which is open and not started, from the snapshot that @inspect->wanted_snapshot says. False, said on
 * stderr, if it names a file that cannot be used; of those that were found, none has to fit.
 */
bool snapshots_apply(struct inspect *inspect);
/* Say which pages came from a snapshot, if any did. */
void snapshots_tell(const struct inspect *inspect);

#endif
