/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Linux's PCI functions on IBM Z (arch/s390/include/asm/pci.h, drivers/iommu/s390-iommu.c; 6.0 to 7.2): a unit is a struct zpci_dev. Its
 * tables are its own (before 6.7), or those of the domain that it is attached to. What was unmapped and not flushed is in a bitmap of
 * the device (before 6.7), or in the flush queues of the domain (drivers/iommu/dma-iommu.c).
 */
#include "zpci/zpci.h"
#include "base/budget.h"
#include "family.h"
#include "form-z.h"

#include <elf.h>
#include <inttypes.h>

enum { LIST, CPU_OFFSETS, CPUS, SYMBOLS };
static const char *const symbols[SYMBOLS] = {
	[LIST] = "zpci_list",
	[CPU_OFFSETS] = "__per_cpu_offset",
	[CPUS] = "nr_cpu_ids",
};

enum {
	LINK, FID, FH, UID, DEVFN, FIRST, LAST, REFRESH, BUS, BUS_DOMAIN,
	/* of the device itself */
	TABLE, MAPPED, UNMAPPED, LAZY, LAZY_PAGES,
	/* of a domain */
	DOMAIN, DOMAIN_TYPE, DOMAIN_TABLE, DOMAIN_ORIGIN, DOMAIN_MAPPED, DOMAIN_UNMAPPED,
	/* of its flush queues */
	COOKIE, QUEUED, QUEUE_TYPE, QUEUE, CPU_QUEUE, FLUSHED, HEAD, TAIL, MASK, ENTRIES, ENTRY, ENTRY_FRAME, ENTRY_PAGES,
	ENTRY_COUNTER,
	MEMBERS
};
static const char *const members[MEMBERS][2] = {
	[LINK] = { "zpci_dev", "entry" },
	[FID] = { "zpci_dev", "fid" },
	[FH] = { "zpci_dev", "fh" },
	[UID] = { "zpci_dev", "uid" },
	[DEVFN] = { "zpci_dev", "devfn" },
	[FIRST] = { "zpci_dev", "start_dma" },
	[LAST] = { "zpci_dev", "end_dma" },
	[REFRESH] = { "zpci_dev", "tlb_refresh" },
	[BUS] = { "zpci_dev", "zbus" },
	[BUS_DOMAIN] = { "zpci_bus", "domain_nr" },
	[TABLE] = { "zpci_dev", "dma_table" },
	[MAPPED] = { "zpci_dev", "mapped_pages.counter" },
	[UNMAPPED] = { "zpci_dev", "unmapped_pages.counter" },
	[LAZY] = { "zpci_dev", "lazy_bitmap" },
	[LAZY_PAGES] = { "zpci_dev", "iommu_pages" },
	[DOMAIN] = { "zpci_dev", "s390_domain" },
	[DOMAIN_TYPE] = { "iommu_domain", "type" },
	[DOMAIN_TABLE] = { "s390_domain", "dma_table" },
	[DOMAIN_ORIGIN] = { "s390_domain", "origin_type" },
	[DOMAIN_MAPPED] = { "s390_domain", "ctrs.mapped_pages.counter" },
	[DOMAIN_UNMAPPED] = { "s390_domain", "ctrs.unmapped_pages.counter" },
	[COOKIE] = { "iommu_domain", "iova_cookie" },
	[QUEUED] = { "iommu_dma_cookie", "fq_domain" },
	[QUEUE_TYPE] = { "iommu_dma_cookie", "options.qt" },
	[QUEUE] = { "iommu_dma_cookie", "single_fq" },
	[CPU_QUEUE] = { "iommu_dma_cookie", "percpu_fq" },
	[FLUSHED] = { "iommu_dma_cookie", "fq_flush_finish_cnt.counter" },
	[HEAD] = { "iova_fq", "head" },
	[TAIL] = { "iova_fq", "tail" },
	[MASK] = { "iova_fq", "mod_mask" },
	[ENTRIES] = { "iova_fq", "entries" },
	[ENTRY] = { "iova_fq_entry", "" },
	[ENTRY_FRAME] = { "iova_fq_entry", "iova_pfn" },
	[ENTRY_PAGES] = { "iova_fq_entry", "pages" },
	[ENTRY_COUNTER] = { "iova_fq_entry", "counter" },
};

