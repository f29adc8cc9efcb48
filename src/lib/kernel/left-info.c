/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine says where the note is (kernel_machine.note). What is there may be anything.
 */
#include "left-info.h"

#include "base/budget.h"
#include "base/cleanup.h"
#include "dump/notes.h"

#include <stdlib.h>

#define HEADER	 12u
#define NAME_MAX (sizeof(VMCOREINFO_NOTE) + 3)
#define TEXT_MAX 65536u /* a kernel has some 3,000 bytes of it */

bool left_info_read(const struct kernel_machine *machine, struct iq_memory *memory, void **text, size_t *size)
{
	uint8_t header[HEADER];
	_cleanup_free_ uint8_t *note = NULL;
	uint32_t name, length, whole;
	struct kq_reason unused;
	uint64_t address;

	if (!machine->note || !machine->note(memory, &address) || !iq_memory_read(memory, address, header, sizeof(header)))
		return false;
	name = order_get32(machine->order, header);
	length = order_get32(machine->order, header + 4);
	if (name > NAME_MAX || length > TEXT_MAX)
		return false;
	whole = HEADER + (uint32_t)(iq_round_up(name, 4) + iq_round_up(length, 4));
	note = kq_budget_take(KQ_BUDGET_NOTE_BYTES, whole, &unused) ? malloc(whole) : NULL;
	return note && iq_memory_read(memory, address, note, whole) &&
	       notes_find_in(machine->order, note, whole, VMCOREINFO_NOTE, VMCOREINFO_TYPE, text, size, &unused) == NOTES_FOUND;
}
