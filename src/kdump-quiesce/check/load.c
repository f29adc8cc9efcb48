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

/* Every mistake of the file, as far as a sentence holds them. */
static void tell_mistakes(const struct kq_conf *conf, char text[600])
{
	text[0] = 0;
	for (unsigned int i = 0; i < conf->mistakes && i < KQ_CONF_MISTAKES; i++) {
		const size_t used = strlen(text);

		if (used + strlen(conf->mistake[i].text) + 16 > 600) {
			snprintf(text + used, 600 - used, "; %u more", conf->mistakes - i);
			return;
		}
		snprintf(text + used, 600 - used, "%s%s", used ? "; " : "", conf->mistake[i].text);
	}
}

bool kq_lacks_conf(const struct kq_examination *examination, struct kq_finding *finding)
{
	if (!examination->report || examination->conf.path[0])
		return false;
	kq_find(finding, KQ_UNKNOWN, "%s has no " KQ_CONF_PATH ": the defaults are taken", examination->report);
	kq_advise(finding, "name a copy of " KQ_CONF_PATH " with --conf");
	return true;
}

static void check_conf(const struct kq_examination *examination, struct kq_finding *finding)
{
	const char *wrong = examination->conf_wrong.text[0] ? examination->conf_wrong.text : examination->no_rules.text;
	const struct kq_selector *unused;
	char mistakes[600];

	if (wrong[0]) {
		tell_mistakes(&examination->conf, mistakes);
		/* An image that cannot be seen may have been loaded before the mistake was made. */
		kq_find(finding, examination->loaded == KQ_LOADED_UNSEEN ? KQ_WARN : kq_hindrance(examination), "%s",
			mistakes[0] ? mistakes : wrong);
		kq_advise(finding,
			  "correct the file: kdump-quiesce exec loads the plain capture kernel rather than guess");
	} else if (examination->conf.path[0]) {
		kq_find(finding, KQ_PASS, "%s: %u line%s about devices, %u range%s of requester ids",
			examination->conf.path, examination->conf.selectors, examination->conf.selectors == 1 ? "" : "s",
			examination->rules.rules, examination->rules.rules == 1 ? "" : "s");
		unused = kq_conf_unused(&examination->conf, &examination->topology, 0);
		if (!unused || examination->no_topology.text[0])
			return;
		kq_find(finding, KQ_WARN, "%s:%u: no device matches that line, so it has no effect",
			examination->conf.path, unused->line);
		kq_advise(finding, "lspci -nn shows ids and classes");
	} else if (!kq_lacks_conf(examination, finding)) {
		kq_find(finding, KQ_PASS, "no configuration file: the defaults hold");
	}
}

#define CRASH_LOADED "/sys/kernel/kexec_crash_loaded"

/* Was this kernel built without what loads capture kernels? Its configuration says so, else the file that is missing. */
static bool has_no_kexec(const struct kq_host *host)
{
	static const char *const words[] = { "\nCONFIG_KEXEC=y", "\nCONFIG_KEXEC_FILE=y" };
	char path[256] = "/boot/config-", *text;
	bool none;

	kq_host_line(host, "/proc/sys/kernel/osrelease", path + strlen(path), 200);
	text = kq_host_read(host, path, 1u << 20, NULL);
	/* A tree below another root may lack the file and nothing else. */
	none = text ? !strstr(text, words[0]) && !strstr(text, words[1]) : !host->root[0];
	free(text);
	return none;
}

static void find_not_loaded(const struct kq_examination *examination, struct kq_finding *finding)
{
	if (kq_host_exists(&examination->host, CRASH_LOADED)) {
		kq_find(finding, KQ_FAIL, "no capture kernel is loaded");
		if (examination->machine.kind->outlook == KQ_OUTLOOK_SERVED)
			kq_advise(finding, "kdump-quiesce exec -- %s", kq_load_command(examination));
	} else if (has_no_kexec(&examination->host)) {
		kq_find(finding, KQ_FAIL, "this kernel was built without kexec (CONFIG_KEXEC, CONFIG_KEXEC_FILE): it "
					  "cannot load a capture kernel");
		kq_advise(finding, "boot a kernel that has it, as those of distributions do");
	} else {
		kq_find(finding, KQ_UNKNOWN, CRASH_LOADED " is not there: whether a capture kernel is loaded is not known");
	}
}

