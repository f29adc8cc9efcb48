/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From vmcoreinfo to units: symbols, layouts, then the drivers' own lists. Everything read is hostile: lists are
 * bounded, pointers are followed through the kernel's page tables only.
 */
#include "units.h"

#include "base/cleanup.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BTF_MAX	    (UINT64_C(64) << 20) /* kernels have some 6 MiB of it */
#define MEMBERS_MAX 16u			 /* of one family */

static const struct kernel_family *const families[] = { &kernel_amdvi, &kernel_vtd };
#define FAMILIES IQ_ARRAY_SIZE(families)

enum { SYMBOL_BTF_START, SYMBOL_BTF_STOP, SYMBOL_LISTS };
/* Behind them a list and a flag for each family. */
#define SYMBOLS (SYMBOL_LISTS + 2 * FAMILIES)

bool kernel_member(struct kernel_units *units, uint64_t object, unsigned int number, uint64_t *value,
		   struct kq_reason *reason)
{
	const struct member *member = &units->member[number];
	uint8_t bytes[16] = { 0 };
	char what[96];

	if (!member->found)
		return kq_fail(reason, "struct %s of this kernel has no member %s", member->structure, member->name);
	snprintf(what, sizeof(what), "%s.%s", member->structure, member->name);
	if (!member->bits || member->bits > 64)
		return kq_fail(reason, "%s is no number in this kernel", what);
	if (!kernel_read(&units->memory, object + member->bit / 8, bytes, (member->bit % 8 + member->bits + 7) / 8,
			 what, reason))
		return false;
	*value = iq_le64(bytes) >> member->bit % 8;
	if (member->bit % 8)
		*value |= iq_le64(bytes + 8) << (64 - member->bit % 8);
	*value &= IQ_MASK(member->bits - 1, 0);
	return true;
}

bool kernel_member_physical(struct kernel_units *units, uint64_t object, unsigned int number, uint64_t *physical,
			    struct kq_reason *reason)
{
	const struct member *member = &units->member[number];
	uint64_t pointer;
	char what[96];

	if (!kernel_member(units, object, number, &pointer, reason))
		return false;
	*physical = 0;
	snprintf(what, sizeof(what), "%s.%s", member->structure, member->name);
	return !pointer || kernel_physical(&units->memory, pointer, what, physical, reason);
}

bool kernel_unit_add(struct kernel_units *units, const struct evidence_unit *unit, struct kq_reason *reason)
{
	if (unit->unit.base && evidence_same(units->evidence, unit) < units->evidence->units)
		return kq_fail(reason, "%s has the unit at 0x%" PRIx64 " twice: it leads in a circle",
			       units->family->list, unit->unit.base);
	return evidence_add(units->evidence, unit, reason);
}

/* Read every unit on the list whose head is at @head. */
static bool read_list(struct kernel_units *units, uint64_t head, uint32_t flag, struct kq_reason *reason)
{
	const struct kernel_family *family = units->family;
	const struct member *link = &units->member[family->link];
	unsigned int count = 0;
	uint64_t at;

	if (!kernel_member(units, head, family->next, &at, reason))
		return false;
	if (at != head && !link->found)
		return kq_fail(reason, "struct %s of this kernel has no member %s", link->structure, link->name);
	while (at != head) {
		if (count++ == KERNEL_UNITS_MAX)
			return kq_fail(reason, "%s at 0x%016" PRIx64 " has no end after %u units", family->list, head,
				       KERNEL_UNITS_MAX);
		if (!family->unit(units, at - link->bit / 8, flag, reason) ||
		    !kernel_member(units, at, family->next, &at, reason))
			return false;
	}
	return true;
}

static bool read_family(struct kernel_units *units, const struct symbol *list, const struct symbol *flag,
			struct kq_reason *reason)
{
	uint32_t value = 0;

	if (!list->address)
		return true; /* this kernel was built without its driver */
	if (flag->address && !kernel_read(&units->memory, flag->address, &value, sizeof(value), flag->name, reason))
		return false;
	return read_list(units, list->address, value, reason);
}

/* BTF that lies in the kernel's image. */
struct image_btf {
	struct btf_bytes bytes; /* first */
	struct kernel_memory *memory;
	uint64_t start;
};

