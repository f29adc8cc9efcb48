/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The image carrier: a kernel image in, the same kernel with the plugin in front of it out, and back. Pure functions
 * over memory. What is in the first page of a wrapped payload: iommu-quiesce/front.h.
 */
#ifndef KQ_WRAP_H
#define KQ_WRAP_H

#include "bzimage.h"
#include "carrier.h"
#include "boot/front.h"

/* The parts that the build made for the image carrier. */
struct kq_wrapping {
	struct kq_plugin plugin;
	struct kq_plugin front; /* the code of the first page */
	const char *producer;	/* program and version */
};

/* A kernel image as it was made. */
struct kq_made {
	uint8_t *bytes; /* to be freed */
	uint32_t size;
};

/* What a wrapped image says about itself. */
struct kq_wrapped {
	struct iq_front front;
	struct iq_handover handover;
	bool sound; /* the plugin's checksum is right */
};

enum kq_wrap_state {
	KQ_PLAIN,
	KQ_WRAPPED,
	KQ_DAMAGED, /* it looks wrapped, but its first page contradicts itself */
};

/* Is @image wrapped? @reason: what is wrong with a damaged one. */
enum kq_wrap_state kq_wrap_look(const struct kq_bzimage *image, struct kq_wrapped *wrapped, struct kq_reason *reason);
/* Is this the payload of a wrapped kernel, @size bytes as a loader puts them into memory, and its plugin sound? */
bool kq_wrap_carries(const uint8_t *payload, uint64_t size);
/* Put the plugin with the policy of @settings in front of the kernel. Its signature is left out: it would be wrong. */
bool kq_wrap(const struct kq_bzimage *image, const struct kq_wrapping *wrapping, const struct kq_settings *settings,
	     struct kq_made *made, struct kq_reason *reason);
/* The kernel as it was before, byte for byte, without a signature. */
bool kq_unwrap(const struct kq_bzimage *image, const struct kq_wrapped *wrapped, struct kq_made *made,
	       struct kq_reason *reason);

#endif
