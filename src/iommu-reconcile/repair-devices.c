/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A device that can still write to memory and has no driver in this kernel will never be told to stop by anybody else. Its Bus
 * Master is turned off, and if that does not hold it is reset. Devices that have a driver are left alone, since the dump may
 * need them; drivers are loaded while this runs, so every step looks for one again.
 */
#include "repair-devices.h"

#include "action.h"
#include "pci-registers.h"
#include "poke.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define UNREADABLE "its configuration space cannot be read"

/* Does something below the device have a driver? */
static bool has_child(const struct repair *repair, const struct function *function, struct kq_reason *why)
{
	const struct kq_host *host = &repair->reconcile->host;
	char path[PATH_MAX], link[64], driver[64];
	struct kq_names names;
	bool found = false;

	if (!kq_host_list(host, function_path(function), &names))
		return !kq_fail(why, "its directory in sysfs cannot be listed");
	for (size_t i = 0; i < names.count && !found; i++) {
		snprintf(path, sizeof(path), "%s/%s", function_path(function), names.name[i]);
		/* Links lead to other devices, except those to virtual functions. */
		if (kq_host_link(host, path, link, sizeof(link)) && strncmp(names.name[i], "virtfn", strlen("virtfn")))
			continue;
		snprintf(path, sizeof(path), "%s/%s/driver", function_path(function), names.name[i]);
		if (kq_host_link(host, path, driver, sizeof(driver)))
			found = !kq_fail(why, "%s, which hangs on it, has driver %s", names.name[i], driver);
	}
	kq_names_free(&names);
	return found;
}

/* Policy may exempt the device whose DMA has this id, though not the id itself. */
static bool is_owner_exempt(const struct repair *repair, const struct verdict *verdict, struct kq_reason *why)
{
	const struct reconcile *reconcile = repair->reconcile;

	for (size_t i = 0; verdict->owner && i < reconcile->verdicts; i++)
		if (reconcile->verdict[i].function == verdict->owner)
			return repair_is_exempt(repair, &reconcile->verdict[i], why);
	return false;
}

static bool is_refused(const struct repair *repair, const struct verdict *verdict, struct kq_reason *why)
{
	const struct reconcile *reconcile = repair->reconcile;
	const struct function *function = repair_function(verdict);
	char path[PATH_MAX];

	if (!function)
		return !kq_fail(why, "no device has this id");
	if (function->driver[0])
		return !kq_fail(why, "driver %s has it", function->driver);
	if (!(reconcile->conf.repair & KQ_REPAIR_DEVICES))
		return !kq_fail(why, "%s says repair-devices = no", reconcile->conf.path);
	if (repair_is_exempt(repair, verdict, why) || is_owner_exempt(repair, verdict, why))
		return true;
	if (!function->has_config)
		return !kq_fail(why, UNREADABLE);
	snprintf(path, sizeof(path), "%s/boot_vga", function_path(function));
	if (kq_host_number(&reconcile->host, path, 0))
		return !kq_fail(why, "it is the display that firmware set up");
	return has_child(repair, function, why) || (!repair_seconds(repair) && !kq_fail(why, "out of time"));
}

static void put_command(char text[16], const struct function *function)
{
	if (function && function->has_config)
		snprintf(text, 16, "0x%04x", function->command);
	else
		snprintf(text, 16, "unknown");
}

/*
 * Write the low byte of its Command register, which has Bus Master Enable; the other bits are left as they are. Without @driven
 * nothing is written once a driver has the device.
 */
static bool write_command(const struct repair *repair, const struct function *function, uint16_t command, bool driven,
			  struct kq_reason *why)
{
	const unsigned int seconds = repair_seconds(repair);
	const uint8_t byte = (uint8_t)command;
	char path[PATH_MAX], driver[PATH_MAX];

