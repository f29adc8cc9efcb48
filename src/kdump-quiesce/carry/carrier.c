/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rebuilding the image: room for plugin and record, command line, memory map, PT_NOTE, purgatory's digest, handover. The
 * caller's bytes are never written to: what changes is copied first, so that the digest pass sees both.
 */
#include "carrier.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot/bootparams.h"
#include "boot/capture.h"
#include "boot/cmdline.h"
#include "digest.h"
#include "machine.h"

#define PLUGIN_MEMORY_MAX (4u << 20)
#define NOTE_ALIGN	  16u
#define NOTE_MIN	  (IQ_NOTE_HEADER + IQ_RECORD_MIN + IQ_NOTE_TRAILER)

/* The work on one image. */
struct work {
	const struct kq_image *caller;
	const struct kq_parts *parts;
	const struct kq_range *crash;
	const struct kq_plugin *plugin;
	const struct kq_settings *settings;
	struct kq_carried *out;
	struct kq_reason *reason;
	uint64_t plugin_memory; /* the plugin's own, whole pages */
	uint64_t header_memory; /* at the beginning of the carved pages: the copy of the ELF core header */
	uint64_t carved_memory; /* behind plugin_memory, whole pages */
	uint64_t spare_memory;	/* of the spare pages */
	uint8_t *plugin_bytes;
};

uint32_t kq_carrier_record(unsigned int units, unsigned int devices)
{
	/* Stages and log entries; registers of each unit, twice; the old words of each requester, when no two are
	 * alike, and how it was stopped. */
	uint64_t wanted = 4096 + (uint64_t)units * 2048 +
			  (uint64_t)devices * (2 * sizeof(struct iq_change) + sizeof(struct iq_record_device));

	return (uint32_t)iq_min(iq_round_up(wanted, IQ_PAGE_SIZE), IQ_RECORD_MAX);
}

static void *own(struct work *work, size_t size)
{
	void *memory = calloc(1, size);

	if (memory)
		work->out->owned[work->out->owned_number++] = memory;
	else
		kq_fail(work->reason, "out of memory");
	return memory;
}

/* A copy of segment @index that may be written to, at least @size bytes of it. */
static uint8_t *edit(struct work *work, unsigned int index, uint64_t size)
{
	struct kq_segment *segment = &work->out->image.segment[index];
	uint8_t *copy;

	if (size < segment->size)
		size = segment->size;
	copy = own(work, size);
	if (!copy)
		return NULL;
	memcpy(copy, segment->bytes, segment->size);
	segment->bytes = copy;
	segment->size = size;
	return copy;
}

static bool hotplug(const struct work *work)
{
	return work->caller->flags & (KQ_KEXEC_UPDATE_ELFCOREHDR | KQ_KEXEC_HOTPLUG_SUPPORT);
}

/* Where the unused end of the ELF core header's segment begins, as an offset. */
static uint64_t slack_from(const struct work *work)
{
	uint64_t from = work->parts->core.one_more;

	if (hotplug(work) && from < work->settings->elfcorehdr_size)
		from = work->settings->elfcorehdr_size;
	return iq_round_up(from, NOTE_ALIGN);
}

/*
 * Where the record goes, the spare pages, and the ELF core header when it is full. The slack is the simplest: the
 * capture kernel keeps off it anyway. @carve: pages of our own may be taken out of its memory map.
 */
