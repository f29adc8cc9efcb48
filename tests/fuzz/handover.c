/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: the handover as the plugin reads it at the crash. The plugin's sequence (purgatory/plugin.c) runs on a model of a
 * machine, after the input has changed a sound handover. The input's first byte is enum how; changes of 11 bytes follow: offset,
 * number of bytes, values. Addresses that are dereferenced lead to a few pages, or to a hole that faults.
 */
#include "fuzz.h"

/* Included with its static state, which is reset before each run: the real plugin runs once, in zeroed memory. */
#include "../../purgatory/plugin.c"

#include "boot/x86.h"
#include "models/amdvi.h"
#include "models/firmware.h"
#include "models/pci.h"
#include "models/tables.h"

#include <elf.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

enum how {
	SEALED = 1,  /* sealed after the changes, as by a faulty carrier */
	WEDGED = 2,  /* the unit executes no command */
	CUT_OFF = 4, /* the image ends before its last byte */
};

#define CHANGE 11u /* bytes */

/* The image: handover, some code, tail. */
#define CODE 64u
#define IMAGE                                                                                                          \
	(IQ_HANDOVER_OFFSET + (uint32_t)sizeof(struct iq_handover) + CODE + (uint32_t)sizeof(struct iq_handover_tail))

/* Memory that the plugin reads without struct iq_io is memory of this process: pages, then a hole. */
#define PAGES	   UINT64_C(0x10000)
#define HOLE	   UINT64_C(0x1000000)
#define ELFCOREHDR UINT64_C(0x1000)
#define NOTE	   UINT64_C(0x4000)
#define NOTE_SIZE  0x4000u
#define CANONICAL  (UINT64_C(1) << 47)

/* The machine. */
#define REGISTERS    UINT64_C(0xfd000000)
#define DEVICE_TABLE UINT64_C(0x10000000)
#define COMMANDS     UINT64_C(0x20000000)
#define EVENTS	     UINT64_C(0x28000000)
#define TABLES	     UINT64_C(0x30000000)
#define COMPLETION   UINT64_C(0x40000000)
#define SPARE	     UINT64_C(0x40010000)
#define SPARE_ROOM   UINT64_C(0x10000)
#define FIRMWARE     UINT64_C(0x7f000000)
#define RING_512     (UINT64_C(9) << 56)
#define REQUESTERS   128u
#define ENDPOINT     0x10u
/* Duration of one poll: long enough that no run has many polls, whatever its time limit is. */
#define RELAX_US(total_us) (100u + (total_us) / 1000u)
/* Duration of all waits after the time limit: each takes its minimum, and one poll more. */
#define LEAST_US(total_us) ((IQ_WAITS_OF_UNIT + 2) * (UINT64_C(1000) + RELAX_US(total_us)))

static uint8_t *pages;
static struct sigaction others;

static struct scene {
	struct model_machine machine; /* first: its io leads back here */
	struct model_pci pci;
	struct model_function *endpoint;
	struct model_amdvi unit;
	struct model_tables tables;
	uint64_t page; /* all requesters' tables lead to this page */
	uint64_t rsdp;
	uint64_t relaxes;
	void (*relax)(struct iq_io *io);
	uint32_t image_size;
} scene;

/* A fault in the hole is an exception of the machine. Any other fault is a bug. */
static void on_fault(int number, siginfo_t *info, void *context)
{
	const uint64_t offset = (uint64_t)((uint8_t *)info->si_addr - pages);

	(void)number;
	(void)context;
	if (offset >= PAGES + HOLE || !scene.machine.guards) {
		sigaction(SIGSEGV, &others, NULL);
		return;
	}
	scene.machine.trap = (struct iq_trap){ .cause = MODEL_VECTOR_PF, .address = offset };
	longjmp(*scene.machine.guard[scene.machine.guards - 1], 1);
}

static void prepare_once(void)
{
	const struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER };

	if (pages)
		return;
	pages = mmap(NULL, PAGES + HOLE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	require(pages != MAP_FAILED && !mprotect(pages, PAGES, PROT_READ | PROT_WRITE));
	require(!sigaction(SIGSEGV, &action, &others));
}

/* Implements image.h and port.h: the image, and the machine that the plugin runs on. */

uint32_t image_size(void)
{
	return scene.image_size;
}

void image_relocate(void)
{
}

enum iq_status machine_guard(iq_step step, void *context, struct iq_trap *trap)
{
	return scene.machine.io.guard(&scene.machine.io, step, context, trap);
}

static void relax(struct iq_io *io)
{
	scene.relaxes++;
	scene.relax(io);
}

