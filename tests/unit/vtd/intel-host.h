/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An Intel host at the moment of its crash, as Linux leaves it, and what became of it: for all tests of the VT-d
 * family.
 */
#ifndef INTEL_HOST_H
#define INTEL_HOST_H

#include "models/pci.h"
#include "models/tables.h"
#include "models/vtd-firmware.h"
#include "models/vtd-tables.h"
#include "models/vtd.h"
#include "quiesce.h"

#define HOST_UNITS   8
#define HOST_DEVICES 96
#define HOST_NOTE    65536u

#define HOST_IOVA    UINT64_C(0xfffff000)  /* where every translated device has its buffer mapped */
#define HOST_TARGET  UINT64_C(0x60000000)  /* what pass-through devices write to */
#define HOST_SCRATCH UINT64_C(0x40000000)  /* completions of the plugin */
#define HOST_SPARE   UINT64_C(0x40001000)  /* pages of zeros */
#define HOST_SINK    (HOST_SPARE + 0x1000) /* the page that the sink leads to */

struct intel_host {
	struct model_machine machine;
	struct model_tables tables;
	uint64_t next_buffer;
	struct model_acpi acpi;
	struct model_dmar dmar;
	struct model_vtd unit[HOST_UNITS], unit_before[HOST_UNITS];
	uint16_t unit_segment[HOST_UNITS];
	unsigned int units;
	struct model_device device[HOST_DEVICES];
	unsigned int devices;
	uint64_t mode; /* of the units, for tests that run in both */
	struct model_pci pci;
	struct iq_handover handover;
	struct model_memory before; /* all memory at the moment of the crash */

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

/* A machine with 6 GiB of memory and no unit yet. Setup and teardown of cmocka with the host in *@state. */
int host_setup_legacy(void **state);
int host_setup_scalable(void **state);
int host_teardown(void **state);
#define LEGACY(name)   { #name " (legacy)", name, host_setup_legacy, host_teardown, NULL }
#define SCALABLE(name) { #name " (scalable)", name, host_setup_scalable, host_teardown, NULL }
#define BOTH(name)     LEGACY(name), SCALABLE(name)
struct intel_host *host_new(void);
void host_free(struct intel_host *host);

/* A unit in PCI @segment that translates in @mode (MODEL_VTD_LEGACY, MODEL_VTD_SCALABLE). Listed in the DMAR. */
struct model_vtd *host_unit(struct intel_host *host, uint16_t segment, uint64_t mode);
bool host_scalable(const struct model_vtd *unit);
/* A page that devices may write to. */
uint64_t host_buffer(struct intel_host *host);
/* A second-level table with HOST_IOVA mapped. */
uint64_t host_second(struct intel_host *host, unsigned int levels);
/*
 * A first-level table with HOST_IOVA mapped; to a page that the second-level table @second maps one to one, if not 0.
 */
uint64_t host_first(struct intel_host *host, unsigned int levels, uint64_t second);

/* A device without tables. */
struct model_device *host_device(struct intel_host *host, struct model_vtd *unit, uint16_t requester);
/* The same behind the second-level table @root of @levels: through PASID 0 in scalable mode. */
struct model_device *host_behind(struct intel_host *host, struct model_vtd *unit, uint16_t requester, uint16_t domain,
				 uint64_t root, unsigned int levels);
/* A device behind a table of its own. */
struct model_device *host_translated(struct intel_host *host, struct model_vtd *unit, uint16_t requester,
				     uint16_t domain);
struct model_device *host_passthrough(struct intel_host *host, struct model_vtd *unit, uint16_t requester);
/* Scalable mode: a device with an empty PASID directory of 2^(@pdts+7) entries. */
struct model_device *host_with_pasids(struct intel_host *host, struct model_vtd *unit, uint16_t requester,
				      unsigned int pdts);
uint64_t host_directory(struct intel_host *host, const struct model_vtd *unit, uint16_t requester);
/* Let the device have translations of its own. */
void host_ats(struct intel_host *host, struct model_vtd *unit, struct model_device *device);
uint64_t host_context_address(struct intel_host *host, const struct model_vtd *unit, uint16_t requester);
uint64_t host_word(struct intel_host *host, uint64_t address);
/* A rule of the administrator; the first of mode sink brings its spare pages. */
void host_rule(struct intel_host *host, uint16_t segment, uint16_t first, uint16_t last, enum iq_mode mode);
void host_preserve(struct intel_host *host, uint16_t segment, uint16_t first, uint16_t last);

/* DMA that must land, so that caches know it, and goes on at every step of time from now. */
void host_live(struct model_device *device, uint64_t iova, uint32_t pasid);
/* Put the tables into memory and run the sequence with everything around it, as the plugin does. */
void host_crash(struct intel_host *host);

/* What the record says. */
bool host_stage(const struct intel_host *host, unsigned int unit, enum iq_stage stage, struct iq_record_stage *found);
enum iq_status host_stage_status(const struct intel_host *host, unsigned int unit, enum iq_stage stage);
const uint8_t *host_section(const struct intel_host *host, unsigned int unit, enum iq_section_type type,
			    uint32_t *length);

/* cmocka assertions */
void assert_lands(struct model_device *device, uint64_t iova, uint32_t pasid);
void assert_refused(struct model_device *device, uint64_t iova, uint32_t pasid);
/* Reads land, writes do not. */
void assert_only_reads(struct model_device *device, uint64_t iova, uint32_t pasid);
/* Reads and writes land in the sink's page. */
void assert_sunk(struct model_device *device, uint64_t iova, uint32_t pasid);
/* The device has no way to memory, with or without translations of its own, and asking leaves no fault record. */
void assert_silently_refused(struct model_vtd *unit, struct model_device *device, uint64_t iova, uint32_t pasid);
/* Putting the words of the record back makes memory what it was, but for queues, completions and what devices wrote. */
void assert_restorable(const struct intel_host *host);
/* No word of a table was stored to twice. */
void assert_stored_once(const struct intel_host *host, uint64_t table);
/* Registers as found: translation, interrupt remapping, table addresses, queue; queue empty, without error. */
void assert_units_as_found(const struct intel_host *host);
/* What a capture kernel does with @unit works: the queue can be switched off, set up anew and used. */
void assert_capture_takes_over(struct intel_host *host, struct model_vtd *unit);

#endif
