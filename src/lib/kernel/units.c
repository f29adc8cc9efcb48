/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From vmcoreinfo to units: symbols, then layouts, then the drivers' structures, family by family. All symbols are looked up in
 * one pass, and so are all members, because a pass through a kernel's tables takes most of the time.
 */
#include "units.h"

#include "base/budget.h"
#include "families.h"
#include "machines.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Symbols and members that no family asks for. */
enum { SYMBOL_BTF_START, SYMBOL_BTF_STOP, SYMBOLS };
enum { MEMBER_NEXT, MEMBERS };

/* All symbols and members, first those above, then those of each family that kernels of the machine can have a driver of. */
struct request {
	uint16_t machine; /* EM_* */
	struct symbol *symbol;
	struct member *member;
	size_t symbols, members;
};

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

static bool layout_from_dump(struct kernel_memory *memory, struct request *request, struct kq_reason *reason)
{
	const uint64_t start = request->symbol[SYMBOL_BTF_START].address,
		       stop = request->symbol[SYMBOL_BTF_STOP].address;
	struct image_btf image = { { read_image, stop - start, kernel_order(memory) }, memory, start };

	if (!start || stop <= start)
		return kq_fail(reason, "this kernel was built without BTF: only its vmlinux knows its structures");
	if (stop - start > kq_budget_limit(KQ_BUDGET_TYPE_BYTES))
		return kq_budget_exceeded(KQ_BUDGET_TYPE_BYTES, reason);
	return btf_find(&image.bytes, request->member, request->members, reason);
}

static bool find_layout(struct kernel_memory *memory, const struct kernel_clues *clues, struct request *request,
			struct kq_reason *reason)
{
	const struct kernel_build *build = clues->build;

	return build ? build->layout(build, request->member, request->members, reason)
		     : layout_from_dump(memory, request, reason);
}

/* Look in the kernel's build for those symbols that its kallsyms do not have: they may be those of functions only. */
static void complete_symbols(const struct kernel_build *build, uint64_t moved, struct request *request)
{
	struct symbol *own = calloc(request->symbols, sizeof(*own));
	struct kq_reason unused;

	if (!own)
		return;
	memcpy(own, request->symbol, request->symbols * sizeof(*own));
	if (build->symbols(build, moved, own, request->symbols, &unused))
		for (size_t i = 0; i < request->symbols; i++)
			if (!request->symbol[i].address)
				request->symbol[i].address = own[i].address;
	free(own);
}

static bool find_symbols(struct kernel_memory *memory, const struct kernel_clues *clues, struct request *request,
			 struct kq_reason *reason)
{
	const struct kernel_build *build = clues->build;
	struct kq_reason first, second;
	uint64_t moved = 0;

	vmcoreinfo_hex(&clues->info, "KERNELOFFSET", &moved);
	if (kallsyms_find(memory, &clues->info, request->symbol, request->symbols, &first)) {
		if (build)
			complete_symbols(build, moved, request);
		return true;
	}
	if (!build)
		return kq_fail(reason, "%s", first.text);
	return build->symbols(build, moved, request->symbol, request->symbols, &second) ||
	       kq_fail(reason, "%.120s; %.110s", first.text, second.text);
}

static bool ask(struct request *request)
{
	size_t symbol = SYMBOLS, member = MEMBERS;

	for (size_t i = 0; kernel_families[i]; i++) {
		if (kernel_families[i]->machine != request->machine)
			continue;
		request->symbols += kernel_families[i]->symbol_count;
		request->members += kernel_families[i]->member_count;
	}
	request->symbol = calloc(request->symbols, sizeof(*request->symbol));
	request->member = calloc(request->members, sizeof(*request->member));
	if (!request->symbol || !request->member)
		return false;
	request->symbol[SYMBOL_BTF_START].name = "__start_BTF";
	request->symbol[SYMBOL_BTF_STOP].name = "__stop_BTF";
	request->member[MEMBER_NEXT] = (struct member){ .structure = "list_head", .name = "next" };
	for (size_t i = 0; kernel_families[i]; i++) {
		const struct kernel_family *family = kernel_families[i];

		if (family->machine != request->machine)
			continue;
		for (unsigned int n = 0; n < family->symbol_count; n++)
			request->symbol[symbol++].name = family->symbols[n];
		for (unsigned int n = 0; n < family->member_count; n++)
			request->member[member++] = (struct member){ .structure = family->members[n][0],
								     .name = family->members[n][1] };
	}
	return true;
}

/* Read each family that the kernel has a driver of. A family in trouble does not keep the others from being read. */
static bool read_families(struct kernel_units *units, const struct request *request, struct kq_reason *reason)
{
	struct kernel_objects *kernel = &units->objects;
	struct kq_reason own = { .text = "" };
	bool all = true;

	kernel->symbol = request->symbol + SYMBOLS;
	kernel->member = request->member + MEMBERS;
	kernel->next = &request->member[MEMBER_NEXT];
	kernel->reason = &own;
	for (size_t i = 0; kernel_families[i]; i++) {
		units->family = kernel_families[i];
		if (units->family->machine != request->machine)
			continue;
		kernel->failed = false;
		if (kernel_symbol(kernel, 0))
			units->family->units(units);
		kernel_units_drop(units);
		if (kernel->failed && all)
			all = kq_fail(reason, "%s", own.text);
		kernel->symbol += units->family->symbol_count;
		kernel->member += units->family->member_count;
	}
	kernel->reason = NULL;
	return all;
}

bool kernel_units_find(struct iq_memory *memory, const struct kernel_clues *clues, struct evidence *evidence,
		       struct kq_reason *reason)
{
	const struct kernel_machine *machine = kernel_machine_find(clues->arch, reason);
	struct request request = { .machine = clues->arch->machine, .symbols = SYMBOLS, .members = MEMBERS };
	struct kernel_units units = { .evidence = evidence };
	struct kernel_memory *kernel = &units.objects.memory;
	bool found = false;

	if (!machine || !kernel_memory_open(kernel, machine, memory, &clues->info, reason))
		return false;
	if (!ask(&request))
		kq_fail(reason, "out of memory");
	else
		found = find_symbols(kernel, clues, &request, reason) && find_layout(kernel, clues, &request, reason) &&
			read_families(&units, &request, reason);
	free(request.symbol);
	free(request.member);
	return found;
}
