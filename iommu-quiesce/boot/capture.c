/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading and editing what lies ready for the capture kernel. All of it is in segments that the loader filled and a
 * digest covered until a moment ago, mapped one to one; the caller guards against exceptions all the same.
 */
#include "capture.h"

#include "cmdline.h"
#include "elfcorehdr.h"

#define NOTE_ALIGN 16u
#define NOTE_MIN   (IQ_NOTE_HEADER + IQ_RECORD_MIN + IQ_NOTE_TRAILER)

/* Where the image carrier's handover says that its area is, and the command line in there. */
struct area {
	const struct iq_boot *boot;
	uint64_t start, end;
	char *line;
	uint32_t room; /* bytes of a command line that the kernel takes */
};

static void *reach(const struct iq_boot *boot, uint64_t address, uint64_t length)
{
	return boot->loaded->reach(boot->loaded, address, length);
}

bool iq_capture_is_one(const struct iq_boot *boot)
{
	uint64_t address;
	const char *line;
	uint32_t room;

	if (!boot->form->is_sound(boot))
		return false;
	line = boot->form->command_line(boot, &room);
	return line && boot->form->core_header(boot, line, &address);
}

uint32_t iq_capture_switches(const char *line)
{
	const enum iq_switch said = iq_cmdline_translation(line);

	if (iq_cmdline_iommu_off(line) || said == IQ_SWITCH_OFF)
		return IQ_HANDOVER_SWITCHED_OFF;
	return said == IQ_SWITCH_ON ? IQ_HANDOVER_SWITCHED_ON : 0;
}

/* The policy's word. IQ_UNSUPPORTED: DMA must not be blocked under this command line. */
static enum iq_status translate(char *line, uint32_t room, uint32_t flags)
{
	const enum iq_passthrough before = iq_cmdline_passthrough(line);

	if (iq_cmdline_iommu_off(line))
		return IQ_UNSUPPORTED;
	if (before == IQ_PASSTHROUGH_OFF)
		return IQ_NOTHING;
	if (flags & IQ_HANDOVER_TRANSLATE && iq_cmdline_add(line, room, IQ_TRANSLATED))
		return IQ_OK;
	return before == IQ_PASSTHROUGH_ON ? IQ_UNSUPPORTED : IQ_NOTHING;
}

/* The record in [@from, @end), its PT_NOTE in the ELF core header, which has no room behind @limit bytes. */
static enum iq_status insert_note(struct iq_handover *handover, uint8_t *header, uint32_t limit, uint64_t from,
				  uint64_t end)
{
	const uint32_t size = (uint32_t)iq_min(end - from, IQ_RECORD_MAX);
	enum iq_status status = iq_elfcorehdr_insert_note(header, limit, from, size);

	if (status == IQ_OK) {
		handover->note = from;
		handover->note_size = size;
	}
	return status;
}

/* The ELF core header at @address. NULL if it cannot be one. */
static uint8_t *find_header(const struct iq_boot *boot, uint64_t address, struct iq_elfcorehdr *core, enum iq_status *status)
{
	uint8_t *header = reach(boot, address, IQ_ELFCOREHDR_HEAD);
	uint32_t used, offset;

	*status = IQ_UNREACHABLE;
	if (!header)
		return NULL;
	used = iq_elfcorehdr_used(header);
	if (!reach(boot, address, used))
		return NULL;
	*status = iq_elfcorehdr_check(header, used, core, &offset);
	return *status == IQ_OK ? header : NULL;
}

/*
 * The record and its PT_NOTE: in the header as it is if that fits its last page, which is the loader's own; else in a
 * copy, to which the kernel is then led.
 */
static enum iq_status place_record(const struct area *area, struct iq_handover *handover, uint64_t from)
{
	const struct iq_boot *boot = area->boot;
	struct iq_elfcorehdr core;
	uint8_t *header, *copy;
	enum iq_status status;
	uint64_t address;

	if (!boot->form->core_header(boot, area->line, &address))
		return IQ_NOT_FOUND;
	header = find_header(boot, address, &core, &status);
	if (!header)
		return status;
	handover->elfcorehdr = address;
	handover->elfcorehdr_size = core.one_more;
	if (core.one_more <= iq_round_up(address + core.used, IQ_PAGE_SIZE) - address)
		return insert_note(handover, header, core.one_more, from, area->end);
	if (area->end - from < core.one_more + NOTE_ALIGN + NOTE_MIN)
		return IQ_NO_ROOM;
	copy = (uint8_t *)area->line + (from - area->start);
	iq_copy(copy, header, core.used);
	status = insert_note(handover, copy, core.one_more, iq_round_up(from + core.one_more, NOTE_ALIGN), area->end);
	if (status == IQ_OK && !boot->form->set_core_header(boot, area->line, area->room, from)) {
		handover->note = 0;
		return IQ_NO_ROOM;
	}
	if (status == IQ_OK)
		boot->form->set_command_line(boot, area->start);
	return status;
}

enum iq_status iq_capture_prepare(const struct iq_boot *boot, struct iq_handover *handover, uint64_t base)
{
	const uint64_t start = base + handover->note;
	struct area area = { .boot = boot, .start = start, .end = start + handover->note_size };
	const char *line = boot->form->command_line(boot, &area.room);
	enum iq_status translated, status;
	uint32_t length = 0;

	handover->next += base;
	handover->note = 0;
	area.line = reach(boot, start, IQ_CAPTURE_AREA);
	/* Bound: the form's line has a NUL within area.room. */
	while (line && line[length])
		length++;
	/* Of a line that is longer than the kernel reads nobody knows which words count. */
	if (handover->note_size != IQ_CAPTURE_AREA || start & ~IQ_PAGE_MASK || !area.line || !line || length >= area.room)
		return IQ_UNSUPPORTED;
	iq_zero(area.line, IQ_CAPTURE_AREA);
	iq_copy(area.line, line, length);
	handover->flags |= iq_capture_switches(area.line);
	translated = translate(area.line, area.room, handover->flags);
	if (translated == IQ_OK)
		boot->form->set_command_line(boot, start);

	/* From the memory map as it was, before the area is cut out of it. */
	if (!boot->form->ram(boot, base, &handover->crash_start, &handover->crash_end))
		handover->crash_start = handover->crash_end = 0;
	status = boot->form->reserve(boot, area.line, start, IQ_CAPTURE_AREA);
	if (status == IQ_OK) {
		handover->spare = start + IQ_BOOT_LINE;
		status = place_record(&area, handover, handover->spare + handover->spare_pages * IQ_PAGE_SIZE);
	}
	if (translated == IQ_UNSUPPORTED && !(handover->flags & IQ_HANDOVER_STOP))
		return IQ_UNSUPPORTED;
	if (translated == IQ_UNSUPPORTED)
		handover->flags |= IQ_HANDOVER_NO_BLOCK;
	return status;
}
