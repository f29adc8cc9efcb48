/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Repairs on kernels that do not do what was written: a failed repair is recognised, and the next means is tried.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "action.h"
#include "classify.h"
#include "unit/check/machine-root.h"
#include "poke.h"
#include "repair.h"

#define DEVICE "/sys/bus/pci/devices/0000:00:05.0"
#define TYPE   "/sys/kernel/iommu_groups/3/type"

/* The kernel's reaction to a write to a file whose path ends with `file`. */
static struct rule {
	const char *file;
	const char *error;   /* the reason for refusing it; NULL: it is accepted */
	const char *becomes; /* the file's new text; NULL: it does not change */
	bool master_off;     /* from then on the Command register takes writes */
	bool lost;	     /* the device cannot be read any more */
	const char *driver;  /* binds to the device during the write; NULL: none does */
} rule[4];
static char written[256]; /* names of the files, in order */
static bool obeys;
static uint8_t byte, high; /* the Command register: its low byte as last written, and its high byte, which is never written */
static struct reconcile reconcile;
static struct verdict verdict;

static bool ends_like(const char *text, const char *end)
{
	const size_t length = strlen(text), n = strlen(end);

	return length >= n && !strcmp(text + length - n, end);
}

static void put_function(bool master)
{
	machine_function(&(struct machine_function){
		.id = 0x28, .vendor = 0x8086, .device = 1, .class = 0x020000, .port = -1, .master = master });
}

/* Write a configuration space whose Command register is @command. */
static void put_command(unsigned int command)
{
	uint8_t config[64] = { 0x86, 0x80, 1, 0, (uint8_t)command, (uint8_t)(command >> 8), [11] = 2 };

	machine_put(DEVICE "/config", config, sizeof(config));
}

static void put_driver(const char *name)
{
	char target[64];

	snprintf(target, sizeof(target), "../../../../bus/pci/drivers/%s", name);
	machine_link(DEVICE "/driver", target);
}

bool poke(const struct kq_host *host, const char *path, const char *unless, long offset, const void *bytes, size_t size,
	  unsigned int seconds, struct kq_reason *reason)
{
	char driver[64];

	assert_in_range(seconds, 1, 3);
	/* Every write that a driver could interfere with must check for a driver first. */
	if (!ends_like(path, "/type") && !kq_host_link(host, DEVICE "/driver", driver, sizeof(driver)))
		assert_string_equal(unless, DEVICE "/driver");
	if (unless && kq_host_link(host, unless, driver, sizeof(driver))) {
		errno = EBUSY;
		return kq_fail(reason, "busy");
	}
	errno = 0;
	strcat(written, strrchr(path, '/'));
	if (ends_like(path, "/config")) {
		assert_int_equal(offset, 4);
		assert_int_equal(size, 1);
		byte = *(const uint8_t *)bytes;
		if (obeys)
			put_command((unsigned int)high << 8 | byte);
	}
	for (size_t i = 0; i < sizeof(rule) / sizeof(rule[0]) && rule[i].file; i++) {
		if (!ends_like(path, rule[i].file))
			continue;
		if (rule[i].becomes)
			machine_text(path, rule[i].becomes);
		obeys = obeys || rule[i].master_off;
		if (rule[i].lost)
			machine_text(DEVICE "/config", "");
		if (rule[i].driver) {
			put_driver(rule[i].driver);
			rule[i].driver = NULL;
		}
		return !rule[i].error || kq_fail(reason, "%s", rule[i].error);
	}
	return true;
}

void classify_again(struct reconcile *all, struct iq_memory *past, struct live *now, struct verdict *again)
{
	(void)all, (void)past, (void)now, (void)again;
}

void reconcile_raise(struct reconcile *all, int status)
{
	all->status = status;
}

void reconcile_trouble(struct reconcile *all, int status, const char *format, ...)
{
	(void)all, (void)status;
	fail_msg("%s", format);
}

const char *state_name(enum state state)
{
	return state == STATE_DEAD ? "dead" : "alive";
}

