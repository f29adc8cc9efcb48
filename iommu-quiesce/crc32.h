/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CRC-32 as in zlib, gzip and ISO 3309: seals the record and the handover.
 */
#ifndef IQ_CRC32_H
#define IQ_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* The CRC of @length bytes, continuing @crc (0 at the start). */
uint32_t iq_crc32(uint32_t crc, const void *bytes, size_t length);
/* The CRC of @length bytes, those 4 at offset @field, which hold the CRC itself, taken as zeros. @field + 4 <= @length. */
uint32_t iq_crc32_without(const void *bytes, size_t length, size_t field);

#endif
