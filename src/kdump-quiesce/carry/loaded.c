/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Searching the crash kernel's memory for the plugin: page by page for its handover, then its checksum. A former image leaves pieces
 * in memory, even whole plugins; the ELF core header is then that of the new image.
 */
#include "loaded.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot/elfcorehdr.h"
#include "host/told.h"

#define LOADED	    "/sys/kernel/kexec_crash_loaded"
#define IOMEM_MAX   (4u << 20)
#define CHUNK	    (1u << 20)
#define IMAGE_MAX   (4u << 20)
#define HEADER_MAX  (8u << 20)

struct search {
	const struct kq_physical *physical;
	struct kq_plugin_seen *seen;
	uint8_t *chunk;
	bool read, unread; /* some memory could be read; some could not */
};

/* Does the ELF core header that the plugin at @handover was loaded with still lead to its record? */
static bool is_current(const struct kq_physical *physical, const struct iq_handover *handover)
{
	struct iq_elfcorehdr core;
	uint8_t *header;
	uint32_t offset;
	bool current = true;

	if (handover->flags & (IQ_HANDOVER_IMAGE | IQ_HANDOVER_INSERT_NOTE) || !handover->note ||
	    !handover->elfcorehdr_size || handover->elfcorehdr_size > HEADER_MAX)
		return true;
	header = malloc(handover->elfcorehdr_size);
	if (header && kq_physical_read(physical, handover->elfcorehdr, header, handover->elfcorehdr_size))
		current = iq_elfcorehdr_check(header, handover->elfcorehdr_size, &core, &offset) == IQ_OK &&
			  iq_elfcorehdr_has_note(header, handover->elfcorehdr_size, handover->note,
						 handover->note_size);
	free(header);
	return current;
}

/* A page begins like the plugin. Is all of it the plugin, down to the last byte? */
static bool examine(struct search *search, uint64_t address, const struct iq_handover *claimed)
{
	uint8_t *image;
	bool sound;

	if (claimed->image_size > IMAGE_MAX || claimed->image_size < sizeof(*claimed))
		return false;
	image = malloc(claimed->image_size);
	sound = image && kq_physical_read(search->physical, address, image, claimed->image_size) &&
		iq_handover_check(image, claimed->image_size) == IQ_OK;
	if (sound) {
		search->seen->address = address;
		memcpy(&search->seen->handover, image + IQ_HANDOVER_OFFSET, sizeof(search->seen->handover));
		search->seen->leftover = !is_current(search->physical, &search->seen->handover);
	}
	free(image);
	return sound && !search->seen->leftover;
}

static bool search_range(struct search *search, uint64_t first, uint64_t end)
{
	struct iq_handover handover;

	for (uint64_t at = first; at < end; at += CHUNK) {
		const size_t length = (size_t)iq_min(CHUNK, end - at);

		if (!kq_physical_read(search->physical, at, search->chunk, length)) {
			search->unread = true;
			continue;
		}
		search->read = true;
		for (size_t page = 0; page + IQ_HANDOVER_OFFSET + sizeof(handover) <= length; page += IQ_PAGE_SIZE) {
			memcpy(&handover, search->chunk + page + IQ_HANDOVER_OFFSET, sizeof(handover));
			if (handover.magic == IQ_HANDOVER_MAGIC && examine(search, at + page, &handover))
				return true;
		}
	}
	return false;
}

/* Search the pages of [@first, @end) that can be read. A saved machine has some of them only. */
static bool search_part(struct search *search, uint64_t first, uint64_t end)
{
	bool found = false;

	for (unsigned int i = 0; i < search->physical->ranges && !found; i++) {
		const struct kq_physical_range *range = &search->physical->range[i];
		const uint64_t from = range->first > first ? range->first : first;

		found = from < range->end && search_range(search, from, iq_min(range->end, end));
	}
	return found;
}

/* Every "Crash kernel" range. */
static bool search_all(struct search *search, const struct kq_host *host)
{
	char *text = kq_host_read(host, "/proc/iomem", IOMEM_MAX, NULL), *line, *next = NULL;
	bool found = false, hidden = true;

	for (line = text ? strtok_r(text, "\n", &next) : NULL; line && !found; line = strtok_r(NULL, "\n", &next)) {
		uint64_t first, last;
		int name = 0;

		if (sscanf(line, " %" SCNx64 "-%" SCNx64 " : %n", &first, &last, &name) != 2 || !name ||
		    strcmp(line + name, "Crash kernel") || last <= first || last == UINT64_MAX)
			continue;
		hidden = false;
		found = search_part(search, first, last + 1);
	}
	free(text);
	if (hidden)
		kq_fail(&search->seen->why, "/proc/iomem does not say where its memory is (not root?)");
	return found;
}

enum kq_loaded kq_loaded_look(const struct kq_host *host, const struct kq_physical *physical,
			      struct kq_plugin_seen *seen)
{
	struct search search = { .physical = physical, .seen = seen };
	bool found;

	memset(seen, 0, sizeof(*seen));
	if (kq_told_whose() && !kq_host_exists(host, LOADED)) {
		kq_fail(&seen->why, "%s has no " LOADED, kq_told_whose());
		return KQ_LOADED_UNSEEN;
	}
	if (!kq_host_number(host, LOADED, 0))
		return KQ_LOADED_NONE;
	seen->why = physical->no_ram;
	if (seen->why.text[0])
		return KQ_LOADED_UNSEEN;
	search.chunk = malloc(CHUNK);
	found = search.chunk && search_all(&search, host);
	free(search.chunk);
	if (found)
		return KQ_LOADED_OURS;
	if (search.read && !search.unread)
		return KQ_LOADED_PLAIN;
	if (!seen->why.text[0])
		kq_fail(&seen->why, "the crash kernel's memory cannot be read through /proc/kcore");
	return KQ_LOADED_UNSEEN;
}
