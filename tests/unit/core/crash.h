/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine, its crash and its state afterwards, without any IOMMU: the common part of AMD and Intel hosts.
 */
#ifndef CRASH_H
#define CRASH_H

#include "models/firmware.h"
#include "models/pci.h"
#include "models/tables.h"
#include "quiesce.h"

#define HOST_NOTE    65536u
#define HOST_IOVA    UINT64_C(0xfffff000)  /* every translated device has a buffer mapped at this IOVA */
#define HOST_TABLES  UINT64_C(0x30000000)  /* page tables, from here on */
#define HOST_SCRATCH UINT64_C(0x40000000)  /* completions of the plugin */
#define HOST_SPARE   UINT64_C(0x40001000)  /* pages of zeros */
#define HOST_SINK    (HOST_SPARE + 0x1000) /* the page that the sink leads to */

/* A host has these as its own members too, so that a test can write host->machine. */
#define CRASH_MEMBERS                                                                                                  \
	struct model_machine machine;                                                                                  \
	struct model_pci pci; /* empty, with ports */                                                                  \
	struct model_tables tables;                                                                                    \
	struct model_acpi acpi;                                                                                        \
	struct iq_handover handover;                                                                                   \
	/* After crash_run(): */                                                                                       \
	struct iq_run *run;                                                                                            \
	uint8_t *note;                                                                                                 \
	bool completed;		      /* iq_quiesce() returned */                                                      \
	enum iq_status status;	      /* its result */                                                                 \
	enum iq_status record_status; /* of iq_record_open() */                                                        \
	struct iq_record_view record;                                                                                  \
	uint64_t took;	    /* ticks */                                                                                \
	uint64_t run_calls; /* calls of the io backend */

struct crash {
	CRASH_MEMBERS
};
#define CRASH_OF_HOST                                                                                                  \
	union {                                                                                                        \
		struct crash crash;                                                                                    \
		struct {                                                                                               \
			CRASH_MEMBERS                                                                                  \
		};                                                                                                     \
	};

/* Set up a machine with 6 GiB of memory in @crash, which is zeroed. */
void crash_start(struct crash *crash);
void crash_free(struct crash *crash);
/* Run the whole sequence, as the plugin does. @rsdp: the ACPI root pointer; 0: search for it. */
void crash_run(struct crash *crash, uint64_t rsdp);

/* Look up a stage or section in the record. @unit is the index in the plan; IQ_NO_UNIT: a section of no unit. */
bool crash_stage(const struct crash *crash, unsigned int unit, enum iq_stage stage, struct iq_record_stage *found);
enum iq_status crash_stage_status(const struct crash *crash, unsigned int unit, enum iq_stage stage);
/* The first section of @type; NULL if there is none. */
const uint8_t *crash_section(const struct crash *crash, unsigned int unit, enum iq_section_type type, uint32_t *length);
#define host_stage(host, ...)	     crash_stage(&(host)->crash, __VA_ARGS__)
#define host_stage_status(host, ...) crash_stage_status(&(host)->crash, __VA_ARGS__)
#define host_section(host, ...)	     crash_section(&(host)->crash, __VA_ARGS__)

/* Add a rule of the administrator. The first one of mode sink also sets up the spare pages. */
void crash_rule(struct crash *crash, uint16_t segment, uint16_t first, uint16_t last, enum iq_mode mode);
void crash_preserve(struct crash *crash, uint16_t segment, uint16_t first, uint16_t last);
#define host_rule(host, ...)	 crash_rule(&(host)->crash, __VA_ARGS__)
#define host_preserve(host, ...) crash_preserve(&(host)->crash, __VA_ARGS__)

/* Make a request that must succeed, which fills the caches. From now on the device repeats it at every step of time. */
void host_live(struct model_device *device, uint64_t iova, uint32_t pasid);

/* cmocka assertions */
void assert_lands(struct model_device *device, uint64_t iova, uint32_t pasid);
void assert_refused(struct model_device *device, uint64_t iova, uint32_t pasid);
/* Reads are let through, writes are refused. */
void assert_only_reads(struct model_device *device, uint64_t iova, uint32_t pasid);
/* Reads and writes reach the sink's page. */
void assert_sunk(struct model_device *device, uint64_t iova, uint32_t pasid);

#endif
