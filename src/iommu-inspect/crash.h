/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which crash a dump is of: the host, its kernel, and when. For the summary.
 */
#ifndef INSPECT_CRASH_H
#define INSPECT_CRASH_H

#include "inspect.h"

struct crash {
	char host[65];	 /* its node name; empty: not known */
	char kernel[65]; /* its release, as uname -r has it; empty: not known */
	uint64_t time;	 /* seconds since 1970, UTC; 0: not known */
};

/* What vmcoreinfo and the kernel's memory in the dump say. What is not there stays empty: that is no error. */
void crash_read(struct inspect *inspect, struct crash *crash);
/* crash->time as "2026-12-01 13:40:02 UTC", empty if it is not known. Valid until the next call. */
const char *crash_time_text(const struct crash *crash);

#endif
