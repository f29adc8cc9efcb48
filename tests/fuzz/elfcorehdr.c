/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: editing the ELF core header. Afterwards the header has all its old entries and one more note, or is unchanged.
 */
#include "fuzz.h"

#include "boot/elfcorehdr.h"

#include <string.h>

#define EHDR 64u
#define PHDR 56u

static void check_insertion(const uint8_t *before, const uint8_t *after, uint32_t size, const struct iq_elfcorehdr *was)
{
	const uint32_t at = EHDR + was->notes * PHDR;
	struct iq_elfcorehdr is;
	uint32_t offset;

	require(iq_elfcorehdr_check(after, size, &is, &offset) == IQ_OK);
	require(is.phnum == was->phnum + 1 && is.notes == was->notes + 1);
	require(!memcmp(before + EHDR, after + EHDR, at - EHDR));
	require(!memcmp(before + at, after + at + PHDR, was->used - at));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	const uint64_t note = UINT64_C(0x123456000);
	struct iq_elfcorehdr was;
	enum iq_status checked, inserted;
	uint32_t offset;

	require(copy);
	memcpy(copy, bytes, size);
	checked = iq_elfcorehdr_check(copy, (uint32_t)size, &was, &offset);
	require(checked == IQ_OK || offset < size || size < EHDR);
	inserted = iq_elfcorehdr_insert_note(copy, (uint32_t)size, note, 4096);
	if (inserted == IQ_OK) {
		require(checked == IQ_OK);
		check_insertion(bytes, copy, (uint32_t)size, &was);
		require(iq_elfcorehdr_has_note(copy, (uint32_t)size, note, 4096));
	} else {
		require(!memcmp(copy, bytes, size));
	}
	free(copy);
	return 0;
}
