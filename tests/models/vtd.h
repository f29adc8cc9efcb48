/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VT-d unit in software, written from the specification (Intel VT-d 4.1) and not from the core. It has registers with their
 * access rules, an invalidation queue that takes time, fault records, and caches whose entries stay until the right descriptor drops
 * them.
 */
#ifndef MODEL_VTD_H
#define MODEL_VTD_H

#include "device.h"

#define MODEL_VTD_WINDOW   0x1000u
#define MODEL_VTD_WINDOW_MAX 0x6000u
#define MODEL_VTD_DEVICES  128
#define MODEL_VTD_INFLIGHT 32
#define MODEL_VTD_POSTED   32
#define MODEL_VTD_FAULTS   256
#define MODEL_VTD_FETCHES  16

/* Register offsets. VT-d, 11.4 */
#define MODEL_VTD_VER	 0x000u
#define MODEL_VTD_CAP	 0x008u
#define MODEL_VTD_ECAP	 0x010u
#define MODEL_VTD_GCMD	 0x018u
#define MODEL_VTD_GSTS	 0x01cu
#define MODEL_VTD_RTADDR 0x020u
#define MODEL_VTD_CCMD	 0x028u
#define MODEL_VTD_FSTS	 0x034u
#define MODEL_VTD_FECTL	 0x038u
#define MODEL_VTD_PMEN	 0x064u
#define MODEL_VTD_IQH	 0x080u
#define MODEL_VTD_IQT	 0x088u
#define MODEL_VTD_IQA	 0x090u
#define MODEL_VTD_ICS	 0x09cu
#define MODEL_VTD_IQERCD 0x0b0u
#define MODEL_VTD_IRTA	 0x0b8u

/* GCMD and GSTS */
#define MODEL_VTD_TE	(UINT32_C(1) << 31)
#define MODEL_VTD_SRTP	(UINT32_C(1) << 30)
#define MODEL_VTD_WBF	(UINT32_C(1) << 27)
#define MODEL_VTD_QIE	(UINT32_C(1) << 26)
#define MODEL_VTD_IRE	(UINT32_C(1) << 25)
#define MODEL_VTD_SIRTP (UINT32_C(1) << 24)
#define MODEL_VTD_CFI	(UINT32_C(1) << 23)

/* Capabilities */
#define MODEL_VTD_CAP_ND(bits) ((uint64_t)((bits) - 4) / 2) /* bits of a domain id */
#define MODEL_VTD_CAP_RWBF   (UINT64_C(1) << 4)
#define MODEL_VTD_CAP_CM     (UINT64_C(1) << 7)
#define MODEL_VTD_CAP_SAGAW  (UINT64_C(0xe) << 8) /* 3, 4 and 5 levels */
#define MODEL_VTD_CAP_FRO(n) ((uint64_t)(n) / 16 << 24)
#define MODEL_VTD_CAP_PAGES  (UINT64_C(3) << 34) /* 2 MiB and 1 GiB */
#define MODEL_VTD_CAP_NFR(n) ((uint64_t)((n) - 1) << 40)
#define MODEL_VTD_CAP_DWD    (UINT64_C(1) << 54)
#define MODEL_VTD_CAP_DRD    (UINT64_C(1) << 55)
#define MODEL_VTD_CAP_FL5LP  (UINT64_C(1) << 60)
#define MODEL_VTD_CAP_ESRTPS (UINT64_C(1) << 63)
#define MODEL_VTD_ECAP_C     (UINT64_C(1) << 0)
#define MODEL_VTD_ECAP_QI    (UINT64_C(1) << 1)
#define MODEL_VTD_ECAP_DT    (UINT64_C(1) << 2)
#define MODEL_VTD_ECAP_PT    (UINT64_C(1) << 6)
#define MODEL_VTD_ECAP_IRO(n) ((uint64_t)(n) / 16 << 8)
#define MODEL_VTD_ECAP_NEST  (UINT64_C(1) << 26)
#define MODEL_VTD_ECAP_SMTS  (UINT64_C(1) << 43)
#define MODEL_VTD_ECAP_SLTS  (UINT64_C(1) << 46)
#define MODEL_VTD_ECAP_FLTS  (UINT64_C(1) << 47)
#define MODEL_VTD_ECAP_SMPWCS (UINT64_C(1) << 48)
#define MODEL_VTD_ECAP_RPS   (UINT64_C(1) << 49)
#define MODEL_VTD_ECAP_TDXC  (UINT64_C(1) << 50)

