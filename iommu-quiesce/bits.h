/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bits, fields and little-endian loads: what every format in the core is written with.
 * Freestanding; fields are described by masks as the specifications print them, never by C bit-fields.
 */
#ifndef IQ_BITS_H
#define IQ_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IQ_BIT(n)	 (UINT64_C(1) << (n))
#define IQ_MASK(hi, lo)	 ((~UINT64_C(0) >> (63 - (hi))) & (~UINT64_C(0) << (lo)))
#define IQ_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/*
 * A function that the plugin runs before it knows that its own image is undamaged. The linker puts these functions side by
 * side: damage anywhere else is found before it is run.
 */
#define IQ_BEFORE_CHECK __attribute__((section(".text.before_check")))

#define IQ_PAGE_SIZE  UINT64_C(4096)
#define IQ_PAGE_MASK  (~(IQ_PAGE_SIZE - 1))

/* The value of the field that @mask describes, moved down to bit 0. */
static inline uint64_t iq_field(uint64_t word, uint64_t mask)
{
	return (word & mask) >> __builtin_ctzll(mask);
}

/* @value moved up into the field that @mask describes; bits that do not fit are dropped. */
static inline uint64_t iq_put(uint64_t value, uint64_t mask)
{
	return (value * (mask & (~mask + 1))) & mask;
}

static inline uint64_t iq_min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* @value rounded up to a multiple of @to, a power of two. */
static inline uint64_t iq_round_up(uint64_t value, uint64_t to)
{
	return (value + to - 1) & ~(to - 1);
}

/* True if [@address, @address + @length) does not wrap around the address space. */
static inline bool iq_no_wrap(uint64_t address, uint64_t length)
{
	return address + length >= address;
}

/* Little-endian loads from unaligned bytes (firmware tables, ELF headers). */
static inline uint16_t iq_le16(const void *at)
{
	const uint8_t *b = at;

	return (uint16_t)(b[0] | b[1] << 8);
}

static inline uint32_t iq_le32(const void *at)
{
	const uint8_t *b = at;

	return (uint32_t)iq_le16(b) | (uint32_t)iq_le16(b + 2) << 16;
}

static inline uint64_t iq_le64(const void *at)
{
	const uint8_t *b = at;

	return (uint64_t)iq_le32(b) | (uint64_t)iq_le32(b + 4) << 32;
}

/* The four functions that a freestanding compiler expects to exist; the plugin brings its own. */
static inline void iq_copy(void *to, const void *from, size_t length)
{
	__builtin_memcpy(to, from, length);
}

static inline void iq_zero(void *at, size_t length)
{
	__builtin_memset(at, 0, length);
}

static inline bool iq_equal(const void *a, const void *b, size_t length)
{
	return !__builtin_memcmp(a, b, length);
}

/* Is @n in the set of numbers at @set, a bit each? */
static inline bool iq_set_has(const uint8_t *set, uint64_t n)
{
	return set[n / 8] >> n % 8 & 1;
}

static inline void iq_set_add(uint8_t *set, uint64_t n)
{
	set[n / 8] = (uint8_t)(set[n / 8] | 1u << n % 8);
}

#endif
