/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Repairs on kernels that do not do what they are told: each is told from one that was done, and the next means is tried.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "action.h"
#include "classify.h"
#include "machine-root.h"
#include "poke.h"
#include "repair.h"

#define DEVICE "/sys/bus/pci/devices/0000:00:05.0"
#define TYPE   "/sys/kernel/iommu_groups/3/type"

/* What the kernel makes of a write to the file that ends like this. */
static struct rule {
	const char *file;
	const char *error;   /* why it refuses; NULL: it does not */
	const char *becomes; /* the file's text then; NULL: nothing changes */
	bool master_off;     /* from then on the Command register obeys */
} rule[4];
static char written[256]; /* files, in order */
static bool obeys;
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

bool poke(const struct kq_host *host, const char *path, long offset, const void *bytes, size_t size,
	  unsigned int seconds, struct kq_reason *reason)
{
	(void)host, (void)offset, (void)bytes, (void)size;
	assert_in_range(seconds, 1, 3);
	strcat(written, strrchr(path, '/'));
	if (ends_like(path, "/config") && obeys)
		put_function(false);
	for (size_t i = 0; i < sizeof(rule) / sizeof(rule[0]) && rule[i].file; i++) {
		if (!ends_like(path, rule[i].file))
			continue;
		if (rule[i].becomes)
			machine_text(path, rule[i].becomes);
		obeys = obeys || rule[i].master_off;
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
	machine_free(&reconcile.machine);
	memset(&reconcile, 0, sizeof(reconcile));
	memset(rule, 0, sizeof(rule));
	memset(written, 0, sizeof(written));
	obeys = false;
	reconcile.host = machine;
	kq_conf_start(&reconcile.conf);
	reconcile.repair = what;
	reconcile.units = UNITS_RECORD;
	put_function(true);
	machine_link(DEVICE "/iommu_group", "../../../../kernel/iommu_groups/3");
	machine_link("/sys/kernel/iommu_groups/3/devices/0000:00:05.0", "../../../../bus/pci/devices/0000:00:05.0");
	machine_text(TYPE, "identity\n");
	assert_true(machine_read(&reconcile.machine, &machine, &reason));
	verdict = (struct verdict){ .requester = 0x28,
				    .state = state,
				    .was = STATES,
				    .writes = true,
				    .policy = IQ_MODE_BLOCK,
				    .function = reconcile.machine.function };
	reconcile.verdict = &verdict;
	reconcile.verdicts = 1;
}

/* The action number @i is of this kind, with this effect, for this reason. */
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
	rule[0] = (struct rule){ "/type", NULL, "DMA-FQ\n", false };
	repair(&reconcile, NULL, NULL);
	assert_int_equal(reconcile.actions, 1);
	assert_action(0, ACTION_GROUP, EFFECT_DONE, "");
	assert_string_equal(reconcile.action[0].before, "identity");
	assert_string_equal(reconcile.action[0].after, "DMA-FQ");
	assert_string_equal(reconcile.machine.function[0].type, "DMA-FQ");
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
	rule[0] = (struct rule){ "/type", "Invalid argument", NULL, false };
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
	rule[0] = (struct rule){ "/reset", NULL, NULL, true };
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
	rule[0] = (struct rule){ "/reset_method", "Invalid argument", NULL, false };
	rule[1] = (struct rule){ "/config", "Operation not permitted", NULL, false };
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
	rule[0] = (struct rule){ "/reset", "not over after 3 s", NULL, false };
	repair(&reconcile, NULL, NULL);
	assert_int_equal(reconcile.actions, 2);
	assert_action(1, ACTION_RESET, EFFECT_FAILED, "not over after 3 s");
}

static int remove_machine(void **state)
{
	free(reconcile.action);
	machine_free(&reconcile.machine);
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
	};

	return cmocka_run_group_tests(tests, machine_make, remove_machine);
}
