/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: the image of a caller's kexec_load(2) is read from the caller's memory and rebuilt with the plugin in front. The input
 * begins with 2 bytes (enum how) that choose one of kexec-tools' images and the settings; changes of 12 bytes follow (struct change).
 * A kernel would load every rebuilt image, and purgatory would start it.
 */
#include "fuzz.h"

#include "unit/exec/loader-image.h"

#include "boot/bootparams.h"
#include "exec/caller.h"
#include "boot/cmdline.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum how {
	/* The initial image. */
	TIGHT = 0x1,   /* no room behind the command line */
	HOTPLUG = 0x2, /* the kernel may rewrite the ELF core header, which purgatory does not check */
	FULL = 0x4,    /* no room for one more entry of the ELF core header */
	CROWDED = 0x8, /* no room for one more entry of the memory map */
	IMAGES = 0x10, /* number of images */
	/* The settings. */
	HASHED = 0x10, /* purgatory's digest is computed after the changes */
	KEPT = 0x20,   /* the command line is not changed */
	STOP = 0x40,
	SINK = 0x80,
	LARGE = 0x100, /* a large record */
};

enum field {
	FIELD_SIZE,
	FIELD_ADDRESS,
	FIELD_MEMORY,
	FIELD_BUFFER,
	FIELD_BYTES, /* 8 bytes of the segment are overwritten */
	FIELD_ENTRY,
	FIELD_FLAGS,
	FIELD_CRASH_FIRST,
	FIELD_CRASH_END,
	FIELD_SEGMENTS, /* number of segments */
	FIELDS
};

struct change {
	uint8_t segment, field;
	uint16_t offset;  /* for FIELD_BYTES */
	uint8_t value[8]; /* FIELD_BYTES gets this value; it is added to all other fields */
};

#define LIST_MAX     20u       /* more than the kernel accepts */
#define MEMORY	     0x100000u /* bytes of the caller's memory; none is mapped after it */
#define CRASH_MEMORY UINT64_C(0x400000)
#define CRASH_MAX    (2 * CRASH_MEMORY)
#define E820_ENTRIES 0x1e8u
#define E820_TABLE   0x2d0u
#define E820_SIZE    20u

/* A segment as kexec_load(2) takes it. */
struct list_entry {
	uint64_t buffer, size, address, memory;
};

static struct loaded bases[IMAGES];
static uint8_t *memory; /* the caller's memory; this process is the caller */

/* An image as kexec-tools makes it, with a small kernel and initrd that lie close together. */
static const struct loaded *base_of(unsigned int how)
{
	struct loaded *base = &bases[how % IMAGES];
	struct kq_segment *segment = base->image.segment;
	struct loader loader = loader_default();
	uint64_t end;

	if (base->image.segments)
		return base;
	loader.tight = how & TIGHT;
	loader.core_hashed = !(how & HOTPLUG);
	loader.flags |= how & HOTPLUG ? KQ_KEXEC_UPDATE_ELFCOREHDR : 0;
	/* 24 bytes of 16 KiB are left. */
	loader.notes = how & FULL ? 257 : loader.notes;
	loader.loads = how & FULL ? 34 : loader.loads;
	loader.e820_more = how & CROWDED ? 123 : 0;
	loader_make(&loader, base);
	end = segment[LOADER_CORE].address + segment[LOADER_CORE].memory;
	base->crash = (struct kq_range){ end - CRASH_MEMORY, end };
	segment[LOADER_BACKUP].address = base->crash.first;
	segment[LOADER_KERNEL].size = 0x1000;
	segment[LOADER_KERNEL].memory = 0x2000;
	segment[LOADER_KERNEL].address = segment[LOADER_INITRD].address - 0x10000;
	segment[LOADER_INITRD].size = 0x800;
	segment[LOADER_INITRD].memory = 0x1000;
	loader_hash(base, loader.core_hashed);
	return base;
}

