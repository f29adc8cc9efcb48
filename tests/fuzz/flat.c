/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: flattened files. The bytes that are read do not depend on the pieces in which they are read.
 */
#include "fuzz.h"

#include "dump/file.h"
#include "dump/flat.h"

#include <string.h>
#include <unistd.h>

#define READ_MAX 65536u

static void read_all(const struct dump_file *file)
{
	static uint8_t whole[READ_MAX];
	const size_t size = (size_t)iq_min(file->size, READ_MAX);
	struct kq_reason reason;
	uint8_t piece[97], head[64];

	if (!file_read(file, 0, whole, size, "dump", &reason))
		return;
	for (size_t at = 0; at < size; at += sizeof(piece)) {
		const size_t part = (size_t)iq_min(sizeof(piece), size - at);

		require(file_read(file, at, piece, part, "dump", &reason) && !memcmp(whole + at, piece, part));
	}
	require(file_head(file, head, sizeof(head)) == iq_min(sizeof(head), size));
	require(!memcmp(head, whole, (size_t)iq_min(sizeof(head), size)));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct dump_file file;
	struct kq_reason reason;
	uint8_t end[16];
	char path[32];
	int fd = fuzz_file(bytes, size, path);

	if (file_open(path, &file, &reason)) {
		read_all(&file);
		if (file.size >= sizeof(end))
			file_read(&file, file.size - sizeof(end), end, sizeof(end), "end", &reason);
		file_read(&file, file.size, end, sizeof(end), "nothing", &reason);
		file_read(&file, UINT64_MAX - 8, end, sizeof(end), "nothing", &reason);
		file_close(&file);
	}
	close(fd);
	return 0;
}
