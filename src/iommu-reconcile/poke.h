/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A write to a file of sysfs that ends in time, whatever the kernel makes of it.
 */
#ifndef POKE_H
#define POKE_H

#include "base/message.h"
#include "host/sysroot.h"

/*
 * Write the @size bytes at @bytes to @offset of the file @path below @host, unless @unless is there, which is looked at right
 * before; NULL: whatever is there. False with @reason if that failed, with errno EBUSY if @unless was there, or was not over
 * after @seconds: the kernel may still be at it then.
 */
bool poke(const struct kq_host *host, const char *path, const char *unless, long offset, const void *bytes, size_t size,
	  unsigned int seconds, struct kq_reason *reason);

#endif
