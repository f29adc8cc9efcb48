/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An AMD IOMMU in software, written from the specification (AMD 48882) and not from the core. It has registers with their access
 * rules, a command queue that takes time, an event log, and caches whose entries stay until the right command drops them.
 */
#ifndef MODEL_AMDVI_H
#define MODEL_AMDVI_H

#include "device.h"

#define MODEL_AMDVI_WINDOW   0x4000u
#define MODEL_AMDVI_SEGMENTS 8
#define MODEL_AMDVI_DEVICES  96
#define MODEL_AMDVI_INFLIGHT 64

/* Register offsets. 48882, 3.4 */
#define MODEL_AMDVI_TABLE	    0x0000u
#define MODEL_AMDVI_COMMAND_BASE    0x0008u
#define MODEL_AMDVI_EVENT_BASE	    0x0010u
#define MODEL_AMDVI_CONTROL	    0x0018u
#define MODEL_AMDVI_EXCLUSION_BASE  0x0020u /* with SNP: completion store base */
#define MODEL_AMDVI_EXCLUSION_LIMIT 0x0028u
#define MODEL_AMDVI_EFR		    0x0030u
#define MODEL_AMDVI_SEGMENT_1	    0x0100u
#define MODEL_AMDVI_EFR2	    0x01a0u
#define MODEL_AMDVI_COMMAND_HEAD    0x2000u
#define MODEL_AMDVI_COMMAND_TAIL    0x2008u
#define MODEL_AMDVI_EVENT_HEAD	    0x2010u
#define MODEL_AMDVI_EVENT_TAIL	    0x2018u
#define MODEL_AMDVI_STATUS	    0x2020u

/* Control register 0x18 */
#define MODEL_AMDVI_IOMMU_EN	   (UINT64_C(1) << 0)
#define MODEL_AMDVI_EVENT_LOG_EN   (UINT64_C(1) << 2)
#define MODEL_AMDVI_INV_TIMEOUT(n) ((uint64_t)(n) << 5)
#define MODEL_AMDVI_COHERENT	   (UINT64_C(1) << 10)
#define MODEL_AMDVI_CMD_BUF_EN	   (UINT64_C(1) << 12)
#define MODEL_AMDVI_GT_EN	   (UINT64_C(1) << 16)
#define MODEL_AMDVI_SEGMENTS_EN(n) ((uint64_t)(n) << 34)
#define MODEL_AMDVI_MARC_EN	   (UINT64_C(1) << 40)

/* Extended features 0x30 */
#define MODEL_AMDVI_GT_SUP	   (UINT64_C(1) << 4)
#define MODEL_AMDVI_IA_SUP	   (UINT64_C(1) << 6)
#define MODEL_AMDVI_HATS(levels)   ((uint64_t)((levels) - 4) << 10)
#define MODEL_AMDVI_SEGMENT_SUP(n) ((uint64_t)(n) << 38)
#define MODEL_AMDVI_SNP_SUP	   (UINT64_C(1) << 63)

/* Status register 0x2020 */
#define MODEL_AMDVI_EVENT_OVERFLOW (UINT64_C(1) << 0)
#define MODEL_AMDVI_COM_WAIT_INT   (UINT64_C(1) << 2)
#define MODEL_AMDVI_EVENT_LOG_RUN  (UINT64_C(1) << 3)
#define MODEL_AMDVI_CMD_BUF_RUN	   (UINT64_C(1) << 4)

/* Commands, DW1[31:28]. 48882, 2.4 */
enum model_amdvi_command {
	MODEL_COMPLETION_WAIT = 1,
	MODEL_INVALIDATE_DEVTAB_ENTRY = 2,
	MODEL_INVALIDATE_IOMMU_PAGES = 3,
	MODEL_INVALIDATE_IOTLB_PAGES = 4,
	MODEL_INVALIDATE_INTERRUPT_TABLE = 5,
	MODEL_PREFETCH_IOMMU_PAGES = 6,
	MODEL_COMPLETE_PPR_REQUEST = 7,
	MODEL_INVALIDATE_IOMMU_ALL = 8,
};

