/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: the text files of a machine, as `check`, `exec` and iommu-reconcile read them: the distribution's kdump configuration,
 * files of the kernel about itself and its memory, and the files that `exec` left. The input has all files, each below a line
 * "= PATH". A path that is not in the list is ignored.
 */
#include "fuzz.h"

#include "../../src/iommu-reconcile/kernel-log.h"
#include "../../src/iommu-reconcile/memory-map.h"
#include "ask-checks.h"
#include "boot/cmdline.h"
#include "machine/state.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD "= "
#define LINE 4096u

static const char *const paths[] = {
	"/boot/config-6.1.0-56-amd64",
	"/dev/kmsg",
	"/etc/default/kdump-tools",
	"/boot/efi/EFI/Linux/0123-6.1.0-56-amd64.efi",
	"/boot/ostree/a/vmlinuz-6.1.0-56-amd64",
	"/etc/kdump.conf",
	"/etc/machine-id",
	"/etc/sysconfig/kdump",
	"/lib/udev/rules.d/50-kdump-tools.rules",
	"/proc/cmdline",
	"/proc/cpuinfo",
	"/proc/iomem",
	"/proc/sys/kernel/kexec_load_disabled",
	"/proc/sys/kernel/kexec_load_limit_panic",
	"/proc/sys/kernel/osrelease",
	"/proc/sys/kernel/random/boot_id",
	"/proc/sys/kernel/yama/ptrace_scope",
	"/run/kdump-quiesce/loaded",
	"/run/ostree-booted",
	"/sys/class/iommu/dmar0/intel-iommu/ecap",
	"/sys/devices/system/cpu/crash_hotplug",
	"/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c",
	"/sys/firmware/efi/efivars/StubImageIdentifier-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f",
	"/sys/firmware/efi/systab",
	"/sys/kernel/boot_params/data",
	"/sys/kernel/debug/cma/crashkernel/base_pfn",
	"/sys/kernel/debug/cma/crashkernel/count",
	"/sys/kernel/kexec/crash_cma_ranges",
	"/sys/kernel/kexec_crash_loaded",
	"/sys/kernel/kexec_crash_size",
	"/sys/kernel/security/lockdown",
	"/sys/module/kvm_amd/parameters/sev_snp",
	"/usr/sbin/kexec",
	"/var/crash/kexec_cmd",
	"/var/lib/kdump/kernel",
	"/var/lib/kdump/vmlinuz",
};

static char root[40];
static const struct kq_host host = { root };

static void full_path(const char *path, char full[PATH_MAX])
{
	require(snprintf(full, PATH_MAX, "%s%s", root, path) < PATH_MAX);
}

static void remove_root(void)
{
	char command[80];

	snprintf(command, sizeof(command), "rm -rf %s", root);
	require(!system(command));
}

