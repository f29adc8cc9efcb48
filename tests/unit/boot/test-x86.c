/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a PC has its ACPI root pointer when the carrier did not say, or said what is not so.
 */
#include "boot/x86.h"
#include "firmware/acpi.h"
#include "models/firmware.h"
#include "models/machine.h"

#include "unit/core/cmocka-all.h"

#include <stdlib.h>
#include <string.h>

#define LOW	   UINT64_C(0x7ff00000)
#define END_OF_RAM UINT64_C(0x80000000)

struct bench {
	struct model_machine machine;
	uint64_t root;	  /* a root pointer of its own, which no search finds */
	uint8_t rsdp[36]; /* its bytes */
};

static int new_bench(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	struct model_acpi acpi;

	model_machine_init(&bench->machine);
	model_memory_add(&bench->machine.memory, 0, 0xa0000);
	model_memory_add(&bench->machine.memory, 0xe0000, 0x20000);
	model_memory_add(&bench->machine.memory, 0x100000, END_OF_RAM - 0x100000);
	model_acpi_start(&acpi, &bench->machine.memory, LOW);
	bench->root = model_acpi_root(&acpi, 2);
	model_memory_read(&bench->machine.memory, bench->root, bench->rsdp, sizeof(bench->rsdp), true);
	*state = bench;
	return 0;
}

static int free_bench(void **state)
{
	struct bench *bench = *state;

	assert_false(bench->machine.breach);
	model_machine_free(&bench->machine);
	free(bench);
	return 0;
}

/* With nothing from a loader: what the segment carrier's plugin does. */
static uint64_t find(struct bench *bench, uint32_t kind, uint64_t address)
{
	const struct iq_boot boot = { .form = &iq_boot_x86 };
	struct iq_firmware firmware = { .address = address, .kind = kind };

	boot.form->find_firmware(&boot, &bench->machine.io.memory, &firmware);
	assert_int_equal(firmware.kind, firmware.address ? IQ_FIRMWARE_ACPI : IQ_FIRMWARE_SEARCH);
	return firmware.address;
}

static void put(struct bench *bench, uint64_t address)
{
	model_memory_write(&bench->machine.memory, address, bench->rsdp, sizeof(bench->rsdp));
}

static void the_root_pointer_is_searched_for(void **state)
{
	static const uint64_t places[] = { 0xe0000, 0xf5a40, 0xfffd0, 0x9fc00, 0x9ffd0 };

	for (size_t i = 0; i < IQ_ARRAY_SIZE(places); i++) {
		struct bench *bench;

		new_bench((void **)&bench);
		assert_int_equal(find(bench, IQ_FIRMWARE_SEARCH, 0), 0);
		put(bench, places[i]);
		assert_int_equal(find(bench, IQ_FIRMWARE_SEARCH, 0), places[i] < 0xa0000 ? 0 : places[i]);
		/* The EBDA is known by its segment. */
		model_memory_write(&bench->machine.memory, 0x40e, "\xc0\x9f", 2);
		assert_int_equal(find(bench, IQ_FIRMWARE_SEARCH, 0), places[i]);
		/* Other kinds of roots are not this machine's. */
		assert_int_equal(find(bench, IQ_FIRMWARE_DEVICE_TREE, bench->root), places[i]);
		free_bench((void **)&bench);
	}
	(void)state;
}

/* The first generation has 20 bytes: they may be the last that are searched. */
static void the_last_place_is_looked_at(void **state)
{
	struct bench *bench = *state;
	uint8_t rsdp[20] = "RSD PTR ";

	rsdp[8] = (uint8_t)-iq_acpi_sum(rsdp, sizeof(rsdp));
	model_memory_write(&bench->machine.memory, 0xfffe0, rsdp, sizeof(rsdp));
	assert_int_equal(find(bench, IQ_FIRMWARE_SEARCH, 0), 0xfffe0);
}

/* What a carrier says may be stale or garbage; a sound root pointer where it says goes before one that is found. */
static void a_wrong_address_is_no_dead_end(void **state)
{
	static const uint64_t wrong[] = { 0x1234, 0xa0000, 0xf5a41, END_OF_RAM - 4, UINT64_C(0xf00000000000), UINT64_MAX - 5 };
	struct bench *bench = *state;

	for (size_t i = 0; i < IQ_ARRAY_SIZE(wrong); i++)
		assert_int_equal(find(bench, IQ_FIRMWARE_ACPI, wrong[i]), 0);
	put(bench, 0xf5a40);
	for (size_t i = 0; i < IQ_ARRAY_SIZE(wrong); i++)
		assert_int_equal(find(bench, IQ_FIRMWARE_ACPI, wrong[i]), 0xf5a40);
	assert_int_equal(find(bench, IQ_FIRMWARE_ACPI, bench->root), bench->root);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, new_bench, free_bench)
	const struct CMUnitTest tests[] = {
		T(the_root_pointer_is_searched_for),
		T(the_last_place_is_looked_at),
		T(a_wrong_address_is_no_dead_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
