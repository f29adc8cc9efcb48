/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading another process through /proc and process_vm_readv(2). The supervisor checks afterwards that the process that it read is
 * still the one that waits for an answer.
 */
#include "caller.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "aside.h"
#include "machine/host.h"

#define PROC_MAX       65536u
#define FILE_MAX       (512u << 20) /* no kernel is larger */
#define FILE_AT_ONCE   (1u << 20)
#define MEMORY_AT_ONCE (16u << 20)

/* struct kexec_segment of a 64-bit caller, include/uapi/linux/kexec.h */
struct list_entry {
	uint64_t buffer, size, address, memory;
};

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
	static const struct kq_host host = { "" };
	char path[64], *status, *line;
	uint64_t effective = 0;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	status = kq_host_read(&host, path, PROC_MAX, NULL);
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

/* The word of a command line that names kexec(8). It is not always the first: somebody may call the dynamic linker by hand. */
static const char *find_kexec(const char *word, const char *end)
{
	for (; word < end; word += strlen(word) + 1) {
		const char *slash = strrchr(word, '/');

		if (word[0] != '-' && !strncmp(slash ? slash + 1 : word, "kexec", 5))
			return word;
	}
	return NULL;
}

/* A file below /proc/PID. */
struct file {
	struct kq_aside aside; /* first */
	char path[64];
	char *bytes;
	size_t size, max;
};

static void free_file(struct kq_aside *aside)
{
	struct file *file = (struct file *)aside;

	free(file->bytes);
	free(file);
}

/* Open a regular file only: opening a device or a FIFO may wait or have effects. -1 with errno. */
static int open_regular(const char *path)
{
	const int place = open(path, O_PATH | O_CLOEXEC);
	int descriptor = -1, error;
	char same[64];
	struct stat file;

	if (place < 0)
		return -1;
	snprintf(same, sizeof(same), "/proc/self/fd/%d", place);
	errno = EINVAL; /* as kexec_file_load(2) has it of other files */
	if (fstat(place, &file) == 0 && S_ISREG(file.st_mode))
		descriptor = open(same, O_RDONLY | O_CLOEXEC);
	error = errno;
	close(place);
	errno = error;
	return descriptor;
}

/* One piece of it: its length in @got. 0 or an errno. */
static int read_piece(struct file *file, int descriptor, size_t *got)
{
	char *more = realloc(file->bytes, file->size + FILE_AT_ONCE + 1);
	ssize_t length;

	if (!more)
		return ENOMEM;
	file->bytes = more;
	do
		length = read(descriptor, more + file->size, FILE_AT_ONCE);
	while (length < 0 && errno == EINTR);
	if (length < 0)
		return errno;
	*got = (size_t)length;
	file->size += *got;
	more[file->size] = 0;
	if (file->size > file->max)
		return EFBIG;
	return kq_aside_came(&file->aside, *got) ? 0 : ECANCELED;
}

static int read_file(struct kq_aside *aside)
{
	struct file *file = (struct file *)aside;
	const int descriptor = open_regular(file->path);
	size_t got = 1;
	int error = 0;

	if (descriptor < 0)
		return errno;
	while (!error && got)
		error = read_piece(file, descriptor, &got);
	close(descriptor);
	return error;
}

/* The bytes of the file @name below /proc/@pid, @max at most, and a zero: to be freed. NULL with a reason. */
static char *read_proc(pid_t pid, const char *name, size_t max, size_t *size, struct kq_reason *reason)
{
	struct file *file = calloc(1, sizeof(*file));
	char *bytes = NULL;
	int error;

	if (!file) {
		kq_fail(reason, "out of memory");
		return NULL;
	}
	file->aside.read = read_file;
	file->aside.release = free_file;
	file->max = max;
	snprintf(file->path, sizeof(file->path), "/proc/%d/%s", (int)pid, name);
	error = kq_aside_read(&file->aside, file->path, reason);
	if (error == KQ_ASIDE_LEFT)
		return NULL;
	if (error == EFBIG) {
		kq_fail(reason, "%s: more than %zu bytes", file->path, max);
	} else if (error) {
		kq_fail(reason, "%s: %s", file->path, strerror(error));
	} else {
		bytes = file->bytes;
		*size = file->size;
		file->bytes = NULL;
	}
	free_file(&file->aside);
	return bytes;
}

bool kq_caller_falls_back(pid_t pid, struct kq_reason *reason)
{
	const char *kexec, *end;
	char *arguments;
	bool falls_back;
	size_t length;

	arguments = read_proc(pid, "cmdline", PROC_MAX, &length, reason);
	if (!arguments)
		return false;
	end = arguments + length;
	kexec = find_kexec(arguments, end);
	falls_back = kexec && !told_file_syscall(kexec, end);
	free(arguments);
	return falls_back || kq_fail(reason, "the loader insists on kexec_file_load, which cannot carry the plugin "
					     "(use kexec -a or -c, not -s)");
}

uint8_t *kq_caller_file(pid_t pid, int descriptor, size_t *size, struct kq_reason *reason)
{
	char name[32];

	snprintf(name, sizeof(name), "fd/%d", descriptor);
	return (uint8_t *)read_proc(pid, name, FILE_MAX, size, reason);
}

