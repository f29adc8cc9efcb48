/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers in the byte order of the machine that wrote them. For everything that reads or writes bytes of a dump: the order
 * is found once, when the dump is opened (dump/arch.h), and passed to these.
 */
#ifndef KQ_ORDER_H
#define KQ_ORDER_H

#include "bits.h"

enum byte_order {
	ORDER_LITTLE,
	ORDER_BIG,
};

/* Load the number at @at, which need not be aligned. */
static inline uint16_t order_get16(enum byte_order order, const void *at)
{
	return order == ORDER_BIG ? __builtin_bswap16(iq_le16(at)) : iq_le16(at);
}

static inline uint32_t order_get32(enum byte_order order, const void *at)
{
	return order == ORDER_BIG ? __builtin_bswap32(iq_le32(at)) : iq_le32(at);
}

static inline uint64_t order_get64(enum byte_order order, const void *at)
{
	return order == ORDER_BIG ? __builtin_bswap64(iq_le64(at)) : iq_le64(at);
}

/*
 * Convert a number that was copied as it lies in the dump into its value, or a value into how it has to lie there: both are the
 * same swap.
 */
static inline uint16_t order_16(enum byte_order order, uint16_t number)
{
	return order_get16(order, &number);
}

static inline uint32_t order_32(enum byte_order order, uint32_t number)
{
	return order_get32(order, &number);
}

static inline uint64_t order_64(enum byte_order order, uint64_t number)
{
	return order_get64(order, &number);
}

/*
 * The number of @count bits, 1 to 64, that begins @first bits, 0 to 7, into the 16 bytes at @at. Compilers count the bits of
 * a big-endian machine from the most significant one of a byte, those of a little-endian machine from the least significant one.
 */
static inline uint64_t order_bits(enum byte_order order, const void *at, unsigned int first, unsigned int count)
{
	const uint8_t *bytes = at;
	const uint64_t near = order_get64(order, bytes), far = order_get64(order, bytes + 8);

	if (order == ORDER_BIG)
		return (first ? near << first | far >> (64 - first) : near) >> (64 - count);
	return (first ? near >> first | far << (64 - first) : near) & IQ_MASK(count - 1, 0);
}

#endif
