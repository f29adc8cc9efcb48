/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A loader that makes a crash image as kexec-tools do, for a machine that is not there, and hands it to kexec_load(2).
 * Only ever run under `kdump-quiesce exec --dry-run`, which it makes sure of: nothing is loaded. Exit status: 0, the errno
 * that the call gave, 99 if it is not supervised.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loader-image.h"

#define NOT_SUPERVISED 99
#define FILE_ON_CRASH  2ul
#define STORM	       40

static struct loaded made;
static struct {
	const void *buffer;
	size_t size;
	uint64_t address;
	size_t memory;
} list[KQ_SEGMENTS];

/* Too many segments and not for a crash: any kernel refuses that, only our supervisor says yes. */
static void be_supervised(void)
{
	if (syscall(SYS_kexec_load, 0ul, KQ_SEGMENTS + 1ul, NULL, 0ul)) {
		fputs("fake-loader: not under kdump-quiesce exec --dry-run\n", stderr);
		exit(NOT_SUPERVISED);
	}
}

static int load(void)
{
	if (syscall(SYS_kexec_load, made.image.entry, (unsigned long)made.image.segments, list, made.image.flags) == 0)
		return 0;
	return errno;
}

static int load_compat(void)
{
#ifdef __x86_64__
	long result;

	/* kexec_load of i386 is 283. */
	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(283), "b"(0), "c"(1), "d"(0), "S"(KEXEC_ON_CRASH)
			 : "memory", "r8", "r9", "r10", "r11");
	return result < 0 ? (int)-result : 0;
#else
	return ENOSYS;
#endif
}

static int load_file(void)
{
	const char *kernel = getenv("KERNEL");
	int file = kernel ? open(kernel, O_RDONLY) : -1;

	if (syscall(SYS_kexec_file_load, file, -1, 0ul, NULL, FILE_ON_CRASH) == 0)
		return 0;
	return errno == ENOSYS ? load() : errno;
}

/* The beginning of the payload of a kernel image, $KERNEL, in the kernel's segment. */
static int load_kernel(void)
{
	uint8_t *bytes = made.bytes[LOADER_KERNEL];
	FILE *file = fopen(getenv("KERNEL"), "r");
	int sectors;

	if (!file || fseek(file, 0x1f1, SEEK_SET) || (sectors = fgetc(file)) < 0 ||
	    fseek(file, (sectors + 1) * 512l, SEEK_SET) ||
	    fread(bytes, made.image.segment[LOADER_KERNEL].size, 1, file) != 1)
		return EIO;
	fclose(file);
	loader_hash(&made, true);
	return load();
}

static atomic_bool stop;

static void *rewrite(void *unused)
{
	uint32_t seed = 1;

	for (; !stop; seed = seed * 1664525 + 1013904223) {
		unsigned int segment = seed >> 8 & 7;

		if (segment < made.image.segments)
			made.bytes[segment][seed >> 20 & 0x3ff] ^= (uint8_t)(seed >> 11);
		list[seed >> 16 & 7].size ^= seed & 0x1000;
		list[seed >> 16 & 7].size ^= seed & 0x1000;
	}
	return unused;
}

/* A thread changes the image while it is being loaded. */
static int load_racing(void)
{
	pthread_t thread;
	int result = 0;

	if (pthread_create(&thread, NULL, rewrite, NULL))
		return EAGAIN;
	for (int i = 0; i < 20; i++)
		result |= load();
	stop = true;
	pthread_join(thread, NULL);
	return result;
}

/* Many processes load at once; each second one is killed at some moment of it. */
static int load_storm(void)
{
	pid_t child[STORM];
	int result = 0, status;

	for (int i = 0; i < STORM; i++) {
		child[i] = fork();
		if (child[i] == 0)
			_exit(load());
	}
	for (int i = 0; i < STORM; i++) {
		if (i % 2) {
			usleep(1000 * (useconds_t)(i % 7));
			kill(child[i], SIGKILL);
		}
		waitpid(child[i], &status, 0);
		if (i % 2 == 0)
			result |= WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
	}
	return result;
}

static void tick(int signal)
{
	(void)signal;
}

/* Signals interrupt the call, which starts again. */
static int load_interrupted(void)
{
	const struct sigaction action = { .sa_handler = tick, .sa_flags = SA_RESTART };
	const struct itimerval every = { { 0, 20000 }, { 0, 3000 } };
	const struct itimerval never = { { 0, 0 }, { 0, 0 } };
	int result;

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &every, NULL);
	result = load();
	setitimer(ITIMER_REAL, &never, NULL);
	return result;
}