/* In memory if possible, because every state is synced to the disk. All directories stay. */
static void prepare_once(void)
{
	char full[PATH_MAX];

	if (root[0])
		return;
	kq_message_setup("fuzz", KQ_QUIET);
	strcpy(root, "/dev/shm/kdump-quiesce-fuzz-XXXXXX");
	if (!mkdtemp(root)) {
		strcpy(root, "/tmp/kdump-quiesce-fuzz-XXXXXX");
		require(mkdtemp(root));
	}
	require(!atexit(remove_root));
	for (size_t i = 0; i < IQ_ARRAY_SIZE(paths); i++) {
		full_path(paths[i], full);
		for (char *slash = strchr(full + strlen(root) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
			*slash = 0;
			mkdir(full, 0700);
			*slash = '/';
		}
	}
}

static void put(const char *path, size_t length, const char *text, size_t size)
{
	char full[PATH_MAX];
	int file;

	for (size_t i = 0; i < IQ_ARRAY_SIZE(paths); i++) {
		if (strlen(paths[i]) != length || memcmp(paths[i], path, length))
			continue;
		full_path(paths[i], full);
		file = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		require(file >= 0 && write(file, text, size) == (ssize_t)size && !close(file));
	}
}

/* The beginning of the next file in @text; @end if there is none. */
static const char *next_head(const char *text, const char *end)
{
	for (const char *line = text; line < end; line++)
		if ((line == text || line[-1] == '\n') && (size_t)(end - line) > strlen(HEAD) &&
		    !memcmp(line, HEAD, strlen(HEAD)))
			return line;
	return end;
}

static void put_all(const char *text, size_t size)
{
	const char *end = text + size, *head = next_head(text, end);

	while (head < end) {
		const char *path = head + strlen(HEAD), *newline = memchr(path, '\n', (size_t)(end - path));
		const char *body = newline ? newline + 1 : end;

		head = next_head(body, end);
		put(path, (size_t)((newline ? newline : end) - path), body, (size_t)(head - body));
	}
}

static void remove_all(void)
{
	char full[PATH_MAX];

	for (size_t i = 0; i < IQ_ARRAY_SIZE(paths); i++) {
		full_path(paths[i], full);
		unlink(full);
	}
}

#define TEXT(array) (strnlen(array, sizeof(array)) < sizeof(array))

static void ask_host(void)
{
	static const uint64_t addresses[] = { 0, 0x6e000000, 0x160000000, UINT64_MAX };
	struct kq_reason reason = { "" };
	struct kq_range range;

	for (size_t i = 0; i < IQ_ARRAY_SIZE(addresses); i++)
		if (kq_host_crash_range(&host, addresses[i], &range, &reason))
			require(range.first <= addresses[i] && addresses[i] < range.end);
		else
			require(reason.text[0]);
	kq_host_rsdp(&host);
	kq_host_invariant_clock(&host);
	require(kq_host_refusal(&host));
}

/* Files that are saved give the same facts when they are read again. */
static void ask_state(void)
{
	static struct kq_state state, again;
	struct kq_reason reason = { "" };

	if (kq_state_read(&state, &host, &reason)) {
		require(kq_state_write(&state, &host, &reason) && kq_state_read(&again, &host, &reason));
		require(!kq_state_changes(&state, &again, NULL, NULL));
		require(!strcmp(state.boot, again.boot) && !strcmp(state.cmdline, again.cmdline));
		require(state.plugin == again.plugin && state.crc == again.crc && state.note == again.note);
		require(state.translated == again.translated && state.total_us == again.total_us);
		kq_state_free(&again);
	} else {
		require(reason.text[0]);
	}
	kq_state_free(&state);
}

static void ask_reconcile(void)
{
	static struct memory_map map;
	static struct kernel_log log;
	struct kq_reason reason = { "" };

	if (memory_map_read(&map, &host, &reason))
		require(map.ranges && map.ranges <= MEMORY_RANGES);
	else
		require(reason.text[0] && !map.ranges);
	for (unsigned int i = 0; i < map.ranges; i++)
		require(map.range[i].first <= map.range[i].last && memory_map_hit(&map, map.range[i].last, 1));
	memset(&log, 0, sizeof(log));
	require(kernel_log_read(&log, &host, &reason) || reason.text[0]);
	require(log.lines <= KERNEL_LOG_LINES && log.faults <= log.lines + log.more);
	for (unsigned int i = 0; i < log.lines; i++)
		require(TEXT(log.line[i]));
}

/* An added word is found, and changes no other word. */
static void ask_command_line(void)
{
	char *text = kq_host_read(&host, "/proc/cmdline", LINE, NULL), line[LINE + 40];
	const bool exact = text && iq_cmdline_exactmap(text), off = text && iq_cmdline_iommu_off(text);
	uint64_t was = 0, is = 0;

	if (!text)
		return;
	strcpy(line, text);
	if (iq_cmdline_add(line, sizeof(line), IQ_TRANSLATED)) {
		require(strlen(line) == strlen(text) + 1 + strlen(IQ_TRANSLATED));
		require(iq_cmdline_passthrough(line) == IQ_PASSTHROUGH_OFF);
		require(iq_cmdline_exactmap(line) == exact && !!iq_cmdline_iommu_off(line) == off);
		require(iq_cmdline_elfcorehdr(line, &is) == iq_cmdline_elfcorehdr(text, &was) && is == was);
	} else {
		require(!strcmp(line, text));
	}
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	prepare_once();
	put_all((const char *)bytes, size);
	ask_checks(&host);
	ask_host();
	ask_reconcile();
	ask_command_line();
	ask_state();
	remove_all();
	return 0;
}
