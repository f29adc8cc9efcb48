/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcoreinfo says which bit the kernel used, in a way that depends on the machine (kernel/machine.h). Without vmcoreinfo the
 * bit is not known.
 */
#include "encryption.h"

#include "kernel/machines.h"
#include "units-source.h"

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

/* The bit that the kernel in the dump used; 0 if it used none, or if that is not known. */
static uint64_t kernel_mask(struct inspect *inspect)
{
	struct vmcoreinfo info = { NULL, 0 };
	const struct kernel_machine *machine;
	struct kq_reason reason;
	uint64_t mask;
	void *text = NULL;

	machine = kernel_machine_find(source_arch(inspect->source), &reason);
	if (!machine || !machine->encryption ||
	    units_note(inspect, VMCOREINFO_NOTE, VMCOREINFO_TYPE, &text, &info.size, &reason) != NOTES_FOUND)
		return 0;
	info.text = text;
	mask = machine->encryption(&info);
	free(text);
	return mask;
}

void encryption_apply(struct inspect *inspect)
{
	const uint64_t mask = inspect->c_bit == C_BIT_AUTO ? kernel_mask(inspect) : inspect->c_bit;

	for (unsigned int i = 0; i < inspect->evidence.units; i++)
		inspect->evidence.unit[i].unit.encryption = mask;
}
