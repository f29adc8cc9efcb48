/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Wrapping an image and undoing that. One function changes every field and notes the former value in a list. Undoing needs that list
 * only.
 */
#include "wrap.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot/capture.h"
#include "crc32.h"

/* struct pe_compat: arch/x86/boot/header.S, section .compat. */
#define COMPAT_SIZE  8u
#define COMPAT_ENTRY 4u

/* A copy of the image under construction. */
struct work {
	const struct kq_bzimage *image;
	uint8_t *bytes;
	struct iq_front front;
	uint32_t shift;
	struct kq_reason *reason;
};

static uint32_t front_crc(const struct iq_front *front)
{
	return iq_crc32_without(front, sizeof(*front), offsetof(struct iq_front, crc));
}

static bool front_is_sound(const struct kq_bzimage *image, const struct iq_front *front, struct kq_reason *reason)
{
	if (front->version != IQ_FRONT_VERSION || front->size != sizeof(*front))
		return kq_fail(reason, "wrapped by another version: front version %u, size %u", front->version, front->size);
	if (front->crc != front_crc(front))
		return kq_fail(reason, "wrapped, but the checksum of what it says about itself is wrong");
	if (front->shift % IQ_PAGE_SIZE || front->shift >= image->payload_size || front->edits > IQ_FRONT_EDITS ||
	    front->plugin_size < IQ_HANDOVER_OFFSET + sizeof(struct iq_handover) ||
	    front->plugin_size > front->shift || front->shift - front->plugin_size < IQ_FRONT_SIZE)
		return kq_fail(reason, "wrapped, but with impossible sizes: shift 0x%x, plugin 0x%x, %u edits", front->shift,
			       front->plugin_size, front->edits);
	for (uint32_t i = 0; i < front->edits; i++) {
		const struct iq_front_edit *edit = &front->edit[i];

		if (edit->size > sizeof(edit->original) || edit->offset > image->setup_size ||
		    edit->size > image->setup_size - edit->offset)
			return kq_fail(reason, "wrapped, but edit %u is outside of the setup: offset 0x%x, size %u", i,
				       edit->offset, edit->size);
	}
	return true;
}

enum kq_wrap_state kq_wrap_look(const struct kq_bzimage *image, struct kq_wrapped *wrapped, struct kq_reason *reason)
{
	const uint8_t *payload = image->bytes + image->setup_size, *plugin = payload + IQ_FRONT_SIZE;

	memset(wrapped, 0, sizeof(*wrapped));
	if (image->payload_size < IQ_FRONT_SIZE || memcmp(payload + IQ_FRONT_OFFSET, IQ_FRONT_MAGIC, 8))
		return KQ_PLAIN;
	memcpy(&wrapped->front, payload + IQ_FRONT_OFFSET, sizeof(wrapped->front));
	wrapped->front.producer[sizeof(wrapped->front.producer) - 1] = 0;
	if (!front_is_sound(image, &wrapped->front, reason))
		return KQ_DAMAGED;
	memcpy(&wrapped->handover, plugin + IQ_HANDOVER_OFFSET, sizeof(wrapped->handover));
	wrapped->sound = iq_handover_check(plugin, wrapped->front.plugin_size) == IQ_OK;
	return KQ_WRAPPED;
}

bool kq_wrap_carries(const uint8_t *payload, uint64_t size)
{
	struct iq_front front;
	void *plugin; /* a copy, for segments lie anywhere */
	bool sound;

	if (size < IQ_FRONT_SIZE || memcmp(payload + IQ_FRONT_OFFSET, IQ_FRONT_MAGIC, 8))
		return false;
	memcpy(&front, payload + IQ_FRONT_OFFSET, sizeof(front));
	if (front.plugin_size > size - IQ_FRONT_SIZE)
		return false;
	plugin = malloc(front.plugin_size + 1ull);
	if (!plugin)
		return false;
	memcpy(plugin, payload + IQ_FRONT_SIZE, front.plugin_size);
	sound = iq_handover_check(plugin, front.plugin_size) == IQ_OK;
	free(plugin);
	return sound;
}

/* Remove the signature, and the fields that say that there is one. */
static bool copy_setup(struct work *work, uint32_t size)
{
	const struct kq_bzimage *image = work->image;

	work->bytes = calloc(1, size);
	if (!work->bytes)
		return kq_fail(work->reason, "out of memory");
	memcpy(work->bytes, image->bytes, image->setup_size);
	if (image->signature) {
		memset(work->bytes + image->directories + KQ_PE_SECURITY * 8, 0, 8);
		memset(work->bytes + image->optional + KQ_PE_CHECKSUM, 0, 4);
	}
	return true;
}

