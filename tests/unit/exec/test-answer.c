/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel is given exactly the bytes that were checked, even if the caller changes its memory as soon as it was read, or its
 * descriptors as soon as they were opened. The caller is this process. Functions that talk to the kernel are replaced (ld --wrap).
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "exec/answer.h"
#include "exec/caller.h"
#include "boot/front.h"
#include "exec/load.h"
#include "loader-image.h"

/* struct kexec_segment, include/uapi/linux/kexec.h */
struct entry {
	const void *buffer;
	size_t size;
	uint64_t address;
	size_t memory;
};

static char root[] = "/tmp/kdump-quiesce-test-XXXXXX";
static struct loaded made;
static struct entry list[KQ_SEGMENTS];

static bool change;	      /* the caller changes its memory as soon as it was read */
static int become = -1;	      /* descriptor that replaces `looked_at` as soon as that was opened */
static int looked_at = -1;
static struct kq_image given; /* copies of what the kernel was given */
static unsigned int loads;

int __wrap_seccomp_notify_id_valid(int listener, uint64_t id);
bool __wrap_kq_caller_may_load(pid_t pid, struct kq_reason *reason);
bool __wrap_kq_load_allowed(const struct kq_host *host);
bool __wrap_kq_caller_falls_back(pid_t pid, struct kq_reason *reason);
int __wrap_kq_load(const struct kq_image *image);
ssize_t __real_process_vm_readv(pid_t pid, const struct iovec *local, unsigned long locals, const struct iovec *remote,
				unsigned long remotes, unsigned long flags);
ssize_t __wrap_process_vm_readv(pid_t pid, const struct iovec *local, unsigned long locals, const struct iovec *remote,
				unsigned long remotes, unsigned long flags);
int __real_fstat(int file, struct stat *found);
int __wrap_fstat(int file, struct stat *found);

int __wrap_seccomp_notify_id_valid(int listener, uint64_t id)
{
	(void)listener;
	(void)id;
	return 0;
}

bool __wrap_kq_caller_may_load(pid_t pid, struct kq_reason *reason)
{
	(void)pid;
	(void)reason;
	return true;
}

bool __wrap_kq_load_allowed(const struct kq_host *host)
{
	(void)host;
	return true;
}

bool __wrap_kq_caller_falls_back(pid_t pid, struct kq_reason *reason)
{
	(void)pid;
	(void)reason;
	return true;
}

int __wrap_kq_load(const struct kq_image *image)
{
	given = *image;
	for (unsigned int i = 0; i < image->segments; i++) {
		uint8_t *copy = malloc(image->segment[i].size + 1);

		memcpy(copy, image->segment[i].bytes, image->segment[i].size);
		given.segment[i].bytes = copy;
	}
	loads++;
	return 0;
}

ssize_t __wrap_process_vm_readv(pid_t pid, const struct iovec *local, unsigned long locals, const struct iovec *remote,
				unsigned long remotes, unsigned long flags)
{
	const ssize_t got = __real_process_vm_readv(pid, local, locals, remote, remotes, flags);
	uint8_t *bytes = remote->iov_base;

	for (ssize_t i = 0; change && i < got; i++)
		bytes[i] ^= 0xff;
	return got;
}

int __wrap_fstat(int file, struct stat *found)
{
	const int result = __real_fstat(file, found);

	if (become >= 0)
		dup2(become, looked_at);
	become = -1;
	return result;
}

static int make_root(void **state)
{
	static const char iomem[] = "00100000-7fffffff : System RAM\n  6e000000-7dffffff : Crash kernel\n";
	char path[64];
	FILE *file;

	(void)state;
	if (!mkdtemp(root))
		return -1;
	snprintf(path, sizeof(path), "%s/proc", root);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/proc/iomem", root);
	file = fopen(path, "w");
	return file && fputs(iomem, file) >= 0 ? fclose(file) : -1;
}

static int remove_root(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", root);
	return system(command);
}