static void lay_out(struct work *work, bool carve)
{
	const struct kq_segment *core = &work->caller->segment[work->parts->elfcorehdr];
	struct kq_carried *out = work->out;
	uint64_t from = slack_from(work), wanted = work->settings->record;
	uint64_t end = core->address + core->memory, slack = from < core->memory ? core->memory - from : 0;
	bool full = work->parts->core.one_more > core->memory;

	work->header_memory = work->carved_memory = 0;
	out->moved_header = false;
	out->place = KQ_RECORD_NONE;
	out->note = 0;
	out->note_size = 0;
	out->spare = 0;
	if (wanted < NOTE_MIN)
		wanted = NOTE_MIN;
	if (full && hotplug(work))
		return; /* a copy would miss what the kernel writes into the original */
	if (carve && (full || hotplug(work) || slack < wanted + work->spare_memory)) {
		out->place = KQ_RECORD_CARVED;
		out->moved_header = full;
		if (full)
			work->header_memory = iq_round_up(work->parts->core.one_more, NOTE_ALIGN);
		work->carved_memory = iq_round_up(work->header_memory + wanted, IQ_PAGE_SIZE);
		out->note_size = (uint32_t)iq_min(work->carved_memory - work->header_memory, IQ_RECORD_MAX);
		work->carved_memory += work->spare_memory;
	} else if (!full && slack >= NOTE_MIN) {
		if (slack >= wanted + work->spare_memory && end % IQ_PAGE_SIZE == 0) {
			slack -= work->spare_memory;
			end -= work->spare_memory;
			out->spare = end;
		}
		out->place = KQ_RECORD_SLACK;
		out->note_size = (uint32_t)iq_min(slack & ~(uint64_t)(NOTE_ALIGN - 1), IQ_RECORD_MAX);
		out->note = end - out->note_size;
	}
}

/* The highest hole between the caller's segments that takes @length bytes. */
static bool find_hole(const struct work *work, uint64_t length, uint64_t *address)
{
	uint64_t first = iq_round_up(work->crash->first, IQ_PAGE_SIZE), end = work->crash->end & IQ_PAGE_MASK;

	for (;;) {
		const struct kq_segment *below = NULL;
		uint64_t floor = first;

		/* The segment right below @end, which is the end of memory or the start of a segment. */
		for (unsigned int i = 0; i < work->caller->segments; i++) {
			const struct kq_segment *segment = &work->caller->segment[i];

			if (segment->address < end && (!below || segment->address > below->address))
				below = segment;
		}
		if (below)
			floor = below->address + below->memory;
		if (end >= floor && end - floor >= length) {
			*address = end - length;
			return true;
		}
		if (!below)
			return false;
		end = below->address;
	}
}

static bool place(struct work *work)
{
	struct kq_carried *out = work->out;
	uint64_t length = work->plugin_memory + work->carved_memory;

	if (!find_hole(work, length, &out->plugin))
		return kq_fail(work->reason, "no hole of 0x%" PRIx64 " bytes between the segments in the crash kernel's memory",
			       length);
	if (out->place == KQ_RECORD_CARVED) {
		out->note = out->plugin + work->plugin_memory + work->header_memory;
		out->spare = out->plugin + length - work->spare_memory;
	}
	return true;
}

/* Add @word to the command line in @params if there is room. */
static bool append(const struct work *work, uint8_t *params, const char *word)
{
	const size_t room = iq_min((uint64_t)work->parts->command_line_max + 1, work->parts->command_line_room);

	return iq_cmdline_add((char *)params + work->parts->command_line, room, word);
}

/*
 * A capture kernel that takes over blocked devices in pass-through mode never opens them again: its dump would be lost. What
 * is stopped at its source comes back, so that this is done alone; without it no plugin is better than one.
 */
static bool leave_open(struct work *work, const char *what)
{
	struct kq_carried *out = work->out;

	if (!(work->settings->policy & IQ_HANDOVER_STOP))
		return kq_fail(work->reason,
			       "the capture kernel's command line %s: it would never reach its disks again", what);
	out->no_block = true;
	snprintf(
		out->warning, sizeof(out->warning),
		"the capture kernel's command line %s: IOMMUs are left as they are, DMA is stopped at its source alone",
		what);
	return true;
}

static bool edit_command_line(struct work *work, uint8_t *params)
{
	const char *line = (const char *)params + work->parts->command_line, *off = iq_cmdline_iommu_off(line);
	enum iq_passthrough passthrough = iq_cmdline_passthrough(line);
	struct kq_carried *out = work->out;

	/* What is left open any capture kernel reaches. */
	if (work->settings->policy & IQ_HANDOVER_NO_BLOCK)
		return true;
	if (off) {
		char what[40];

		snprintf(what, sizeof(what), "has %s", off);
		return leave_open(work, what);
	}
	if (iq_cmdline_translation(line) == IQ_SWITCH_OFF)
		snprintf(out->warning, sizeof(out->warning), "the capture kernel's command line has intel_iommu=off: "
			 "it opens again what is blocked at the crash");
	if (passthrough == IQ_PASSTHROUGH_OFF)
		return true;
	out->translated = !work->settings->keep_command_line && append(work, params, IQ_TRANSLATED);
	if (!out->translated && passthrough == IQ_PASSTHROUGH_ON)
		return leave_open(work, work->settings->keep_command_line
						? "asks for IOMMU pass-through and is to be kept"
						: "asks for IOMMU pass-through and has no room for " IQ_TRANSLATED);
	if (!out->translated && !work->settings->keep_command_line)
		snprintf(out->warning, sizeof(out->warning),
			 "no room for %s on the capture kernel's command line (%zu of %u characters): "
			 "not added", IQ_TRANSLATED, strlen(line), work->parts->command_line_max);
	return true;
}