static void put(uint8_t *bytes, uint32_t offset, uint32_t size, uint64_t value)
{
	for (uint32_t i = 0; i < size; i++)
		bytes[offset + i] = (uint8_t)(value >> 8 * i);
}

/* Change the 32-bit field at @offset. The caller counts the edits: at most 2 a section and 12 others. */
static void edit(struct work *work, uint32_t offset, uint32_t value)
{
	struct iq_front_edit *note = &work->front.edit[work->front.edits++];

	note->offset = offset;
	note->size = sizeof(value);
	note->original = iq_le32(work->bytes + offset);
	put(work->bytes, offset, sizeof(value), value);
}

static void shift(struct work *work, uint32_t offset)
{
	edit(work, offset, iq_le32(work->bytes + offset) + work->shift);
}

_Static_assert(2 * KQ_BZIMAGE_SECTIONS + 12 <= IQ_FRONT_EDITS, "every edit finds room");

static void edit_setup(struct work *work)
{
	const struct kq_bzimage *image = work->image;
	const uint64_t before = iq_round_up(work->shift, image->alignment);

	edit(work, KQ_SETUP_SYSSIZE, iq_le32(work->bytes + KQ_SETUP_SYSSIZE) + work->shift / 16);
	/* The kernel rounds its own place up to its alignment before it unpacks itself there. */
	edit(work, KQ_SETUP_INIT_SIZE, (uint32_t)(before + image->init_size));
	shift(work, KQ_SETUP_PAYLOAD_OFFSET);
	if (iq_le32(work->bytes + KQ_SETUP_HANDOVER))
		shift(work, KQ_SETUP_HANDOVER);
	if (image->protocol >= 0x20f && iq_le32(work->bytes + KQ_SETUP_KERNEL_INFO))
		shift(work, KQ_SETUP_KERNEL_INFO);
}

/* Where 32-bit EFI enters a 64-bit kernel. */
static void edit_compat(struct work *work, const struct kq_pe_section *section)
{
	const uint8_t *compat = work->bytes + section->offset;

	if (section->offset < work->image->setup_size && section->bytes >= COMPAT_SIZE && compat[0] == 1 &&
	    compat[1] == COMPAT_SIZE && iq_le32(compat + COMPAT_ENTRY) >= work->image->setup_size)
		shift(work, section->offset + COMPAT_ENTRY);
}

static void edit_section(struct work *work, const struct kq_pe_section *section)
{
	const uint32_t setup = work->image->setup_size;

	if (!memcmp(work->bytes + section->header, ".compat\0", 8))
		edit_compat(work, section);
	if (section->bytes && section->offset == setup) {
		shift(work, section->header + KQ_SECTION_MEMORY);
		shift(work, section->header + KQ_SECTION_BYTES);
		return;
	}
	if (section->address >= setup)
		shift(work, section->header + KQ_SECTION_ADDRESS);
	if (section->bytes && section->offset > setup)
		shift(work, section->header + KQ_SECTION_OFFSET);
}

static void edit_pe(struct work *work)
{
	const struct kq_bzimage *image = work->image;

	if (!image->pe)
		return;
	shift(work, image->optional + KQ_PE_CODE_SIZE);
	if (iq_le32(work->bytes + image->optional + KQ_PE_ENTRY) >= image->setup_size)
		shift(work, image->optional + KQ_PE_ENTRY);
	shift(work, image->optional + KQ_PE_IMAGE_SIZE);
	/* No loader checks the checksum, and the program that signs the image fills it in. */
	edit(work, image->optional + KQ_PE_CHECKSUM, 0);
	for (unsigned int i = 0; i < image->sections; i++)
		edit_section(work, &image->section[i]);
}

