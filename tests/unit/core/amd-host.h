/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An AMD host at the moment of its crash, as Linux leaves it, and what became of it: for all tests of the sequence.
 */
#ifndef AMD_HOST_H
#define AMD_HOST_H

#include "models/amdvi.h"
#include "models/firmware.h"
#include "models/pci.h"
#include "models/tables.h"
#include "quiesce.h"

#define HOST_UNITS   8
#define HOST_DEVICES 96
#define HOST_NOTE    65536u

#define HOST_IOVA     UINT64_C(0xfffff000)  /* where most devices have their buffer mapped */
#define HOST_SCRATCH  UINT64_C(0x40000000)  /* completions of the plugin */
#define HOST_SPARE    UINT64_C(0x40001000)  /* pages of zeros */
#define HOST_SINK     (HOST_SPARE + 0x1000) /* the page that the sink leads to */
#define HOST_SNP_PAGE UINT64_C(0x5000000)   /* the crashed kernel's completion store page */

struct amd_host {
	struct model_machine machine;
	struct model_pci pci; /* empty, with ports */
	uint8_t mcfg[64];
	uint32_t mcfg_length; /* 0: none */
	struct model_tables tables;
	struct model_acpi acpi;
	struct model_ivrs ivrs;
	struct model_amdvi unit[HOST_UNITS], unit_before[HOST_UNITS];
	uint16_t unit_segment[HOST_UNITS];
	unsigned int units;
	struct model_device device[HOST_DEVICES];
	unsigned int devices;
	struct iq_handover handover;
	struct model_memory before; /* device tables at the moment of the crash */

	/* After host_crash() */
	struct iq_run *run;
	uint8_t *note;
	bool completed;		      /* iq_quiesce() came back by itself */
	enum iq_status status;	      /* with this */
	enum iq_status record_status; /* of iq_record_open() */
	struct iq_record_view record;
	uint64_t took;		      /* ticks */
	uint64_t run_calls;	      /* calls of the io backend */
};

/* A machine with 6 GiB of memory and no unit yet. Used as cmocka setup and teardown with the host in *@state. */
int host_setup(void **state);
int host_teardown(void **state);
struct amd_host *host_new(void);
void host_free(struct amd_host *host);

/*
 * A unit in PCI @segment that is on, with a ring of 512 commands. Units of one segment share a device table of @pages pages
 * in which every entry is blocked the way Linux blocks them. Listed in the IVRS.
 */
struct model_amdvi *host_unit(struct amd_host *host, uint16_t segment, unsigned int pages);
struct model_device *host_device(struct amd_host *host, struct model_amdvi *unit, uint16_t requester);
/* Read or write the entry of @requester in memory; caches do not notice. */
struct model_amdvi_entry host_entry(struct amd_host *host, const struct model_amdvi *unit, uint16_t requester);
void host_set_entry(struct amd_host *host, const struct model_amdvi *unit, uint16_t requester,
		    const struct model_amdvi_entry *entry);
/* A device whose HOST_IOVA is mapped in a v1 table of its own under @domain: what Linux makes of most. */
struct model_device *host_translated(struct amd_host *host, struct model_amdvi *unit, uint16_t requester,
				     uint16_t domain);
struct model_device *host_passthrough(struct amd_host *host, struct model_amdvi *unit, uint16_t requester,
				      uint16_t domain);
/* V=0, all else zero: nobody ever set it up. */
struct model_device *host_invalid(struct amd_host *host, struct model_amdvi *unit, uint16_t requester);
/* Guest tables: PASID 0 for requests without PASID, and @pasid, both with HOST_IOVA mapped. */
struct model_device *host_guest(struct amd_host *host, struct model_amdvi *unit, uint16_t requester, uint16_t domain,
				uint32_t pasid);
/* A rule of the administrator; the first of mode sink brings its spare pages. */
void host_rule(struct amd_host *host, uint16_t segment, uint16_t first, uint16_t last, enum iq_mode mode);
void host_preserve(struct amd_host *host, uint16_t segment, uint16_t first, uint16_t last);

/* DMA that must land, so that caches know it, and goes on at every step of time from now. */
void host_live(struct model_device *device, uint64_t iova, uint32_t pasid);
/* Put the tables into memory and run the sequence with everything around it, as the plugin does. */
void host_crash(struct amd_host *host);
/* The same with the tables already there and their root pointer at @rsdp (0: to be searched). */
void host_crash_at(struct amd_host *host, uint64_t rsdp);

/* What the record says. Stages and sections of a unit by its index in the plan, IQ_NO_UNIT for none. */
bool host_stage(const struct amd_host *host, unsigned int unit, enum iq_stage stage, struct iq_record_stage *found);
enum iq_status host_stage_status(const struct amd_host *host, unsigned int unit, enum iq_stage stage);
/* The first section of @type; NULL if there is none. */
const uint8_t *host_section(const struct amd_host *host, unsigned int unit, enum iq_section_type type, uint32_t *length);

/* cmocka assertions */
void assert_lands(struct model_device *device, uint64_t iova, uint32_t pasid);
/* Reads land, writes do not. */
void assert_only_reads(struct model_device *device, uint64_t iova, uint32_t pasid);
/* Reads and writes land in the sink's page. */
void assert_sunk(struct model_device *device, uint64_t iova, uint32_t pasid);
void assert_refused(struct model_device *device, uint64_t iova, uint32_t pasid);
/* Every entry that changed is in the record with its old words, and nothing else is; words 2 and 3 are as they were. */
void assert_evidence(const struct amd_host *host);
/* Units as found but for their queues; nothing written but entries, commands and completions. */
void assert_units_as_found(const struct amd_host *host);
/* Every stage of every unit went well at the first attempt, with both of the above. */
void assert_all_ok(const struct amd_host *host);

#endif
