/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kexec_load(2) itself: whether it would be allowed, and the call.
 */
#ifndef KQ_LOAD_H
#define KQ_LOAD_H

#include "machine/host.h"

/*
 * True if the kernel lets this process call kexec_load(2) for a crash image. Asked by a call that all kernels refuse later
 * on for another reason, so that it changes nothing.
 */
bool kq_load_allowed(const struct kq_host *host);
/* Load @image, after waiting a little for other loaders. 0 or a negative errno: then the image before it may be gone. */
int kq_load(const struct kq_image *image);

#endif