/* A device in group 3 that is in @state. */
static void start(enum state state, uint32_t what)
{
	struct kq_reason reason;

	machine_remove(NULL);
	machine_make(NULL);
	free(reconcile.action);
	machine_free(&reconcile.running.machine);
	memset(&reconcile, 0, sizeof(reconcile));
	memset(rule, 0, sizeof(rule));
	memset(written, 0, sizeof(written));
	obeys = false;
	byte = high = 0;
	reconcile.host = machine;
	kq_conf_start(&reconcile.conf);
	reconcile.repair = what;
	reconcile.crashed.units = UNITS_RECORD;
	put_function(true);
	machine_link(DEVICE "/iommu_group", "../../../../kernel/iommu_groups/3");
	machine_link("/sys/kernel/iommu_groups/3/devices/0000:00:05.0", "../../../../bus/pci/devices/0000:00:05.0");
	machine_text(TYPE, "identity\n");
	assert_true(machine_read(&reconcile.running.machine, &machine, &reason));
	verdict = (struct verdict){ .requester = 0x28,
				    .state = state,
				    .was = STATES,
				    .writes = true,
				    .policy = IQ_MODE_BLOCK,
				    .function = reconcile.running.machine.function };
	reconcile.verdict = &verdict;
	reconcile.verdicts = 1;
}

/* Action number @i has this kind, effect and reason. */
static void assert_action(size_t i, enum action_kind kind, enum effect effect, const char *why)
{
	assert_in_range(i, 0, reconcile.actions - 1);
	assert_string_equal(reconcile.action[i].why, why);
	assert_int_equal(reconcile.action[i].kind, kind);
	assert_int_equal(reconcile.action[i].effect, effect);
}

static void test_group_takes_the_type(void **state)
{
	(void)state;
	start(STATE_DEAD, KQ_REPAIR_GROUPS);
	rule[0] = (struct rule){ "/type", NULL, "DMA-FQ\n", false, false, NULL };
	repair(&reconcile, NULL, NULL);
	assert_int_equal(reconcile.actions, 1);
	assert_action(0, ACTION_GROUP, EFFECT_DONE, "");
	assert_string_equal(reconcile.action[0].before, "identity");
	assert_string_equal(reconcile.action[0].after, "DMA-FQ");
	assert_string_equal(reconcile.running.machine.function[0].type, "DMA-FQ");
	assert_int_equal(reconcile.status, 0);
}

static void test_group_whose_type_stays_is_no_success(void **state)
{
	(void)state;
	start(STATE_DEAD, KQ_REPAIR_GROUPS);
	repair(&reconcile, NULL, NULL);
	assert_action(0, ACTION_GROUP, EFFECT_NONE, "");
	assert_int_equal(reconcile.status, EXIT_TROUBLE);

	start(STATE_DEAD, KQ_REPAIR_GROUPS);
	rule[0] = (struct rule){ "/type", "Invalid argument", NULL, false, false, NULL };
	repair(&reconcile, NULL, NULL);
	assert_action(0, ACTION_GROUP, EFFECT_FAILED, "Invalid argument");
	assert_string_equal(reconcile.action[0].after, "identity");
	assert_int_equal(reconcile.status, EXIT_TROUBLE);
}

static void test_only_what_was_asked_for_is_repaired(void **state)
{
	(void)state;
	start(STATE_DEAD, KQ_REPAIR_DEVICES);
	repair(&reconcile, NULL, NULL);
	start(STATE_ALIVE, KQ_REPAIR_GROUPS);
	repair(&reconcile, NULL, NULL);
	start(STATE_PRESERVED, KQ_REPAIR_GROUPS | KQ_REPAIR_DEVICES);
	repair(&reconcile, NULL, NULL);
	start(STATE_ALIVE, KQ_REPAIR_DEVICES);
	verdict.writes = false;
	repair(&reconcile, NULL, NULL);
	assert_int_equal(reconcile.actions, 0);
	assert_string_equal(written, "");
}

static void test_device_that_obeys_is_not_reset(void **state)
{
	(void)state;
	start(STATE_ALIVE, KQ_REPAIR_DEVICES);
	obeys = true;
	repair(&reconcile, NULL, NULL);
	assert_int_equal(reconcile.actions, 1);
	assert_action(0, ACTION_BUS_MASTER, EFFECT_DONE, "");
	assert_string_equal(reconcile.action[0].before, "0x0004");
	assert_string_equal(reconcile.action[0].after, "0x0000");
	assert_string_equal(written, "/config");
}

