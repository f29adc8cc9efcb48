/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Understanding an image that kexec-tools built (kexec/arch/x86_64/kexec-bzImage64.c, kexec/arch/i386/crashdump-x86.c):
 * each part is recognised by its contents, never by its place in the list, and must be there exactly once.
 */
#include "image.h"

#include <inttypes.h>
#include <string.h>

#include "boot/bootparams.h"
#include "boot/cmdline.h"

/* Far more than a purgatory, boot_params or ELF core header has. Copies of them are made. */
#define PART_MAX (16u << 20)

/* struct setup_header, x86 boot protocol: what the kernel and the initrd are known by. */
#define RAMDISK	      0x218u
#define RAMDISK_HIGH  0x0c0u
#define INIT_SIZE     0x260u

static uint64_t end_of(const struct kq_segment *segment)
{
	return segment->address + segment->memory;
}

static bool check_segment(const struct kq_segment *segment, unsigned int index, const struct kq_range *crash,
			  struct kq_reason *reason)
{
	if ((segment->address | segment->memory) & ~IQ_PAGE_MASK)
		return kq_fail(reason, "segment %u at 0x%" PRIx64 "+0x%" PRIx64 " is not page-aligned", index,
			       segment->address, segment->memory);
	if (!segment->memory || segment->size > segment->memory)
		return kq_fail(reason, "segment %u has 0x%" PRIx64 " bytes for 0x%" PRIx64 " bytes of memory", index,
			       segment->size, segment->memory);
	if (!iq_no_wrap(segment->address, segment->memory) || segment->address < crash->first ||
	    end_of(segment) > crash->end)
		return kq_fail(reason, "segment %u at 0x%" PRIx64 "+0x%" PRIx64 " is outside the crash kernel's memory",
			       index, segment->address, segment->memory);
	return true;
}

bool kq_image_check(const struct kq_image *image, const struct kq_range *crash, struct kq_reason *reason)
{
	if (!image->segments || image->segments > KQ_SEGMENTS)
		return kq_fail(reason, "the image has %u segments", image->segments);
	for (unsigned int i = 0; i < image->segments; i++) {
		if (!check_segment(&image->segment[i], i, crash, reason))
			return false;
		for (unsigned int k = 0; k < i; k++)
			if (image->segment[k].address < end_of(&image->segment[i]) &&
			    image->segment[i].address < end_of(&image->segment[k]))
				return kq_fail(reason, "segments %u and %u overlap", k, i);
	}
	return true;
}

/* The one segment for which @is says yes. */
static bool find_one(const struct kq_image *image, bool (*is)(const struct kq_image *, const struct kq_segment *),
		     const char *what, unsigned int *found, struct kq_reason *reason)
{
	unsigned int number = 0;

	for (unsigned int i = 0; i < image->segments; i++)
		if (is(image, &image->segment[i])) {
			*found = i;
			number++;
		}
	if (!number)
		return kq_fail(reason, "no segment of the image looks like its %s", what);
	if (number > 1)
		return kq_fail(reason, "%u segments of the image look like its %s", number, what);
	if (image->segment[*found].memory > PART_MAX)
		return kq_fail(reason, "the %s takes 0x%" PRIx64 " bytes of memory", what, image->segment[*found].memory);
	return true;
}

static bool is_purgatory(const struct kq_image *image, const struct kq_segment *segment)
{
	return image->entry >= segment->address && image->entry - segment->address < segment->size;
}

static bool is_boot_params(const struct kq_image *image, const struct kq_segment *segment)
{
	return !is_purgatory(image, segment) && segment->size >= IQ_BOOTPARAMS_SIZE &&
	       iq_bootparams_check(segment->bytes, IQ_BOOTPARAMS_SIZE) == IQ_OK;
}

static bool is_elfcorehdr(const struct kq_image *image, const struct kq_segment *segment)
{
	struct iq_elfcorehdr core;
	uint32_t offset;

	return !is_purgatory(image, segment) && segment->memory <= PART_MAX &&
	       iq_elfcorehdr_check(segment->bytes, (uint32_t)segment->size, &core, &offset) == IQ_OK;
}