	snprintf(path, sizeof(path), "%s/config", function_path(function));
	snprintf(driver, sizeof(driver), "%s/driver", function_path(function));
	/* Bus Master is given back to a driver even when time has run out. */
	return poke(&repair->reconcile->host, path, driven ? NULL : driver, PCI_COMMAND, &byte, sizeof(byte),
		    driven && !seconds ? 1 : seconds, why);
}

/*
 * A driver got the device after we turned its Bus Master off: turn it on again, so that the driver finds the device as it would
 * have without us.
 */
static void give_back(struct repair *repair, struct verdict *verdict, struct action *action)
{
	const struct function *function = repair_function(verdict);
	struct kq_reason why = { "" };

	if (function->has_config && !function_is_master(function)) {
		write_command(repair, function, function->command | COMMAND_BUS_MASTER, true, &why);
		repair_refresh(repair, verdict);
		put_command(action->after, function);
	}
	if (function_is_master(function)) {
		action->effect = EFFECT_REFUSED;
		snprintf(action->why, sizeof(action->why), "driver %s has it since: Bus Master is on for it",
			 function->driver);
	} else {
		action->effect = EFFECT_FAILED;
		snprintf(action->why, sizeof(action->why),
			 "driver %s has it since, and Bus Master cannot be put back: %.100s", function->driver,
			 why.text);
	}
}

/*
 * Read its Command register and turn Bus Master off in it. False if it is still on and a reset may help. @action says what
 * happened.
 */
static bool turn_off(struct repair *repair, struct verdict *verdict, struct action *action)
{
	const struct function *function = repair_function(verdict);
	struct kq_reason why = { "" };
	bool written, untouched;

	repair_refresh(repair, verdict);
	put_command(action->before, function);
	if (!function->has_config || !repair_seconds(repair)) {
		put_command(action->after, function);
		action->effect = EFFECT_REFUSED;
		snprintf(action->why, sizeof(action->why), function->has_config ? "out of time" : UNREADABLE);
		return true;
	}
	written = write_command(repair, function, function->command & (uint16_t)~COMMAND_BUS_MASTER, false, &why);
	untouched = !written && errno == EBUSY;
	repair_refresh(repair, verdict);
	put_command(action->after, function);
	if (function->driver[0] && untouched) {
		action->effect = EFFECT_REFUSED;
		snprintf(action->why, sizeof(action->why), "driver %s has it", function->driver);
		return true;
	}
	if (function->driver[0]) {
		give_back(repair, verdict, action);
		return true;
	}
	if (function->has_config && !function_is_master(function)) {
		action->effect = EFFECT_DONE;
		return true;
	}
	action->effect = written ? EFFECT_NONE : EFFECT_FAILED;
	snprintf(action->why, sizeof(action->why), "%.190s", why.text);
	return false;
}

/* Can the kernel do a function-level reset of it? From 5.15 on it lists its methods, and this one is chosen. */
static bool can_reset(const struct repair *repair, const struct function *function, struct kq_reason *why)
{
	const struct kq_host *host = &repair->reconcile->host;
	char path[PATH_MAX], driver[PATH_MAX], methods[64];

	snprintf(path, sizeof(path), "%s/reset", function_path(function));
	if (!kq_host_exists(host, path))
		return kq_fail(why, "it has none");
	snprintf(path, sizeof(path), "%s/reset_method", function_path(function));
	if (!kq_host_line(host, path, methods, sizeof(methods)))
		return true;
	snprintf(driver, sizeof(driver), "%s/driver", function_path(function));
	return poke(host, path, driver, 0, "flr\n", strlen("flr\n"), repair_seconds(repair), why) ||
	       kq_fail(why, "it has none, only: %s", methods);
}

