/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each read of /dev/kmsg gives one record: "LEVEL,SEQUENCE,TIME,FLAGS[,...];TEXT", then lines that begin with a space. If
 * records were overwritten meanwhile, one read fails with EPIPE and the next goes on. Documentation/ABI/testing/dev-kmsg
 */
#include "kernel-log.h"

#include "kernel/families.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define RECORD_MAX 8192u      /* a read into a smaller buffer than its record fails */
#define LINES_MAX  (1u << 17) /* bounds the reading of a log that grows meanwhile */

#define ALL_DRIVERS "iommu: " /* drivers/iommu/iommu.c: pr_fmt */

/* Is one of @words, of which NULL is the last, in @text? */
static bool has_one(const char *text, const char *const *words)
{
	for (; words && *words; words++)
		if (strstr(text, *words))
			return true;
	return false;
}

/* Said by an IOMMU driver: of all IOMMUs, of a unit, or of a device. */
static bool is_of_iommu(const char *text)
{
	bool found = !strncmp(text, ALL_DRIVERS, strlen(ALL_DRIVERS));

	for (const struct kernel_family *const *family = kernel_families; *family && !found; family++)
		found = has_one(text, (*family)->log_lines);
	return found;
}

/* Said of a request that an IOMMU refused. */
static bool is_fault(const char *text)
{
	bool found = false;

	for (const struct kernel_family *const *family = kernel_families; *family && !found; family++)
		found = has_one(text, (*family)->log_faults);
	return found;
}

static void take(struct kernel_log *log, const char *text)
{
	if (!is_of_iommu(text))
		return;
	log->faults += is_fault(text);
	if (log->lines == KERNEL_LOG_LINES)
		log->more++;
	else
		snprintf(log->line[log->lines++], KERNEL_LOG_WIDTH, "%s", text);
}

/* 0, or what went wrong: EFBIG if there are more than LINES_MAX lines. */
static int take_all(struct kernel_log *log, FILE *stream)
{
	static char buffer[RECORD_MAX], line[RECORD_MAX];

	setvbuf(stream, buffer, _IOFBF, sizeof(buffer));
	for (unsigned int i = 0; i < LINES_MAX; i++) {
		const char *text;

		errno = 0;
		if (!fgets(line, sizeof(line), stream)) {
			if (errno != EPIPE && errno != EINTR)
				return errno == EAGAIN ? 0 : errno;
			clearerr(stream);
			continue;
		}
		line[strcspn(line, "\n")] = 0;
		text = *line == ' ' ? NULL : strchr(line, ';');
		if (text)
			take(log, text + 1);
	}
	return EFBIG;
}

bool kernel_log_read(struct kernel_log *log, const struct kq_host *host, struct kq_reason *reason)
{
	FILE *stream;
	int file, error;

	file = kq_host_open(host, "/dev/kmsg", O_RDONLY | O_NONBLOCK);
	if (file < 0)
		return kq_fail(reason, "/dev/kmsg: %s", strerror(errno));
	stream = fdopen(file, "r");
	if (!stream) {
		close(file);
		return kq_fail(reason, "/dev/kmsg: %s", strerror(errno));
	}
	error = take_all(log, stream);
	fclose(stream);
	log->known = !error || error == EFBIG;
	if (error == EFBIG)
		return kq_fail(reason, "/dev/kmsg: more than %u lines: those behind are not read", LINES_MAX);
	return !error || kq_fail(reason, "/dev/kmsg: %s", strerror(error));
}