static void prepare_once(void)
{
	if (memory)
		return;
	memory = mmap(NULL, 2 * MEMORY, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	require(memory != MAP_FAILED && !mprotect(memory, MEMORY, PROT_READ | PROT_WRITE));
}

/* The call: the caller's memory, and the call's arguments. */
struct call {
	struct kq_image image; /* its segments' bytes are in that memory */
	struct list_entry list[LIST_MAX];
	struct kq_range crash;
	unsigned int segments;
};

static void start_call(struct call *call, const struct loaded *base)
{
	size_t used = 0;

	call->image = base->image;
	call->crash = base->crash;
	call->segments = base->image.segments;
	memset(call->list, 0, sizeof(call->list));
	for (unsigned int i = 0; i < call->segments; i++) {
		struct kq_segment *segment = &call->image.segment[i];

		memcpy(memory + used, segment->bytes, segment->size);
		segment->bytes = memory + used;
		call->list[i] = (struct list_entry){ (uintptr_t)segment->bytes, segment->size, segment->address,
						     segment->memory };
		used += segment->size;
	}
}

static void change(struct call *call, const struct change *change)
{
	const unsigned int index = change->segment % LIST_MAX;
	struct list_entry *entry = &call->list[index];
	const struct kq_segment *segment = &call->image.segment[change->segment % call->image.segments];
	const uint64_t value = iq_le64(change->value);

	switch (change->field % FIELDS) {
	case FIELD_SIZE:
		entry->size += value;
		break;
	case FIELD_ADDRESS:
		entry->address += value;
		break;
	case FIELD_MEMORY:
		entry->memory += value;
		break;
	case FIELD_BUFFER:
		entry->buffer = (uintptr_t)memory + value % (2 * MEMORY);
		break;
	case FIELD_BYTES:
		if (change->offset + sizeof(value) <= segment->size)
			memcpy((uint8_t *)segment->bytes + change->offset, &value, sizeof(value));
		break;
	case FIELD_ENTRY:
		call->image.entry += value;
		break;
	case FIELD_FLAGS:
		call->image.flags ^= value;
		break;
	case FIELD_CRASH_FIRST:
		call->crash.first += value;
		break;
	case FIELD_CRASH_END:
		call->crash.end += value;
		break;
	case FIELD_SEGMENTS:
		call->segments = (unsigned int)(value % (LIST_MAX + 1));
		break;
	}
}

/* The kernel's conditions for a list of segments: kernel/kexec_core.c, sanity_check_segment_list. */
static void check_loadable(const struct kq_image *image, const struct kq_range *crash)
{
	require(image->segments && image->segments <= KQ_SEGMENTS);
	for (unsigned int i = 0; i < image->segments; i++) {
		const struct kq_segment *segment = &image->segment[i];
		const uint64_t end = segment->address + segment->memory;

		require(segment->address % IQ_PAGE_SIZE == 0 && segment->memory % IQ_PAGE_SIZE == 0);
		require(segment->size <= segment->memory && end > segment->address);
		require(segment->address >= crash->first && end <= crash->end);
		for (unsigned int k = 0; k < i; k++)
			require(image->segment[k].address >= end ||
				image->segment[k].address + image->segment[k].memory <= segment->address);
	}
}

/* The segment that contains [@address, @address + @length). */
static unsigned int segment_at(const struct kq_image *image, uint64_t address, uint64_t length)
{
	for (unsigned int i = 0; i < image->segments; i++) {
		const uint64_t at = address - image->segment[i].address;

		if (at <= image->segment[i].memory && length <= image->segment[i].memory - at)
			return i;
	}
	abort();
}

static bool has_only(const struct kq_image *image, uint64_t address, uint64_t length, uint8_t byte)
{
	uint8_t *bytes = memory_at(image, address, length);
	bool only = true;

	for (uint64_t i = 0; i < length; i++)
		only = only && bytes[i] == byte;
	free(bytes);
	return only;
}

/* Memory that is written at the crash must be zero before, and lie in the plugin's segment or the ELF core header's. */
static void check_written(const struct kq_carried *carried, const struct kq_parts *parts, uint64_t address,
			  uint64_t length)
{
	const unsigned int at = segment_at(&carried->image, address, length);

	require(at == parts->elfcorehdr || at == carried->image.segments - 1);
	require(has_only(&carried->image, address, length, 0));
}

static bool is_reserved(const uint8_t *params, uint64_t address, uint64_t length)
{
	for (unsigned int i = 0; i < params[E820_ENTRIES] && i < IQ_BOOTPARAMS_E820_MAX; i++) {
		const uint8_t *entry = params + E820_TABLE + E820_SIZE * i;

		if (iq_le32(entry + 16) == IQ_E820_RESERVED && iq_le64(entry) <= address &&
		    iq_le64(entry) + iq_le64(entry + 8) >= address + length)
			return true;
	}
	return false;
}

static void check_boot_params(const struct kq_image *caller, const struct kq_carried *carried,
			      const struct kq_parts *parts)
{
	const uint8_t *was = caller->segment[parts->boot_params].bytes;
	const uint8_t *is = carried->image.segment[parts->boot_params].bytes;
	const char *line = kq_image_command_line(&carried->image, parts);
	const uint32_t table = E820_TABLE + E820_SIZE * IQ_BOOTPARAMS_E820_MAX;

	require(!memcmp(is, was, E820_ENTRIES));
	require(!memcmp(is + E820_ENTRIES + 1, was + E820_ENTRIES + 1, E820_TABLE - E820_ENTRIES - 1));
	require(!memcmp(is + table, was + table, parts->command_line - table));
	require(strnlen(line, carried->image.segment[parts->boot_params].size - parts->command_line) <=
		parts->command_line_max);
	if (carried->place == KQ_RECORD_CARVED)
		require(is_reserved(is, carried->note, carried->note_size));
}

/* The capture kernel's command line and ELF core header must lead to the record. */
static void check_record(const struct kq_carried *carried, const struct kq_parts *parts)
{
	const struct kq_image *image = &carried->image;
	uint64_t address = 0, size;
	unsigned int at;
	uint8_t *core;

	if (carried->place == KQ_RECORD_NONE) {
		require(!carried->note_size && carried->warning[0]);
		return;
	}
	require(carried->note % 8 == 0 && carried->note_size >= IQ_NOTE_HEADER + IQ_RECORD_MIN + IQ_NOTE_TRAILER);
	check_written(carried, parts, carried->note, carried->note_size);
	require(iq_cmdline_elfcorehdr(kq_image_command_line(image, parts), &address));
	at = segment_at(image, address, 1);
	size = image->segment[at].address + image->segment[at].memory - address;
	core = memory_at(image, address, size);
	require(iq_elfcorehdr_has_note(core, (uint32_t)size, carried->note, carried->note_size));
	free(core);
}

static void check_handover(const struct kq_image *caller, const struct kq_carried *carried,
			   const struct kq_settings *settings)
{
	const struct kq_segment *plugin = &carried->image.segment[carried->image.segments - 1];
	struct iq_rule rule[IQ_HANDOVER_RULES];
	struct iq_handover handover;

	require(carried->image.entry == carried->plugin && plugin->address == carried->plugin);
	require(plugin->size >= no_plugin.size && iq_handover_check(plugin->bytes, (uint32_t)no_plugin.size) == IQ_OK);
	memcpy(&handover, plugin->bytes + IQ_HANDOVER_OFFSET, sizeof(handover));
	require(handover.memory_size <= plugin->memory && handover.next == caller->entry);
	require(handover.note == carried->note && handover.note_size == carried->note_size);
	require(handover.spare == carried->spare && iq_handover_rules(&handover, rule) == settings->rules);
}

/* @starts: purgatory would start the caller's own image. */
static void check_carried(const struct kq_image *caller, const struct kq_carried *carried, const struct kq_parts *parts,
			  const struct kq_range *crash, const struct kq_settings *settings, bool starts)
{
	const uint64_t spare = carried->spare_pages * IQ_PAGE_SIZE;

	require(carried->image.segments == caller->segments + 1 && carried->image.flags == caller->flags);
	check_loadable(&carried->image, crash);
	for (unsigned int i = 0; i < caller->segments; i++) {
		const struct kq_segment *was = &caller->segment[i], *is = &carried->image.segment[i];

		require(is->address == was->address && is->memory == was->memory && is->size >= was->size);
		if (i != parts->purgatory && i != parts->boot_params && i != parts->elfcorehdr)
			require(is->size == was->size && !memcmp(is->bytes, was->bytes, was->size));
		require(kq_image_role(&carried->image, parts, i));
	}
	check_handover(caller, carried, settings);
	check_boot_params(caller, carried, parts);
	check_record(carried, parts);
	if (carried->spare) {
		require(carried->spare % IQ_PAGE_SIZE == 0);
		check_written(carried, parts, carried->spare, spare);
		require(carried->spare >= carried->note + carried->note_size ||
			carried->spare + spare <= carried->note);
	}
	if (starts)
		require(purgatory_starts(&carried->image, caller->entry, carried->note, carried->note_size));
}

static void settings_of(struct kq_settings *settings, unsigned int how)
{
	*settings = no_settings;
	settings->keep_command_line = how & KEPT;
	settings->policy = how & STOP ? IQ_HANDOVER_STOP : 0;
	settings->record = how & LARGE ? IQ_RECORD_MAX : settings->record;
	settings->elfcorehdr_size = how & HOTPLUG ? 0x3000 : 0;
	if (how & SINK) {
		settings->rule[0] = (struct iq_rule){ .segment = 0, .first = 0x10, .last = 0x10, .mode = IQ_MODE_SINK, .reason = IQ_REASON_POLICY };
		settings->rules = 1;
	}
}

/* Compute the digest of the changed image. False if its place is unknown because purgatory was changed or moved. */
static bool hash_again(struct kq_caller_image *caller, unsigned int how)
{
	const struct kq_segment *purgatory = &caller->image.segment[LOADER_PURGATORY];
	struct loaded made = { .image = caller->image };

	if (caller->image.segments <= LOADER_CORE || purgatory->size < PURGATORY_SIZE ||
	    caller->image.entry != purgatory->address + PURGATORY_ENTRY)
		return false;
	made.bytes[LOADER_PURGATORY] = (uint8_t *)purgatory->bytes;
	loader_hash(&made, !(how & HOTPLUG));
	return true;
}

static void carry(struct kq_caller_image *caller, const struct kq_range *crash, unsigned int how)
{
	const bool starts = how & HASHED && hash_again(caller, how);
	uint8_t *before = malloc(caller->size);
	struct kq_reason reason = { "" };
	struct kq_settings settings;
	struct kq_carried carried;
	struct kq_parts parts;

	require(before);
	memcpy(before, caller->copy, caller->size);
	require(!starts || purgatory_starts(&caller->image, caller->image.entry, 0, 0));
	settings_of(&settings, how);
	if (kq_image_parts(&caller->image, &parts, &reason)) {
		if (kq_carry(&caller->image, &parts, crash, &no_plugin, &settings, &carried, &reason))
			check_carried(&caller->image, &carried, &parts, crash, &settings, starts);
		else
			require(reason.text[0]);
		kq_carried_free(&carried);
	} else {
		require(reason.text[0]);
	}
	require(!memcmp(before, caller->copy, caller->size));
	free(before);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct kq_caller_image caller;
	struct kq_reason reason = { "" };
	struct call call;
	unsigned int how;

	if (size < 2)
		return 0;
	how = iq_le16(bytes);
	prepare_once();
	start_call(&call, base_of(how));
	for (size_t at = 2; at + sizeof(struct change) <= size; at += sizeof(struct change)) {
		struct change one;

		memcpy(&one, bytes + at, sizeof(one));
		change(&call, &one);
	}
	/* Limit the size: hashing a large range takes long, and that is no fault. */
	if (call.crash.end - call.crash.first > CRASH_MAX)
		return 0;
	if (!kq_caller_list(getpid(), (uintptr_t)call.list, call.segments, &caller, &reason)) {
		require(reason.text[0] && (!call.segments || call.segments > KQ_SEGMENTS));
		return 0;
	}
	caller.image.entry = call.image.entry;
	caller.image.flags = call.image.flags;
	if (!kq_image_check(&caller.image, &call.crash, &reason)) {
		require(reason.text[0]);
		return 0;
	}
	check_loadable(&caller.image, &call.crash);
	if (kq_caller_fetch(getpid(), &caller, &reason)) {
		for (unsigned int i = 0; i < caller.image.segments; i++)
			require(!caller.image.segment[i].size ||
				!memcmp(caller.image.segment[i].bytes, (const void *)(uintptr_t)caller.buffer[i],
					caller.image.segment[i].size));
		carry(&caller, &call.crash, how);
	} else {
		require(reason.text[0]);
	}
	kq_caller_free(&caller);
	return 0;
}
