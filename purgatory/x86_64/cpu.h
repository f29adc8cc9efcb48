/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Instructions that C cannot express: control and debug registers, MSRs, I/O ports, CPUID, the time stamp counter, caches.
 */
#ifndef PURGATORY_X86_64_CPU_H
#define PURGATORY_X86_64_CPU_H

#include "bits.h"

/* Intel SDM vol. 3, 2.5 */
#define CR4_MCE	 IQ_BIT(6)
#define CR4_LA57 IQ_BIT(12)

/* Machine check global status. While MCIP is set, another machine check shuts the processor down. SDM vol. 3, 16.3.1.2 */
#define MSR_MCG_STATUS	0x17au
#define MCG_STATUS_MCIP IQ_BIT(2)

/* System configuration: pages have owners, which stores are checked against. AMD APM vol. 2, 15.36.2 */
#define MSR_SYSCFG UINT32_C(0xc0010010)
#define SYSCFG_SNP IQ_BIT(24)

/* The local APIC: where its registers are. SDM vol. 3, 11.4.4, 11.12.1 */
#define MSR_APIC_BASE	  0x1bu
#define APIC_BASE_X2APIC  IQ_BIT(10)
#define APIC_BASE_ENABLE  IQ_BIT(11)
#define APIC_BASE_ADDRESS IQ_MASK(51, 12)
#define MSR_X2APIC_ID	  0x802u
#define MSR_X2APIC_COMMAND 0x830u

/* DR7 with no breakpoint enabled. SDM vol. 3, 18.2.4 */
#define DR7_NONE IQ_BIT(10)

struct cpuid {
	uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid(uint32_t leaf)
{
	struct cpuid out;

	__asm__ volatile("cpuid" : "=a"(out.eax), "=b"(out.ebx), "=c"(out.ecx), "=d"(out.edx) : "a"(leaf), "c"(0));
	return out;
}

static inline uint64_t cpu_read_cr3(void)
{
	uint64_t value;

	__asm__ volatile("mov %%cr3, %0" : "=r"(value));
	return value;
}

static inline void cpu_write_cr3(uint64_t value)
{
	__asm__ volatile("mov %0, %%cr3" : : "r"(value) : "memory");
}

static inline uint64_t cpu_read_cr4(void)
{
	uint64_t value;

	__asm__ volatile("mov %%cr4, %0" : "=r"(value));
	return value;
}

static inline void cpu_write_cr4(uint64_t value)
{
	__asm__ volatile("mov %0, %%cr4" : : "r"(value) : "memory");
}

static inline uint64_t cpu_read_dr7(void)
{
	uint64_t value;

	__asm__ volatile("mov %%dr7, %0" : "=r"(value));
	return value;
}

static inline void cpu_write_dr7(uint64_t value)
{
	__asm__ volatile("mov %0, %%dr7" : : "r"(value));
}

static inline uint64_t cpu_read_msr(uint32_t msr)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr) : "memory");
	return (uint64_t)high << 32 | low;
}

static inline void cpu_write_msr(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr" : : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}

static inline uint8_t cpu_in8(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline void cpu_out8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint32_t cpu_in32(uint16_t port)
{
	uint32_t value;

	__asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline void cpu_out32(uint16_t port, uint32_t value)
{
	__asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint64_t cpu_time(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

static inline void cpu_pause(void)
{
	__asm__ volatile("pause" : : : "memory");
}

static inline void cpu_fence(void)
{
	__asm__ volatile("mfence" : : : "memory");
}

static inline void cpu_flush_line(uint64_t address)
{
	__asm__ volatile("clflush (%0)" : : "r"(address) : "memory");
}

/*
 * Load and store 32 bits by EAX: processors of AMD's family 10h reach their own functions' memory-mapped configuration space by no
 * other register (Linux: asm/pci_x86.h).
 */
static inline uint32_t cpu_load32(uint64_t address)
{
	uint32_t value;

	__asm__ volatile("movl (%1), %%eax" : "=a"(value) : "r"(address) : "memory");
	return value;
}

static inline void cpu_store32(uint64_t address, uint32_t value)
{
	__asm__ volatile("movl %%eax, (%1)" : : "a"(value), "r"(address) : "memory");
}

/* Drop the TLB's entry for the page at @address. */
static inline void cpu_flush_page(uint64_t address)
{
	__asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}

#endif
