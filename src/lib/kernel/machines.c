/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of the architectures whose kernels' memory can be read: the one place that names them all.
 */
#include "machines.h"

#include <stdio.h>

extern const struct kernel_machine kernel_x86_64, kernel_s390x;

static const struct kernel_machine *const machines[] = {
	&kernel_x86_64,
	&kernel_s390x,
};

/* The names of all of them. */
static const char *known(char text[128])
{
	size_t used = 0;

	for (size_t i = 0; i < IQ_ARRAY_SIZE(machines) && used < 128; i++)
		used += (size_t)snprintf(text + used, 128 - used, "%s%s", i ? ", " : "", machines[i]->name);
	return text;
}

const struct kernel_machine *kernel_machine_find(const struct dump_arch *arch, struct kq_reason *reason)
{
	char text[128];

	for (size_t i = 0; i < IQ_ARRAY_SIZE(machines); i++)
		if (machines[i]->machine == arch->machine && machines[i]->order == arch->order)
			return machines[i];
	kq_fail(reason, "it is a dump of %s, and only kernels of %s are read here; crash VMLINUX FILE looks into it", arch->name,
		known(text));
	return NULL;
}