static bool all_zero(const uint8_t *bytes, uint64_t length)
{
	for (uint64_t i = 0; i < length; i++)
		if (bytes[i])
			return false;
	return true;
}

static bool find_command_line(const struct kq_image *image, struct kq_parts *parts, struct kq_reason *reason)
{
	const struct kq_segment *segment = &image->segment[parts->boot_params];
	uint64_t address = iq_bootparams_command_line(segment->bytes);
	const uint8_t *nul;

	if (address < segment->address + IQ_BOOTPARAMS_SIZE || address - segment->address >= segment->size)
		return kq_fail(reason, "the command line at 0x%" PRIx64 " is not behind boot_params", address);
	parts->command_line = address - segment->address;
	nul = memchr(segment->bytes + parts->command_line, 0, segment->size - parts->command_line);
	if (!nul)
		return kq_fail(reason, "the command line has no end");
	parts->command_line_length = (uint32_t)((uint64_t)(nul - segment->bytes) - parts->command_line);
	parts->command_line_max = iq_bootparams_command_line_max(segment->bytes);
	if (parts->command_line_length > parts->command_line_max)
		return kq_fail(reason, "the command line has %u characters, the capture kernel takes %u",
			       parts->command_line_length, parts->command_line_max);
	/* kexec-tools leave zeros behind the command line, for what purgatory may append. The padding up to the page's end is free too. */
	if (all_zero(nul, (uint64_t)(segment->bytes + segment->size - nul)))
		parts->command_line_room = (uint32_t)(segment->memory - parts->command_line);
	else
		parts->command_line_room = parts->command_line_length + 1;
	return true;
}

static bool find_elfcorehdr(const struct kq_image *image, struct kq_parts *parts, struct kq_reason *reason)
{
	const struct kq_segment *segment = &image->segment[parts->elfcorehdr];
	uint64_t address;
	uint32_t offset;

	if (!iq_cmdline_elfcorehdr(kq_image_command_line(image, parts), &address))
		return kq_fail(reason, "the command line has no elfcorehdr=");
	if (address != segment->address)
		return kq_fail(reason, "elfcorehdr=0x%" PRIx64 ", but the ELF core header is at 0x%" PRIx64, address,
			       segment->address);
	iq_elfcorehdr_check(segment->bytes, (uint32_t)segment->size, &parts->core, &offset);
	if (!all_zero(segment->bytes + parts->core.used, segment->size - parts->core.used))
		return kq_fail(reason, "something unknown lies behind the ELF core header");
	return true;
}

bool kq_image_parts(const struct kq_image *image, struct kq_parts *parts, struct kq_reason *reason)
{
	memset(parts, 0, sizeof(*parts));
	return find_one(image, is_purgatory, "purgatory (holds the entry)", &parts->purgatory, reason) &&
	       find_one(image, is_boot_params, "boot_params", &parts->boot_params, reason) &&
	       find_one(image, is_elfcorehdr, "ELF core header", &parts->elfcorehdr, reason) &&
	       find_command_line(image, parts, reason) && find_elfcorehdr(image, parts, reason);
}

const char *kq_image_role(const struct kq_image *image, const struct kq_parts *parts, unsigned int index)
{
	const struct kq_segment *segment = &image->segment[index];
	const uint8_t *params = image->segment[parts->boot_params].bytes;
	uint64_t ramdisk = iq_le32(params + RAMDISK) | (uint64_t)iq_le32(params + RAMDISK_HIGH) << 32;

	if (index == parts->purgatory)
		return "purgatory";
	if (index == parts->boot_params)
		return "boot_params and command line";
	if (index == parts->elfcorehdr)
		return "ELF core header";
	if (segment->address == image->entry)
		return "plugin";
	if (segment->address == ramdisk)
		return "initrd";
	if (segment->memory == iq_round_up(iq_le32(params + INIT_SIZE), IQ_PAGE_SIZE))
		return "kernel";
	return "other";
}

const char *kq_image_command_line(const struct kq_image *image, const struct kq_parts *parts)
{
	return (const char *)image->segment[parts->boot_params].bytes + parts->command_line;
}
