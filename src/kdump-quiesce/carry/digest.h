/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The SHA-256 that kexec-tools' purgatory checks before it starts the capture kernel, and the list of memory regions that it
 * covers. A loaded purgatory has no symbols, so both are found by their value.
 */
#ifndef KQ_DIGEST_H
#define KQ_DIGEST_H

#include <stdint.h>

#include "base/message.h"

#define KQ_DIGEST_SIZE 32u
#define KQ_REGIONS     16u /* SHA256_REGIONS, kexec/kexec-sha256.h */

/* Memory under the digest: @size bytes, then zeros up to @length. */
struct kq_region {
	uint64_t start, length;
	const uint8_t *bytes;
	uint64_t size;
};

/* In the order in which they are hashed. */
struct kq_coverage {
	struct kq_region region[KQ_REGIONS];
	unsigned int regions;
};

/* Let libcrypto load now all that it needs: in FIPS mode its code is in a file of its own. */
void kq_digest_prepare(void);

/*
 * Digests of @before and @after in one pass: the beginning that both share (the same bytes, by address) is hashed once.
 */
bool kq_digest_pair(const struct kq_coverage *before, const struct kq_coverage *after, uint8_t digest_before[KQ_DIGEST_SIZE],
		    uint8_t digest_after[KQ_DIGEST_SIZE], struct kq_reason *reason);

/*
 * How many times the list of @coverage's regions, or @digest, is in the @size bytes at @purgatory. *@at becomes the offset of the
 * last.
 */
unsigned int kq_digest_find_regions(const uint8_t *purgatory, uint64_t size, const struct kq_coverage *coverage,
				    uint64_t *at);
unsigned int kq_digest_find(const uint8_t *purgatory, uint64_t size, const uint8_t digest[KQ_DIGEST_SIZE], uint64_t *at);
/* Overwrite the list of regions at offset @at. */
void kq_digest_put_regions(uint8_t *purgatory, uint64_t at, const struct kq_coverage *coverage);

#endif