static void *reach(struct iq_loaded *loaded, uint64_t address, uint64_t length)
{
	(void)loaded;
	(void)length;
	return (void *)(uintptr_t)address;
}

void machine_boot(struct iq_boot *boot, uint64_t address)
{
	scene.machine.io.loaded.reach = reach;
	*boot = (struct iq_boot){ .form = &iq_boot_x86, .loaded = &scene.machine.io.loaded, .address = address };
}

struct iq_io *machine_open(const struct iq_handover *handover, uint64_t entered)
{
	struct iq_io *io = &scene.machine.io;

	(void)entered;
	if (handover->clock.khz)
		io->tick_khz = handover->clock.khz;
	scene.machine.relax_ticks = iq_ticks(io, RELAX_US(handover->total_us));
	scene.relax = io->relax;
	io->relax = relax;
	return io;
}

void machine_hold_nmis(void)
{
}

void machine_close(void)
{
}

uint64_t machine_completion(bool usable)
{
	(void)usable;
	return COMPLETION;
}

uint32_t machine_nmis(void)
{
	return 0;
}

static void start_unit(bool wedged)
{
	struct model_amdvi *unit = &scene.unit;

	model_amdvi_init(unit, &scene.machine, REGISTERS);
	unit->table[0] = DEVICE_TABLE;
	unit->command_base = COMMANDS | RING_512;
	unit->event_base = EVENTS | RING_512;
	unit->efr = MODEL_AMDVI_GT_SUP | MODEL_AMDVI_IA_SUP | MODEL_AMDVI_HATS(6);
	unit->control = MODEL_AMDVI_IOMMU_EN | MODEL_AMDVI_EVENT_LOG_EN | MODEL_AMDVI_COHERENT | MODEL_AMDVI_CMD_BUF_EN;
	unit->trouble.wedged = wedged;
	scene.tables = (struct model_tables){ &scene.machine.memory, TABLES };
	scene.page = model_table_new(&scene.tables);
	for (unsigned int i = 0; i < REQUESTERS; i++) {
		model_memory_set64(&scene.machine.memory, DEVICE_TABLE + i * 32,
				   MODEL_DTE_OPEN | MODEL_DTE_MODE(3) | scene.page);
		/* Different domains, so that two neighbours do not share an entry of the record. */
		model_memory_set64(&scene.machine.memory, DEVICE_TABLE + i * 32 + 8, i % 8);
	}
}

static void start_firmware(void)
{
	static struct model_ivrs ivrs;
	struct model_acpi acpi;

	model_ivrs_start(&ivrs);
	model_ivrs_unit(&ivrs, 0x11, 0, 2, REGISTERS);
	model_acpi_start(&acpi, &scene.machine.memory, FIRMWARE);
	model_acpi_add(&acpi, ivrs.bytes, ivrs.length);
	scene.rsdp = model_acpi_root(&acpi, 2);
}

static void start_scene(bool wedged)
{
	memset(&scene, 0, sizeof(scene));
	model_machine_init(&scene.machine);
	model_memory_add(&scene.machine.memory, 0, UINT64_C(0x80000000));
	model_pci_start(&scene.pci, &scene.machine, true);
	scene.endpoint = model_pci_endpoint(&scene.pci, 0, ENDPOINT, MODEL_PCI_ENDPOINT, 0x0108);
	start_unit(wedged);
	start_firmware();
}

/* Write an ELF core header with two notes, and room for a third, into the pages. */
static void start_pages(void)
{
	struct {
		Elf64_Ehdr header;
		Elf64_Phdr entry[2];
	} core = {
		.header = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
			    .e_type = ET_CORE,
			    .e_machine = EM_X86_64,
			    .e_version = EV_CURRENT,
			    .e_phoff = sizeof(core.header),
			    .e_ehsize = sizeof(core.header),
			    .e_phentsize = sizeof(core.entry[0]),
			    .e_phnum = IQ_ARRAY_SIZE(core.entry) },
		.entry = { { .p_type = PT_NOTE }, { .p_type = PT_NOTE } },
	};

	memset(pages, 0xaa, PAGES);
	memset(pages + ELFCOREHDR, 0, IQ_PAGE_SIZE);
	memcpy(pages + ELFCOREHDR, &core, sizeof(core));
}

