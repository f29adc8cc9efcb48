/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a dry run keeps: copies of the machine's pages, pages of its own, and the writes that it would have done. For dry-io.c and
 * dry-config.c, and for whoever prints it.
 */
#ifndef KQ_DRY_STATE_H
#define KQ_DRY_STATE_H

#include "machine/physical.h"
#include "quiesce.h"

#define KQ_DRY_KHZ     1000000u /* ticks per millisecond: a tick is a nanosecond */
#define KQ_DRY_WINDOWS (2 * IQ_PLAN_UNITS) /* a unit may map more registers after the first look */
#define KQ_DRY_WRITES  65536u /* listed; more are only counted */

/* Addresses of the dry run's own pages; no machine has memory there. */
#define KQ_DRY_OWN	  UINT64_C(0x000ffff000000000)
#define KQ_DRY_COMPLETION KQ_DRY_OWN
#define KQ_DRY_SPARE	  (KQ_DRY_OWN + 0x1000)
#define KQ_DRY_RSDP	  (KQ_DRY_SPARE + IQ_SPARE_PAGES_SINK * IQ_PAGE_SIZE)
#define KQ_DRY_SPACE	  (KQ_DRY_OWN + 0x100000000000) /* configuration space of 65,536 segments */

enum kq_dry_kind {
	KQ_DRY_MEMORY,
	KQ_DRY_REGISTER,
	KQ_DRY_CONFIG, /* its address: segment << 28 | requester id << 12 | offset */
};

struct kq_dry_write {
	uint8_t kind;  /* enum kq_dry_kind */
	uint8_t stage; /* enum iq_stage */
	uint8_t width; /* bits */
	uint64_t address, old, value; /* of registers, old is what was read last there, or 0 */
};

struct kq_dry_page {
	uint64_t address;
	uint8_t *before; /* NULL: nothing was stored there */
	bool own;	 /* of the dry run, not of the machine */
	uint8_t now[IQ_PAGE_SIZE] __attribute__((aligned(8)));
};

struct kq_dry;

/* Memory as it was before the dry run wrote to it. */
struct kq_dry_past {
	struct iq_memory memory; /* first: readers hand back a pointer to it */
	struct kq_dry *dry;
};

struct kq_dry_window {
	uint64_t base;
	size_t length;
	const volatile uint8_t *at; /* NULL: could not be mapped */
	uint8_t *read;	    /* the first value that was read of each register */
	const struct iq_unit *unit; /* whose registers they are, NULL: nobody's */
	uint64_t asked;	    /* the value that software wrote last to ask the unit for something */
	uint32_t asked_at, answer_at; /* offsets: where it was written, where the unit says that it is done */
	bool moved;
};

struct kq_dry {
	struct iq_io io; /* first: the core hands back a pointer to it */
	struct kq_dry_past past;
	const struct kq_host *host;
	struct iq_mcfg_allocation ecam[IQ_PCI_WINDOWS]; /* where the host has its configuration space in memory */
	unsigned int ecams;
	const struct kq_physical *physical;
	struct iq_run *run;
	struct kq_dry_page **page; /* by address, hashed */
	size_t pages, page_room;
	struct kq_dry_window window[KQ_DRY_WINDOWS];
	unsigned int windows;
	struct kq_dry_write *write;
	unsigned int writes, register_writes, config_writes, stores, write_backs;
	volatile void *word; /* the word that the last flush waits for */
	size_t word_size;
	uint64_t clock;
	uint64_t unseen;     /* the first page of memory that could not be read, 0: none */
	struct kq_reason no_window; /* why the first window of registers could not be mapped, empty: all could */
};

/* The copy of the machine's page at @address, made at the first call. NULL if it cannot be read or memory is out. */
struct kq_dry_page *kq_dry_page_at(struct kq_dry *dry, uint64_t address);
/* The page of the dry run's own at @address; new ones are zeros. NULL when out of memory. */
uint8_t *kq_dry_own_page(struct kq_dry *dry, uint64_t address);
/* The page at @address, NULL if there is none yet. */
uint8_t *kq_dry_find_page(const struct kq_dry *dry, uint64_t address);
/* List a write. */
void kq_dry_list(struct kq_dry *dry, enum kq_dry_kind kind, unsigned int width, uint64_t address, uint64_t old,
		 uint64_t value);

#endif