/* The command line says where the copy of the ELF core header is; the last such word counts. */
static bool edit_boot_params(struct work *work, uint8_t *params)
{
	struct kq_carried *out = work->out;
	char word[40];

	if (work->carved_memory &&
	    iq_bootparams_carve(params, out->plugin + work->plugin_memory, work->carved_memory) != IQ_OK)
		return false;
	snprintf(word, sizeof(word), "elfcorehdr=0x%" PRIx64, out->plugin + work->plugin_memory);
	return !out->moved_header || append(work, params, word);
}

static bool insert_note(struct work *work)
{
	const struct kq_segment *core = &work->caller->segment[work->parts->elfcorehdr];
	struct kq_carried *out = work->out;
	uint8_t *header;

	if (out->place == KQ_RECORD_NONE)
		return true;
	if (out->moved_header) {
		header = work->plugin_bytes + work->plugin_memory;
		memcpy(header, core->bytes, work->parts->core.used);
	} else {
		header = edit(work, work->parts->elfcorehdr, work->parts->core.one_more);
		if (!header)
			return false;
	}
	if (iq_elfcorehdr_insert_note(header, work->parts->core.one_more, out->note, out->note_size) != IQ_OK)
		return kq_fail(work->reason, "no PT_NOTE can be inserted in the ELF core header");
	return true;
}

/* What purgatory hashes in @image: every segment but its own, in order. */
static void cover(const struct work *work, const struct kq_image *image, bool core, struct kq_coverage *coverage)
{
	coverage->regions = 0;
	for (unsigned int i = 0; i < work->caller->segments; i++) {
		const struct kq_segment *segment = &image->segment[i];

		if (i == work->parts->purgatory || (i == work->parts->elfcorehdr && !core))
			continue;
		coverage->region[coverage->regions++] =
			(struct kq_region){ segment->address, segment->memory, segment->bytes, segment->size };
	}
}

/* The record is written after the digest was computed: it must lie outside. A copied ELF core header comes under it. */
static void cover_changes(const struct work *work, bool core, struct kq_coverage *coverage)
{
	const struct kq_segment *header = &work->out->image.segment[work->parts->elfcorehdr];
	const struct kq_carried *out = work->out;

	for (unsigned int i = 0; core && i < coverage->regions; i++) {
		struct kq_region *region = &coverage->region[i];

		if (out->place != KQ_RECORD_SLACK || region->start != header->address)
			continue;
		region->length = out->note - header->address;
		region->size = iq_min(region->size, region->length);
	}
	if (out->moved_header && coverage->regions < KQ_REGIONS)
		coverage->region[coverage->regions++] =
			(struct kq_region){ out->plugin + work->plugin_memory, work->header_memory,
					    work->plugin_bytes + work->plugin_memory, work->header_memory };
}

