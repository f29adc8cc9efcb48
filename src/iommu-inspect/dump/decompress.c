/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * zlib, LZO, snappy and Zstandard. Every page is compressed on its own (diskdump_mod.h, DUMP_DH_COMPRESSED_*).
 */
#include "decompress.h"

#include "bits.h"

#include <string.h>

#include <lzo/lzo1x.h>
#include <snappy-c.h>
#include <zlib.h>
#include <zstd.h>

static bool unpack_zlib(const uint8_t *from, size_t size, uint8_t *to, size_t *room)
{
	uLongf length = *room;
	const bool ok = uncompress(to, &length, from, size) == Z_OK;

	*room = length;
	return ok;
}

static bool unpack_lzo(const uint8_t *from, size_t size, uint8_t *to, size_t *room)
{
	lzo_uint length = *room;
	const bool ok = lzo1x_decompress_safe(from, size, to, &length, NULL) == LZO_E_OK;

	*room = length;
	return ok;
}

static bool unpack_snappy(const uint8_t *from, size_t size, uint8_t *to, size_t *room)
{
	return snappy_uncompress((const char *)from, size, (char *)to, room) == SNAPPY_OK;
}

static bool unpack_zstd(const uint8_t *from, size_t size, uint8_t *to, size_t *room)
{
	const size_t length = ZSTD_decompress(to, *room, from, size);
	const bool ok = !ZSTD_isError(length);

	if (ok)
		*room = length;
	return ok;
}

static const struct {
	uint32_t flag;
	const char *name;
	/* Unpack into the *@room bytes at @to; *@room becomes how many bytes that gave. */
	bool (*unpack)(const uint8_t *from, size_t size, uint8_t *to, size_t *room);
} compressors[] = {
	{ 0x01, "zlib", unpack_zlib },
	{ 0x02, "LZO", unpack_lzo },
	{ 0x04, "snappy", unpack_snappy },
	{ 0x20, "Zstandard", unpack_zstd },
};

bool decompress(uint32_t flags, const uint8_t *from, size_t size, uint8_t *to, size_t room, struct kq_reason *reason)
{
	size_t length = room;

	for (size_t i = 0; i < IQ_ARRAY_SIZE(compressors); i++) {
		if (!(flags & compressors[i].flag))
			continue;
		if (compressors[i].unpack(from, size, to, &length) && length == room)
			return true;
		return kq_fail(reason, "%zu bytes are no page compressed with %s", size, compressors[i].name);
	}
	return kq_fail(reason, "compressed in a way that is not known: flags 0x%x", flags);
}
