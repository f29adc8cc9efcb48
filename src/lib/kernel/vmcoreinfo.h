/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a kernel exports for those who read its dump: lines of KEY=VALUE in a note called VMCOREINFO (kernel,
 * Documentation/admin-guide/kdump/vmcoreinfo.rst).
 */
#ifndef VMCOREINFO_H
#define VMCOREINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VMCOREINFO_NOTE "VMCOREINFO"
#define VMCOREINFO_TYPE 0u

struct vmcoreinfo {
	const char *text; /* size bytes, not terminated */
	size_t size;
};

/* The value of the line @key=VALUE, cut to fit into the @size bytes of @value. False if there is no such line. */
bool vmcoreinfo_text(const struct vmcoreinfo *info, const char *key, char *value, size_t size);
/* A line whose value is hexadecimal, as KERNELOFFSET. */
bool vmcoreinfo_hex(const struct vmcoreinfo *info, const char *key, uint64_t *value);
/* SYMBOL(@name): an address. */
bool vmcoreinfo_symbol(const struct vmcoreinfo *info, const char *name, uint64_t *address);
/* NUMBER(@name), negative ones in two's complement. */
bool vmcoreinfo_number(const struct vmcoreinfo *info, const char *name, uint64_t *value);

#endif
