/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks: which drivers does the dump need, which devices have nobody in the capture kernel who resets them, and what becomes of those?
 */
#include "check.h"

#include <stdio.h>
#include <string.h>

#include "host/requester.h"
#include "machine/words.h"

#define NAMES_TOLD 6u

/* Devices in a sentence, each with its driver and why that is not there. */
struct list {
	char text[300];
	unsigned int count;
};

/* A device that can do DMA now. */
struct device {
	const struct kq_function *function;
	const struct kq_hidden *hidden; /* NULL: it is in a segment of the firmware's */
};

/* Device @i of all that can be seen. False: it is a bridge, or cannot do DMA. */
static bool master_at(const struct kq_topology *topology, unsigned int i, struct device *device)
{
	device->hidden = i < topology->functions ? NULL : &topology->hidden[i - topology->functions];
	device->function = device->hidden ? &device->hidden->function : &topology->function[i];
	return device->function->master && !device->function->bridge;
}

static void list_add(struct list *list, const struct device *device, const char *barred)
{
	const struct kq_function *function = device->function;
	const size_t used = strlen(list->text);

	if (list->count++ >= NAMES_TOLD)
		return;
	snprintf(list->text + used, sizeof(list->text) - used, "%s%s (%s%s%s)", used ? ", " : "",
		 device->hidden ? kq_hidden_name(device->hidden) : requester_text(function->segment, function->id),
		 function->driver[0] ? function->driver : "no driver", barred ? ": " : "", barred ? barred : "");
}

static const char *list_end(struct list *list)
{
	const size_t used = strlen(list->text);

	if (list->count > NAMES_TOLD)
		snprintf(list->text + used, sizeof(list->text) - used, " and %u more", list->count - NAMES_TOLD);
	return list->text;
}

/* Will a driver in the capture kernel take @device over? *@barred: the word that keeps it from that, NULL: none. */
static bool is_driven(const struct kq_examination *examination, const struct device *device, const char **barred)
{
	const struct kq_function *function = device->function;

	*barred = function->module[0] ? kq_blacklisted(examination->distro.cmdline, function->module) : NULL;
	if (!function->driver[0] || *barred)
		return false;
	/* A driver without a module is built in. */
	return !function->module[0] || kq_initrd_has(&examination->initrd, function->module);
}

static bool is_stopped(const struct kq_examination *examination, const struct device *device)
{
	const enum kq_fate fate = device->hidden ? kq_fate_of_hidden(examination, device->hidden)
						 : kq_fate_of(examination, device->function);

	return fate == KQ_FATE_STOPPED || fate == KQ_FATE_CLOSED;
}

/* False, with @finding filled in, where the initrd's modules or the devices are not known. */
static bool can_compare(const struct kq_examination *examination, struct kq_finding *finding)
{
	if (examination->no_initrd.text[0])
		kq_find(finding, KQ_UNKNOWN, "%s", examination->no_initrd.text);
	else if (examination->initrd.squashed)
		kq_find(finding, KQ_UNKNOWN, "the modules of %s are in a file system image that cannot be looked into: %s",
			examination->distro.initrd, examination->initrd.unsquashed.text);
	else if (examination->no_topology.text[0])
		kq_find(finding, KQ_UNKNOWN, "%s", examination->no_topology.text);
	else
		return true;
	return false;
}

/* What the plugin does about devices that nobody resets, if it is loaded or, else, once it is. */
static void find_undriven(const struct kq_examination *examination, struct kq_finding *finding, unsigned int masters,
			  struct list *stopped, struct list *going_on)
{
	const unsigned int count = stopped->count + going_on->count;
	char all[100];

	snprintf(all, sizeof(all), "%u of %u devices that can do DMA have no driver in the capture initrd", count, masters);
	if (!examination->dry) {
		kq_find(finding, KQ_WARN, "%s; whether the plugin stops them is not known (%s): %s", all,
			examination->no_dry.text, list_end(going_on));
	} else if (!kq_has_plugin(examination)) {
		if (stopped->count && going_on->count)
			kq_find(finding, KQ_WARN, "%s; nobody stops them: %s, %s", all, list_end(stopped), list_end(going_on));
		else
			kq_find(finding, KQ_WARN, "%s; nobody stops them: %s", all,
				list_end(stopped->count ? stopped : going_on));
		if (!stopped->count)
			kq_advise(finding, count == 1 ? "let the initrd bring its driver, which resets it: the plugin would not stop it"
						     : "let the initrd bring their drivers, which reset them: the plugin would not stop them");
		else if (going_on->count)
			kq_advise(finding, "load with the plugin, which stops %u of them; let the initrd bring the drivers of the "
					   "others", stopped->count);
		else
			kq_advise(finding, "load with the plugin, which stops them");
	} else if (!going_on->count) {
		kq_find(finding, KQ_PASS, "%s, and are stopped by the plugin: %s", all, list_end(stopped));
	} else {
		kq_find(finding, KQ_WARN, "%s; the plugin leaves %u of them alone, whose DMA goes on: %s", all, going_on->count,
			list_end(going_on));
		kq_advise(finding, "let the initrd bring their drivers, which reset them, or block them; see reserved-memory, "
				   "identity-devices, policy and unserved-devices");
	}
}