/* kexec --hotplug leaves the ELF core header out of the digest, because the kernel may rewrite it. */
static bool edit_digest(struct work *work)
{
	const struct kq_segment *segment = &work->caller->segment[work->parts->purgatory];
	uint8_t old_digest[KQ_DIGEST_SIZE], new_digest[KQ_DIGEST_SIZE], *purgatory;
	struct kq_coverage before, after;
	uint64_t regions_at, digest_at;
	unsigned int number;
	bool core = true;

	cover(work, work->caller, core, &before);
	number = kq_digest_find_regions(segment->bytes, segment->size, &before, &regions_at);
	if (!number) {
		core = false;
		cover(work, work->caller, core, &before);
		number = kq_digest_find_regions(segment->bytes, segment->size, &before, &regions_at);
	}
	if (!number)
		return kq_fail(work->reason, "purgatory has no list of these segments to check (kexec --no-checks, or unknown to us)");
	if (number != 1)
		return kq_fail(work->reason, "the list of segments that purgatory checks was found %u times", number);
	cover(work, &work->out->image, core, &after);
	cover_changes(work, core, &after);
	if (!kq_digest_pair(&before, &after, old_digest, new_digest, work->reason))
		return false;
	number = kq_digest_find(segment->bytes, segment->size, old_digest, &digest_at);
	if (number != 1)
		return kq_fail(work->reason, "the image's SHA-256 was found %u times in purgatory", number);
	purgatory = edit(work, work->parts->purgatory, segment->size);
	if (!purgatory)
		return false;
	kq_digest_put_regions(purgatory, regions_at, &after);
	memcpy(purgatory + digest_at, new_digest, KQ_DIGEST_SIZE);
	return true;
}

uint64_t kq_plugin_memory(const struct kq_plugin *plugin, struct kq_reason *reason)
{
	struct iq_handover built;

	if (plugin->size < IQ_HANDOVER_OFFSET + sizeof(built)) {
		kq_fail(reason, "the plugin in this program is damaged: %zu bytes", plugin->size);
		return 0;
	}
	memcpy(&built, plugin->bytes + IQ_HANDOVER_OFFSET, sizeof(built));
	if (built.magic == IQ_HANDOVER_MAGIC && built.version == IQ_HANDOVER_VERSION &&
	    built.machine == IQ_MACHINE_X86_64 && built.size == sizeof(built) &&
	    built.image_size >= IQ_HANDOVER_OFFSET + sizeof(built) + sizeof(struct iq_handover_tail) &&
	    built.image_size <= plugin->size && built.memory_size >= plugin->size &&
	    built.memory_size <= PLUGIN_MEMORY_MAX)
		return iq_round_up(built.memory_size, IQ_PAGE_SIZE);
	kq_fail(reason, "the plugin in this program does not fit it: version %u, machine %u, size %u, image %u, memory %u",
		built.version, built.machine, built.size, built.image_size, built.memory_size);
	return 0;
}

uint32_t kq_carrier_switches(const char *cmdline, bool on_by_default)
{
	const uint32_t said = iq_capture_switches(cmdline);

	return said || !on_by_default ? said : IQ_HANDOVER_SWITCHED_ON;
}

void kq_carrier_policy(struct iq_handover *handover, const struct kq_settings *settings)
{
	if (settings->console.kind != IQ_CONSOLE_NONE)
		handover->flags |= IQ_HANDOVER_VERBOSE;
	handover->flags |= settings->policy;
	handover->wait_us = settings->wait_us;
	handover->total_us = settings->total_us;
	handover->console = settings->console;
	if (settings->rules)
		iq_handover_add(handover, IQ_ITEM_RULES, settings->rule, settings->rules * (uint32_t)sizeof(*settings->rule));
	if (settings->roots)
		iq_handover_add(handover, IQ_ITEM_ROOTS, settings->root, settings->roots * (uint32_t)sizeof(*settings->root));
	handover->spare_pages = iq_handover_spare_pages(settings->rule, settings->rules);
}

/* The plugin becomes the last segment and the entry; a copied ELF core header travels at its end. */
static bool copy_plugin(struct work *work)
{
	uint64_t size = work->header_memory ? work->plugin_memory + work->header_memory : work->plugin->size;
	struct kq_image *image = &work->out->image;

	work->plugin_bytes = own(work, size);
	if (!work->plugin_bytes)
		return false;
	memcpy(work->plugin_bytes, work->plugin->bytes, work->plugin->size);
	image->segment[image->segments++] = (struct kq_segment){ work->plugin_bytes, size, work->out->plugin,
								 work->plugin_memory + work->carved_memory };
	image->entry = work->out->plugin;
	return true;
}