/* RTADDR.TTM */
#define MODEL_VTD_LEGACY   (UINT64_C(0) << 10)
#define MODEL_VTD_SCALABLE (UINT64_C(1) << 10)
#define MODEL_VTD_ABORT	   (UINT64_C(3) << 10)

#define MODEL_VTD_PFO (1u << 0)
#define MODEL_VTD_PPF (1u << 1)
#define MODEL_VTD_IQE (1u << 4)
#define MODEL_VTD_ICE (1u << 5)
#define MODEL_VTD_ITE (1u << 6)

#define MODEL_VTD_DW UINT64_C(0x800) /* IQA: 256-bit descriptors */

/* Descriptor types. VT-d, 6.5.2 */
enum model_vtd_descriptor {
	MODEL_VTD_CONTEXT_CACHE = 1,
	MODEL_VTD_IOTLB = 2,
	MODEL_VTD_DEVICE_TLB = 3,
	MODEL_VTD_INTERRUPT_CACHE = 4,
	MODEL_VTD_WAIT = 5,
	MODEL_VTD_PASID_IOTLB = 6,
	MODEL_VTD_PASID_CACHE = 7,
	MODEL_VTD_PASID_DEVICE_TLB = 8,
};

/* What is wrong with this unit. All zero: it works. */
struct model_vtd_trouble {
	bool absent;		  /* every register reads all ones, writes vanish */
	bool zeros;		  /* every register reads all zeros, writes vanish */
	bool wedged;		  /* the queue fetches no descriptor, after the first `fetches` */
	unsigned int fetches;	  /* with wedged: descriptors that it still fetches */
	bool wedged_once;	  /* with wedged: the queue works again after it was switched off */
	bool never_completes;	  /* descriptors are fetched and never completed */
	unsigned int lost_stores; /* the first so many status writes are lost */
	bool wrong_data;	  /* status writes store another value */
	unsigned int late;	  /* extra steps before a status write */
	uint32_t ignored;	  /* bit n: descriptors of type n are completed without effect */
	uint32_t stuck;		  /* bits of GCMD that GSTS does not follow */
	bool dead_registers;	  /* register-based invalidation never ends */
	bool overlap;		  /* descriptors without a wait between them are completed newest first */
	bool completion_errors;	  /* each wait descriptor sets ICE; it stops nothing */
	unsigned int forgets;	  /* MODEL_VTD_FORGETS_*: these caches lose all entries at each step */
	unsigned int torn;	  /* entries are fetched one word at each request. 1: first word first; 2: last word first */
	bool sets_accessed;	  /* sets accessed bits in nested first-level tables, even if the second level forbids writes */
	bool in_order;		  /* no descriptor is completed before an earlier one whose device has not answered */
	bool keeps_queue;	  /* the queue stays on unless it is empty and a wait was the last, as in QEMU */
};

#define MODEL_VTD_FORGETS_PAGES	   1u /* IOTLB and paging-structure caches */
#define MODEL_VTD_FORGETS_PASIDS   2u
#define MODEL_VTD_FORGETS_CONTEXTS 4u

/* An entry that is being fetched from memory word by word. */
struct model_vtd_fetch {
	uint64_t address; /* 0: none */
	unsigned int words;
	uint64_t word[8];
};

/* A cached context entry. */
struct model_vtd_context {
	uint16_t requester;
	uint64_t word[4];
};

/* Cached PASID directory and table entries of one requester and PASID. */
struct model_vtd_pasid {
	uint16_t requester, domain;
	uint32_t pasid;
	uint64_t directory; /* the directory entry */
	uint64_t word[8];
};

enum model_vtd_stage {
	MODEL_VTD_SECOND,
	MODEL_VTD_FIRST,
	MODEL_VTD_NESTED,
	MODEL_VTD_PASSTHROUGH,
};

/* The result of root, context and PASID entries for a request. */
struct model_vtd_way {
	enum model_vtd_stage stage;
	uint16_t domain;
	uint32_t pasid; /* MODEL_NO_PASID in legacy mode */
	uint64_t first, second; /* tables */
	unsigned int first_levels, second_levels;
	bool snoop;	/* walks of paging structures snoop caches */
	bool fpd;	/* faults stay unrecorded */
	bool scalable;
};