static void make(void)
{
	struct loader loader = loader_default();

	loader_make(&loader, &made);
	for (unsigned int i = 0; i < made.image.segments; i++)
		list[i] = (struct entry){ made.bytes[i], made.image.segment[i].size, made.image.segment[i].address,
					  made.image.segment[i].memory };
}

static void forget(struct kq_image *image)
{
	for (unsigned int i = 0; i < image->segments; i++)
		free((void *)(uintptr_t)image->segment[i].bytes);
}

/* This process calls kexec_load. Returns what the kernel was given. */
static struct kq_image load(bool changing)
{
	struct kq_exec exec = { .host = { root }, .plugin = no_plugin, .settings = no_settings, .require = true };
	const struct seccomp_notif call = {
		.id = 1,
		.pid = (uint32_t)getpid(),
		.data = { .nr = SYS_kexec_load,
			  .arch = AUDIT_ARCH_X86_64,
			  .args = { made.image.entry, made.image.segments, (uintptr_t)list, made.image.flags } },
	};
	struct seccomp_notif_resp reply = { .id = 1 };

	exec.settings.policy |= IQ_HANDOVER_STOP; /* because that root has no IOMMU */
	loads = 0;
	change = changing;
	kq_answer(&exec.supervisor, &call, &reply);
	change = false;
	assert_false(exec.refused);
	assert_int_equal(reply.error, 0);
	assert_int_equal(reply.flags, 0); /* the call itself is not continued: the kernel would read the caller's memory again */
	assert_int_equal(loads, 1);
	return given;
}

static void same(const struct kq_image *a, const struct kq_image *b)
{
	assert_int_equal(a->entry, b->entry);
	assert_int_equal(a->flags, b->flags);
	assert_int_equal(a->segments, b->segments);
	for (unsigned int i = 0; i < a->segments; i++) {
		assert_int_equal(a->segment[i].address, b->segment[i].address);
		assert_int_equal(a->segment[i].memory, b->segment[i].memory);
		assert_int_equal(a->segment[i].size, b->segment[i].size);
		assert_memory_equal(a->segment[i].bytes, b->segment[i].bytes, a->segment[i].size);
	}
}

static void a_caller_that_changes_what_was_read_changes_nothing(void **state)
{
	struct kq_image steady, changing;

	(void)state;
	make();
	steady = load(false);
	assert_int_equal(list[LOADER_KERNEL].size, made.image.segment[LOADER_KERNEL].size);
	assert_true(purgatory_starts(&steady, made.image.entry, 0, 0));
	changing = load(true);
	same(&steady, &changing);
	/* The control: the caller has changed its list and its image. */
	assert_int_not_equal(list[LOADER_KERNEL].size, made.image.segment[LOADER_KERNEL].size);
	assert_memory_not_equal(made.bytes[LOADER_KERNEL], changing.segment[LOADER_KERNEL].bytes,
				changing.segment[LOADER_KERNEL].size);
	forget(&steady);
	forget(&changing);
	loaded_free(&made);
}

static void a_wrapped_kernel_is_loaded_as_it_was_looked_at(void **state)
{
	struct iq_front front = { .magic = IQ_FRONT_MAGIC, .plugin_size = (uint32_t)no_plugin.size };
	struct kq_image with_plugin, wrapped;
	unsigned int plugin = 0;

	(void)state;
	make();
	with_plugin = load(false);
	while (with_plugin.segment[plugin].size != no_plugin.size)
		plugin++;
	memcpy(made.bytes[LOADER_KERNEL] + IQ_FRONT_OFFSET, &front, sizeof(front));
	memcpy(made.bytes[LOADER_KERNEL] + IQ_FRONT_SIZE, with_plugin.segment[plugin].bytes, no_plugin.size);
	forget(&with_plugin);
	with_plugin = load(false);
	same(&with_plugin, &made.image);
	wrapped = load(true);
	assert_memory_not_equal(made.bytes[LOADER_KERNEL], wrapped.segment[LOADER_KERNEL].bytes,
				wrapped.segment[LOADER_KERNEL].size);
	same(&with_plugin, &wrapped);
	forget(&with_plugin);
	forget(&wrapped);
	loaded_free(&made);
}

