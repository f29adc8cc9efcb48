/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * disk-load NAMESPACE...: keeps a direct read in flight on each namespace. No two reads have the same blocks or the same memory, so that
 * the lab can tell from outside which disk blocks reached memory, and when.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SPAN = 2 << 20, CHUNK = 64 << 10 };	/* CHUNK: READ_SIZE of crash_lab/sources.py */

static void reader(const char *disk, int number)
{
	int fd = open(disk, O_RDONLY | O_DIRECT);
	char *buffer = mmap(NULL, SPAN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (fd < 0 || buffer == MAP_FAILED) {
		perror(disk);
		exit(1);
	}
	for (int done = 0; done < SPAN; done += CHUNK)
		if (pread(fd, buffer + done, CHUNK, (off_t)number * SPAN + done) != CHUNK) {
			perror(disk);
			exit(1);
		}
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: disk-load NAMESPACE...\n");
		return 2;
	}
	for (int number = 0; number + 1 < argc; number++)
		if (fork() == 0)
			reader(argv[number + 1], number);
	for (;;)
		pause();
}
