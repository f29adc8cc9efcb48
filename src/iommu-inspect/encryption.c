/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bit is vmcoreinfo's NUMBER(sme_mask), 0 where the kernel encrypts nothing (arch_crash_save_vmcoreinfo()). A dump
 * without vmcoreinfo does not say.
 */
#include "encryption.h"

#include "units-source.h"
#include "kernel/vmcoreinfo.h"

#include <stdlib.h>
#include <string.h>

#define LOWEST	32u
#define HIGHEST 51u

bool encryption_parse(const char *text, uint64_t *mask)
{
	char *end;
	unsigned long bit;

	if (!strcmp(text, "auto") || !strcmp(text, "none")) {
		*mask = text[0] == 'a' ? C_BIT_AUTO : 0;
		return true;
	}
	bit = strtoul(text, &end, 10);
	*mask = IQ_BIT(bit % 64);
	return *text >= '0' && *text <= '9' && !*end && bit >= LOWEST && bit <= HIGHEST;
}

static uint64_t sme_mask(struct inspect *inspect)
{
	struct vmcoreinfo info = { NULL, 0 };
	struct kq_reason reason;
	uint64_t mask = 0;
	void *text = NULL;

	if (units_note(inspect, VMCOREINFO_NOTE, VMCOREINFO_TYPE, &text, &info.size, &reason) != NOTES_FOUND)
		return 0;
	info.text = text;
	vmcoreinfo_number(&info, "sme_mask", &mask);
	free(text);
	/* One bit, in the part of an address that memory does not reach; anything else is no such mask. */
	return mask & (mask - 1) || mask < IQ_BIT(LOWEST) || mask > IQ_BIT(HIGHEST) ? 0 : mask;
}

void encryption_apply(struct inspect *inspect)
{
	const uint64_t mask = inspect->c_bit == C_BIT_AUTO ? sme_mask(inspect) : inspect->c_bit;

	for (unsigned int i = 0; i < inspect->evidence.units; i++)
		inspect->evidence.unit[i].unit.encryption = mask;
}
