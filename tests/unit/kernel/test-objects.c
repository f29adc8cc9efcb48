/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Objects of a kernel of either byte order: a list of host bridges; each has a list of partitions, and each partition an array of
 * pointers to windows. And objects with wrong pointers.
 */
#include "base/budget.h"
#include "kernel/objects.h"
#include "room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { BRIDGES, NO_DRIVER };
static const struct symbol symbols[] = {
	[BRIDGES] = { "bridges", ROOM_START },
	[NO_DRIVER] = { "no_driver", 0 },
};

enum { LINK, NUMBER, PARTITIONS, MAP, PARTITION_LINK, WINDOWS, MODE, OFF, WINDOW_BASE, WINDOW, ABSENT };
static const struct member members[] = {
	[LINK] = { "bridge", "link", true, 64, 0, 1, 16 },
	[NUMBER] = { "bridge", "number", true, 0, 32, 1, 4 },
	[PARTITIONS] = { "bridge", "bus.partitions", true, 192, 0, 1, 16 },
	[MAP] = { "bridge", "bus.map", true, 320, 16, 4, 2 },
	[PARTITION_LINK] = { "partition", "link", true, 128, 0, 1, 16 },
	[WINDOWS] = { "partition", "group.windows", true, 256, 64, 2, 8 },
	[MODE] = { "partition", "mode", true, 0, 5, 1, 4 },
	[OFF] = { "partition", "off", true, 5, 1, 1, 4 },
	[WINDOW_BASE] = { "window", "base", true, 64, 64, 1, 8 },
	[WINDOW] = { "window", "", true, 0, 0, 1, 24 },
	[ABSENT] = { "window", "absent", false, 0, 0, 0, 0 },
};
static const struct member next = { "list_head", "next", true, 0, 64, 1, 8 };

struct machine {
	struct room room;
	struct kernel_objects kernel;
	struct kq_reason reason;
	uint64_t bridge[2], partition[3], window;
};

static void link_to(struct machine *machine, uint64_t from, uint64_t to)
{
	room_put(&machine->room, from, to, 8);
}

/* Bridge 0 has two partitions, bridge 1 has one; the first partition has a window. */
static void make(struct machine *machine, enum byte_order order)
{
	struct room *room = &machine->room;
	const uint64_t head = (room_start(room, order), room_take(room, 16));

	machine->reason.text[0] = '\0';
	machine->kernel = (struct kernel_objects){ .symbol = symbols, .member = members, .next = &next,
						   .memory = room->kernel, .reason = &machine->reason };
	for (unsigned int i = 0; i < 2; i++) {
		machine->bridge[i] = room_take(room, 48);
		room_put(room, machine->bridge[i], 0x80000010 + i, 4);
		for (unsigned int n = 0; n < 4; n++)
			room_put(room, machine->bridge[i] + 40 + 2 * n, 0x1fe - n, 2);
	}
	for (unsigned int i = 0; i < 3; i++)
		machine->partition[i] = room_take(room, 48);
	machine->window = room_take(room, 24);
	room_put(room, machine->window + 8, ROOM_START + 0x123, 8);
	room_put(room, machine->partition[0] + 32, machine->window, 8);
	/* The bit-fields mode = 0x15 and off = 1, as a compiler lays them out. */
	room_put(room, machine->partition[0], order == ORDER_BIG ? 0x15u << 27 | 1u << 26 : 0x15u | 1u << 5, 4);
	link_to(machine, head, machine->bridge[0] + 8);
	link_to(machine, machine->bridge[0] + 8, machine->bridge[1] + 8);
	link_to(machine, machine->bridge[1] + 8, head);
	link_to(machine, machine->bridge[0] + 24, machine->partition[0] + 16);
	link_to(machine, machine->partition[0] + 16, machine->partition[1] + 16);
	link_to(machine, machine->partition[1] + 16, machine->bridge[0] + 24);
	link_to(machine, machine->bridge[1] + 24, machine->partition[2] + 16);
	link_to(machine, machine->partition[2] + 16, machine->bridge[1] + 24);
}

static void lists_are_walked_in_lists(void **state)
{
	struct machine machine;

	(void)state;
	for (EACH_ORDER(order)) {
		struct kernel_list bridges, partitions;
		unsigned int seen = 0;
		uint64_t bridge, partition;

		make(&machine, order);
		bridges = kernel_list(kernel_symbol(&machine.kernel, BRIDGES), LINK);
		for (unsigned int i = 0; kernel_list_next(&machine.kernel, &bridges, &bridge); i++) {
			assert_int_equal(bridge, machine.bridge[i]);
			partitions = kernel_list(kernel_at(&machine.kernel, bridge, PARTITIONS), PARTITION_LINK);
			while (kernel_list_next(&machine.kernel, &partitions, &partition))
				assert_int_equal(partition, machine.partition[seen++]);
		}
		assert_false(machine.kernel.failed);
		assert_int_equal(seen, 3);
	}
}

