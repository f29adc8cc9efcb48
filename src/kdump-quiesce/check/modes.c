/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks: do this machine's modes of memory, IOMMU and clock agree with the plugin and with the capture kernel?
 */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot/cmdline.h"

#define ECAP_SMTS 43 /* VT-d 4.1, 11.4.3: scalable mode translation support */

static void check_snp(const struct kq_examination *examination, struct kq_finding *finding)
{
	char text[16];

	if (!kq_host_line(&examination->host, "/sys/module/kvm_amd/parameters/sev_snp", text, sizeof(text)) ||
	    (text[0] != 'Y' && text[0] != '1')) {
		kq_find(finding, KQ_PASS, "this host runs no SNP guests");
		return;
	}
	kq_find(finding, KQ_WARN, "SNP is on: panic notifiers run before the capture kernel, and one of them may stop "
				  "SNP or find that it cannot");
	kq_advise(finding, "use a capture kernel that reuses the IOMMU's structures (Linux 6.17 or later)");
}

/* Linux, arch/x86/mm/mem_encrypt_identity.c: the last word on the command line, else as it was built. */
static void check_encryption(const struct kq_examination *examination, struct kq_finding *finding)
{
	const char *at = examination->first_cmdline, *value;
	char release[128] = "";
	struct iq_word word;
	int said = -1;
	size_t length;

	while (iq_cmdline_next(&at, &word))
		if (iq_cmdline_is(&word, "mem_encrypt", &value, &length))
			said = length == 2 && !strncmp(value, "on", 2);
	if (said < 0 && kq_host_processor_has(&examination->host, "sme")) {
		kq_host_line(&examination->host, "/proc/sys/kernel/osrelease", release, sizeof(release));
		said = 2 * (kq_host_built_with(&examination->host, release, "CONFIG_AMD_MEM_ENCRYPT_ACTIVE_BY_DEFAULT") > 0);
	}
	if (said <= 0) {
		kq_find(finding, KQ_PASS, "memory is not encrypted by this kernel");
		return;
	}
	kq_find(finding, KQ_FAIL, "%s: the plugin runs without the kernel's key bit, and finds no table",
		said == 1 ? "mem_encrypt=on" : "memory is encrypted, for this kernel was built so");
	kq_advise(finding, said == 1 ? "take mem_encrypt=on off the kernel's command line"
				     : "put mem_encrypt=off on the kernel's command line");
}

/* Whether a kernel with @release and @cmdline uses scalable mode. -1: not known. Linux, drivers/iommu/intel/iommu.c */
static int scalable(const struct kq_host *host, const char *release, const char *cmdline)
{
	const char *at = cmdline, *value;
	struct iq_word word;
	size_t length;
	int mode = -1;

	while (iq_cmdline_next(&at, &word)) {
		if (!iq_cmdline_is(&word, "intel_iommu", &value, &length))
			continue;
		if (memmem(value, length, "sm_on", 5))
			mode = 1;
		if (memmem(value, length, "sm_off", 6))
			mode = 0;
	}
	return mode >= 0 ? mode : kq_host_built_with(host, release, "CONFIG_INTEL_IOMMU_SCALABLE_MODE_DEFAULT_ON");
}

/* The first word of what a kernel image says of itself is its release. */
static void release_of_capture(const struct kq_examination *examination, char release[128])
{
	const char *version = examination->image.version;

	snprintf(release, 128, "%.*s", (int)strcspn(version, " "), version);
}

/* Is there an IOMMU that has scalable mode? */
static bool can_scale(const struct kq_host *host)
{
	struct kq_names names;
	char path[400], text[40];
	bool found = false;

	kq_host_list(host, "/sys/class/iommu", &names);
	for (size_t i = 0; i < names.count && !found; i++) {
		snprintf(path, sizeof(path), "/sys/class/iommu/%.255s/intel-iommu/ecap", names.name[i]);
		found = kq_host_line(host, path, text, sizeof(text)) && strtoull(text, NULL, 16) >> ECAP_SMTS & 1;
	}
	kq_names_free(&names);
	return found;
}

bool kq_is_scalable(const struct kq_examination *examination)
{
	char release[128] = "";

	kq_host_line(&examination->host, "/proc/sys/kernel/osrelease", release, sizeof(release));
	return can_scale(&examination->host) &&
	       scalable(&examination->host, release, examination->first_cmdline) > 0;
}

static void check_scalable(const struct kq_examination *examination, struct kq_finding *finding)
{
	char first[128] = "", capture[128];
	int now, then;

	if (!can_scale(&examination->host)) {
		kq_find(finding, KQ_PASS, "there is no scalable mode here that two kernels could disagree on");
		return;
	}
	kq_host_line(&examination->host, "/proc/sys/kernel/osrelease", first, sizeof(first));
	release_of_capture(examination, capture);
	now = scalable(&examination->host, first, examination->first_cmdline);
	then = scalable(&examination->host, capture, examination->distro.cmdline);
	if (now < 0 || then < 0) {
		kq_find(finding, strcmp(first, capture) ? KQ_UNKNOWN : KQ_PASS,
			"kernels %s and %s: neither word nor configuration says whether they use scalable mode", first,
			capture[0] ? capture : "?");
	} else if (now == then) {
		kq_find(finding, KQ_PASS, "both kernels use %s mode", now ? "scalable" : "legacy");
	} else {
		kq_find(finding, KQ_FAIL,
			"this kernel uses %s mode, the capture kernel %s mode: it drops the tables that it finds",
			now ? "scalable" : "legacy", then ? "scalable" : "legacy");
		kq_advise(finding, "put intel_iommu=sm_%s on the capture kernel's command line", now ? "on" : "off");
	}
}

static void check_clock(const struct kq_examination *examination, struct kq_finding *finding)
{
	if (kq_host_invariant_clock(&examination->host)) {
		kq_find(finding, KQ_PASS, "the time-stamp counter is invariant");
		return;
	}
	kq_find(finding, KQ_WARN, "the time-stamp counter is not invariant: time limits at the crash may be off");
}

const struct kq_check kq_mode_checks[] = {
	{ "snp", check_snp, "/sys/kernel", "/sys/module", KQ_STEP_SETTING, KQ_CHECK_ASIDE },
	{ "memory-encryption", check_encryption, "/proc/cpuinfo", NULL, KQ_STEP_REBOOT, 0 },
	{ "scalable-mode", check_scalable, "/sys/kernel", "/sys/class/iommu", KQ_STEP_SETTING, 0 },
	{ "clock", check_clock, "/proc/cpuinfo", NULL, KQ_STEP_REBOOT, KQ_CHECK_ASIDE },
	{ NULL, NULL, NULL, NULL, 0, 0 },
};