/* A translation in the IOTLB. Tagged by domain and PASID, not by requester. */
struct model_vtd_page {
	enum model_vtd_stage stage;
	uint16_t domain;
	uint32_t pasid;
	uint64_t iova, size, physical;
	bool read, write;
};

/* A paging-structure cache entry: the walk for [iova, iova + span) continues in this table. */
struct model_vtd_directory {
	enum model_vtd_stage stage;
	uint16_t domain;
	uint32_t pasid;
	uint64_t iova, span;
	uint64_t table;
	unsigned int level;
	bool read, write;
};

struct model_vtd_inflight {
	uint64_t word[4];
	uint64_t expires; /* time at which an unanswered invalidation is given up; 0: not sent yet */
};

/* A page's content before the stores that are still in the chipset's write buffers. */
struct model_vtd_buffered {
	uint64_t address;
	bool snoop;
	uint8_t bytes[MODEL_PAGE];
};

struct model_vtd {
	struct model_iommu iommu; /* must be first: it leads from a device to its unit */
	struct model_machine *machine;
	uint64_t base;

	/* Registers */
	uint32_t version, gsts, fsts, pmen, ics;
	uint64_t cap, ecap, rtaddr, irta, ccmd, iva, iotlb, iqh, iqt, iqa, iqercd;
	uint64_t fault[MODEL_VTD_FAULTS][2];
	unsigned int next_fault;
	uint64_t other[MODEL_VTD_WINDOW_MAX / 8]; /* storage of registers without effects */
	uint64_t root; /* RTADDR as of the last SRTP */
	bool hides_width; /* IQA reads back without DW, as in QEMU 7.2 */
	uint32_t command; /* GCMD as last written; it takes effect when command_clock reaches 0 */
	unsigned int command_clock, command_delay;
	unsigned int ccmd_clock, iotlb_clock, register_delay;
	unsigned int fetch_delay, complete_delay; /* steps between two fetches, two completions */
	uint64_t device_timeout; /* ticks that a device has for its answer; 0: for ever */
	struct model_vtd_trouble trouble;

	/* The queue at work */
	unsigned int fetch_clock, complete_clock;
	struct model_vtd_inflight inflight[MODEL_VTD_INFLIGHT];
	unsigned int inflight_count;
	unsigned int last_done; /* type of the descriptor that was completed last */

	/* Writes of devices that were translated but have not reached memory */
	struct {
		uint64_t address, value;
	} posted[MODEL_VTD_POSTED];
	unsigned int posted_count;

	/* Caches */
	struct model_vtd_context *context;
	size_t contexts, context_room;
	struct model_vtd_pasid *pasid;
	size_t pasids, pasid_room;
	struct model_vtd_page *page;
	size_t pages, page_room;
	struct model_vtd_directory *directory;
	size_t directories, directory_room;
	struct model_vtd_buffered *buffered;
	size_t buffers, buffer_room;
	struct model_vtd_fetch fetch[MODEL_VTD_FETCHES];

	struct model_device *device[MODEL_VTD_DEVICES];
	unsigned int devices;

	/* Counters for tests */
	uint64_t done[16];	  /* descriptors, by type */
	uint64_t refused[256];	  /* requests by fault reason, recorded or not */
	uint64_t recorded;	  /* faults that were recorded or lost to PFO */
	unsigned int forbidden;	  /* register accesses that broke the rules */
	const char *forbidden_what;
};

/*
 * Add a unit at @base to @machine: version 1, all capabilities except RWBF and caching mode, registers as after reset, a fast
 * queue. It has @window bytes of registers.
 */
void model_vtd_init(struct model_vtd *unit, struct model_machine *machine, uint64_t base, uint64_t window);
void model_vtd_free(struct model_vtd *unit);
/* Set registers as an operating system leaves them: translation on with @rtaddr, queue at @iqa, interrupts remapped. */
void model_vtd_start(struct model_vtd *unit, uint64_t rtaddr, uint64_t iqa);
/* Put @device behind @unit, as the target of its device TLB invalidations. */
void model_vtd_attach(struct model_vtd *unit, struct model_device *device);
/* Append a descriptor as software would. Its second half is used only if descriptors have 256 bits. */
void model_vtd_push(struct model_vtd *unit, uint64_t w0, uint64_t w1);
/* Let the queue work until it is empty. False if it never is. */
bool model_vtd_drain(struct model_vtd *unit);
/*
 * A posted write of @value by @device. It is translated now, and reaches memory only with the write drain of an IOTLB invalidation
 * or with model_vtd_land(). False if it was refused.
 */
