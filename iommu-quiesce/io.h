/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The core's one way to reach the world, so that one source serves the crash path, the dry run and the tests.
 * Backends: purgatory/ (identity map), tests/models (software IOMMUs), src/ (recorder, dump files).
 */
#ifndef IQ_IO_H
#define IQ_IO_H

#include "bits.h"
#include "machine.h"
#include "status.h"

/*
 * Memory that can only be read: all that walkers and decoders need. Dump files implement no more than this.
 *
 * map() returns the @length bytes at physical address @address, or NULL if any of them is outside memory.
 * @length is at most 4096 and the range crosses no 4 KiB boundary, so that a backend can serve it from one page.
 * The bytes stay valid until 8 more calls were made.
 */
struct iq_memory {
	const void *(*map)(struct iq_memory *memory, uint64_t address, size_t length);
};

/* Copy @length bytes at @address, which may cross pages. False if any of them is outside memory. */
bool iq_memory_read(struct iq_memory *memory, uint64_t address, void *to, uint32_t length);

/*
 * Memory that the loader filled for the capture kernel, which may be changed in place until that kernel runs. reach() returns the
 * @length bytes at physical address @address, NULL if that cannot be memory. What turns out not to be mapped faults.
 */
struct iq_loaded {
	void *(*reach)(struct iq_loaded *loaded, uint64_t address, uint64_t length);
};

/* PCI configuration space. Both may be NULL where there is no way to it. */
struct iq_config {
	/* The 32 bits at @offset (a multiple of 4) of function @requester; all ones if there is no such function. */
	uint32_t (*read)(struct iq_config *config, uint16_t segment, uint16_t requester, uint16_t offset);
	/* Write them. What has no way there is lost. */
	void (*write)(struct iq_config *config, uint16_t segment, uint16_t requester, uint16_t offset, uint32_t value);
};

/* What a CPU exception left behind. In a machine's own words: machine.h. */
struct iq_trap {
	uint32_t cause;	   /* which exception: number of its vector */
	uint32_t reserved;
	uint64_t syndrome; /* what the CPU says about it beside that, 0 if nothing */
	uint64_t address;  /* of the access that failed, 0 if it was none */
	uint64_t offset;   /* of the instruction in the plugin's image */
};

typedef enum iq_status (*iq_step)(void *context);

struct iq_io {
	struct iq_memory memory; /* first: backends get from it to what holds it */
	struct iq_config config;
	struct iq_loaded loaded; /* for what is done before the sequence: reach() is NULL where nothing was loaded */
	uint16_t machine; /* EM_* of the machine that runs this */
	/*
	 * A machine check was under way when the plugin was entered: some part of the machine has failed. No more of it is touched
	 * than is known to be there.
	 */
	bool machine_check;
	/*
	 * The caller's, true while it reads firmware's tables. These may lie in memory that nobody mapped: map() may then map a page
	 * of it. Windows are those of configuration space then: map_registers() leaves room for the registers of IOMMUs.
	 */
	bool reads_firmware;

	/*
	 * Make the registers in [@base, @base + @length) reachable, uncached, at most 2 MiB. Before any access to them. IQ_OK;
	 * IQ_NO_ROOM, and part of them may be reachable; else why they are not.
	 */
	enum iq_status (*map_registers)(struct iq_io *io, uint64_t base, uint64_t length);
	/* Registers by physical address, of a width that the specification allows for them. */
	uint32_t (*read32)(struct iq_io *io, uint64_t address);
	uint64_t (*read64)(struct iq_io *io, uint64_t address);
	void (*write32)(struct iq_io *io, uint64_t address, uint32_t value);
	void (*write64)(struct iq_io *io, uint64_t address, uint64_t value);

	/* One aligned 64-bit store to memory that was mapped before, in program order for the device. */
	void (*store64)(struct iq_io *io, uint64_t address, uint64_t value);
	/* Write the cache lines of [@address, @address + @length) back, for units that do not snoop. */
	void (*write_back)(struct iq_io *io, uint64_t address, uint64_t length);

	/* A clock that never goes back, in ticks of @tick_khz per millisecond. */
	uint64_t (*now)(struct iq_io *io);
	uint32_t tick_khz;
	/* Called between the polls of a wait. */
	void (*relax)(struct iq_io *io);

	/*
	 * Run @step(@context). If a CPU exception ends it, fill @trap and return IQ_FAULT, or IQ_INTERRUPTED if the
	 * machine is in no state to go on with further steps; otherwise return what the step returned.
	 */
	enum iq_status (*guard)(struct iq_io *io, iq_step step, void *context, struct iq_trap *trap);

	/* One line of text, without a newline, for a human at the console; NULL: be quiet. */
	void (*log)(struct iq_io *io, const char *line);
};

/* @us microseconds in ticks of @io's clock, at least 1. */
static inline uint64_t iq_ticks(const struct iq_io *io, uint64_t us)
{
	return us * io->tick_khz / 1000 + 1;
}

#endif
