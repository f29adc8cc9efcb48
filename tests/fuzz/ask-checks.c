/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `check` as a whole, on a machine made of files.
 */
#include "ask-checks.h"

#include "fuzz.h"

#include "check/check.h"

#include <string.h>

#define TEXT(array) (strnlen(array, sizeof(array)) < sizeof(array))

static void check_distro(const struct kq_distro *distro)
{
	require(TEXT(distro->ours) && TEXT(distro->arguments) && TEXT(distro->cmdline) && TEXT(distro->cmdline_source));
	require(TEXT(distro->kernel) && TEXT(distro->initrd) && TEXT(distro->kexec_version));
	require((!distro->kernel[0] || distro->kernel[0] == '/') && (!distro->initrd[0] || distro->initrd[0] == '/'));
	require(distro->kernel[0] || distro->no_kernel.text[0]);
	require(distro->initrd[0] || distro->no_initrd.text[0]);
	require(distro->cmdline[0] || distro->no_cmdline.text[0] || distro->name);
	require(distro->call == KQ_CALL_UNKNOWN ? distro->no_call.text[0] : distro->call_because != NULL);
	require(!distro->name || (distro->conf && distro->load && distro->restart && distro->image_hint));
}

void ask_checks(const struct kq_host *host)
{
	static const struct kq_check *const lists[] = { kq_load_checks, kq_iommu_checks, kq_capture_checks };
	static struct kq_examination examination;

	kq_examine(&examination, host, NULL);
	check_distro(&examination.distro);
	for (size_t list = 0; list < IQ_ARRAY_SIZE(lists); list++)
		for (const struct kq_check *check = lists[list]; check->name; check++) {
			struct kq_finding finding = { .fact = "" };

			check->run(&examination, &finding);
			require(finding.fact[0] && TEXT(finding.fact) && TEXT(finding.fix) &&
				finding.verdict <= KQ_UNKNOWN);
		}
	kq_examination_free(&examination);
}
