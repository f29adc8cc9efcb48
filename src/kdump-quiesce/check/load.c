/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks: is a capture kernel loaded, is the plugin in it, and could it be put in?
 */
#include "check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/sysroot.h"

#define EFI_VARIABLES "/sys/firmware/efi/efivars"
#define SECURE_BOOT   EFI_VARIABLES "/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define SECURE_BOOT_VALUE 4 /* behind the attributes */

static const char *loader(const struct kq_examination *examination)
{
	return examination->distro.load ? examination->distro.load : "kexec -p ...";
}

static void check_conf(const struct kq_examination *examination, struct kq_finding *finding)
{
	const char *wrong = examination->conf_wrong.text[0] ? examination->conf_wrong.text : examination->no_rules.text;
	const struct kq_selector *unused;

	if (wrong[0]) {
		kq_find(finding, KQ_FAIL, "%s", wrong);
		kq_advise(finding,
			  "correct the file: kdump-quiesce exec loads the plain capture kernel rather than guess");
	} else if (examination->conf.path[0]) {
		kq_find(finding, KQ_PASS, "%s: %u lines about devices, %u ranges of requester ids",
			examination->conf.path, examination->conf.selectors, examination->rules.rules);
		unused = kq_conf_unused(&examination->conf, &examination->topology, 0);
		if (!unused || examination->no_topology.text[0])
			return;
		kq_find(finding, KQ_WARN, "%s:%u: no device here is one: that line has no effect",
			examination->conf.path, unused->line);
		kq_advise(finding, "lspci -nn shows ids and classes");
	} else {
		kq_find(finding, KQ_PASS, "no configuration file: the defaults hold");
	}
}

static void check_loaded(const struct kq_examination *examination, struct kq_finding *finding)
{
	if (examination->loaded != KQ_LOADED_NONE) {
		kq_find(finding, KQ_PASS, "a capture kernel is loaded");
		return;
	}
	if (kq_host_number(&examination->host, "/sys/kernel/kexec_crash_loaded", 2) == 2) {
		kq_find(finding, KQ_UNKNOWN, "/sys/kernel/kexec_crash_loaded cannot be read: a kernel without kexec?");
		return;
	}
	kq_find(finding, KQ_FAIL, "no capture kernel is loaded");
	kq_advise(finding, "kdump-quiesce exec -- %s", loader(examination));
}

static void check_plugin(const struct kq_examination *examination, struct kq_finding *finding)
{
	const struct kq_plugin_seen *plugin = &examination->plugin;

	switch (examination->loaded) {
	case KQ_LOADED_OURS:
		kq_find(finding, KQ_PASS, "the plugin is at 0x%" PRIx64 ", its checksum is right, put there by %s",
			plugin->address, plugin->handover.flags & IQ_HANDOVER_IMAGE ? "wrap" : "exec");
		return;
	case KQ_LOADED_UNSEEN:
		if (examination->image.read && examination->image.sound)
			kq_find(finding, KQ_PASS, "%s is wrapped (the loaded image itself cannot be looked at: %s)",
				examination->distro.kernel, plugin->why.text);
		else
			kq_find(finding, KQ_UNKNOWN, "the loaded image cannot be looked at: %s", plugin->why.text);
		return;
	case KQ_LOADED_PLAIN:
		kq_find(finding, KQ_FAIL,
			plugin->leftover ? "the plugin was loaded, but another image was loaded over it"
					 : "the capture kernel was loaded without the plugin");
		break;
	case KQ_LOADED_NONE:
		kq_find(finding, KQ_FAIL, "no capture kernel is loaded");
		break;
	}
	if (kq_host_locked_down(&examination->host))
		kq_advise_wrap(finding, examination);
	else
		kq_advise(finding, "kdump-quiesce exec -- %s", loader(examination));
}

static void check_call(const struct kq_examination *examination, struct kq_finding *finding)
{
	const struct kq_distro *distro = &examination->distro;
	const char *who = distro->name ? distro->name : "kexec";

	switch (distro->call) {
	case KQ_CALL_LOAD:
		kq_find(finding, KQ_PASS, "%s loads by kexec_load: kexec %s %s", who, distro->kexec_version,
			distro->call_because);
		return;
	case KQ_CALL_AUTO:
		kq_find(finding, KQ_PASS, "%s loads by kexec_file_load or kexec_load, whichever there is: kexec %s %s; "
			"kdump-quiesce exec leaves it kexec_load", who, distro->kexec_version, distro->call_because);
		return;
	case KQ_CALL_FILE_LOAD:
		if (kq_is_wrapped(examination)) {
			kq_find(finding, KQ_PASS, "%s loads by kexec_file_load, and the capture kernel is wrapped",
				who);
			return;
		}
		kq_find(finding, KQ_FAIL,
			"%s loads by kexec_file_load, which carries no plugin but a wrapped kernel's: kexec %s", who,
			distro->call_because);
		kq_advise(finding, "take -s out of %s, or wrap the capture kernel (kdump-quiesce wrap)",
			  distro->conf ? distro->conf : "its arguments");
		return;
	case KQ_CALL_UNKNOWN:
		break;
	}
	kq_find(finding, KQ_UNKNOWN, "no kexec program was found in /usr/sbin or /sbin");
	kq_advise(finding, "install kexec-tools");
}