/* Events, DW1[31:28]. 48882, 2.5 */
enum model_amdvi_event {
	MODEL_ILLEGAL_DEV_TABLE_ENTRY = 1,
	MODEL_IO_PAGE_FAULT = 2,
	MODEL_DEV_TAB_HARDWARE_ERROR = 3,
	MODEL_PAGE_TAB_HARDWARE_ERROR = 4,
	MODEL_ILLEGAL_COMMAND_ERROR = 5,
	MODEL_COMMAND_HARDWARE_ERROR = 6,
	MODEL_IOTLB_INV_TIMEOUT = 7,
	MODEL_INVALID_DEVICE_REQUEST = 8,
};

/* What is wrong with this unit. All zero: it works. */
struct model_amdvi_trouble {
	bool absent;		  /* every register reads all ones, writes vanish */
	bool zeros;		  /* every register reads all zeros, writes vanish */
	bool wedged;		  /* the queue fetches no command */
	unsigned int fetches;	  /* with wedged: it still fetches so many first */
	bool never_completes;	  /* commands are fetched and never completed */
	unsigned int lost_stores; /* the first so many completion stores are lost */
	bool never_stops;	  /* CmdBufRun stays set when CmdBufEn is cleared */
	bool lingers;		  /* the same, until all commands that were fetched are done */
	bool never_starts;	  /* CmdBufRun stays clear once the queue was stopped */
	bool wrong_data;	  /* completion stores another value */
	bool pages_first;	  /* INVALIDATE_IOMMU_ALL drops translations first, and entries in the step after */
	bool overlap;		  /* commands without an F=1 wait between them are completed newest first */
	unsigned int late;	  /* extra steps before a completion store */
	uint64_t late_event;	  /* ticks until an event that the tail is behind can be read; one at a time */
	uint32_t ignored;	  /* bit n: commands with opcode n are completed without effect */
	bool wrong_domain;	  /* page invalidations hit the next domain */
	bool narrow;		  /* page invalidations hit the first page only */
};

struct model_amdvi_entry {
	uint64_t word[4];
};

/* A cached device table entry. */
struct model_amdvi_cached {
	uint16_t requester;
	struct model_amdvi_entry entry;
};

/* A cached translation. Its permissions are those of the entry and the tables combined. */
struct model_amdvi_page {
	uint16_t requester, domain;
	uint32_t pasid; /* MODEL_NO_PASID: host translation */
	uint64_t iova, size, physical;
	bool read, write;
};

/* A cached directory: the walk for [iova, iova + span) continues in this table. */
struct model_amdvi_directory {
	uint16_t requester, domain;
	uint64_t iova, span;
	uint64_t table;
	unsigned int level; /* of the table */
	bool read, write;
};

struct model_amdvi_inflight {
	uint32_t word[4];
	uint64_t address; /* its offset in the ring */
	bool half;	  /* of INVALIDATE_IOMMU_ALL is done */
	uint64_t expires; /* time at which an unanswered invalidation is given up; 0: not sent yet */
};

struct model_amdvi {
	struct model_iommu iommu; /* must be first: it leads from a device to its unit */
	struct model_machine *machine;
	uint64_t base;

	/* Registers */
	uint64_t table[MODEL_AMDVI_SEGMENTS];
	uint64_t command_base, event_base, control, exclusion_base, exclusion_limit, efr, efr2, status;
	uint64_t command_head, command_tail, event_head, event_tail;
	uint64_t other[MODEL_AMDVI_WINDOW / 8]; /* storage of registers without effects */
	bool snp;		     /* SNP is enforced: the registers that it locks ignore writes */
	bool guest_anyway;	     /* requests that use guest tables do so whatever IR and IW say */
	bool by_domain;		     /* translations are cached by domain alone, for all devices that have it */
	bool combined;		     /* ... with the permissions of the entry that brought them in */
	bool iotlb;		     /* capability IotlbSup: INVALIDATE_IOTLB_PAGES exists */
	bool command_error;	     /* stopped until CmdBufEn is toggled */
	bool event_error;	     /* the same for the event log after an overflow */
	unsigned int depth;	     /* so many commands are fetched and not done at most */
	unsigned int fetch_delay;    /* steps between two fetches */
	unsigned int complete_delay; /* steps between two completions */
	struct model_amdvi_trouble trouble;

	/* The queue at work */
	uint64_t fetch_clock, complete_clock; /* steps since the last one */
	struct model_amdvi_inflight inflight[MODEL_AMDVI_INFLIGHT];
	unsigned int inflight_count;

	/* An event on its way to memory */
	uint64_t event_address, event_due; /* 0: none */
	uint64_t event[2];