/* Ranges of the caller's memory. */
struct memory {
	struct kq_aside aside; /* first */
	pid_t pid;
	uint8_t *bytes; /* of all ranges, one behind the other */
	size_t size, done;
	uint64_t failed; /* address that could not be read */
	unsigned int ranges;
	struct {
		uint64_t address, length;
	} range[KQ_SEGMENTS];
};

static void free_memory(struct kq_aside *aside)
{
	struct memory *memory = (struct memory *)aside;

	if (memory->bytes)
		munmap(memory->bytes, memory->size);
	free(memory);
}

/* The errno of reading one range, 0 if all of it is there. */
static int read_range(struct memory *memory, uint64_t address, uint64_t length)
{
	while (length) {
		const size_t part = (size_t)iq_min(length, MEMORY_AT_ONCE);
		struct iovec local = { memory->bytes + memory->done, part };
		struct iovec remote = { (void *)(uintptr_t)address, part };
		const ssize_t got = process_vm_readv(memory->pid, &local, 1, &remote, 1, 0);

		if (got < 0 && errno == EINTR)
			continue;
		memory->failed = address;
		if (got <= 0)
			return got < 0 ? errno : ENODATA;
		if (!kq_aside_came(&memory->aside, (size_t)got))
			return ECANCELED;
		memory->done += (size_t)got;
		address += (uint64_t)got;
		length -= (uint64_t)got;
	}
	return 0;
}

static int read_ranges(struct kq_aside *aside)
{
	struct memory *memory = (struct memory *)aside;
	int error = 0;

	for (unsigned int i = 0; !error && i < memory->ranges; i++)
		error = read_range(memory, memory->range[i].address, memory->range[i].length);
	return error;
}

/* Exactly the bytes of all ranges, into @memory->bytes. False: @memory is gone. */
static bool read_memory(struct memory *memory, struct kq_reason *reason)
{
	char what[64];
	int error;

	memory->bytes = mmap(NULL, memory->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory->bytes == MAP_FAILED) {
		memory->bytes = NULL;
		kq_fail(reason, "no memory for a copy of the image, %zu bytes", memory->size);
	} else {
		snprintf(what, sizeof(what), "the memory of process %d", (int)memory->pid);
		error = kq_aside_read(&memory->aside, what, reason);
		if (!error)
			return true;
		if (error == KQ_ASIDE_LEFT)
			return false;
		kq_fail(reason, "process %d cannot be read at 0x%" PRIx64 ": %s%s", (int)memory->pid, memory->failed,
			error == ENODATA ? "end of memory" : strerror(error),
			error == EPERM ? " (kernel.yama.ptrace_scope 3, or a security policy)" : "");
	}
	free_memory(&memory->aside);
	return false;
}

static struct memory *new_memory(pid_t pid, struct kq_reason *reason)
{
	struct memory *memory = calloc(1, sizeof(*memory));

	if (!memory) {
		kq_fail(reason, "process %d is not read: out of memory", (int)pid);
		return NULL;
	}
	memory->aside.read = read_ranges;
	memory->aside.release = free_memory;
	memory->pid = pid;
	return memory;
}

static void add_range(struct memory *memory, uint64_t address, uint64_t length)
{
	memory->range[memory->ranges].address = address;
	memory->range[memory->ranges++].length = length;
	memory->size += length;
}

bool kq_caller_list(pid_t pid, uint64_t address, unsigned int number, struct kq_caller_image *caller,
		    struct kq_reason *reason)
{
	const struct list_entry *list;
	struct memory *memory;

	memset(caller, 0, sizeof(*caller));
	if (!number || number > KQ_SEGMENTS)
		return kq_fail(reason, "the image has %u segments", number);
	memory = new_memory(pid, reason);
	if (!memory)
		return false;
	add_range(memory, address, number * sizeof(*list));
	if (!read_memory(memory, reason))
		return false;
	list = (const struct list_entry *)(const void *)memory->bytes;
	caller->image.segments = number;
	for (unsigned int i = 0; i < number; i++) {
		caller->buffer[i] = list[i].buffer;
		caller->image.segment[i] =
			(struct kq_segment){ NULL, list[i].size, list[i].address, list[i].memory };
	}
	free_memory(&memory->aside);
	return true;
}

bool kq_caller_fetch(pid_t pid, struct kq_caller_image *caller, struct kq_reason *reason)
{
	struct kq_image *image = &caller->image;
	struct memory *memory = new_memory(pid, reason);
	uint8_t *bytes;

	if (!memory)
		return false;
	for (unsigned int i = 0; i < image->segments; i++)
		add_range(memory, caller->buffer[i], image->segment[i].size);
	memory->size++; /* an image of nothing is one, too */
	if (!read_memory(memory, reason))
		return false;
	bytes = caller->copy = memory->bytes;
	caller->size = memory->size;
	memory->bytes = NULL;
	free_memory(&memory->aside);
	for (unsigned int i = 0; i < image->segments; i++) {
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
