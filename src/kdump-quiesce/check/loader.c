/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks: is it known what the distribution's kdump script loads, does it load anything, does that need more than kexec_load can
 * give, and what runs before the plugin does?
 */
#include "check.h"

#include <inttypes.h>

#include "host/sysroot.h"
#include "machine/words.h"

void kq_check_loader(const struct kq_examination *examination, struct kq_finding *finding)
{
	const struct kq_distro *distro = &examination->distro;

	if (!distro->name) {
		kq_find(finding, examination->report ? KQ_UNKNOWN : KQ_PASS, "no kdump script of a distribution that is known is here");
	} else if (distro->idle.text[0]) {
		kq_find(finding, examination->loaded == KQ_LOADED_NONE ? KQ_FAIL : KQ_WARN, "%s", distro->idle.text);
		kq_advise(finding, "%s", distro->idle_fix);
	} else if (distro->unclear.text[0]) {
		kq_find(finding, KQ_UNKNOWN, "%s; nothing of that file is executed here", distro->unclear.text);
		kq_advise(finding, "write the value itself into the file");
	} else if (distro->without_initrd) {
		kq_find(finding, KQ_WARN, "%s loads the capture kernel without an initrd: %s", distro->name, distro->no_initrd.text);
		kq_advise(finding, "%s", distro->initrd_fix);
	} else if (examination->report && (!distro->kernel[0] || !distro->initrd[0])) {
		kq_find(finding, KQ_UNKNOWN, "%s is here; what it loads is not known: %s", distro->name,
			distro->kernel[0] ? distro->no_initrd.text : distro->no_kernel.text);
	} else if (!distro->kernel[0] || !distro->initrd[0]) {
		kq_find(finding, KQ_WARN, "%s finds no %s: %s", distro->name, distro->kernel[0] ? "initrd" : "capture kernel",
			distro->kernel[0] ? distro->no_initrd.text : distro->no_kernel.text);
	} else {
		kq_find(finding, KQ_PASS, "%s loads %s with %s", distro->name, distro->kernel, distro->initrd);
	}
}

void kq_check_dump_keys(const struct kq_examination *examination, struct kq_finding *finding)
{
	const uint64_t keys = kq_host_dump_keys(&examination->host);
	const char *many = keys == 1 ? "" : "s";

	if (!keys) {
		kq_find(finding, KQ_PASS, "no key of an encrypted disk is handed to the capture kernel");
		return;
	}
	if (kq_is_wrapped(examination)) {
		kq_find(finding, KQ_PASS, "kexec_file_load hands over %" PRIu64 " key%s of encrypted disks, and the capture kernel is wrapped",
			keys, many);
		return;
	}
	if (examination->loaded == KQ_LOADED_OURS)
		kq_find(finding, KQ_FAIL, "%" PRIu64 " key%s of encrypted disks did not come with the capture kernel, which kexec_load "
			"loaded: the dump would wait for a passphrase", keys, many);
	else
		kq_find(finding, kq_hindrance(examination), "kexec_file_load alone hands over %" PRIu64 " key%s of encrypted disks: "
			"kdump-quiesce exec lets it through without the plugin", keys, many);
	kq_advise_wrap(finding, examination);
}

void kq_check_notifiers(const struct kq_examination *examination, struct kq_finding *finding)
{
	static const char parameter[] = "/sys/module/kernel/parameters/crash_kexec_post_notifiers";
	char value[16] = "";

	kq_host_line(&examination->host, parameter, value, sizeof(value));
	if (value[0] == 'Y' || (!value[0] && kq_cmdline_has(examination->first_cmdline, "crash_kexec_post_notifiers")))
		kq_find(finding, KQ_PASS,
			"crash_kexec_post_notifiers is on: at a panic others are called before the plugin, and DMA goes on as long "
			"as they take");
	else
		kq_find(finding, KQ_PASS, "at a panic nothing is called before the capture kernel");
}
