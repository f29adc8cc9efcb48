/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opening a dump and closing it. For the command line, and for commands that look at a second dump.
 */
#ifndef OPEN_H
#define OPEN_H

#include "inspect.h"

/*
 * Open the dump that @inspect names: its source and its units; with @memory, make ready to read tables. @only_record: units
 * from the record or none. False, said on stderr, if that cannot be. inspect_close() in any case.
 */
bool inspect_open(struct inspect *inspect, bool only_record, bool memory);
void inspect_close(struct inspect *inspect);

#endif