static void make_image(uint8_t *image)
{
	struct iq_handover handover = {
		.magic = IQ_HANDOVER_MAGIC,
		.version = IQ_HANDOVER_VERSION,
		.size = sizeof(handover),
		.image_size = IMAGE,
		.memory_size = 0x10000,
		.flags = IQ_HANDOVER_STOP | IQ_HANDOVER_CONTAIN | IQ_HANDOVER_INSERT_NOTE,
		.next = 0x12345000,
		.note = NOTE,
		.note_size = NOTE_SIZE,
		.elfcorehdr = ELFCOREHDR,
		.elfcorehdr_size = IQ_PAGE_SIZE,
		.spare = IQ_PAGE_SIZE,
		.firmware = { .address = scene.rsdp, .kind = IQ_FIRMWARE_ACPI },
		.clock = { .kind = IQ_CLOCK_TSC, .khz = MODEL_TICK_KHZ },
		.machine = LAYOUT_MACHINE,
		.wait_us = IQ_WAIT_US_DEFAULT,
		.total_us = IQ_TOTAL_US_DEFAULT,
		.spare_pages = IQ_SPARE_PAGES_SINK,
	};

	memset(image, 0x90, IMAGE);
	memcpy(image + IQ_HANDOVER_OFFSET, &handover, sizeof(handover));
}

/* Map @address into the @room bytes from @start on; an address that no processor has leads beyond them. */
static uint64_t place(uint64_t address, uint64_t size, uint64_t start, uint64_t room)
{
	if (!address || !iq_no_wrap(address, size))
		return address;
	return address < CANONICAL ? start + address % room : start + room + address % room;
}

static void place_all(struct iq_handover *handover)
{
	handover->note = place(handover->note, handover->note_size, (uintptr_t)pages, PAGES);
	handover->elfcorehdr = place(handover->elfcorehdr, 0, (uintptr_t)pages, PAGES);
	handover->spare = place(handover->spare, handover->spare_pages * IQ_PAGE_SIZE, SPARE, SPARE_ROOM);
}

/* Seal the handover, as the carrier does, which knows the image's size. */
static void seal_image(uint8_t *image)
{
	struct iq_handover *handover = (struct iq_handover *)(image + IQ_HANDOVER_OFFSET);

	place_all(handover);
	if (handover->image_size <= IMAGE && handover->image_size >= IMAGE - CODE)
		iq_handover_seal(image);
}

static void change(uint8_t *image, const uint8_t *bytes, size_t size)
{
	for (; size >= CHANGE; bytes += CHANGE, size -= CHANGE) {
		const uint32_t at = iq_le16(bytes) % IMAGE;

		memcpy(image + at, bytes + 3, iq_min(bytes[2] % 8 + 1, IMAGE - at));
	}
}

static uint64_t entry_word(unsigned int requester)
{
	return model_memory_get64(&scene.machine.memory, DEVICE_TABLE + requester * 32);
}

/* The mode of the first rule that names the requester. */
static enum iq_mode wanted(const struct iq_handover *handover, unsigned int requester)
{
	struct iq_rule rules[IQ_HANDOVER_RULES];
	const unsigned int number = iq_handover_rules(handover, rules);

	for (unsigned int i = 0; i < number; i++) {
		const struct iq_rule *rule = &rules[i];

		if (rule->segment == 0 && rule->first <= requester && requester <= rule->last)
			return rule->mode <= IQ_MODE_PRESERVE ? (enum iq_mode)rule->mode : IQ_MODE_BLOCK;
	}
	return IQ_MODE_BLOCK;
}

static bool has_root(const struct iq_handover *handover)
{
	return handover->firmware.kind == IQ_FIRMWARE_ACPI && handover->firmware.address == scene.rsdp;
}

/* The unit is sound, though its queue may be wedged: the policy alone decides what each requester can still do. */
static void check_entries(const struct iq_handover *handover)
{
	const uint64_t found = MODEL_DTE_OPEN | MODEL_DTE_MODE(3) | scene.page;
	const bool blocks =
		has_root(handover) && !(handover->flags & (IQ_HANDOVER_IMAGE | IQ_HANDOVER_NO_BLOCK));

	for (unsigned int i = 0; i < REQUESTERS; i++) {
		const enum iq_mode mode = wanted(handover, i);
		const uint64_t word = entry_word(i);

		if (!blocks || mode == IQ_MODE_PRESERVE)
			require(word == found);
		else if (mode == IQ_MODE_BLOCK && i == ENDPOINT)
			require(!(word & MODEL_DTE_IW)); /* it may read on if it did not stop in time */
		else if (mode == IQ_MODE_BLOCK)
			require((word & MODEL_DTE_OPEN) == (MODEL_DTE_V | MODEL_DTE_TV));
		else if (mode == IQ_MODE_BLOCK_WRITES)
			require(!(word & MODEL_DTE_IW));
		else
			require(word != found);
	}
}

