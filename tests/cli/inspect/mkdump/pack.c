/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The compressors of kdump-compressed dumps (diskdump_mod.h, DUMP_DH_COMPRESSED_*).
 */
#include "mkdump.h"

#include <string.h>

#include <lzo/lzo1x.h>
#include <snappy-c.h>
#include <zlib.h>
#include <zstd.h>

static size_t pack_zlib(const uint8_t *from, size_t size, uint8_t *to, size_t room)
{
	uLongf length = room;

	return compress(to, &length, from, size) == Z_OK ? length : 0;
}

static size_t pack_lzo(const uint8_t *from, size_t size, uint8_t *to, size_t room)
{
	static lzo_align_t work[LZO1X_1_MEM_COMPRESS / sizeof(lzo_align_t) + 1];
	lzo_uint length = room;

	return lzo1x_1_compress(from, size, to, &length, work) == LZO_E_OK ? length : 0;
}

static size_t pack_snappy(const uint8_t *from, size_t size, uint8_t *to, size_t room)
{
	return snappy_compress((const char *)from, size, (char *)to, &room) == SNAPPY_OK ? room : 0;
}

static size_t pack_zstd(const uint8_t *from, size_t size, uint8_t *to, size_t room)
{
	const size_t length = ZSTD_compress(to, room, from, size, 1);

	return ZSTD_isError(length) ? 0 : length;
}

const struct packing *packing_named(const char *name)
{
	static const struct packing known[] = {
		{ "raw", 0, NULL },		{ "zlib", 1, pack_zlib },	{ "lzo", 2, pack_lzo },
		{ "snappy", 4, pack_snappy },	{ "zstd", 0x20, pack_zstd },
	};

	for (size_t i = 0; i < IQ_ARRAY_SIZE(known); i++)
		if (!strcmp(known[i].name, name))
			return &known[i];
	return NULL;
}

size_t pack(const struct packing *packing, const uint8_t *from, size_t size, uint8_t *to, size_t room)
{
	return packing->pack ? packing->pack(from, size, to, room) : 0;
}
