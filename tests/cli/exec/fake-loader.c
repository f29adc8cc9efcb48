/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A loader that makes a crash image like kexec-tools', for a machine that does not exist, and calls kexec_load(2). It first checks
 * that it runs under `kdump-quiesce exec --dry-run`, so that nothing is ever loaded. Exit status: 0, the call's errno, or 99 if it is
 * not supervised.
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

#include "unit/exec/loader-image.h"

#define NOT_SUPERVISED 99
#define FILE_ON_CRASH  2ul
#define STORM	       40
#define PAGE	       4096u
#define BEFORE	       16u /* bytes at the end of a page */

static struct loaded made;
static struct {
	const void *buffer;
	size_t size;
	uint64_t address;
	size_t memory;
} list[KQ_SEGMENTS];

/* Every kernel refuses this call: it has too many segments, and is not for a crash. Only our supervisor accepts it in a dry run. */
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

/* NAME_ONLY: O_PATH opens a FIFO that has no other end. */
static int load_file(void)
{
	const char *kernel = getenv("KERNEL");
	int file = kernel ? open(kernel, getenv("NAME_ONLY") ? O_PATH : O_RDONLY) : -1;

	if (syscall(SYS_kexec_file_load, file, -1, 0ul, NULL, FILE_ON_CRASH) == 0)
		return 0;
	return errno == ENOSYS ? load() : errno;
}

/* Load a file on which this process holds a lease, so that nobody else can open it. EAGAIN if there are no leases. */
static int load_leased(void)
{
	int file = open(getenv("KERNEL"), O_RDONLY);

	signal(SIGIO, SIG_IGN);
	if (fcntl(file, F_SETLEASE, F_WRLCK))
		return EAGAIN;
	return syscall(SYS_kexec_file_load, file, -1, 0ul, NULL, FILE_ON_CRASH) ? errno : 0;
}

/* The kernel's segment gets the beginning of the payload of the kernel image $KERNEL. */
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

/* Many processes load at once; every second one is killed at some moment of its load. */
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

static void stop_ticks(void)
{
	setitimer(ITIMER_REAL, &(const struct itimerval){ 0 }, NULL);
}

static void tick(int signal)
{
	static volatile sig_atomic_t ticks;

	(void)signal;
	if (++ticks == 30)
		stop_ticks();
}

/* Signals interrupt the call, which starts again. They end after a while, because an answer may take longer than a tick. */
static int load_interrupted(void)
{
	const struct sigaction action = { .sa_handler = tick, .sa_flags = SA_RESTART };
	const struct itimerval every = { { 0, 20000 }, { 0, 3000 } };
	int result;

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &every, NULL);
	result = load();
	stop_ticks();
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

/* The process executes another program while it waits for an answer. Its process id stays the same. */
static int load_and_exec(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, become_another, NULL))
		return EAGAIN;
	for (;;)
		load();
}

/* Memory whose pages are supplied by the reader of the descriptor @watch (userfaultfd(2)). NULL if there is no userfaultfd. */
static uint8_t *watched_memory(size_t size, int *watch)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register what = { .range = { (uintptr_t)memory, size }, .mode = UFFDIO_REGISTER_MODE_MISSING };

	*watch = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	if (*watch < 0 || memory == MAP_FAILED || ioctl(*watch, UFFDIO_API, &api) ||
	    ioctl(*watch, UFFDIO_REGISTER, &what))
		return NULL;
	return memory;
}

/* The list of segments is in memory whose page is never supplied. ENOSYS if there is no userfaultfd. */
static int load_stuck(void)
{
	int watch;
	void *page = watched_memory(PAGE, &watch);

	if (!page)
		return ENOSYS;
	return syscall(SYS_kexec_load, made.image.entry, (unsigned long)made.image.segments, page, made.image.flags)
		       ? errno
		       : 0;
}

/* Memory that has the right content only at the first read of each page: the list and the image. */
static struct {
	uint8_t *at, *bytes;
	bool *seen; /* of each page */
	size_t size;
	unsigned int again; /* number of second reads */
	int watch;
} once;

/*
 * Supply pages: the first read of a page gets its content, further reads get other bytes. When another page is read, the page before is
 * removed, so that a second read of it causes a fault here.
 */
static void *show(void *unused)
{
	uint8_t page[PAGE], *before = NULL;
	struct uffd_msg fault;

	while (read(once.watch, &fault, sizeof(fault)) == sizeof(fault)) {
		uint8_t *at = once.at + ((uintptr_t)fault.arg.pagefault.address - (uintptr_t)once.at) / PAGE * PAGE;
		const struct uffdio_copy copy = { .dst = (uintptr_t)at, .src = (uintptr_t)page, .len = PAGE };
		const size_t index = (size_t)(at - once.at) / PAGE;

		if (before && before != at)
			madvise(before, PAGE, MADV_DONTNEED);
		before = at;
		memcpy(page, once.bytes + index * PAGE, PAGE);
		for (size_t i = 0; once.seen[index] && i < PAGE; i++)
			page[i] ^= 0xff;
		once.again += once.seen[index];
		once.seen[index] = true;
		ioctl(once.watch, UFFDIO_COPY, &copy);
	}
	return unused;
}

/* Place each part at the end of a page. Then even an immediate second read of the part faults: its first page was removed. */
static uint8_t *place(size_t *used, const void *bytes, size_t size)
{
	const size_t at = (*used + PAGE - 1) / PAGE * PAGE + PAGE - BEFORE;

	memcpy(once.bytes + at, bytes, size);
	*used = at + size;
	return once.at + at;
}

/* List and image may be read only once. EBADE if any page was read again. */
static int load_once(void)
{
	const void *first;
	pthread_t thread;
	size_t used = 0;
	int result;

	once.size = sizeof(list) + 3 * PAGE;
	for (unsigned int i = 0; i < made.image.segments; i++)
		once.size += list[i].size + 3 * PAGE;
	once.size = once.size / PAGE * PAGE;
	once.at = watched_memory(once.size, &once.watch);
	once.bytes = calloc(1, once.size);
	once.seen = calloc(once.size / PAGE, sizeof(bool));
	if (!once.at || !once.bytes || !once.seen)
		return ENOSYS;
	for (unsigned int i = 0; i < made.image.segments; i++)
		list[i].buffer = place(&used, list[i].buffer, list[i].size);
	first = place(&used, list, sizeof(list));
	if (pthread_create(&thread, NULL, show, NULL))
		return EAGAIN;
	result = syscall(SYS_kexec_load, made.image.entry, (unsigned long)made.image.segments, first, made.image.flags)
			 ? errno
			 : 0;
	if (once.again)
		fprintf(stderr, "fake-loader: %u pages were read again\n", once.again);
	return once.again ? EBADE : result;
}

/* Returns 0 if the supervisor, which is the parent, can be neither traced nor written to. */
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

/* The supervisor is killed. Returns the errno of a load afterwards. */
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
	{ "once", load_once },
	{ "lease", load_leased },
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

	/* The only way that runs under a real supervisor, because the kernel refuses this load. */
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
