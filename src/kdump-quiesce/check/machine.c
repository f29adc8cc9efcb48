/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks: what kind of machine is this, and is its capture kernel known to be bad?
 */
#include "check.h"

static void check_machine(const struct kq_examination *examination, struct kq_finding *finding)
{
	const struct kq_kind *kind = examination->machine.kind;

	if (kind->outlook == KQ_OUTLOOK_SERVED)
		kq_find(finding, KQ_PASS, "%s", examination->machine.name);
	else
		kq_find(finding, kind->outlook == KQ_OUTLOOK_SURVIVES ? KQ_PASS : KQ_UNKNOWN, "%s: %s",
			examination->machine.name, kind->why);
	if (kind->fix)
		kq_advise(finding, "%s", kind->fix);
}

const struct kq_check kq_machine_checks[] = {
	{ "machine", check_machine, NULL, NULL, KQ_STEP_REBOOT, KQ_CHECK_ANYWHERE },
	{ "kernel-version", kq_check_version, NULL, NULL, KQ_STEP_SETTING, KQ_CHECK_ASIDE },
	{ NULL, NULL, NULL, NULL, 0, 0 },
};