static void test_device_that_does_not_obey_is_reset_alone(void **state)
{
	(void)state;
	start(STATE_PASS_THROUGH, KQ_REPAIR_DEVICES);
	machine_text(DEVICE "/reset", "");
	machine_text(DEVICE "/reset_method", "flr bus\n");
	rule[0] = (struct rule){ "/reset", NULL, NULL, true, false, NULL };
	repair(&reconcile, NULL, NULL);
	assert_int_equal(reconcile.actions, 3);
	assert_action(0, ACTION_BUS_MASTER, EFFECT_NONE, "");
	assert_action(1, ACTION_RESET, EFFECT_DONE, "");
	assert_action(2, ACTION_BUS_MASTER, EFFECT_DONE, "");
	assert_string_equal(written, "/config/reset_method/reset/config");
}

static void test_reset_that_would_hit_others_is_not_made(void **state)
{
	(void)state;
	start(STATE_ALIVE, KQ_REPAIR_DEVICES);
	machine_text(DEVICE "/reset", "");
	machine_text(DEVICE "/reset_method", "bus\n");
	rule[0] = (struct rule){ "/reset_method", "Invalid argument", NULL, false, false, NULL };
	rule[1] = (struct rule){ "/config", "Operation not permitted", NULL, false, false, NULL };
	repair(&reconcile, NULL, NULL);
	assert_int_equal(reconcile.actions, 2);
	assert_action(0, ACTION_BUS_MASTER, EFFECT_FAILED, "Operation not permitted");
	assert_action(1, ACTION_RESET, EFFECT_REFUSED, "it has none, only: bus");
	assert_string_equal(written, "/config/reset_method");
	assert_int_equal(reconcile.status, EXIT_TROUBLE);
}

static void test_device_without_a_reset(void **state)
{
	(void)state;
	start(STATE_ALIVE, KQ_REPAIR_DEVICES);
	repair(&reconcile, NULL, NULL);
	assert_int_equal(reconcile.actions, 2);
	assert_action(1, ACTION_RESET, EFFECT_REFUSED, "it has none");
}

static void test_reset_that_fails(void **state)
{
	(void)state;
	start(STATE_ALIVE, KQ_REPAIR_DEVICES);
	machine_text(DEVICE "/reset", "");
	rule[0] = (struct rule){ "/reset", "not over after 3 s", NULL, false, false, NULL };
	repair(&reconcile, NULL, NULL);
	assert_int_equal(reconcile.actions, 2);
	assert_action(1, ACTION_RESET, EFFECT_FAILED, "not over after 3 s");
}

static void test_reset_after_which_nothing_can_be_read_is_no_success(void **state)
{
	(void)state;
	start(STATE_ALIVE, KQ_REPAIR_DEVICES);
	machine_text(DEVICE "/reset", "");
	rule[0] = (struct rule){ "/reset", NULL, NULL, false, true, NULL };
	repair(&reconcile, NULL, NULL);
	assert_int_equal(reconcile.actions, 2);
	assert_action(1, ACTION_RESET, EFFECT_FAILED, "its configuration space cannot be read");
	assert_string_equal(reconcile.action[1].after, "unknown");
	assert_int_equal(reconcile.status, EXIT_TROUBLE);
}

static void test_driver_that_came_since_the_machine_was_read_keeps_its_device(void **state)
{
	(void)state;
	start(STATE_ALIVE, KQ_REPAIR_DEVICES);
	obeys = true;
	put_command(0x0406);
	put_driver("nvme");
	repair(&reconcile, NULL, NULL);
	assert_int_equal(reconcile.actions, 1);
	assert_action(0, ACTION_BUS_MASTER, EFFECT_REFUSED, "driver nvme has it");
	assert_string_equal(reconcile.action[0].after, "0x0406");
	assert_string_equal(written, "");
	assert_int_equal(reconcile.status, 0);
}

