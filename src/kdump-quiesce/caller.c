/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading another process through /proc and process_vm_readv(2). The supervisor asks afterwards whether the process that it
 * read is still the one that waits for an answer.
 */
#include "caller.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "host.h"

#define PROC_MAX 65536u

/* struct kexec_segment of a 64-bit caller, include/uapi/linux/kexec.h */
struct list_entry {
	uint64_t buffer, size, address, memory;
};

static char *read_proc(pid_t pid, const char *file, size_t *length)
{
	static const struct kq_host host = { "" };
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	return kq_host_read(&host, path, PROC_MAX, length);
}

static bool same_user_namespace(pid_t pid)
{
	char path[64], ours[64], theirs[64];
	ssize_t a, b;

	snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
	a = readlink("/proc/self/ns/user", ours, sizeof(ours));
	b = readlink(path, theirs, sizeof(theirs));
	return a > 0 && a == b && !memcmp(ours, theirs, (size_t)a);
}

bool kq_caller_may_load(pid_t pid, struct kq_reason *reason)
{
	char *status = read_proc(pid, "status", NULL), *line;
	uint64_t effective = 0;

	line = status ? strstr(status, "\nCapEff:") : NULL;
	if (line)
		effective = strtoull(line + strlen("\nCapEff:"), NULL, 16);
	free(status);
	if (effective >> CAP_SYS_BOOT & 1 && same_user_namespace(pid))
		return true;
	return kq_fail(reason, "process %d may not load kernels itself (no CAP_SYS_BOOT)", (int)pid);
}

/* kexec/kexec.c: the last of -s, -c and -a counts; -t takes an argument, which ends a cluster of letters. */
static bool told_file_syscall(const char *word, const char *end)
{
	bool told = false;

	for (; word < end && strcmp(word, "--"); word += strlen(word) + 1) {
		if (!strncmp(word, "--kexec-f", 9))
			told = true;
		else if (!strncmp(word, "--kexec-s", 9))
			told = false;
		if (word[0] != '-' || word[1] == '-')
			continue;
		for (const char *letter = word + 1; *letter && *letter != 't'; letter++) {
			if (*letter == 's')
				told = true;
			else if (*letter == 'c' || *letter == 'a')
				told = false;
		}
	}
	return told;
}

/* The word of a command line that names kexec(8): not always the first, as when a dynamic linker was called by hand. */
static const char *find_kexec(const char *word, const char *end)
{
	for (; word < end; word += strlen(word) + 1) {
		const char *slash = strrchr(word, '/');

		if (word[0] != '-' && !strncmp(slash ? slash + 1 : word, "kexec", 5))
			return word;
	}
	return NULL;
}

bool kq_caller_falls_back(pid_t pid)
{
	const char *kexec, *end;
	size_t length = 0;
	char *arguments;
	bool falls_back;

	arguments = read_proc(pid, "cmdline", &length);
	end = arguments ? arguments + length : NULL;
	kexec = arguments ? find_kexec(arguments, end) : NULL;
	falls_back = kexec && !told_file_syscall(kexec, end);
	free(arguments);
	return falls_back;
}

/* Exactly @length bytes. */
static bool read_memory(pid_t pid, uint64_t address, void *to, uint64_t length, struct kq_reason *reason)
{
	struct iovec local, remote;
	uint64_t done = 0;
	ssize_t got;

	while (done < length) {
		local = (struct iovec){ (uint8_t *)to + done, length - done };
		remote = (struct iovec){ (void *)(uintptr_t)(address + done), length - done };
		got = process_vm_readv(pid, &local, 1, &remote, 1, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return kq_fail(reason, "process %d cannot be read at 0x%" PRIx64 ": %s%s", (int)pid, address + done,
				       got < 0 ? strerror(errno) : "end of memory",
				       got < 0 && errno == EPERM ? " (kernel.yama.ptrace_scope 3, or a security policy)" :
								   "");
		done += (uint64_t)got;
	}
	return true;
}

bool kq_caller_list(pid_t pid, uint64_t address, unsigned int number, struct kq_caller_image *caller,
		    struct kq_reason *reason)
{
	struct list_entry list[KQ_SEGMENTS];

	memset(caller, 0, sizeof(*caller));
	if (!number || number > KQ_SEGMENTS)
		return kq_fail(reason, "the image has %u segments", number);
	if (!read_memory(pid, address, list, number * sizeof(list[0]), reason))
		return false;
	caller->image.segments = number;
	for (unsigned int i = 0; i < number; i++) {
		caller->buffer[i] = list[i].buffer;
		caller->image.segment[i] =
			(struct kq_segment){ NULL, list[i].size, list[i].address, list[i].memory };
	}
	return true;
}

bool kq_caller_fetch(pid_t pid, struct kq_caller_image *caller, struct kq_reason *reason)
{
	struct kq_image *image = &caller->image;
	uint64_t size = 1;
	uint8_t *bytes;

	for (unsigned int i = 0; i < image->segments; i++)
		size += image->segment[i].size;
	bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (bytes == MAP_FAILED)
		return kq_fail(reason, "no memory for a copy of the image, %" PRIu64 " bytes", size);
	caller->copy = bytes;
	caller->size = size;
	for (unsigned int i = 0; i < image->segments; i++) {
		if (!read_memory(pid, caller->buffer[i], bytes, image->segment[i].size, reason))
			return false;
		image->segment[i].bytes = bytes;
		bytes += image->segment[i].size;
	}
	return true;
}

void kq_caller_free(struct kq_caller_image *caller)
{
	if (caller->copy)
		munmap(caller->copy, caller->size);
	caller->copy = NULL;
}