static bool read_image(struct btf_bytes *bytes, uint64_t at, void *to, size_t size, struct kq_reason *reason)
{
	const struct image_btf *image = (struct image_btf *)bytes;

	return kernel_read(image->memory, image->start + at, to, size, "BTF", reason);
}

static bool layout_from_dump(struct kernel_memory *memory, const struct symbol *symbol, struct member *member,
			     size_t count, struct kq_reason *reason)
{
	const uint64_t start = symbol[SYMBOL_BTF_START].address, stop = symbol[SYMBOL_BTF_STOP].address;
	struct image_btf image = { { read_image, stop - start }, memory, start };

	if (!start || stop <= start)
		return kq_fail(reason, "this kernel was built without BTF: only its vmlinux knows its structures");
	if (stop - start > BTF_MAX)
		return kq_fail(reason, "BTF of 0x%" PRIx64 " bytes at 0x%016" PRIx64, stop - start, start);
	return btf_find(&image.bytes, member, count, reason);
}

static bool find_symbols(struct kernel_memory *memory, const struct kernel_clues *clues, struct symbol *symbol,
			 struct kq_reason *reason)
{
	const struct kernel_build *build = clues->build;
	struct kq_reason first, second;
	uint64_t moved = 0;

	if (kallsyms_find(memory, &clues->info, symbol, SYMBOLS, &first))
		return true;
	if (!build)
		return kq_fail(reason, "%s", first.text);
	vmcoreinfo_hex(&clues->info, "KERNELOFFSET", &moved);
	return build->symbols(build, moved, symbol, SYMBOLS, &second) ||
	       kq_fail(reason, "%.120s; %.110s", first.text, second.text);
}

struct request {
	struct symbol symbol[SYMBOLS];
	struct member member[FAMILIES * MEMBERS_MAX]; /* MEMBERS_MAX for each family, unused ones in between */
};

static void ask(struct request *request)
{
	request->symbol[SYMBOL_BTF_START].name = "__start_BTF";
	request->symbol[SYMBOL_BTF_STOP].name = "__stop_BTF";
	for (size_t i = 0; i < FAMILIES; i++) {
		request->symbol[SYMBOL_LISTS + 2 * i].name = families[i]->list;
		request->symbol[SYMBOL_LISTS + 2 * i + 1].name = families[i]->flag ? families[i]->flag : "";
	}
	for (size_t i = 0; i < FAMILIES * MEMBERS_MAX; i++) {
		const struct kernel_family *family = families[i / MEMBERS_MAX];
		const size_t n = i % MEMBERS_MAX;

		request->member[i].structure = n < family->count ? family->members[n][0] : "";
		request->member[i].name = n < family->count ? family->members[n][1] : "";
		request->member[i].found = n >= family->count; /* nothing to look for */
	}
}

static bool find(struct kernel_units *units, struct request *request, const struct kernel_clues *clues,
		 struct kq_reason *reason)
{
	const size_t members = FAMILIES * MEMBERS_MAX;
	struct kq_reason more;
	bool all = true;

	if (!find_symbols(&units->memory, clues, request->symbol, reason))
		return false;
	if (clues->build && !clues->build->layout(clues->build, request->member, members, reason))
		return false;
	if (!clues->build && !layout_from_dump(&units->memory, request->symbol, request->member, members, reason))
		return false;
	for (size_t i = 0; i < FAMILIES; i++) {
		units->family = families[i];
		units->member = &request->member[i * MEMBERS_MAX];
		if (read_family(units, &request->symbol[SYMBOL_LISTS + 2 * i],
				&request->symbol[SYMBOL_LISTS + 2 * i + 1], all ? reason : &more))
			continue;
		all = false;
	}
	return all;
}

bool kernel_units_find(struct iq_memory *memory, const struct kernel_clues *clues, struct evidence *evidence,
		       struct kq_reason *reason)
{
	_cleanup_free_ struct request *request = calloc(1, sizeof(*request));
	struct kernel_units units = { .evidence = evidence };

	if (!request)
		return kq_fail(reason, "out of memory");
	ask(request);
	return kernel_memory_open(&units.memory, memory, &clues->info, reason) && find(&units, request, clues, reason);
}