static void reset(struct repair *repair, struct verdict *verdict, struct action *action)
{
	const struct function *function = repair_function(verdict);
	const unsigned int seconds = repair_seconds(repair);
	char path[PATH_MAX], driver[PATH_MAX];
	struct kq_reason why = { "" };

	action->kind = ACTION_RESET;
	action->effect = EFFECT_REFUSED;
	snprintf(action->before, sizeof(action->before), "%s", action->after);
	snprintf(path, sizeof(path), "%s/reset", function_path(function));
	snprintf(driver, sizeof(driver), "%s/driver", function_path(function));
	if (!seconds) {
		kq_fail(&why, "out of time");
	} else if (can_reset(repair, function, &why)) {
		if (poke(&repair->reconcile->host, path, driver, 0, "1\n", strlen("1\n"), seconds, &why))
			action->effect = EFFECT_DONE;
		else if (errno != EBUSY)
			action->effect = EFFECT_FAILED;
	}
	repair_refresh(repair, verdict);
	put_command(action->after, function);
	if (action->effect == EFFECT_DONE && !function->has_config) {
		action->effect = EFFECT_FAILED;
		kq_fail(&why, UNREADABLE);
	}
	if (function->driver[0])
		kq_fail(&why, "driver %s has it%s", function->driver, action->effect == EFFECT_REFUSED ? "" : " since");
	snprintf(action->why, sizeof(action->why), "%.190s", why.text);
}

/* Whether it can still write. */
static bool is_writer(const struct verdict *verdict)
{
	return (verdict->state == STATE_ALIVE || verdict->state == STATE_PASS_THROUGH) && verdict->writes;
}

/* Try one means after the other until the device is stopped. False if none helped. */
static bool try_all(struct repair *repair, struct verdict *verdict, struct action *action)
{
	const struct function *function = repair_function(verdict);
	const bool over = turn_off(repair, verdict, action);

	action_add(repair->reconcile, action);
	if (over)
		return action->effect == EFFECT_DONE;
	reset(repair, verdict, action);
	action_add(repair->reconcile, action);
	/* The reset made it forget what it was told to do, and nobody set it up since. Its Bus Master may obey now. */
	if (action->effect != EFFECT_DONE || !function_is_master(function) || function->driver[0])
		return action->effect == EFFECT_DONE;
	action->kind = ACTION_BUS_MASTER;
	turn_off(repair, verdict, action);
	action_add(repair->reconcile, action);
	return action->effect == EFFECT_DONE;
}

static void stop(struct repair *repair, struct verdict *verdict)
{
	const enum state before = verdict->was;
	struct action action = {
		.kind = ACTION_BUS_MASTER,
		.effect = EFFECT_REFUSED,
		.segment = verdict->segment,
		.requester = verdict->requester,
		.group = -1,
		.was = verdict->state,
	};
	struct kq_reason why;

	/* Since the verdict a driver may have been loaded, or the device of which this id is an alias was stopped. */
	if (repair_function(verdict))
		repair_refresh(repair, verdict);
	if (verdict->owner && !is_writer(verdict))
		return;
	if (verdict->owner)
		action.requester = verdict->alias_of;
	put_command(action.before, repair_function(verdict));
	put_command(action.after, repair_function(verdict));
	if (is_refused(repair, verdict, &why)) {
		verdict->was = before;
		snprintf(action.why, sizeof(action.why), "%.190s", why.text);
		action_add(repair->reconcile, &action);
		return;
	}
	if (!is_writer(verdict) || !try_all(repair, verdict, &action))
		verdict->was = before;
}

static void stop_all(struct repair *repair, bool aliases)
{
	struct reconcile *reconcile = repair->reconcile;

	for (size_t i = 0; i < reconcile->verdicts; i++) {
		struct verdict *verdict = &reconcile->verdict[i];
		const struct function *function = repair_function(verdict);

		if (is_writer(verdict) && (verdict->owner != NULL) == aliases &&
		    !(function && function_is_platform(function)))
			stop(repair, verdict);
	}
}

/* Devices first, then aliases: a device whose own entry is closed can still write through an alias whose entry is open. */
void repair_devices(struct repair *repair)
{
	stop_all(repair, false);
	stop_all(repair, true);
}