static void check_lockdown(const struct kq_examination *examination, struct kq_finding *finding)
{
	char text[128];

	if (!kq_host_line(&examination->host, "/sys/kernel/security/lockdown", text, sizeof(text))) {
		kq_find(finding, KQ_PASS, "this kernel knows no lockdown");
	} else if (!kq_host_locked_down(&examination->host)) {
		kq_find(finding, KQ_PASS, "not locked down: %s", text);
	} else if (kq_is_wrapped(examination)) {
		kq_find(finding, KQ_PASS, "locked down (%s), and the capture kernel is wrapped", text);
	} else {
		kq_find(finding, KQ_FAIL, "locked down (%s): only signed kernels are loaded, by kexec_file_load", text);
		kq_advise_wrap(finding, examination);
	}
}

static void check_secure_boot(const struct kq_examination *examination, struct kq_finding *finding)
{
	const struct kq_kernel_image *image = &examination->image;
	size_t length = 0;
	char *bytes = kq_host_read(&examination->host, SECURE_BOOT, 64, &length);
	const bool on = bytes && length > SECURE_BOOT_VALUE && bytes[SECURE_BOOT_VALUE];

	free(bytes);
	if (!on && length) {
		kq_find(finding, KQ_PASS, "Secure Boot is off");
	} else if (!on) {
		kq_find(finding, KQ_PASS, kq_host_exists(&examination->host, "/sys/firmware/efi") ?
						  "firmware has no Secure Boot" : "not started by EFI");
	} else if (!image->read) {
		kq_find(finding, KQ_UNKNOWN, "Secure Boot is on; whether the capture kernel is signed is not known: %s",
			image->why.text);
	} else if (!image->is_signed) {
		kq_find(finding, KQ_FAIL, "Secure Boot is on, and %s is not signed", examination->distro.kernel);
		kq_advise_wrap(finding, examination);
	} else {
		kq_find(finding, KQ_PASS, "Secure Boot is on, and %s is signed", examination->distro.kernel);
	}
}

static void check_permission(const struct kq_examination *examination, struct kq_finding *finding)
{
	const uint64_t limit =
		kq_host_number(&examination->host, "/proc/sys/kernel/kexec_load_limit_panic", UINT64_MAX);

	if (kq_host_number(&examination->host, "/proc/sys/kernel/kexec_load_disabled", 0)) {
		if (kq_has_plugin(examination)) {
			kq_find(finding, KQ_PASS, "kexec_load_disabled is 1, after the plugin was loaded");
			return;
		}
		kq_find(finding, KQ_FAIL, "kexec_load_disabled is 1: nothing can be loaded until the next boot");
		kq_advise(finding,
			  "load before it is set: order what sets it behind the service that loads the capture kernel");
	} else if (limit == 0 && !kq_has_plugin(examination)) {
		kq_find(finding, KQ_FAIL, "kexec_load_limit_panic is 0: nothing can be loaded until the next boot");
		kq_advise(finding, "allow one load more");
	} else {
		kq_find(finding, KQ_PASS, "capture kernels may be loaded");
	}
}

static void check_ptrace(const struct kq_examination *examination, struct kq_finding *finding)
{
	const uint64_t scope = kq_host_number(&examination->host, "/proc/sys/kernel/yama/ptrace_scope", 0);

	if (scope < 3 || kq_is_wrapped(examination)) {
		kq_find(finding, KQ_PASS, "ptrace_scope is %" PRIu64 "%s", scope,
			scope < 3 ? ": exec can read the loader's image" : ", but the capture kernel is wrapped");
		return;
	}
	kq_find(finding, KQ_FAIL, "ptrace_scope is %" PRIu64 ": exec cannot read the loader's image", scope);
	kq_advise(finding, "wrap the capture kernel (kdump-quiesce wrap), or set kernel.yama.ptrace_scope below 3 from "
			   "the next boot");
}

/* udev rules that load a new image when CPUs or memory come and go. */
static const char *reload_rule(const struct kq_host *host)
{
	static const char *const rules[] = { "/etc/udev/rules.d/50-kdump-tools.rules",
					     "/lib/udev/rules.d/50-kdump-tools.rules",
					     "/usr/lib/udev/rules.d/50-kdump-tools.rules",
					     "/usr/lib/udev/rules.d/98-kexec.rules",
					     "/usr/lib/udev/rules.d/70-kdump.rules" };

	for (size_t i = 0; i < IQ_ARRAY_SIZE(rules); i++)
		if (kq_host_exists(host, rules[i]))
			return rules[i];
	return NULL;
}

