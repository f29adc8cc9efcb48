/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: every file that is accepted as a kernel image can be wrapped, and unwrapping gives the same image back. Used by
 * libFuzzer and by tests/unit/wrap.
 */
#include "fuzz.h"

#include <string.h>

#include "unit/wrap/kernel-image.h"

static void round_trip(const struct kq_bzimage *image)
{
	struct kq_made made, back;
	struct kq_bzimage again;
	struct kq_wrapped wrapped;
	struct kq_reason reason;

	if (!kq_wrap(image, kernel_wrapping(), kernel_settings(), &made, &reason)) {
		free(made.bytes);
		return;
	}
	require(kq_bzimage_read(&again, made.bytes, made.size, &reason));
	require(kq_wrap_look(&again, &wrapped, &reason) == KQ_WRAPPED && wrapped.sound);
	require(kq_unwrap(&again, &wrapped, &back, &reason));
	require(back.size == image->size);
	require(!memcmp(back.bytes + image->setup_size, image->bytes + image->setup_size, image->payload_size));
	/* Unwrapping removes the signature, and the fields that name it. */
	require(image->signature || !memcmp(back.bytes, image->bytes, image->setup_size));
	free(back.bytes);
	free(made.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct kq_wrapped wrapped;
	struct kq_bzimage image;
	struct kq_reason reason;
	struct kq_made made;

	if (!kq_bzimage_read(&image, bytes, size, &reason))
		return 0;
	switch (kq_wrap_look(&image, &wrapped, &reason)) {
	case KQ_PLAIN:
		round_trip(&image);
		break;
	case KQ_WRAPPED:
		kq_unwrap(&image, &wrapped, &made, &reason);
		free(made.bytes);
		break;
	case KQ_DAMAGED:
		break;
	}
	return 0;
}