static void numbers_pointers_and_arrays_are_read(void **state)
{
	struct machine machine;
	struct kernel_objects *kernel = &machine.kernel;

	(void)state;
	for (EACH_ORDER(order)) {
		make(&machine, order);
		assert_int_equal(kernel_symbol(kernel, NO_DRIVER), 0);
		assert_int_equal(kernel_get(kernel, machine.bridge[1], NUMBER), 0x80000011);
		assert_int_equal(kernel_get(kernel, machine.bridge[1], MAP), 0x1fe);
		assert_int_equal(kernel_get_element(kernel, machine.bridge[1], MAP, 3), 0x1fb);
		assert_int_equal(kernel_count(kernel, MAP), 4);
		assert_int_equal(kernel_get(kernel, machine.partition[0], MODE), 0x15);
		assert_int_equal(kernel_get(kernel, machine.partition[0], OFF), 1);
		assert_int_equal(kernel_get_element(kernel, machine.partition[0], WINDOWS, 0), machine.window);
		assert_int_equal(kernel_get_element(kernel, machine.partition[0], WINDOWS, 1), 0);
		assert_int_equal(kernel_size(kernel, WINDOW), 24);
		assert_int_equal(kernel_object_of(kernel, machine.bridge[0] + 8, LINK), machine.bridge[0]);
		assert_int_equal(kernel_physical_of(kernel, kernel_get(kernel, machine.window, WINDOW_BASE), "base"),
				 ROOM_PHYSICAL + 0x123);
		assert_int_equal(kernel_physical_of(kernel, 0, "base"), 0);
		assert_int_equal(kernel_number(kernel, machine.bridge[0], 4, "number"), 0x80000010);
		assert_true(kernel_has(kernel, WINDOW));
		assert_false(kernel_has(kernel, ABSENT));
		assert_false(kernel->failed);
	}
}

static void failed(struct machine *machine, const char *why)
{
	struct kernel_list list = kernel_list(kernel_symbol(&machine->kernel, BRIDGES), LINK);
	uint64_t object;

	assert_true(machine->kernel.failed);
	if (!strstr(machine->reason.text, why))
		fail_msg("\"%s\", expected \"%s\"", machine->reason.text, why);
	/* After the first failure nothing is read any more, and its reason stays. */
	assert_int_equal(kernel_get(&machine->kernel, machine->bridge[0], NUMBER), 0);
	assert_false(kernel_list_next(&machine->kernel, &list, &object));
	assert_int_equal(kernel_get(&machine->kernel, machine->window, ABSENT), 0);
	assert_non_null(strstr(machine->reason.text, why));
}

static void the_first_trouble_ends_it(void **state)
{
	struct machine machine;
	struct kernel_objects *kernel = &machine.kernel;

	(void)state;
	for (EACH_ORDER(order)) {
		make(&machine, order);
		kernel_get(kernel, machine.window, ABSENT);
		failed(&machine, "struct window of this kernel has no member absent");
		make(&machine, order);
		kernel_get(kernel, machine.bridge[0], PARTITIONS);
		failed(&machine, "bridge.bus.partitions is no number in this kernel");
		make(&machine, order);
		kernel_get_element(kernel, machine.partition[0], WINDOWS, 2);
		failed(&machine, "partition.group.windows has 2 elements: there is no number 2");
		make(&machine, order);
		kernel_get(kernel, 0, NUMBER);
		failed(&machine, "bridge.number: the kernel has no memory at 0x0000000000000000");
		make(&machine, order);
		kernel_get(kernel, ROOM_START + ROOM_SIZE - 2, NUMBER);
		failed(&machine, "is not in the dump");
		make(&machine, order);
		kernel_physical_of(kernel, 8, "window.base");
		failed(&machine, "window.base: the kernel has no memory at 0x0000000000000008");
	}
}

/* Walk the list of bridges. Returns their number. */
static unsigned int walk(struct machine *machine)
{
	struct kernel_list list = kernel_list(kernel_symbol(&machine->kernel, BRIDGES), LINK);
	unsigned int count = 0;
	uint64_t object;

	while (kernel_list_next(&machine->kernel, &list, &object))
		count++;
	return count;
}

static void a_list_in_a_circle_is_found_out(void **state)
{
	struct machine machine;

	(void)state;
	for (EACH_ORDER(order)) {
		make(&machine, order);
		link_to(&machine, machine.bridge[0] + 8, machine.bridge[0] + 8);
		assert_int_equal(walk(&machine), 1);
		failed(&machine, "bridge.link at ");
		assert_non_null(strstr(machine.reason.text, "leads in a circle"));
		make(&machine, order);
		link_to(&machine, machine.bridge[1] + 8, machine.bridge[0] + 8);
		assert_in_range(walk(&machine), 2, 6);
		failed(&machine, "leads in a circle");
		make(&machine, order);
		link_to(&machine, machine.bridge[0] + 8, 0);
		assert_int_equal(walk(&machine), 1);
		failed(&machine, "bridge.link: the list at 0xc000000000000000 ends in NULL");
	}
}

/* Each list is sound, but a short list is walked once for each object of a long list. */
static void all_lists_together_have_a_bound(void **state)
{
	struct machine machine;

	(void)state;
	make(&machine, ORDER_LITTLE);
	for (unsigned int i = 0; i < kq_budget_limit(KQ_BUDGET_OBJECTS) / 2; i++)
		assert_int_equal(walk(&machine), 2);
	assert_false(machine.kernel.failed);
	assert_int_equal(walk(&machine), 0);
	failed(&machine, "objects on the kernel's lists");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_walked_in_lists),
		cmocka_unit_test(numbers_pointers_and_arrays_are_read),
		cmocka_unit_test(the_first_trouble_ends_it),
		cmocka_unit_test(a_list_in_a_circle_is_found_out),
		cmocka_unit_test(all_lists_together_have_a_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