bool model_vtd_post(struct model_vtd *unit, struct model_device *device, uint64_t iova, uint64_t value);
void model_vtd_land(struct model_vtd *unit);

/* Shared by the files of this model */
uint64_t model_vtd_queue_bytes(const struct model_vtd *unit);
void model_vtd_queue_step(struct model_vtd *unit);
void model_vtd_queue_off(struct model_vtd *unit);
/* Has software met the conditions for switching the queue off? 6.5.2 */
bool model_vtd_queue_may_stop(const struct model_vtd *unit);
/* Is a device's answer to an invalidation missing? Until it comes, the queue stays on. */
bool model_vtd_queue_is_owed(struct model_vtd *unit);
void model_vtd_forbidden(struct model_vtd *unit, const char *what);
/* Refuse a request, and record a fault of that @reason unless @fpd is set. */
void model_vtd_fault(struct model_vtd *unit, const struct model_request *request, uint8_t reason, bool fpd);
struct model_answer model_vtd_dma(struct model_iommu *iommu, const struct model_request *request);
struct model_answer model_vtd_translate(struct model_iommu *iommu, const struct model_request *request);
/* Read memory as this unit's table walks see it. */
bool model_vtd_read(struct model_vtd *unit, uint64_t address, void *to, size_t length, bool snoop);
enum model_vtd_fetched {
	MODEL_VTD_UNREADABLE,
	MODEL_VTD_NOT_YET, /* repeat the request */
	MODEL_VTD_FETCHED,
};

/* Fetch the @count words of the entry at @address: all at once, or one more at each call. */
enum model_vtd_fetched model_vtd_fetch(struct model_vtd *unit, uint64_t address, uint64_t *word, unsigned int count,
				       bool snoop);
/* Drop the caches that trouble.forgets names. */
void model_vtd_forget(struct model_vtd *unit);
/* Let stores leave the chipset's write buffers: at the command, and before every invalidation. 6.8, 11.4.5 */
void model_vtd_flush_buffers(struct model_vtd *unit);
/* Find the page of @iova. Returns 0, or the fault reason. */
uint8_t model_vtd_walk(struct model_vtd *unit, const struct model_vtd_way *way, uint64_t iova,
		       struct model_vtd_page *page);

/* Caches */
struct model_vtd_page *model_vtd_cached_page(struct model_vtd *unit, const struct model_vtd_way *way, uint64_t iova);
void model_vtd_cache_page(struct model_vtd *unit, const struct model_vtd_page *page);
/* The cached directory nearest to the leaf. */
struct model_vtd_directory *model_vtd_cached_directory(struct model_vtd *unit, enum model_vtd_stage stage,
						       const struct model_vtd_way *way, uint64_t iova);
void model_vtd_cache_directory(struct model_vtd *unit, const struct model_vtd_directory *directory);
const struct model_vtd_context *model_vtd_cached_context(const struct model_vtd *unit, uint16_t requester);
void model_vtd_cache_context(struct model_vtd *unit, uint16_t requester, const uint64_t word[4]);
struct model_vtd_pasid *model_vtd_cached_pasid(struct model_vtd *unit, uint16_t requester, uint32_t pasid);
void model_vtd_cache_pasid(struct model_vtd *unit, const struct model_vtd_pasid *pasid);

/* The cached entries that a descriptor drops. */
struct model_vtd_drop {
	bool all;
	bool any_pasid;	   /* all PASIDs; else only `pasid` */
	uint16_t domain;
	uint32_t pasid;
	uint64_t iova, size; /* size 0: every address */
	bool leaves_only;
	bool second;	   /* second-level and nested translations; else first-level, nested and pass-through */
};
void model_vtd_drop_contexts(struct model_vtd *unit, unsigned int granularity, uint16_t domain, uint16_t requester,
			     unsigned int function_mask);
void model_vtd_drop_pasids(struct model_vtd *unit, const struct model_vtd_drop *drop);
void model_vtd_drop_pages(struct model_vtd *unit, const struct model_vtd_drop *drop);
void model_vtd_drop_all(struct model_vtd *unit);

#endif