/* include/linux/iommu.h: bits of iommu_domain.type */
#define TYPE_PAGING   IQ_BIT(0)
#define TYPE_IDENTITY IQ_BIT(2)
/* drivers/iommu/dma-iommu.c: iommu_dma_options.qt, IOMMU_DMA_OPTS_SINGLE_QUEUE */
#define SINGLE_QUEUE  1u

#define QUEUE_MAX     65536u /* entries of one queue; Linux makes 32,768 */
#define CPUS_MAX      8192u
#define WORD	      8u
#define BITS	      64u

/* A function that is being read. */
struct function {
	struct kernel_units *units;
	struct kernel_objects *kernel;
	struct evidence_unit unit;
	uint64_t object, domain;
};

static void set(struct function *function, enum zpci_register number, uint64_t value)
{
	kernel_unit_register(&function->unit, number, value);
}

/* The registers of a function whose top table is at the kernel's address @table, of type @type of an IOTA. */
static void set_table(struct function *function, uint64_t table, uint64_t type)
{
	const uint64_t origin = kernel_physical_of(function->kernel, table, "zpci: dma_table");

	if (origin & ~IOTA_ORIGIN || type > IOTA_TYPE_FIRST)
		kernel_fail(function->kernel, "struct zpci_dev at 0x%016" PRIx64 ": a DMA table of type %" PRIu64 " at 0x%" PRIx64,
			    function->object, type, origin);
	function->unit.unit.value[ZPCI_FC] |= FC_REGISTERED;
	set(function, ZPCI_IOTA, origin | IOTA_ENABLED | iq_put(type, IOTA_TYPE));
}

/* Pages that are mapped, by two counters that only grow. */
static void set_count(struct function *function, uint64_t object, unsigned int mapped, unsigned int unmapped)
{
	if (!kernel_has(function->kernel, mapped) || !kernel_has(function->kernel, unmapped))
		return;
	function->unit.driver.counts = true;
	function->unit.driver.mapped = (kernel_get(function->kernel, object, mapped) -
					kernel_get(function->kernel, object, unmapped)) * IQ_PAGE_SIZE;
}

/* Pages whose bits are set in @word, from number @first on: one run after the other. */
static void add_bits(struct function *function, uint64_t start, uint64_t first, uint64_t word)
{
	while (word) {
		const unsigned int skip = (unsigned int)__builtin_ctzll(word);
		const uint64_t shifted = word >> skip;
		const unsigned int count = ~shifted ? (unsigned int)__builtin_ctzll(~shifted) : BITS;

		kernel_unflushed_add(function->units, start + (first + skip) * IQ_PAGE_SIZE, count * IQ_PAGE_SIZE);
		word = skip + count < BITS ? word & (~UINT64_C(0) << (skip + count)) : 0;
	}
}

/* A bit for each page from the first DMA address on. */
static void read_bitmap(struct function *function)
{
	struct kernel_objects *kernel = function->kernel;
	const uint64_t bitmap = kernel_get(kernel, function->object, LAZY);
	const uint64_t pages = kernel_get(kernel, function->object, LAZY_PAGES);
	const uint64_t bytes = iq_round_up(iq_min(pages, UINT64_MAX / 2), BITS) / 8;
	const uint64_t start = function->unit.unit.value[ZPCI_PBA];
	struct kq_reason reason;
	uint64_t word[IQ_PAGE_SIZE / WORD];

	function->unit.driver.knows_flushes = true;
	if (!bitmap)
		return; /* each page was flushed when it was unmapped */
	if (!kq_budget_take(KQ_BUDGET_BITMAP_BYTES, bytes, &reason)) {
		kernel_fail(kernel, "zpci_dev.lazy_bitmap: %s", reason.text);
		return;
	}
	for (uint64_t at = 0; at < bytes; at += sizeof(word)) {
		const uint64_t part = iq_min(bytes - at, sizeof(word));

		if (!kernel_bytes(kernel, bitmap + at, word, (size_t)part, "zpci_dev.lazy_bitmap"))
			return;
		for (uint64_t i = 0; i < part / WORD; i++)
			add_bits(function, start, (at / WORD + i) * BITS,
				 order_64(kernel_order(&kernel->memory), word[i]));
	}
}

