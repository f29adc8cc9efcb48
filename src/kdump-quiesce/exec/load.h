/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kexec_load(2) itself: whether it would be allowed, and the call.
 */
#ifndef KQ_LOAD_H
#define KQ_LOAD_H

#include "carry/image.h"
#include "machine/host.h"

/*
 * True if the kernel lets this process call kexec_load(2) for a crash image. Tried with a call that every kernel refuses for another
 * reason after it has checked permissions, so that nothing changes.
 */
bool kq_load_allowed(const struct kq_host *host);
/* Load @image, after waiting a little for other loaders. 0, or a negative errno: then the former image may be gone. */
int kq_load(const struct kq_image *image);

#endif
