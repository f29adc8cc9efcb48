/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of exceptions. The exceptions of a machine without a list here are printed by number.
 */
#include "machine.h"

/* Intel SDM vol. 3, 6.3.1; AMD APM vol. 2, 8.2 */
static const char *const x86_64[] = {
	[0] = "#DE divide error",
	[1] = "#DB debug exception",
	[2] = "NMI",
	[3] = "#BP breakpoint",
	[4] = "#OF overflow",
	[5] = "#BR bound range exceeded",
	[6] = "#UD invalid opcode",
	[7] = "#NM device not available",
	[8] = "#DF double fault",
	[10] = "#TS invalid TSS",
	[11] = "#NP segment not present",
	[12] = "#SS stack fault",
	[13] = "#GP general protection",
	[14] = "#PF page fault",
	[16] = "#MF x87 error",
	[17] = "#AC alignment check",
	[18] = "#MC machine check",
	[19] = "#XM SIMD error",
	[20] = "#VE virtualization exception",
	[21] = "#CP control protection",
	[28] = "#HV hypervisor injection",
	[29] = "#VC VMM communication",
	[30] = "#SX security exception",
};

static const struct {
	unsigned int machine;
	const char *const *cause;
	size_t causes;
	const char *syndrome;
} machines[] = {
	{ IQ_MACHINE_X86_64, x86_64, IQ_ARRAY_SIZE(x86_64), "error code" },
};

void iq_trap_words(struct iq_trap_words *words, unsigned int machine, uint32_t cause)
{
	*words = (struct iq_trap_words){ NULL, "syndrome" };
	for (size_t i = 0; i < IQ_ARRAY_SIZE(machines); i++) {
		if (machines[i].machine != machine)
			continue;
		words->syndrome = machines[i].syndrome;
		words->cause = cause < machines[i].causes ? machines[i].cause[cause] : NULL;
	}
}
