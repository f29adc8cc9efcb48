/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Facts about the host, read from /proc and /sys below a root directory, so that a saved machine can stand in for this one.
 */
#ifndef KQ_HOST_H
#define KQ_HOST_H

#include "boot/handover.h"
#include "host/firmware.h"
#include "host/sysroot.h"
#include "range.h"

/* The "Crash kernel" range of /proc/iomem that holds @address. */
bool kq_host_crash_range(const struct kq_host *host, uint64_t address, struct kq_range *range, struct kq_reason *reason);
/* The first @max ranges of /proc/iomem that are called @name, at any depth. Returns how many. */
unsigned int kq_host_ranges(const struct kq_host *host, const char *name, struct kq_range *ranges, unsigned int max);
/* Physical address of the ACPI root pointer: from EFI, else from the boot loader; 0 if neither says. */
uint64_t kq_host_rsdp(const struct kq_host *host);
/*
 * The root buses of PCI segments, as the kernel has them from firmware, by segment. Returns how many segments; 0 if they are not
 * known, or more than @max.
 */
unsigned int kq_host_roots(const struct kq_host *host, struct iq_root_buses *roots, unsigned int max);
/* PCI functions that the kernel knows. */
unsigned int kq_host_pci_functions(const struct kq_host *host);
/* True if /proc/cpuinfo has @flag among the processor's. */
bool kq_host_processor_has(const struct kq_host *host, const char *flag);
/* True if the CPU's time-stamp counter runs at one rate and never stops. */
bool kq_host_invariant_clock(const struct kq_host *host);
/* True if the kernel's lockdown is in force: only signed kernels through kexec_file_load(2). */
bool kq_host_locked_down(const struct kq_host *host);
/* True if Secure Boot is in force, as kdump's scripts see it: it is on, and firmware is not in setup mode. */
bool kq_host_secure_boot(const struct kq_host *host);
/* Whether the kernel @release was built with @option, "CONFIG_...", as its file in /boot tells. -1: not known. */
int kq_host_built_with(const struct kq_host *host, const char *release, const char *option);
/* True if the running kernel has kexec_file_load(2) and no kexec_load(2), as far as /boot tells. */
bool kq_host_file_load_only(const struct kq_host *host);
/* True if kernels built as the running one have Intel's IOMMUs translate where no word says otherwise, as far as /boot tells. */
bool kq_host_translates_by_default(const struct kq_host *host);
/*
 * How many keys of encrypted disks the kernel hands to a capture kernel that kexec_file_load(2) loads (CONFIG_CRASH_DM_CRYPT, Linux 6.16);
 * kexec_load(2) hands none over, and the dump then waits for a passphrase.
 */
uint64_t kq_host_dump_keys(const struct kq_host *host);
/* Why kexec_load(2) is refused, in words: what the host says about itself. */
const char *kq_host_refusal(const struct kq_host *host);

#endif
