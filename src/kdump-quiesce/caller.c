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
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "host.h"

#define PROC_MAX 65536u

#define READ_AT_ONCE	(16u << 20)
#define READ_SECONDS	5u /* without a byte */
#define JOBS_LEFT_ALONE 8u

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

/*
 * Memory of a process that may be backed by anything, also by what never comes (userfaultfd(2), FUSE): read by a thread, which
 * is left alone if it makes no progress. Its job is its own then.
 */
struct job {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pid_t pid;
	uint8_t *bytes; /* of all ranges, one behind the other */
	size_t size, done;
	bool over, left_alone;
	int error;	 /* errno; 0: all was read */
	uint64_t failed; /* where */
	unsigned int ranges;
	struct {
		uint64_t address, length;
	} range[KQ_SEGMENTS];
};

static unsigned int jobs_left_alone;

static void free_job(struct job *job)
{
	if (job->bytes)
		munmap(job->bytes, job->size);
	pthread_cond_destroy(&job->changed);
	pthread_mutex_destroy(&job->lock);
	free(job);
}

/* What came so far, and whether there was an error or the end. True if somebody still waits for it. */
static bool report(struct job *job, size_t more, int error, bool over)
{
	bool wanted;

	pthread_mutex_lock(&job->lock);
	job->done += more;
	job->error = error;
	job->over = over;
	wanted = !job->left_alone;
	pthread_cond_signal(&job->changed);
	pthread_mutex_unlock(&job->lock);
	return wanted;
}

/* The errno of reading one range, 0 if all of it is there. */
static int read_range(struct job *job, uint64_t address, uint64_t length)
{
	while (length) {
		const size_t part = (size_t)iq_min(length, READ_AT_ONCE);
		struct iovec local = { job->bytes + job->done, part };
		struct iovec remote = { (void *)(uintptr_t)address, part };
		const ssize_t got = process_vm_readv(job->pid, &local, 1, &remote, 1, 0);

		if (got < 0 && errno == EINTR)
			continue;
		job->failed = address;
		if (got <= 0)
			return got < 0 ? errno : ENODATA;
		if (!report(job, (size_t)got, 0, false))
			return ECANCELED;
		address += (uint64_t)got;
		length -= (uint64_t)got;
	}
	return 0;
}

static void *read_ranges(void *argument)
{
	struct job *job = argument;
	int error = 0;

	for (unsigned int i = 0; !error && i < job->ranges; i++)
		error = read_range(job, job->range[i].address, job->range[i].length);
	if (!report(job, 0, error, true))
		free_job(job);
	return NULL;
}

/* Until it is over, or READ_SECONDS went by without a byte: false. */
static bool await(struct job *job)
{
	struct timespec until;
	size_t before = 0;
	bool over;

	pthread_mutex_lock(&job->lock);
	do {
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec += READ_SECONDS;
		before = job->done;
		while (!job->over && job->done == before &&
		       pthread_cond_clockwait(&job->changed, &job->lock, CLOCK_MONOTONIC, &until) != ETIMEDOUT)
			;
	} while (!job->over && job->done != before);
	over = job->over;
	job->left_alone = !over;
	pthread_mutex_unlock(&job->lock);
	return over;
}

static bool start(struct job *job)
{
	pthread_attr_t detached;
	pthread_t thread;
	int error;

	if (pthread_attr_init(&detached))
		return false;
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	error = pthread_create(&thread, &detached, read_ranges, job);
	pthread_attr_destroy(&detached);
	return !error;
}

/* Exactly the bytes of all ranges, into @job->bytes. False: the job is gone. */
static bool read_memory(struct job *job, struct kq_reason *reason)
{
	const pid_t pid = job->pid;

	pthread_mutex_init(&job->lock, NULL);
	pthread_cond_init(&job->changed, NULL);
	job->bytes = mmap(NULL, job->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (job->bytes == MAP_FAILED)
		job->bytes = NULL;
	if (!job->bytes || !start(job)) {
		kq_fail(reason, "no memory for a copy of the image, %zu bytes", job->size);
	} else if (!await(job)) {
		jobs_left_alone++;
		return kq_fail(reason, "the memory of process %d cannot be read: nothing came for %u seconds", (int)pid,
			       READ_SECONDS);
	} else if (!job->error) {
		return true;
	} else {
		kq_fail(reason, "process %d cannot be read at 0x%" PRIx64 ": %s%s", (int)pid, job->failed,
			job->error == ENODATA ? "end of memory" : strerror(job->error),
			job->error == EPERM ? " (kernel.yama.ptrace_scope 3, or a security policy)" : "");
	}
	free_job(job);
	return false;
}

static struct job *new_job(pid_t pid, struct kq_reason *reason)
{
	struct job *job = jobs_left_alone < JOBS_LEFT_ALONE ? calloc(1, sizeof(*job)) : NULL;

	if (job)
		job->pid = pid;
	else
		kq_fail(reason, "process %d is not read: %s", (int)pid,
			jobs_left_alone < JOBS_LEFT_ALONE ? "out of memory"
							  : "too many others could not be read to the end");
	return job;
}

static void add_range(struct job *job, uint64_t address, uint64_t length)
{
	job->range[job->ranges].address = address;
	job->range[job->ranges++].length = length;
	job->size += length;
}

bool kq_caller_list(pid_t pid, uint64_t address, unsigned int number, struct kq_caller_image *caller,
		    struct kq_reason *reason)
{
	const struct list_entry *list;
	struct job *job;

	memset(caller, 0, sizeof(*caller));
	if (!number || number > KQ_SEGMENTS)
		return kq_fail(reason, "the image has %u segments", number);
	job = new_job(pid, reason);
	if (!job)
		return false;
	add_range(job, address, number * sizeof(*list));
	if (!read_memory(job, reason))
		return false;
	list = (const struct list_entry *)(const void *)job->bytes;
	caller->image.segments = number;
	for (unsigned int i = 0; i < number; i++) {
		caller->buffer[i] = list[i].buffer;
		caller->image.segment[i] =
			(struct kq_segment){ NULL, list[i].size, list[i].address, list[i].memory };
	}
	free_job(job);
	return true;
}

bool kq_caller_fetch(pid_t pid, struct kq_caller_image *caller, struct kq_reason *reason)
{
	struct kq_image *image = &caller->image;
	struct job *job = new_job(pid, reason);
	uint8_t *bytes;

	if (!job)
		return false;
	for (unsigned int i = 0; i < image->segments; i++)
		add_range(job, caller->buffer[i], image->segment[i].size);
	job->size++; /* an image of nothing is one, too */
	if (!read_memory(job, reason))
		return false;
	bytes = caller->copy = job->bytes;
	caller->size = job->size;
	job->bytes = NULL;
	free_job(job);
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
