/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel images as files: read whole, written whole or not at all, signed on the way.
 */
#ifndef KQ_IMAGEFILE_H
#define KQ_IMAGEFILE_H

#include "wrap.h"

struct kq_imagefile {
	uint8_t *bytes; /* to be freed */
	struct kq_bzimage image;
};

/* Read the kernel image @path. False with a reason if it cannot be read or is none that is understood. */
bool kq_imagefile_read(struct kq_imagefile *file, const char *path, struct kq_reason *reason);

struct kq_signer {
	const char *key, *certificate; /* files that sbsign(1) takes, NULL: do not sign */
};

/*
 * Write @made to @path: signed if @signer says so, readable for all, in place of what is there. False with a reason;
 * then the former file is unchanged.
 */
bool kq_imagefile_write(const char *path, const struct kq_made *made, const struct kq_signer *signer,
			struct kq_reason *reason);

#endif
