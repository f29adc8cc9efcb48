/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /dev/mem can be mapped where no driver has claimed the memory, or with iomem=relaxed; never under lockdown.
 */
#include "registers.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define MEMORY "/dev/mem"

/* Does the memory reach that far? Tests put a file in its place, behind whose end nothing can be mapped. */
static bool is_there(int memory, uint64_t base, uint64_t window)
{
	struct stat st;

	return !fstat(memory, &st) && (!S_ISREG(st.st_mode) || (uint64_t)st.st_size >= base + window);
}

static void read_all(const volatile uint8_t *window, struct iq_unit *unit)
{
	const struct iq_family *family = unit->family;

	for (unsigned int i = 0; i < family->register_count; i++) {
		const struct iq_register *reg = &family->registers[i];

		if (reg->offset + reg->width / 8u > family->window)
			continue;
		unit->value[i] = reg->width == 64 ? *(const volatile uint64_t *)(window + reg->offset)
						  : *(const volatile uint32_t *)(window + reg->offset);
	}
}

bool registers_read(const struct kq_host *host, const struct iq_unit *unit, struct iq_unit *now,
		    struct kq_reason *reason)
{
	const uint64_t length = unit->family->window;
	_cleanup_close_ int memory = -1;
	uint64_t needed;
	void *window;

	if (!unit->base || unit->base % IQ_PAGE_SIZE || !iq_no_wrap(unit->base, length) || unit->base > INT64_MAX)
		return kq_fail(reason, "no registers are at 0x%" PRIx64, unit->base);
	memory = kq_host_open(host, MEMORY, O_RDONLY | O_SYNC);
	if (memory < 0)
		return kq_fail(reason, MEMORY ": %s", strerror(errno));
	if (!is_there(memory, unit->base, length))
		return kq_fail(reason, MEMORY ": it ends before 0x%" PRIx64, unit->base + length);
	window = mmap(NULL, length, PROT_READ, MAP_SHARED, memory, (off_t)unit->base);
	if (window == MAP_FAILED)
		return kq_fail(reason, MEMORY ": 0x%" PRIx64 ": %s", unit->base, strerror(errno));
	*now = *unit;
	read_all(window, now);
	munmap(window, length);
	now->status = (uint16_t)(now->family->crash ? now->family->crash->examine(now, &needed) : IQ_UNSUPPORTED);
	return true;
}