static void test_command_is_changed_as_it_is_now(void **state)
{
	(void)state;
	start(STATE_ALIVE, KQ_REPAIR_DEVICES);
	obeys = true;
	high = 0x05;
	put_command(0x0547);
	repair(&reconcile, NULL, NULL);
	assert_int_equal(reconcile.actions, 1);
	assert_action(0, ACTION_BUS_MASTER, EFFECT_DONE, "");
	assert_int_equal(byte, 0x43);
	assert_string_equal(reconcile.action[0].before, "0x0547");
	assert_string_equal(reconcile.action[0].after, "0x0543");
}

static void test_driver_that_comes_during_the_write_gets_its_bus_master_back(void **state)
{
	(void)state;
	start(STATE_ALIVE, KQ_REPAIR_DEVICES);
	obeys = true;
	put_command(0x0006);
	rule[0] = (struct rule){ "/config", NULL, NULL, false, false, "nvme" };
	repair(&reconcile, NULL, NULL);
	assert_int_equal(reconcile.actions, 1);
	assert_action(0, ACTION_BUS_MASTER, EFFECT_REFUSED, "driver nvme has it since: Bus Master is on for it");
	assert_string_equal(reconcile.action[0].after, "0x0006");
	assert_string_equal(written, "/config/config");
	assert_int_equal(byte, 0x06);
}

/* A driver can leave Bus Master off and switch it on later. Nobody else does that. */
static void test_bus_master_that_a_driver_turned_off_stays_off(void **state)
{
	(void)state;
	start(STATE_ALIVE, KQ_REPAIR_DEVICES);
	put_command(0x0002);
	put_driver("nvme");
	repair(&reconcile, NULL, NULL);
	assert_action(0, ACTION_BUS_MASTER, EFFECT_REFUSED, "driver nvme has it");
	assert_string_equal(written, "");
}

static void test_device_with_a_driver_since_is_not_reset(void **state)
{
	(void)state;
	start(STATE_ALIVE, KQ_REPAIR_DEVICES);
	machine_text(DEVICE "/reset", "");
	machine_text(DEVICE "/reset_method", "flr bus\n");
	rule[0] = (struct rule){ "/reset_method", NULL, NULL, false, false, "nvme" };
	repair(&reconcile, NULL, NULL);
	assert_int_equal(reconcile.actions, 2);
	assert_action(1, ACTION_RESET, EFFECT_REFUSED, "driver nvme has it");
	assert_string_equal(written, "/config/reset_method");

	start(STATE_ALIVE, KQ_REPAIR_DEVICES);
	machine_text(DEVICE "/reset", "");
	rule[0] = (struct rule){ "/reset", NULL, NULL, true, false, "nvme" };
	repair(&reconcile, NULL, NULL);
	assert_int_equal(reconcile.actions, 2);
	assert_action(1, ACTION_RESET, EFFECT_DONE, "driver nvme has it since");
	assert_string_equal(written, "/config/reset");
}

static int remove_machine(void **state)
{
	free(reconcile.action);
	machine_free(&reconcile.running.machine);
	return machine_remove(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_group_takes_the_type),
		cmocka_unit_test(test_group_whose_type_stays_is_no_success),
		cmocka_unit_test(test_only_what_was_asked_for_is_repaired),
		cmocka_unit_test(test_device_that_obeys_is_not_reset),
		cmocka_unit_test(test_device_that_does_not_obey_is_reset_alone),
		cmocka_unit_test(test_reset_that_would_hit_others_is_not_made),
		cmocka_unit_test(test_device_without_a_reset),
		cmocka_unit_test(test_reset_that_fails),
		cmocka_unit_test(test_reset_after_which_nothing_can_be_read_is_no_success),
		cmocka_unit_test(test_driver_that_came_since_the_machine_was_read_keeps_its_device),
		cmocka_unit_test(test_command_is_changed_as_it_is_now),
		cmocka_unit_test(test_driver_that_comes_during_the_write_gets_its_bus_master_back),
		cmocka_unit_test(test_bus_master_that_a_driver_turned_off_stays_off),
		cmocka_unit_test(test_device_with_a_driver_since_is_not_reset),
	};

	return cmocka_run_group_tests(tests, machine_make, remove_machine);
}