static void check_loaded(const struct kq_examination *examination, struct kq_finding *finding)
{
	const struct kq_host *host = &examination->host;

	if (kq_host_number(host, "/sys/kernel/fadump/registered", 0) ||
	    kq_host_number(host, "/sys/kernel/fadump_registered", 0))
		kq_find(finding, KQ_PASS, "firmware takes the dump (fadump is registered)");
	else if (!strcmp(examination->machine.kind->key, "fadump"))
		kq_find(finding, KQ_FAIL, "fadump is on, and nothing is registered with firmware");
	else if (!strcmp(examination->machine.kind->key, "xen-dom0"))
		kq_find(finding, KQ_UNKNOWN, "whether a crash kernel is loaded Xen alone knows");
	else if (kq_host_number(host, CRASH_LOADED, 0))
		kq_find(finding, KQ_PASS, "a capture kernel is loaded");
	else
		find_not_loaded(examination, finding);
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
		if (!kq_translates(examination) && examination->privileged && !kq_stopped_devices(examination)) {
			kq_find(finding, KQ_PASS, "it is not loaded, and would have nothing to do: no IOMMU translates");
			return;
		}
		kq_find(finding, kq_hindrance(examination),
			plugin->leftover ? "the plugin was loaded, but another image was loaded over it"
					 : "the capture kernel was loaded without the plugin");
		break;
	case KQ_LOADED_NONE:
		find_not_loaded(examination, finding);
		return;
	}
	if (kq_host_locked_down(&examination->host) || kq_host_dump_keys(&examination->host) ||
	    kq_host_file_load_only(&examination->host) || examination->image.unified)
		kq_advise_wrap(finding, examination);
	else
		kq_advise(finding, "kdump-quiesce exec -- %s", kq_load_command(examination));
}

static void check_call(const struct kq_examination *examination, struct kq_finding *finding)
{
	const struct kq_distro *distro = &examination->distro;
	const char *who = distro->name ? distro->name : "kexec", *space = distro->kexec_version[0] ? " " : "";

	if (kq_host_file_load_only(&examination->host) && !kq_is_wrapped(examination)) {
		kq_find(finding, kq_hindrance(examination), "this kernel was built without kexec_load (CONFIG_KEXEC), and kexec_file_load "
			"carries no plugin but a wrapped kernel's");
		kq_advise_wrap(finding, examination);
		return;
	}
	switch (distro->call) {
	case KQ_CALL_LOAD:
		kq_find(finding, KQ_PASS, "%s loads by kexec_load: kexec%s%s %s", who, space, distro->kexec_version,
			distro->call_because);
		return;
	case KQ_CALL_AUTO:
		kq_find(finding, KQ_PASS, "%s loads by kexec_file_load or kexec_load, whichever there is: kexec%s%s %s; "
			"kdump-quiesce exec leaves it kexec_load", who, space, distro->kexec_version, distro->call_because);
		return;
	case KQ_CALL_FILE_LOAD:
		if (kq_is_wrapped(examination)) {
			kq_find(finding, KQ_PASS, "%s loads by kexec_file_load, and the capture kernel is wrapped",
				who);
			return;
		}
		kq_find(finding, kq_hindrance(examination),
			"%s loads by kexec_file_load, which carries no plugin but a wrapped kernel's: kexec %s", who,
			distro->call_because);
		if (kq_host_locked_down(&examination->host) || distro->adds_file_load || examination->image.unified)
			kq_advise_wrap(finding, examination);
		else
			kq_advise(finding, "take -s out of %s, or wrap the capture kernel (kdump-quiesce wrap)",
				  distro->conf ? distro->conf : "its arguments");
		return;
	case KQ_CALL_UNKNOWN:
		break;
	}
	if (examination->report) {
		kq_find(finding, KQ_UNKNOWN, "which call kexec uses by itself depends on its version, which %s does not tell",
			examination->report);
		return;
	}
	kq_find(finding, KQ_UNKNOWN, "%s", distro->no_call.text);
	if (!distro->kexec_version[0])
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
		kq_find(finding, kq_hindrance(examination),
			"locked down (%s): only signed kernels are loaded, by kexec_file_load", text);
		kq_advise_wrap(finding, examination);
	}
}

/* The variable is not there: because nobody mounted the variables, or because firmware has none of that name. */
static void find_no_secure_boot(const struct kq_host *host, struct kq_finding *finding)
{
	struct kq_names names;

	kq_host_list(host, EFI_VARIABLES, &names);
	if (!kq_host_exists(host, "/sys/firmware/efi"))
		kq_find(finding, KQ_PASS, "not started by EFI");
	else if (names.count)
		kq_find(finding, KQ_PASS, "firmware has no Secure Boot");
	else
		kq_find(finding, KQ_UNKNOWN, EFI_VARIABLES " cannot be read: whether Secure Boot is on is not known");
	kq_names_free(&names);
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
		find_no_secure_boot(&examination->host, finding);
	} else if (!image->read) {
		kq_find(finding, KQ_UNKNOWN, "Secure Boot is on; whether the capture kernel is signed is not known: %s",
			image->why.text);
	} else if (!image->is_signed) {
		kq_find(finding, kq_hindrance(examination), "Secure Boot is on, and %s is not signed",
			examination->distro.kernel);
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
		kq_find(finding, kq_hindrance(examination), "kexec_load_disabled is 1: nothing can be loaded until the next boot");
		kq_advise(finding,
			  "load before it is set: order what sets it behind the service that loads the capture kernel");
	} else if (limit == 0 && !kq_has_plugin(examination)) {
		kq_find(finding, kq_hindrance(examination), "kexec_load_limit_panic is 0: nothing can be loaded until the next boot");
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
	kq_find(finding, kq_hindrance(examination), "ptrace_scope is %" PRIu64 ": exec cannot read the loader's image", scope);
	kq_advise(finding, "wrap the capture kernel (kdump-quiesce wrap), or set kernel.yama.ptrace_scope below 3 from "
			   "the next boot");
}