static void check_hotplug(const struct kq_examination *examination, struct kq_finding *finding)
{
	const bool kernel = kq_host_number(&examination->host, "/sys/devices/system/cpu/crash_hotplug", 0);
	const char *rule = reload_rule(&examination->host);

	if (kq_is_wrapped(examination))
		kq_find(finding, KQ_PASS, "the capture kernel is wrapped: whoever loads it anew loads the plugin");
	else if (kernel)
		kq_find(finding, KQ_PASS, "the kernel follows CPU and memory hotplug itself (crash_hotplug is 1)");
	else if (examination->distro.ours[0])
		kq_find(finding, KQ_PASS, "whoever loads it anew does so through exec: %s", examination->distro.ours);
	else if (!rule)
		kq_find(finding, KQ_PASS, "nothing reloads the capture kernel when CPUs or memory come and go");
	else {
		kq_find(finding, KQ_WARN,
			"%s reloads the capture kernel, without the plugin, when CPUs or memory come and go", rule);
		kq_advise(finding, "let it call kdump-quiesce exec -- %s, or wrap the capture kernel",
			  loader(examination));
	}
}

/* A wrapped kernel finds everything anew at the crash, but for the rules: those came with it. */
static void check_wrapped(const struct kq_examination *examination, struct kq_finding *finding)
{
	const struct iq_handover *handover = &examination->plugin.handover;
	const struct kq_rules *inside = &examination->image.rules, *now = &examination->rules;
	struct kq_state then = { .boot = "" }, wanted = { .boot = "" };
	unsigned int changes;
	bool done;

	if (!examination->privileged || examination->no_topology.text[0] || examination->no_rules.text[0] ||
	    examination->conf_wrong.text[0]) {
		kq_find(finding, KQ_UNKNOWN, "whether the rules in the wrapped kernel are still right cannot be told");
		return;
	}
	done = examination->loaded == KQ_LOADED_OURS ? kq_state_rules(&then, handover->rule, handover->rules)
						     : kq_state_rules(&then, inside->rule, inside->rules);
	done = done && kq_state_rules(&wanted, now->rule, now->rules);
	changes = kq_state_changes(&then, &wanted, NULL, NULL);
	if (!done) {
		kq_find(finding, KQ_UNKNOWN, "out of memory");
	} else if (changes) {
		kq_find(finding, KQ_WARN,
			"the wrapped kernel's rules are not those that it would get now: %u more or less", changes);
		kq_advise(finding, "wrap it anew from the distribution's kernel: kdump-quiesce wrap; then load it");
	} else {
		kq_find(finding, KQ_PASS, "a wrapped kernel finds everything anew at the crash; its rules are right");
	}
	kq_state_free(&then);
	kq_state_free(&wanted);
}

static void check_status(const struct kq_examination *examination, struct kq_finding *finding)
{
	struct kq_reason why = { "out of memory" };
	struct kq_state *then, *now;

	if (kq_is_wrapped(examination)) {
		check_wrapped(examination, finding);
		return;
	}
	if (examination->loaded == KQ_LOADED_NONE || examination->loaded == KQ_LOADED_PLAIN) {
		kq_find(finding, KQ_PASS, "nothing was loaded that could be out of date");
		return;
	}
	then = calloc(1, sizeof(*then));
	now = calloc(1, sizeof(*now));
	if (!then || !now || !kq_state_read(then, &examination->host, &why))
		kq_find(finding, KQ_WARN,
			"it is not known what the machine looked like when the capture kernel was loaded: %s",
			why.text);
	else if (!kq_state_look(now, &examination->host, &examination->plan, &examination->topology,
				examination->rules.rule, examination->rules.rules))
		kq_find(finding, KQ_UNKNOWN, "out of memory");
	else if (kq_state_changes(then, now, NULL, NULL)) {
		kq_find(finding, KQ_WARN,
			"%u things changed since the capture kernel was loaded: kdump-quiesce status says which",
			kq_state_changes(then, now, NULL, NULL));
		kq_advise(finding, "load it anew: kdump-quiesce exec -- %s", loader(examination));
	} else {
		kq_find(finding, KQ_PASS, "IOMMUs, devices, memory and policy are as they were when it was loaded");
	}
	if (then)
		kq_state_free(then);
	if (now)
		kq_state_free(now);
	free(then);
	free(now);
}

const struct kq_check kq_load_checks[] = {
	{ "configuration", check_conf },
	{ "capture-kernel", check_loaded },
	{ "plugin", check_plugin },
	{ "up-to-date", check_status },
	{ "system-call", check_call },
	{ "permission", check_permission },
	{ "lockdown", check_lockdown },
	{ "secure-boot", check_secure_boot },
	{ "ptrace-scope", check_ptrace },
	{ "hotplug", check_hotplug },
	{ NULL, NULL },
};
