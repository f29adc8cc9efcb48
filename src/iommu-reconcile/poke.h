/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A write to a file of sysfs that returns in time, even if the kernel does not.
 */
#ifndef POKE_H
#define POKE_H

#include "base/message.h"
#include "host/sysroot.h"

/*
 * Write the @size bytes at @bytes to @offset of the file @path below @host. If @unless is not NULL and exists right before the
 * write, nothing is written: false with errno EBUSY. False with @reason if the write failed, or was not over after @seconds;
 * the kernel may still be at it then.
 */
bool poke(const struct kq_host *host, const char *path, const char *unless, long offset, const void *bytes, size_t size,
	  unsigned int seconds, struct kq_reason *reason);

#endif
