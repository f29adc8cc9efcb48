/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What goes out of scope frees itself: _cleanup_(function) on a variable calls function(&variable).
 */
#ifndef KQ_CLEANUP_H
#define KQ_CLEANUP_H

#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(function) __attribute__((cleanup(function)))
#define _cleanup_free_	    _cleanup_(kq_cleanup_free)
#define _cleanup_close_	    _cleanup_(kq_cleanup_close)

static inline void kq_cleanup_free(void *pointer)
{
	free(*(void **)pointer);
}

static inline void kq_cleanup_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#endif