/* The ring at @queue; what was freed before flush number @flushed ended is flushed. */
static void read_queue(struct function *function, uint64_t queue, uint64_t flushed)
{
	struct kernel_objects *kernel = function->kernel;
	const uint64_t mask = kernel_get(kernel, queue, MASK), tail = kernel_get(kernel, queue, TAIL);
	const uint64_t entries = kernel_at(kernel, queue, ENTRIES);
	const uint32_t size = kernel_size(kernel, ENTRY);

	if (mask >= QUEUE_MAX || mask & (mask + 1) || tail > mask)
		kernel_fail(kernel, "struct iova_fq at 0x%016" PRIx64 ": no ring of 0x%" PRIx64 " entries", queue, mask + 1);
	/* Bound: the entries of the ring. */
	for (uint64_t i = kernel_get(kernel, queue, HEAD) & mask; !kernel->failed && i != tail; i = (i + 1) & mask) {
		const uint64_t entry = entries + i * size;

		if (kernel_get(kernel, entry, ENTRY_COUNTER) >= flushed)
			kernel_unflushed_add(function->units, kernel_get(kernel, entry, ENTRY_FRAME) * IQ_PAGE_SIZE,
					     kernel_get(kernel, entry, ENTRY_PAGES) * IQ_PAGE_SIZE);
	}
}

static void read_cpu_queues(struct function *function, uint64_t queue, uint64_t flushed)
{
	struct kernel_objects *kernel = function->kernel;
	const uint64_t offsets = kernel_symbol(kernel, CPU_OFFSETS);
	const uint64_t cpus = kernel_number(kernel, kernel_symbol(kernel, CPUS), 4, symbols[CPUS]);

	if (cpus > CPUS_MAX)
		kernel_fail(kernel, "%s: %" PRIu64 " CPUs", symbols[CPUS], cpus);
	for (uint64_t i = 0; i < cpus && !kernel->failed; i++)
		read_queue(function, queue + kernel_number(kernel, offsets + WORD * i, WORD, symbols[CPU_OFFSETS]), flushed);
}

/* The flush queues of the domain: of all CPUs together, or one of each. */
static void read_queues(struct function *function)
{
	struct kernel_objects *kernel = function->kernel;
	uint64_t cookie, flushed, type;

	for (unsigned int i = COOKIE; i < MEMBERS; i++)
		if (!kernel_has(kernel, i))
			return;
	cookie = kernel_get(kernel, function->domain, COOKIE);
	if (!cookie)
		return;
	type = kernel_get(kernel, cookie, QUEUE_TYPE);
	if (type != SINGLE_QUEUE && (!kernel_symbol(kernel, CPU_OFFSETS) || !kernel_symbol(kernel, CPUS)))
		return;
	function->unit.driver.knows_flushes = true;
	if (!kernel_get(kernel, cookie, QUEUED))
		return; /* each page was flushed when it was unmapped */
	flushed = kernel_get(kernel, cookie, FLUSHED);
	if (type == SINGLE_QUEUE)
		read_queue(function, kernel_get(kernel, cookie, QUEUE), flushed);
	else
		read_cpu_queues(function, kernel_get(kernel, cookie, CPU_QUEUE), flushed);
}

/* The IOMMU domain that the function is attached to; it is the first member of Linux's struct s390_domain. */
static void read_domain(struct function *function)
{
	struct kernel_objects *kernel = function->kernel;
	const uint64_t domain = function->domain, type = kernel_get(kernel, domain, DOMAIN_TYPE);

	if (type & TYPE_IDENTITY) {
		function->unit.unit.value[ZPCI_FC] |= FC_REGISTERED;
		set(function, ZPCI_IOTA, 0);
	} else if (type & TYPE_PAGING) {
		/* The numbers of types are those of the entries in the tables. */
		set_table(function, kernel_get(kernel, domain, DOMAIN_TABLE),
			  kernel_has(kernel, DOMAIN_ORIGIN) ? iq_field(kernel_get(kernel, domain, DOMAIN_ORIGIN), IQ_Z_TYPE)
							    : IOTA_TYPE_THIRD);
		set_count(function, domain, DOMAIN_MAPPED, DOMAIN_UNMAPPED);
		read_queues(function);
	}
}

