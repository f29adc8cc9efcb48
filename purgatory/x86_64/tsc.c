/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CPUID where it knows the rate (Intel since 2015), the 8254 where it does not (AMD). No table of firmware's is needed
 * for either, so that the clock runs before anything that could go wrong.
 */
#include "tsc.h"

#include "cpu.h"

/* Intel SDM vol. 2, CPUID: Time Stamp Counter and Nominal Core Crystal Clock; Processor Frequency. */
#define CPUID_MAX	0u
#define CPUID_TSC	0x15u
#define CPUID_FREQUENCY 0x16u

/* No time stamp counter is slower or faster than these. */
#define KHZ_MIN	    100000u
#define KHZ_DEFAULT 5000000u
#define KHZ_MAX	    10000000u

/* Intel 8254, channel 2: counts once down to 0 and then raises its output, which port 0x61 shows. */
#define PIT_HZ	     1193182u
#define PIT_COUNTER2 0x42
#define PIT_CONTROL  0x43
#define CONTROL_ONCE 0xb0 /* channel 2, low then high byte, mode 0, binary */
#define PORT_B	     0x61
#define PORT_B_GATE  0x01 /* the counter runs */
#define PORT_B_SPEAKER 0x02
#define PORT_B_OUT   0x20

/*
 * 5 ms. Reading a port takes about a microsecond, a tenth of it in an emulator: the polls only bound a counter that
 * stands.
 */
#define PIT_COUNT    5966u
#define TICKS_MAX    (UINT64_C(6) * KHZ_MAX)
#define POLLS_MAX    200000u
/* With fewer polls the output was high from the beginning: there is no such timer. */
#define POLLS_MIN    50u
#define MEASUREMENTS 3u

/* 0 if the processor does not say. */
static uint32_t khz_from_cpuid(void)
{
	const uint32_t last = cpuid(CPUID_MAX).eax;
	struct cpuid ratio;
	uint64_t khz = 0;

	if (last < CPUID_TSC)
		return 0;
	ratio = cpuid(CPUID_TSC);
	if (!ratio.eax || !ratio.ebx)
		return 0;
	if (ratio.ecx)
		khz = (uint64_t)ratio.ecx * ratio.ebx / ratio.eax / 1000;
	else if (last >= CPUID_FREQUENCY)
		khz = (cpuid(CPUID_FREQUENCY).eax & 0xffff) * UINT64_C(1000);
	return khz >= KHZ_MIN && khz <= KHZ_MAX ? (uint32_t)khz : 0;
}

/* Ticks while the counter runs down once, 0 if it does not. */
static uint64_t measure(void)
{
	unsigned int polls = 0;
	uint64_t start;

	cpu_out8(PIT_CONTROL, CONTROL_ONCE);
	cpu_out8(PIT_COUNTER2, PIT_COUNT & 0xff);
	cpu_out8(PIT_COUNTER2, PIT_COUNT >> 8);
	start = cpu_time();
	/* Bound: POLLS_MAX polls. */
	while (!(cpu_in8(PORT_B) & PORT_B_OUT))
		if (++polls == POLLS_MAX || cpu_time() - start > TICKS_MAX)
			return 0;
	return polls < POLLS_MIN ? 0 : cpu_time() - start;
}

/* 0 if there is no timer. The shortest of several: nothing makes the counter faster, much makes us slower. */
static uint32_t khz_from_timer(void)
{
	const uint8_t port_b = cpu_in8(PORT_B);
	uint64_t best = UINT64_MAX, ticks = 1, khz;

	cpu_out8(PORT_B, (uint8_t)((port_b & ~PORT_B_SPEAKER) | PORT_B_GATE));
	for (unsigned int i = 0; i < MEASUREMENTS && ticks; i++) {
		ticks = measure();
		best = iq_min(best, ticks);
	}
	cpu_out8(PORT_B, port_b);
	khz = best * PIT_HZ / (PIT_COUNT * UINT64_C(1000));
	return khz >= KHZ_MIN && khz <= KHZ_MAX ? (uint32_t)khz : 0;
}

uint32_t tsc_khz(void)
{
	uint32_t khz = khz_from_cpuid();

	if (!khz)
		khz = khz_from_timer();
	return khz ? khz : KHZ_DEFAULT;
}