static bool put_plugin(struct work *work, const struct kq_wrapping *wrapping, const struct kq_settings *settings,
		       uint32_t memory)
{
	uint8_t *front = work->bytes + work->image->setup_size, *plugin = front + IQ_FRONT_SIZE;
	struct iq_handover *handover = (struct iq_handover *)(plugin + IQ_HANDOVER_OFFSET);
	enum iq_status status;

	memcpy(plugin, wrapping->plugin.bytes, wrapping->plugin.size);
	handover->flags = IQ_HANDOVER_IMAGE;
	if (!settings->keep_command_line && !(settings->policy & IQ_HANDOVER_NO_BLOCK))
		handover->flags |= IQ_HANDOVER_TRANSLATE;
	kq_carrier_policy(handover, settings);
	handover->next = work->shift - IQ_FRONT_SIZE + KQ_ENTRY64;
	handover->note = memory;
	handover->note_size = IQ_CAPTURE_AREA;
	iq_handover_seal(plugin);
	status = iq_handover_check(plugin, (uint32_t)wrapping->plugin.size);
	if (status != IQ_OK)
		return kq_fail(work->reason, "the plugin would refuse its handover: %s", iq_status_name(status));

	memcpy(work->front.magic, IQ_FRONT_MAGIC, sizeof(work->front.magic));
	work->front.version = IQ_FRONT_VERSION;
	work->front.size = sizeof(work->front);
	work->front.init_size = work->image->init_size;
	work->front.shift = work->shift;
	work->front.plugin_size = (uint32_t)wrapping->plugin.size;
	snprintf(work->front.producer, sizeof(work->front.producer), "%s", wrapping->producer);
	work->front.crc = front_crc(&work->front);
	memcpy(front, wrapping->front.bytes, wrapping->front.size);
	memcpy(front + IQ_FRONT_OFFSET, &work->front, sizeof(work->front));
	return true;
}

/* Read the result again: in a hostile header one field may have two roles, and one of them is wrong now. */
static bool check_made(const struct work *work, const struct kq_made *made)
{
	const struct kq_bzimage *image = work->image;
	struct kq_reason why = { "" };
	struct kq_wrapped wrapped;
	struct kq_bzimage again;

	if (kq_bzimage_read(&again, made->bytes, made->size, &why) && again.size == made->size &&
	    again.setup_size == image->setup_size && again.alignment == image->alignment &&
	    again.init_size == iq_round_up(work->shift, image->alignment) + image->init_size &&
	    kq_wrap_look(&again, &wrapped, &why) == KQ_WRAPPED && wrapped.sound)
		return true;
	return kq_fail(work->reason, "its headers overlap: what would be written could not be read again%s%.150s",
		       why.text[0] ? ": " : "", why.text);
}

bool kq_wrap(const struct kq_bzimage *image, const struct kq_wrapping *wrapping, const struct kq_settings *settings,
	     struct kq_made *made, struct kq_reason *reason)
{
	struct work work = { .image = image, .reason = reason };
	const uint32_t memory = (uint32_t)kq_plugin_memory(&wrapping->plugin, reason);
	struct kq_wrapped wrapped;

	memset(made, 0, sizeof(*made));
	if (!memory)
		return false;
	if (wrapping->front.size > IQ_FRONT_OFFSET)
		return kq_fail(reason, "the front in this program does not fit it: %zu bytes", wrapping->front.size);
	switch (kq_wrap_look(image, &wrapped, reason)) {
	case KQ_PLAIN:
		break;
	case KQ_WRAPPED:
		return kq_fail(reason, "it is wrapped already, by %s: unwrap it first", wrapped.front.producer);
	case KQ_DAMAGED:
		return false;
	}
	work.shift = IQ_FRONT_SIZE + memory + IQ_CAPTURE_AREA;
	if (!copy_setup(&work, image->size + work.shift))
		return false;
	made->bytes = work.bytes;
	made->size = image->size + work.shift;
	edit_setup(&work);
	edit_pe(&work);
	memcpy(work.bytes + image->setup_size + work.shift, image->bytes + image->setup_size, image->payload_size);
	return put_plugin(&work, wrapping, settings, memory) && check_made(&work, made);
}

bool kq_unwrap(const struct kq_bzimage *image, const struct kq_wrapped *wrapped, struct kq_made *made,
	       struct kq_reason *reason)
{
	struct work work = { .image = image, .reason = reason };
	const struct iq_front *front = &wrapped->front;
	struct kq_bzimage found;

	memset(made, 0, sizeof(*made));
	made->size = image->size - front->shift;
	if (!copy_setup(&work, made->size))
		return false;
	made->bytes = work.bytes;
	for (uint32_t i = front->edits; i-- > 0;)
		put(work.bytes, front->edit[i].offset, front->edit[i].size, front->edit[i].original);
	memcpy(work.bytes + image->setup_size, image->bytes + image->setup_size + front->shift,
	       image->payload_size - front->shift);
	return (kq_bzimage_read(&found, made->bytes, made->size, reason) && found.size == made->size &&
		found.init_size == front->init_size) ||
	       kq_fail(reason, "what is inside is no kernel as it was wrapped");
}
