/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages to the user. Each is written in one piece, so that lines of several processes do not mix.
 */
#include "message.h"

#include "shown.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *name = "kdump-quiesce";
static enum kq_loudness loud = KQ_NORMAL;

#define LINE 512u
#define KEPT 32u

static struct {
	bool on;
	unsigned int count; /* of all */
	char text[KEPT][LINE]; /* the first, and at the end the last */
} kept;

/*
 * Take the places of closed standard streams with /dev/null opened the other way round, so that a file that is opened later
 * does not get their number; reads and writes on them still fail.
 */
static void fill_standard_files(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", (fd ? O_RDONLY : O_WRONLY) | O_CLOEXEC) != fd)
			return;
}

void kq_message_setup(const char *program, enum kq_loudness loudness)
{
	fill_standard_files();
	name = program;
	loud = loudness;
}

static void print(const char *format, va_list arguments)
{
	char line[LINE], shown[4 * sizeof(line)];
	size_t used;
	int length;

	length = snprintf(line, sizeof(line), "%s: ", name);
	used = length < 0 ? 0 : (size_t)length;
	if (used < sizeof(line) - 1)
		vsnprintf(line + used, sizeof(line) - used - 1, format, arguments);
	used = kq_shown(shown, sizeof(shown) - 1, line, strlen(line));
	shown[used++] = '\n';
	while (write(STDERR_FILENO, shown, used) < 0 && errno == EINTR)
		;
}

#define PRINT_AT(level)                                 \
	do {                                            \
		va_list arguments;                      \
		va_start(arguments, format);            \
		if (loud >= (level))                    \
			print(format, arguments);       \
		va_end(arguments);                      \
	} while (0)

static void keep(const char *format, va_list arguments)
{
	vsnprintf(kept.text[kept.count < KEPT ? kept.count : KEPT - 1], LINE, format, arguments);
	kept.count++;
}

void kq_warn(const char *format, ...)
{
	va_list arguments, again;

	va_start(arguments, format);
	va_copy(again, arguments);
	print(format, arguments);
	if (kept.on)
		keep(format, again);
	va_end(again);
	va_end(arguments);
}

void kq_message_keep(void)
{
	kept.on = true;
}

const char *kq_message_kept(unsigned int index, unsigned int *more)
{
	*more = kept.count < KEPT ? 0 : kept.count - KEPT;
	return index < kept.count && index < KEPT ? kept.text[index] : NULL;
}

const char *kq_message_last(void)
{
	if (!kept.count)
		return NULL;
	return kept.text[kept.count < KEPT ? kept.count - 1 : KEPT - 1];
}

void kq_say(const char *format, ...)
{
	PRINT_AT(KQ_NORMAL);
}

void kq_detail(const char *format, ...)
{
	PRINT_AT(KQ_VERBOSE);
}

bool kq_printed(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return true;
	kq_warn("standard output cannot be written: %s", strerror(errno));
	return false;
}

bool(kq_fail)(struct kq_reason *reason, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason->text, sizeof(reason->text), format, arguments);
	va_end(arguments);
	return false;
}