static void *load_as_thread(void *result)
{
	for (int i = 0; i < 5; i++)
		if (load())
			*(atomic_int *)result = EINVAL;
	return NULL;
}

/* Threads of one process load at the same time. */
static int load_together(void)
{
	pthread_t thread[8];
	atomic_int result = 0;

	for (size_t i = 0; i < 8; i++)
		if (pthread_create(&thread[i], NULL, load_as_thread, &result))
			return EAGAIN;
	for (size_t i = 0; i < 8; i++)
		pthread_join(thread[i], NULL);
	return result;
}

static void *become_another(void *unused)
{
	usleep(2000);
	execl("/bin/true", "true", NULL);
	return unused;
}

/* The process becomes another program while it waits for an answer, and keeps its process id. */
static int load_and_exec(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, become_another, NULL))
		return EAGAIN;
	for (;;)
		load();
}

/* The list of segments is in memory that never comes: a page that nobody fills in (userfaultfd(2)). ENOSYS if there is none. */
static int load_stuck(void)
{
	const int watch = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register what = { .range = { (uintptr_t)page, 4096 }, .mode = UFFDIO_REGISTER_MODE_MISSING };

	if (watch < 0 || page == MAP_FAILED || ioctl(watch, UFFDIO_API, &api) || ioctl(watch, UFFDIO_REGISTER, &what))
		return ENOSYS;
	return syscall(SYS_kexec_load, made.image.entry, (unsigned long)made.image.segments, page, made.image.flags)
		       ? errno
		       : 0;
}

/* The supervisor is the parent: 0 if it can be neither traced nor written to. */
static int trace_supervisor(void)
{
	char path[64];
	int memory;

	snprintf(path, sizeof(path), "/proc/%d/mem", getppid());
	memory = open(path, O_RDWR);
	if (memory >= 0)
		return EEXIST;
	return ptrace(PTRACE_SEIZE, getppid(), NULL, NULL) < 0 ? 0 : EEXIST;
}

/* The supervisor dies: what a load gets then. */
static int load_alone(void)
{
	const pid_t supervisor = getppid();

	kill(supervisor, SIGKILL);
	while (getppid() == supervisor)
		usleep(1000);
	printf("%d\n", load());
	return 0;
}

static int unload(void)
{
	return syscall(SYS_kexec_load, 0ul, 0ul, NULL, (unsigned long)made.image.flags) ? errno : 0;
}

static int load_with_strange_flags(void)
{
	made.image.flags |= 0x8000;
	return load();
}

static int load_nowhere(void)
{
	return syscall(SYS_kexec_load, made.image.entry, (unsigned long)made.image.segments, (void *)8, made.image.flags) ?
		       errno : 0;
}

static const struct {
	const char *name;
	int (*run)(void);
} ways[] = {
	{ "load", load },
	{ "compat", load_compat },
	{ "file", load_file },
	{ "kernel", load_kernel },
	{ "racing", load_racing },
	{ "storm", load_storm },
	{ "interrupted", load_interrupted },
	{ "together", load_together },
	{ "exec", load_and_exec },
	{ "stuck", load_stuck },
	{ "trace", trace_supervisor },
	{ "alone", load_alone },
	{ "unload", unload },
	{ "flags", load_with_strange_flags },
	{ "nowhere", load_nowhere },
};

/* fake-loader WAY [WORD-FOR-THE-COMMAND-LINE] [OPTION-OF-KEXEC]... */
int main(int argc, char *argv[])
{
	const char *way = argc > 1 ? argv[1] : "load";
	struct loader loader = loader_default();

	/* The only one for a real supervisor: the kernel refuses it. */
	if (!strcmp(way, "denied"))
		return geteuid() && syscall(SYS_kexec_file_load, -1, -1, 0ul, NULL, FILE_ON_CRASH) ? errno : EINVAL;
	be_supervised();
	if (argc > 2 && argv[2][0] != '-')
		loader.command_line = argv[2];
	loader_make(&loader, &made);
	for (unsigned int i = 0; i < made.image.segments; i++) {
		const struct kq_segment *segment = &made.image.segment[i];

		list[i].buffer = segment->bytes;
		list[i].size = segment->size;
		list[i].address = segment->address;
		list[i].memory = segment->memory;
	}
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (!strcmp(way, ways[i].name))
			return ways[i].run();
	return EINVAL;
}