/* The function's own tables. */
static void read_own(struct function *function)
{
	const uint64_t table = kernel_get(function->kernel, function->object, TABLE);

	if (!table)
		return;
	set_table(function, table, IOTA_TYPE_THIRD);
	set_count(function, function->object, MAPPED, UNMAPPED);
	if (kernel_has(function->kernel, LAZY))
		read_bitmap(function);
}

static void read_function(struct function *function, uint64_t bus)
{
	struct kernel_objects *kernel = function->kernel;
	const uint64_t object = function->object, fid = kernel_get(kernel, object, FID), fh = kernel_get(kernel, object, FH);
	struct iq_function name = {
		.segment = (uint16_t)kernel_get(kernel, bus, BUS_DOMAIN),
		.requester = (uint16_t)(kernel_get(kernel, object, DEVFN) & 0xff),
	};

	set(function, ZPCI_FID, fid);
	set(function, ZPCI_FH, fh);
	set(function, ZPCI_UID, kernel_get(kernel, object, UID));
	set(function, ZPCI_FC, fh & FH_ENABLED ? FC_ENABLED : 0);
	set(function, ZPCI_PBA, kernel_get(kernel, object, FIRST));
	set(function, ZPCI_PAL, kernel_get(kernel, object, LAST));
	function->unit.unit.index = (uint16_t)function->units->evidence->units;
	function->unit.unit.segment = name.segment;
	function->unit.unit.requester = name.requester;
	function->unit.driver.shadow = kernel_get(kernel, object, REFRESH);
	function->domain = kernel_get(kernel, object, DOMAIN);
	if (function->domain)
		read_domain(function);
	else if (kernel_has(kernel, TABLE))
		read_own(function);
	kernel_functions_add(function->units, (iq_source_id)fid, &name, 0);
	kernel_unit_add(function->units, &function->unit);
}

static void read_units(struct kernel_units *units)
{
	struct kernel_objects *kernel = &units->objects;
	struct kernel_list list = kernel_list(kernel_symbol(kernel, LIST), LINK);
	uint64_t object;

	while (kernel_list_next(kernel, &list, &object)) {
		struct function function = {
			.units = units,
			.kernel = kernel,
			.object = object,
			.unit = { .family_id = ZPCI_ID, .unit = { .family = &iq_zpci, .status = IQ_OK } },
		};
		const uint64_t bus = kernel_get(kernel, object, BUS);

		/* One on no bus is not in use: nothing was ever mapped for it. */
		if (bus)
			read_function(&function, bus);
	}
}

static bool by_hand(struct unit_words *words, struct evidence_unit *unit, struct kq_reason *reason)
{
	uint64_t root = 0, fid = 0, levels = IQ_Z_REGION_THIRD;

	if (!unit_words_number(words, "root", UINT64_MAX, &root, reason) ||
	    !unit_words_number(words, "levels", IOTA_TYPE_FIRST + IQ_Z_SEGMENT, &levels, reason) ||
	    !unit_words_number(words, "fid", UINT32_MAX, &fid, reason))
		return false;
	if (!root || root & ~IOTA_ORIGIN || levels < IQ_Z_SEGMENT)
		return kq_fail(reason, "no region or segment table of %" PRIu64 " levels can be at 0x%" PRIx64, levels, root);
	kernel_unit_register(unit, ZPCI_FID, fid);
	kernel_unit_register(unit, ZPCI_FC, FC_ENABLED | FC_REGISTERED);
	kernel_unit_register(unit, ZPCI_IOTA, root | IOTA_ENABLED | iq_put(levels - IQ_Z_SEGMENT, IOTA_TYPE));
	return true;
}

/* arch/s390/pci/pci_event.c: pr_fmt, __zpci_event_error() */
static const char *const log_lines[] = { "zpci: ", NULL };
static const char *const log_faults[] = { "reports an error for PCI function", NULL };

const struct kernel_family kernel_zpci = {
	.family = &iq_zpci,
	.machine = EM_S390,
	.symbols = symbols,
	.symbol_count = SYMBOLS,
	.members = members,
	.member_count = MEMBERS,
	.units = read_units,
	.words = "[,levels=N][,fid=N]",
	.root = "its top region or segment table",
	.by_hand = by_hand,
	.log_lines = log_lines,
	.log_faults = log_faults,
};