/* A wrapped kernel finds everything anew at the crash, but for the rules: those came with it. */
static void check_wrapped(const struct kq_examination *examination, struct kq_finding *finding)
{
	const struct kq_rules *now = &examination->rules;
	const uint32_t policy = kq_conf_policy(&examination->conf, &examination->topology);
	struct kq_rules inside = examination->image.rules;
	uint32_t flags = examination->image.policy;
	struct kq_state then = { .boot = "" }, wanted = { .boot = "" };
	unsigned int changes;
	bool done;

	if (!examination->privileged || examination->no_topology.text[0] || examination->no_rules.text[0] ||
	    examination->conf_wrong.text[0]) {
		kq_find(finding, KQ_UNKNOWN, "whether the rules in the wrapped kernel are still right cannot be told");
		return;
	}
	if (examination->loaded == KQ_LOADED_OURS) {
		inside.rules = iq_handover_rules(&examination->plugin.handover, inside.rule);
		flags = examination->plugin.handover.flags;
	}
	done = kq_state_rules(&then, flags, inside.rule, inside.rules) &&
	       kq_state_rules(&wanted, policy, now->rule, now->rules);
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
	unsigned int changes;

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
				kq_conf_policy(&examination->conf, &examination->topology), examination->rules.rule,
				examination->rules.rules))
		kq_find(finding, KQ_UNKNOWN, "out of memory");
	else if ((changes = kq_state_changes(then, now, NULL, NULL))) {
		kq_find(finding, KQ_WARN,
			"%u thing%s changed since the capture kernel was loaded: kdump-quiesce status says which", changes,
			kq_plural(changes));
		kq_advise(finding, "load it anew: kdump-quiesce exec -- %s", kq_load_command(examination));
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
	{ "configuration", check_conf, NULL, NULL, KQ_STEP_SETTING, KQ_CHECK_ASIDE },
	{ "loader", kq_check_loader, NULL, NULL, KQ_STEP_SETTING, KQ_CHECK_ASIDE },
	{ "capture-kernel", check_loaded, NULL, NULL, KQ_STEP_LOAD, KQ_CHECK_ANYWHERE },
	{ "plugin", check_plugin, "/sys/kernel", NULL, KQ_STEP_LOAD, 0 },
	{ "up-to-date", check_status, "/sys/kernel", KQ_STATE_PATH, KQ_STEP_LOAD, KQ_CHECK_ASIDE },
	{ "system-call", check_call, NULL, NULL, KQ_STEP_SETTING, KQ_CHECK_ASIDE },
	{ "dump-keys", kq_check_dump_keys, "/sys/kernel", "/sys/kernel/config", KQ_STEP_SETTING, KQ_CHECK_ASIDE },
	{ "permission", check_permission, "/proc/sys/kernel", "/proc/sys/kernel/kexec_load_disabled", KQ_STEP_REBOOT, KQ_CHECK_ASIDE },
	{ "lockdown", check_lockdown, "/sys/kernel", "/sys/kernel/security/lockdown", KQ_STEP_SETTING, KQ_CHECK_ASIDE },
	{ "secure-boot", check_secure_boot, "/sys/kernel", SECURE_BOOT, KQ_STEP_SETTING, KQ_CHECK_ASIDE },
	{ "ptrace-scope", check_ptrace, "/proc/sys/kernel", "/proc/sys/kernel/yama/ptrace_scope", KQ_STEP_REBOOT, KQ_CHECK_ASIDE },
	{ "hotplug", kq_check_hotplug, NULL, "/sys/devices/system/cpu", KQ_STEP_SETTING, KQ_CHECK_ASIDE },
	{ "notifiers", kq_check_notifiers, "/proc/cmdline", NULL, KQ_STEP_SETTING, KQ_CHECK_ASIDE },
	{ NULL, NULL, NULL, NULL, 0, 0 },
};
