/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading physical memory through the kernel.
 */
#include "physical.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/sysroot.h"

#define KCORE	"/proc/kcore"
#define DEVMEM	"/dev/mem"

static bool read_at(int file, void *to, size_t length, uint64_t offset)
{
	char *at = to;

	while (length) {
		const ssize_t got = pread(file, at, length, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		at += got;
		offset += (uint64_t)got;
		length -= (size_t)got;
	}
	return true;
}

/* The segments with a physical address; those of vmalloc space have none. fs/proc/kcore.c */
static bool read_ranges(struct kq_physical *physical)
{
	Elf64_Ehdr header;
	Elf64_Phdr segment;

	if (!read_at(physical->core, &header, sizeof(header), 0) || memcmp(header.e_ident, ELFMAG, SELFMAG) ||
	    header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_phentsize != sizeof(segment))
		return kq_fail(&physical->no_ram, KCORE ": no ELF core of 64 bits");
	physical->range = calloc((size_t)header.e_phnum + 1, sizeof(*physical->range));
	for (unsigned int i = 0; physical->range && i < header.e_phnum; i++) {
		if (!read_at(physical->core, &segment, sizeof(segment), header.e_phoff + i * sizeof(segment)))
			return kq_fail(&physical->no_ram, KCORE ": its program headers cannot be read");
		if (segment.p_type != PT_LOAD || segment.p_paddr == UINT64_MAX ||
		    segment.p_filesz > UINT64_MAX - segment.p_paddr)
			continue;
		physical->range[physical->ranges++] = (struct kq_physical_range){
			segment.p_paddr, segment.p_paddr + segment.p_filesz, segment.p_offset };
	}
	return physical->ranges ||
	       kq_fail(&physical->no_ram, KCORE " says of no segment where it is in physical memory");
}

void kq_physical_open(struct kq_physical *physical, const struct kq_host *host)
{
	memset(physical, 0, sizeof(*physical));
	physical->memory = -1;
	physical->core = kq_host_open(host, KCORE, O_RDONLY | O_NONBLOCK);
	if (physical->core < 0)
		kq_fail(&physical->no_ram, KCORE ": %s", strerror(errno));
	else
		read_ranges(physical);
	if (host->root[0]) {
		physical->no_registers = physical->no_ram;
		return;
	}
	physical->memory = kq_host_open(host, DEVMEM, O_RDONLY | O_NONBLOCK | O_SYNC);
	if (physical->memory < 0)
		kq_fail(&physical->no_registers, DEVMEM ": %s", strerror(errno));
}

void kq_physical_close(struct kq_physical *physical)
{
	if (physical->core >= 0)
		close(physical->core);
	if (physical->memory >= 0)
		close(physical->memory);
	free(physical->range);
	physical->range = NULL;
	physical->ranges = 0;
}

bool kq_physical_read(const struct kq_physical *physical, uint64_t address, void *to, size_t length)
{
	for (unsigned int i = 0; i < physical->ranges; i++) {
		const struct kq_physical_range *range = &physical->range[i];

		if (range->first <= address && address < range->end && length <= range->end - address)
			return read_at(physical->core, to, length, range->offset + (address - range->first));
	}
	errno = ENXIO;
	return false;
}

const volatile void *kq_physical_map(const struct kq_physical *physical, uint64_t base, size_t length)
{
	void *at;

	if (physical->memory >= 0) {
		at = mmap(NULL, length, PROT_READ, MAP_SHARED, physical->memory, (off_t)base);
		return at == MAP_FAILED ? NULL : at;
	}
	at = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		return NULL;
	if (kq_physical_read(physical, base, at, length))
		return at;
	munmap(at, length);
	errno = ENXIO;
	return NULL;
}
