/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcoreinfo names kernel and time; the host's name is in the kernel's uts_namespace, to which it leads (kernel,
 * Documentation/admin-guide/kdump/vmcoreinfo.rst: init_uts_ns).
 */
#include "crash.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dump/notes.h"
#include "kernel/machines.h"
#include "kernel/memory.h"
#include "units-source.h"

#define LAST_TIME UINT64_C(253402300799) /* the end of the year 9999 */
#define FIELD	  65u /* bytes of each in struct new_utsname: include/uapi/linux/utsname.h */

/* A line whose value is decimal and no more than a time can be. False without one. */
static bool decimal(const struct vmcoreinfo *info, const char *key, uint64_t *value)
{
	char text[24], *end;

	if (!vmcoreinfo_text(info, key, text, sizeof(text)))
		return false;
	*value = strtoull(text, &end, 10);
	return end != text && !*end && *value <= LAST_TIME;
}

/* The node name is the second of the fields. */
static void read_host(struct inspect *inspect, const struct vmcoreinfo *info, char host[FIELD])
{
	struct kq_reason reason;
	const struct kernel_machine *machine = kernel_machine_find(source_arch(inspect->source), &reason);
	struct kernel_memory kernel;
	uint64_t address, offset;

	if (!machine || !vmcoreinfo_symbol(info, "init_uts_ns", &address) ||
	    !decimal(info, "OFFSET(uts_namespace.name)", &offset) || !source_start(inspect->source, &reason) ||
	    !kernel_memory_open(&kernel, machine, &inspect->source->memory, info, &reason) ||
	    !kernel_read(&kernel, address + offset + FIELD, host, FIELD, "the host's name", &reason))
		host[0] = 0;
	host[FIELD - 1] = 0;
}

void crash_read(struct inspect *inspect, struct crash *crash)
{
	struct kq_reason reason;
	struct vmcoreinfo info;
	void *text = NULL;
	size_t size;

	memset(crash, 0, sizeof(*crash));
	if (units_note(inspect, VMCOREINFO_NOTE, VMCOREINFO_TYPE, &text, &size, &reason) != NOTES_FOUND)
		return;
	info = (struct vmcoreinfo){ text, size };
	vmcoreinfo_text(&info, "OSRELEASE", crash->kernel, sizeof(crash->kernel));
	if (!decimal(&info, "CRASHTIME", &crash->time))
		crash->time = 0; /* it may have been too large */
	read_host(inspect, &info, crash->host);
	free(text);
}

const char *crash_time_text(const struct crash *crash)
{
	static char text[40];
	const time_t when = (time_t)crash->time;
	struct tm tm;

	text[0] = 0;
	if (crash->time && gmtime_r(&when, &tm))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &tm);
	return text;
}