void kq_check_initrd_drivers(const struct kq_examination *examination, struct kq_finding *finding)
{
	const struct kq_topology *topology = &examination->topology;
	struct list stopped = { "", 0 }, going_on = { "", 0 };
	unsigned int masters = 0;
	struct device device;
	const char *barred;

	if (!can_compare(examination, finding))
		return;
	for (unsigned int i = 0; i < topology->functions + topology->hiddens; i++) {
		if (!master_at(topology, i, &device))
			continue;
		masters++;
		if (!is_driven(examination, &device, &barred))
			list_add(is_stopped(examination, &device) ? &stopped : &going_on, &device, barred);
	}
	if (stopped.count || going_on.count)
		find_undriven(examination, finding, masters, &stopped, &going_on);
	else if (masters == 1)
		kq_find(finding, KQ_PASS, "the only device that can do DMA has its driver in the capture initrd");
	else
		kq_find(finding, KQ_PASS, "all %u devices that can do DMA have their drivers in the capture initrd", masters);
}

/* Names, separated by commas. */
struct names {
	char text[400];
	bool full; /* there are more */
};

static bool has_name(const struct names *names, const char *name)
{
	const size_t length = strlen(name);

	for (const char *at = names->text; *at; at += *at == ',') {
		const size_t item = strcspn(at, ",");

		if (item == length && !memcmp(at, name, length))
			return true;
		at += item;
	}
	return false;
}

static void add_name(struct names *names, const char *name)
{
	const size_t used = strlen(names->text);

	if (has_name(names, name))
		return;
	names->full |= used + strlen(name) + 2 > sizeof(names->text);
	if (!names->full)
		snprintf(names->text + used, sizeof(names->text) - used, "%s%s", used ? "," : "", name);
}

static bool is_on_way(const struct kq_examination *examination, const struct device *device)
{
	const struct kq_function *function = device->function;

	return device->hidden ? kq_dump_way_has(&examination->way, device->hidden->domain, device->hidden->id)
			      : kq_dump_way_has(&examination->way, function->segment, function->id);
}

/* Can the capture kernel do without the module @name: is no device of it on the dump's way, and does the plugin stop all of them? */
static bool is_spare(const struct kq_examination *examination, const char *name)
{
	const struct kq_topology *topology = &examination->topology;
	unsigned int stopped = 0;

	if (kq_dump_way_needs(&examination->way, &examination->host, name) || kq_blacklisted(examination->distro.cmdline, name))
		return false;
	for (unsigned int i = 0; i < topology->functions + topology->hiddens; i++) {
		struct device device;
		const bool master = master_at(topology, i, &device);

		if (strcmp(device.function->module, name) != 0)
			continue;
		if (device.function->bridge || is_on_way(examination, &device) || (master && !is_stopped(examination, &device)))
			return false;
		stopped += master;
	}
	return stopped;
}

/* Drivers of devices that are stopped, and that the dump does not need. */
static void collect_spare(const struct kq_examination *examination, struct names *spare)
{
	const struct kq_topology *topology = &examination->topology;

	for (unsigned int i = 0; i < topology->functions + topology->hiddens; i++) {
		struct device device;

		if (master_at(topology, i, &device) && device.function->module[0] && is_spare(examination, device.function->module))
			add_name(spare, device.function->module);
	}
}

/* Modules on the dump's way that the capture kernel will not have; @barred: the first word that keeps one from it. */
static void collect_missing(const struct kq_examination *examination, struct names *missing, const char **barred)
{
	const bool known = !examination->no_initrd.text[0] && !examination->initrd.squashed;

	*barred = NULL;
	for (unsigned int i = 0; i < examination->way.modules; i++) {
		const char *module = examination->way.module[i];
		const char *word = kq_blacklisted(examination->distro.cmdline, module);

		if (word || (known && !kq_initrd_has(&examination->initrd, module)))
			add_name(missing, module);
		if (word && !*barred)
			*barred = word;
	}
}

/* Which drivers does the capture kernel need for the dump, and which could be left out? */
void kq_check_dump_drivers(const struct kq_examination *examination, struct kq_finding *finding)
{
	const struct kq_distro *distro = &examination->distro;
	const char *where = distro->dump_over_network ? "the network" : distro->dump_to, *barred;
	struct names needed = { "", false }, missing = { "", false }, spare = { "", false };

	if (examination->no_way.text[0]) {
		kq_find(finding, KQ_UNKNOWN, "which drivers the dump needs is not known: %s", examination->no_way.text);
		return;
	}
	for (unsigned int i = 0; i < examination->way.modules; i++)
		add_name(&needed, examination->way.module[i]);
	collect_missing(examination, &missing, &barred);
	if (missing.text[0]) {
		kq_find(finding, KQ_WARN, "a dump to %.160s needs %s, which the capture kernel will not have", where, missing.text);
		if (barred)
			kq_advise(finding, "take that out of %s on the capture kernel's command line", barred);
		else
			kq_advise(finding, "let the initrd bring %s", missing.text);
		return;
	}
	if (!examination->no_topology.text[0] && examination->dry)
		collect_spare(examination, &spare);
	kq_find(finding, KQ_PASS, "a dump to %.160s needs %s%s", where, needed.text[0] ? needed.text : "no driver that is a module",
		spare.text[0] ? "; drivers of devices that the plugin stops could be left out" : "");
	if (spare.text[0])
		kq_advise(finding, "where one of them troubles the capture kernel, on its command line: module_blacklist=%s", spare.text);
}