/* A file below the root that contains some text. */
static int open_text(void)
{
	char path[64];
	int file;

	snprintf(path, sizeof(path), "%s/text", root);
	file = open(path, O_RDWR | O_CREAT, 0600);
	assert_true(file >= 0);
	assert_int_equal(write(file, "text", 4), 4);
	return file;
}

static int open_fifo(void)
{
	char path[64];
	int fifo;

	snprintf(path, sizeof(path), "%s/fifo", root);
	assert_true(mkfifo(path, 0600) == 0 || errno == EEXIST);
	fifo = open(path, O_PATH);
	assert_true(fifo >= 0);
	return fifo;
}

static void a_descriptor_that_becomes_a_fifo_is_still_the_file_that_was_looked_at(void **state)
{
	struct kq_reason reason;
	uint8_t *bytes;
	size_t size;

	(void)state;
	looked_at = open_text();
	become = open_fifo();
	bytes = kq_caller_file(getpid(), looked_at, &size, &reason);
	assert_int_equal(become, -1);
	assert_non_null(bytes);
	assert_int_equal(size, 4);
	assert_memory_equal(bytes, "text", 4);
	free(bytes);
	/* The control: now the descriptor is the FIFO. */
	assert_null(kq_caller_file(getpid(), looked_at, &size, &reason));
	assert_non_null(strstr(reason.text, strerror(EINVAL)));
	close(looked_at);
}

/* Write the files in which the kernel reports @keys keys for the capture kernel; 0: it has none. */
static void keep_keys(unsigned int keys)
{
	static const char *const folders[] = { "sys", "sys/kernel", "sys/kernel/config", "sys/kernel/config/crash_dm_crypt_keys" };
	char path[128];
	FILE *file;

	for (unsigned int i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", root, folders[i]);
		mkdir(path, 0700);
	}
	snprintf(path, sizeof(path), "%s/%s/count", root, folders[3]);
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "%u\n", keys);
	fclose(file);
}

/* This process, which could also use kexec_load, calls kexec_file_load. Returns the supervisor's answer. */
static struct seccomp_notif_resp load_file(bool require, struct kq_exec *exec)
{
	const struct seccomp_notif call = {
		.id = 1,
		.pid = (uint32_t)getpid(),
		.data = { .nr = SYS_kexec_file_load, .arch = AUDIT_ARCH_X86_64, .args = { (uint64_t)-1, 0, 0, 0, 2 } },
	};
	struct seccomp_notif_resp reply = { .id = 1 };

	*exec = (struct kq_exec){ .host = { root }, .plugin = no_plugin, .settings = no_settings, .require = require };
	kq_answer(&exec->supervisor, &call, &reply);
	return reply;
}

static void keys_that_only_kexec_file_load_hands_over_are_not_lost(void **state)
{
	struct seccomp_notif_resp reply;
	struct kq_exec exec;

	(void)state;
	/* The control: without keys the loader gets ENOSYS, and goes on with kexec_load. */
	keep_keys(0);
	reply = load_file(false, &exec);
	assert_int_equal(reply.error, -ENOSYS);
	assert_int_equal(reply.flags, 0);
	keep_keys(1);
	reply = load_file(false, &exec);
	assert_int_equal(reply.error, 0);
	assert_int_equal(reply.flags, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
	assert_true(exec.plain);
	/* With --require nothing is loaded without the plugin. */
	reply = load_file(true, &exec);
	assert_int_equal(reply.error, -EOPNOTSUPP);
	assert_true(exec.refused);
	keep_keys(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_caller_that_changes_what_was_read_changes_nothing),
		cmocka_unit_test(a_wrapped_kernel_is_loaded_as_it_was_looked_at),
		cmocka_unit_test(keys_that_only_kexec_file_load_hands_over_are_not_lost),
		cmocka_unit_test(a_descriptor_that_becomes_a_fifo_is_still_the_file_that_was_looked_at),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