static bool fill_handover(struct work *work)
{
	struct iq_handover *handover = (struct iq_handover *)(work->plugin_bytes + IQ_HANDOVER_OFFSET);
	const struct kq_segment *core = &work->caller->segment[work->parts->elfcorehdr];
	const struct kq_settings *settings = work->settings;
	struct kq_carried *out = work->out;
	enum iq_status status;

	out->late_note = hotplug(work) && out->place != KQ_RECORD_NONE;
	handover->flags = (out->late_note ? IQ_HANDOVER_INSERT_NOTE : 0) | (out->no_block ? IQ_HANDOVER_NO_BLOCK : 0);
	handover->flags |= kq_carrier_switches(kq_image_command_line(&out->image, work->parts), settings->on_by_default);
	kq_carrier_policy(handover, settings);
	handover->next = work->caller->entry;
	handover->note = out->note;
	handover->note_size = out->note_size;
	handover->spare = out->spare;
	handover->elfcorehdr = core->address;
	handover->elfcorehdr_size = (uint32_t)core->memory;
	if (out->place == KQ_RECORD_SLACK)
		handover->elfcorehdr_size = (uint32_t)(out->note - core->address);
	handover->firmware.address = settings->rsdp;
	if (!settings->rsdp)
		handover->firmware.address = iq_bootparams_rsdp(work->caller->segment[work->parts->boot_params].bytes);
	if (handover->firmware.address)
		handover->firmware.kind = IQ_FIRMWARE_ACPI;
	handover->clock = settings->clock;
	handover->crash_start = work->crash->first;
	handover->crash_end = work->crash->end;
	iq_handover_seal(work->plugin_bytes);
	out->crc = handover->crc;
	status = iq_handover_check(work->plugin_bytes, (uint32_t)work->plugin->size);
	return status == IQ_OK || kq_fail(work->reason, "the plugin would refuse its handover: %s", iq_status_name(status));
}

static bool carry(struct work *work)
{
	const struct kq_segment *params = &work->caller->segment[work->parts->boot_params];
	struct kq_carried *out = work->out;
	uint8_t *edited;
	bool carve;

	if (work->caller->segments == KQ_SEGMENTS)
		return kq_fail(work->reason, "the image already has %u segments: no slot for the plugin", KQ_SEGMENTS);
	work->plugin_memory = kq_plugin_memory(work->plugin, work->reason);
	if (!work->plugin_memory)
		return false;
	edited = edit(work, work->parts->boot_params, params->memory);
	if (!edited || !edit_command_line(work, edited))
		return false;
	carve = !iq_cmdline_exactmap((const char *)edited + work->parts->command_line);
	out->spare_pages = iq_handover_spare_pages(work->settings->rule, work->settings->rules);
	work->spare_memory = out->spare_pages * IQ_PAGE_SIZE;
	lay_out(work, carve);
	if (!place(work))
		return false;
	if (!edit_boot_params(work, edited)) {
		/* The memory map or the command line has no room: do with the slack, or without a record. */
		lay_out(work, false);
		if (!place(work))
			return false;
	}
	if (out->place == KQ_RECORD_NONE && !out->warning[0])
		snprintf(out->warning, sizeof(out->warning), "no room for a record of what happens at the crash: %s",
			 carve ? "ELF core header and memory map are full" : "ELF core header is full, memmap=exactmap");
	if (!out->spare && out->spare_pages > IQ_SPARE_PAGES && !out->warning[0])
		snprintf(out->warning, sizeof(out->warning),
			 "no room for the pages of mode sink: devices of that mode will be blocked");
	return copy_plugin(work) && insert_note(work) && edit_digest(work) && fill_handover(work) &&
	       kq_image_check(&out->image, work->crash, work->reason);
}

bool kq_carry(const struct kq_image *caller, const struct kq_parts *parts, const struct kq_range *crash,
	      const struct kq_plugin *plugin, const struct kq_settings *settings, struct kq_carried *carried,
	      struct kq_reason *reason)
{
	struct work work = { .caller = caller, .parts = parts, .crash = crash, .plugin = plugin,
			     .settings = settings, .out = carried, .reason = reason };

	memset(carried, 0, sizeof(*carried));
	carried->image = *caller;
	return carry(&work);
}

void kq_carried_free(struct kq_carried *carried)
{
	for (unsigned int i = 0; i < carried->owned_number; i++)
		free(carried->owned[i]);
	carried->owned_number = 0;
}