	/* Caches */
	struct model_amdvi_cached *entry;
	size_t entries, entry_room;
	struct model_amdvi_page *page;
	size_t pages, page_room;
	struct model_amdvi_directory *directory;
	size_t directories, directory_room;

	struct model_device *device[MODEL_AMDVI_DEVICES];
	unsigned int devices;

	/* Counters for tests */
	uint64_t commands[16];	 /* completed commands, by opcode */
	uint64_t event_count[16]; /* events, by code; also those that the log lost */
	unsigned int forbidden;	 /* register writes that broke the access rules */
};

/* Add a unit at @base to @machine: registers as after reset, no DMA remapping, a fast queue. */
void model_amdvi_init(struct model_amdvi *unit, struct model_machine *machine, uint64_t base);
void model_amdvi_free(struct model_amdvi *unit);
/* Put @device behind @unit, as the target of its device TLB invalidations. */
void model_amdvi_attach(struct model_amdvi *unit, struct model_device *device);
/* Append a command as software would. Returns the new offset of the tail. */
uint64_t model_amdvi_push(struct model_amdvi *unit, uint32_t w0, uint32_t w1, uint32_t w2, uint32_t w3);
/* Let the queue work until it is empty. False if it never is. */
bool model_amdvi_drain(struct model_amdvi *unit);
/* Address at which the unit reads the device table entry of @requester; 0 beyond the table. */
uint64_t model_amdvi_entry_address(const struct model_amdvi *unit, uint16_t requester);

/* Shared by the files of this model */
void model_amdvi_event(struct model_amdvi *unit, enum model_amdvi_event code, uint64_t first, uint64_t second);
void model_amdvi_queue_step(struct model_amdvi *unit);
/* Write an event that is due. */
void model_amdvi_event_step(struct model_amdvi *unit);
/* The Status register's CmdBufRun. */
bool model_amdvi_running(const struct model_amdvi *unit);
/* Are commands fetched? */
bool model_amdvi_fetching(const struct model_amdvi *unit);
struct model_answer model_amdvi_dma(struct model_iommu *iommu, const struct model_request *request);
struct model_answer model_amdvi_translate(struct model_iommu *iommu, const struct model_request *request);
/* Is a system management message of @requester forwarded? Family 10h erratum 63: only with IW. */
bool model_amdvi_message(struct model_amdvi *unit, uint16_t requester);
/*
 * Walk one requester's tables, starting from cached directories: the host table alone, or the guest table on top of it.
 */
bool model_amdvi_walk_host(struct model_amdvi *unit, const struct model_amdvi_entry *entry, uint16_t requester,
			   uint64_t address, struct model_amdvi_page *page);
bool model_amdvi_walk_guest(struct model_amdvi *unit, const struct model_amdvi_entry *entry, uint16_t requester,
			    uint32_t pasid, uint64_t address, struct model_amdvi_page *page);

/* Caches */
struct model_amdvi_page *model_amdvi_cached_page(struct model_amdvi *unit, uint16_t requester, uint16_t domain,
						 uint32_t pasid, uint64_t iova);
void model_amdvi_cache_page(struct model_amdvi *unit, const struct model_amdvi_page *page);
/* The cached directory nearest to the leaf. */
struct model_amdvi_directory *model_amdvi_cached_directory(struct model_amdvi *unit, uint16_t requester,
							   uint16_t domain, uint64_t iova);
void model_amdvi_cache_directory(struct model_amdvi *unit, const struct model_amdvi_directory *directory);
const struct model_amdvi_entry *model_amdvi_cached_entry(const struct model_amdvi *unit, uint16_t requester);
/* Returns the entry in the cache, valid until the next one is cached. */
const struct model_amdvi_entry *model_amdvi_cache_entry(struct model_amdvi *unit, uint16_t requester,
							const struct model_amdvi_entry *entry);
void model_amdvi_drop_entry(struct model_amdvi *unit, uint16_t requester);
/* Drop cached translations of [@iova, @iova + @size) (@size 0: all) in @domain: those of @pasid, or with MODEL_NO_PASID of all. */
void model_amdvi_drop_pages(struct model_amdvi *unit, uint16_t domain, uint32_t pasid, uint64_t iova, uint64_t size,
			    bool directories);
/* Drop all translations; entries, too. */
void model_amdvi_drop_translations(struct model_amdvi *unit);
void model_amdvi_drop_all(struct model_amdvi *unit);

#endif