/* If firmware's tables cannot be read, or time is short, the device may still do DMA. */
static void check_endpoint(const struct iq_handover *handover)
{
	const bool stopped = !(model_pci_word(scene.endpoint, MODEL_PCI_COMMAND) & MODEL_PCI_BUS_MASTER);
	const bool stops = handover->flags & IQ_HANDOVER_STOP && !(handover->flags & IQ_HANDOVER_IMAGE);
	const bool in_time = handover->total_us >= IQ_TOTAL_US_DEFAULT && scene.machine.io.tick_khz >= MODEL_TICK_KHZ;
	const enum iq_mode mode = wanted(handover, ENDPOINT);

	if (!stops || mode == IQ_MODE_PRESERVE)
		require(!stopped);
	else if (mode == IQ_MODE_BLOCK && has_root(handover) && in_time)
		require(stopped);
}

/* Only memory that the handover names was written, and the record is complete if it had room. */
static void check_pages(const struct iq_handover *handover, const uint8_t *as_found)
{
	const uint64_t note = handover->note - (uintptr_t)pages, core = handover->elfcorehdr - (uintptr_t)pages;
	const bool room = handover->note % 8 == 0 && note < PAGES && handover->note_size <= PAGES - note &&
			  handover->note_size >= IQ_NOTE_HEADER + IQ_RECORD_MIN + IQ_NOTE_TRAILER;
	struct iq_record_view view;
	uint32_t offset;

	for (uint64_t i = 0; i < PAGES; i++)
		require(pages[i] == as_found[i] || i - note < handover->note_size ||
			i - core < handover->elfcorehdr_size);
	if (room && !(handover->flags & IQ_HANDOVER_IMAGE))
		require(iq_record_open(&view, pages + note + IQ_NOTE_HEADER,
				       handover->note_size - IQ_NOTE_HEADER - IQ_NOTE_TRAILER, &offset) == IQ_OK);
}

static void check_nothing_done(void)
{
	require(!scene.machine.writes && !scene.machine.calls);
}

static void crash(uint8_t *image, bool accepted)
{
	static uint8_t as_found[PAGES], params[IQ_PAGE_SIZE];
	struct iq_handover handover;

	memcpy(as_found, pages, PAGES);
	memset(&run, 0, sizeof(run));
	plugin_main(image, scene.machine.clock, (uintptr_t)params);
	if (!accepted) {
		check_nothing_done();
		require(!memcmp(as_found, pages, PAGES));
		return;
	}
	memcpy(&handover, image + IQ_HANDOVER_OFFSET, sizeof(handover));
	require(!scene.machine.hung && !scene.machine.breach && !scene.machine.guards);
	require(handover.total_us <= IQ_TOTAL_US_MAX);
	require(scene.relaxes * RELAX_US(handover.total_us) <= handover.total_us + LEAST_US(handover.total_us));
	check_pages(&handover, as_found);
	check_entries(&handover);
	check_endpoint(&handover);
}

/* One change that is not wider than the checksum always makes the checksum wrong. */
static bool is_damaged(unsigned int how, const uint8_t *bytes, size_t size, bool changed)
{
	return changed && !(how & SEALED) && size / CHANGE == 1 && bytes[2] % 8 < sizeof(uint32_t);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const unsigned int how = size ? bytes[0] : SEALED;
	uint8_t image[IMAGE] __attribute__((aligned(8))), sound[IMAGE], *loaded;
	bool accepted, changed;

	if (size) {
		bytes++;
		size--;
	}
	prepare_once();
	start_scene(how & WEDGED);
	start_pages();
	make_image(image);
	if (!(how & SEALED))
		seal_image(image);
	memcpy(sound, image, IMAGE);
	change(image, bytes, size);
	changed = memcmp(sound, image, IMAGE);
	if (how & SEALED)
		seal_image(image);
	/* An allocation of exactly this size, so that a sanitizer sees every read beyond it. */
	scene.image_size = how & CUT_OFF ? IMAGE - 1 : IMAGE;
	loaded = malloc(scene.image_size);
	require(loaded);
	memcpy(loaded, image, scene.image_size);
	accepted = iq_handover_check(loaded, scene.image_size) == IQ_OK;
	require(accepted || changed || how & CUT_OFF);
	require(!accepted || !(is_damaged(how, bytes, size, changed) || how & CUT_OFF));
	/* A changed handover that still has a right checksum can contain any address. */
	if (!accepted || how & SEALED || !changed)
		crash(loaded, accepted);
	require(!memcmp(loaded, image, scene.image_size));
	free(loaded);
	model_amdvi_free(&scene.unit);
	model_machine_free(&scene.machine);
	return 0;
}
