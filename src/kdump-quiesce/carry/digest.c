/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hashing and finding purgatory's digest (kexec/kexec.c: update_purgatory; purgatory/purgatory.c: verify_sha256_digest).
 */
#include "digest.h"

#include <string.h>

#include <openssl/evp.h>

/* struct sha256_region[KQ_REGIONS] as it is in memory; unused ones are zero. */
#define LIST_SIZE (KQ_REGIONS * 2 * sizeof(uint64_t))

static bool hash(EVP_MD_CTX *context, const struct kq_region *region)
{
	static const uint8_t zeros[65536];
	uint64_t left = region->length - region->size;
	size_t chunk;

	if (!EVP_DigestUpdate(context, region->bytes, region->size))
		return false;
	for (; left; left -= chunk) {
		chunk = left < sizeof(zeros) ? (size_t)left : sizeof(zeros);
		if (!EVP_DigestUpdate(context, zeros, chunk))
			return false;
	}
	return true;
}

static bool same(const struct kq_region *a, const struct kq_region *b)
{
	return a->bytes == b->bytes && a->size == b->size && a->length == b->length;
}

static bool hash_from(EVP_MD_CTX *context, const struct kq_coverage *coverage, unsigned int first,
		      uint8_t digest[KQ_DIGEST_SIZE])
{
	for (unsigned int i = first; i < coverage->regions; i++)
		if (!hash(context, &coverage->region[i]))
			return false;
	return EVP_DigestFinal_ex(context, digest, NULL) == 1;
}

void kq_digest_prepare(void)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	/* Should it fail, it fails again where that is told. */
	if (context)
		(void)EVP_DigestInit_ex(context, EVP_sha256(), NULL);
	EVP_MD_CTX_free(context);
}

bool kq_digest_pair(const struct kq_coverage *before, const struct kq_coverage *after, uint8_t digest_before[KQ_DIGEST_SIZE],
		    uint8_t digest_after[KQ_DIGEST_SIZE], struct kq_reason *reason)
{
	EVP_MD_CTX *one = EVP_MD_CTX_new(), *two = EVP_MD_CTX_new();
	unsigned int common = 0;
	bool done = one && two && EVP_DigestInit_ex(one, EVP_sha256(), NULL) == 1;

	while (done && common < before->regions && common < after->regions &&
	       same(&before->region[common], &after->region[common]))
		done = hash(one, &before->region[common++]);
	done = done && EVP_MD_CTX_copy_ex(two, one) == 1 && hash_from(one, before, common, digest_before) &&
	       hash_from(two, after, common, digest_after);
	EVP_MD_CTX_free(one);
	EVP_MD_CTX_free(two);
	return done || kq_fail(reason, "SHA-256: libcrypto failed");
}

static void list_of(const struct kq_coverage *coverage, uint8_t list[LIST_SIZE])
{
	uint64_t words[KQ_REGIONS][2] = { { 0 } };

	for (unsigned int i = 0; i < coverage->regions; i++) {
		words[i][0] = coverage->region[i].start;
		words[i][1] = coverage->region[i].length;
	}
	memcpy(list, words, LIST_SIZE);
}

static unsigned int count(const uint8_t *in, uint64_t size, const uint8_t *what, size_t length, uint64_t *at)
{
	const uint8_t *from = in, *hit;
	unsigned int number = 0;

	while ((hit = memmem(from, (size_t)(in + size - from), what, length))) {
		*at = (uint64_t)(hit - in);
		from = hit + 1;
		number++;
	}
	return number;
}

unsigned int kq_digest_find_regions(const uint8_t *purgatory, uint64_t size, const struct kq_coverage *coverage,
				    uint64_t *at)
{
	uint8_t list[LIST_SIZE];

	list_of(coverage, list);
	return count(purgatory, size, list, LIST_SIZE, at);
}

unsigned int kq_digest_find(const uint8_t *purgatory, uint64_t size, const uint8_t digest[KQ_DIGEST_SIZE], uint64_t *at)
{
	return count(purgatory, size, digest, KQ_DIGEST_SIZE, at);
}

void kq_digest_put_regions(uint8_t *purgatory, uint64_t at, const struct kq_coverage *coverage)
{
	uint8_t list[LIST_SIZE];

	list_of(coverage, list);
	memcpy(purgatory + at, list, LIST_SIZE);
}
