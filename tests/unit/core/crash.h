/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine, its crash and what became of it, whatever IOMMUs it has: what AMD and Intel hosts share.
 */
#ifndef CRASH_H
#define CRASH_H

#include "models/firmware.h"
#include "models/pci.h"
#include "models/tables.h"
#include "quiesce.h"

#define HOST_NOTE    65536u
#define HOST_IOVA    UINT64_C(0xfffff000)  /* where every translated device has its buffer mapped */
#define HOST_TABLES  UINT64_C(0x30000000)  /* page tables, one behind the other */
#define HOST_SCRATCH UINT64_C(0x40000000)  /* completions of the plugin */
#define HOST_SPARE   UINT64_C(0x40001000)  /* pages of zeros */
#define HOST_SINK    (HOST_SPARE + 0x1000) /* the page that the sink leads to */

/* A host has these as its own members too, so that a test need not say where they come from. */
#define CRASH_MEMBERS                                                                                                  \
	struct model_machine machine;                                                                                  \
	struct model_pci pci; /* empty, with ports */                                                                  \
	struct model_tables tables;                                                                                    \
	struct model_acpi acpi;                                                                                        \
	struct iq_handover handover;                                                                                   \
	/* After crash_run(): */                                                                                       \
	struct iq_run *run;                                                                                            \
	uint8_t *note;                                                                                                 \
	bool completed;		      /* iq_quiesce() came back by itself */                                           \
	enum iq_status status;	      /* with this */                                                                  \
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

/* A machine with 6 GiB of memory, into zeroed @crash. */
void crash_start(struct crash *crash);
void crash_free(struct crash *crash);
/* Run the sequence with everything around it, as the plugin does. @rsdp: of ACPI tables, 0: to be searched. */
void crash_run(struct crash *crash, uint64_t rsdp);

/* What the record says. Stages and sections of a unit by its index in the plan, IQ_NO_UNIT for none. */
bool crash_stage(const struct crash *crash, unsigned int unit, enum iq_stage stage, struct iq_record_stage *found);
enum iq_status crash_stage_status(const struct crash *crash, unsigned int unit, enum iq_stage stage);
/* The first section of @type; NULL if there is none. */
const uint8_t *crash_section(const struct crash *crash, unsigned int unit, enum iq_section_type type, uint32_t *length);
#define host_stage(host, ...)	     crash_stage(&(host)->crash, __VA_ARGS__)
#define host_stage_status(host, ...) crash_stage_status(&(host)->crash, __VA_ARGS__)
#define host_section(host, ...)	     crash_section(&(host)->crash, __VA_ARGS__)

/* A rule of the administrator; the first of mode sink brings its spare pages. */
void crash_rule(struct crash *crash, uint16_t segment, uint16_t first, uint16_t last, enum iq_mode mode);
void crash_preserve(struct crash *crash, uint16_t segment, uint16_t first, uint16_t last);
#define host_rule(host, ...)	 crash_rule(&(host)->crash, __VA_ARGS__)
#define host_preserve(host, ...) crash_preserve(&(host)->crash, __VA_ARGS__)

/* DMA that must land, so that caches know it, and goes on at every step of time from now. */
void host_live(struct model_device *device, uint64_t iova, uint32_t pasid);

/* cmocka assertions */
void assert_lands(struct model_device *device, uint64_t iova, uint32_t pasid);
void assert_refused(struct model_device *device, uint64_t iova, uint32_t pasid);
/* Reads land, writes do not. */
void assert_only_reads(struct model_device *device, uint64_t iova, uint32_t pasid);
/* Reads and writes land in the sink's page. */
void assert_sunk(struct model_device *device, uint64_t iova, uint32_t pasid);

#endif
