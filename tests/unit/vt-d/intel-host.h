/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An Intel host at the moment of its crash, as Linux leaves it, and checks of its state afterwards. Used by all tests of the VT-d
 * family.
 */
#ifndef INTEL_HOST_H
#define INTEL_HOST_H

#include "unit/core/crash.h"
#include "models/vtd-firmware.h"
#include "models/vtd-tables.h"
#include "models/vtd.h"

#define HOST_UNITS   8
#define HOST_DEVICES 96
#define CAPTURE_DEVICES 10 /* devices of each unit that get a driver, and so a domain id, in the capture kernel */

#define HOST_TARGET UINT64_C(0x60000000) /* pass-through devices write here */

struct intel_host {
	CRASH_OF_HOST
	uint64_t next_buffer;
	struct model_dmar dmar;
	struct model_vtd unit[HOST_UNITS], unit_before[HOST_UNITS];
	uint16_t unit_segment[HOST_UNITS];
	unsigned int units;
	struct model_device device[HOST_DEVICES];
	unsigned int devices;
	struct capture {
		struct model_tables tables;
		struct model_device device[CAPTURE_DEVICES];
		bool taken[0x10000]; /* domain ids */
	} capture[HOST_UNITS];
	uint64_t mode;		    /* the units' mode, for tests that run in both */
	struct model_memory before; /* all memory at the moment of the crash */
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

/* Add a unit in PCI @segment that translates in @mode (MODEL_VTD_LEGACY, MODEL_VTD_SCALABLE), and list it in the DMAR. */
struct model_vtd *host_unit(struct intel_host *host, uint16_t segment, uint64_t mode);
bool host_scalable(const struct model_vtd *unit);
/* A page that devices may write to. */
uint64_t host_buffer(struct intel_host *host);
/* A second-level table with HOST_IOVA mapped. */
uint64_t host_second(struct intel_host *host, unsigned int levels);
/*
 * A first-level table with HOST_IOVA mapped. If @second is not 0, that second-level table maps the first level's pages one to one.
 */
uint64_t host_first(struct intel_host *host, unsigned int levels, uint64_t second);

/* A device without tables */
struct model_device *host_device(struct intel_host *host, struct model_vtd *unit, uint16_t requester);
/* A device with the second-level table @root of @levels; in scalable mode it is the table of PASID 0. */
struct model_device *host_behind(struct intel_host *host, struct model_vtd *unit, uint16_t requester, uint16_t domain,
				 uint64_t root, unsigned int levels);
/* A device with a table of its own. */
struct model_device *host_translated(struct intel_host *host, struct model_vtd *unit, uint16_t requester,
				     uint16_t domain);
struct model_device *host_passthrough(struct intel_host *host, struct model_vtd *unit, uint16_t requester);
/* Scalable mode: a device with an empty PASID directory of 2^(@pdts+7) entries. */
struct model_device *host_with_pasids(struct intel_host *host, struct model_vtd *unit, uint16_t requester,
				      unsigned int pdts);
uint64_t host_directory(struct intel_host *host, const struct model_vtd *unit, uint16_t requester);
/* Let the device use translations of its own (ATS). */
void host_ats(struct intel_host *host, struct model_vtd *unit, struct model_device *device);
uint64_t host_context_address(struct intel_host *host, const struct model_vtd *unit, uint16_t requester);
uint64_t host_word(struct intel_host *host, uint64_t address);
/* Put the firmware tables into memory and run the whole sequence, as the plugin does. */
void host_crash(struct intel_host *host);

/* May the sequence store at @address: a table, a queue, a page of its own? */
bool host_may_store(const struct intel_host *host, uint64_t address);

/* cmocka assertions */
/* The device cannot reach memory, with or without translations of its own, and its requests leave no fault record. */
void assert_silently_refused(struct model_vtd *unit, struct model_device *device, uint64_t iova, uint32_t pasid);
/* Restoring the record's words restores memory, except for queues, completions and the devices' writes. */
void assert_restorable(const struct intel_host *host);
/* No word of a table was written twice. */
void assert_stored_once(const struct intel_host *host, uint64_t table);
/* Translation, interrupt remapping, table addresses and queue registers have their old values. The queue is empty and has no error. */
void assert_units_as_found(const struct intel_host *host);
/*
 * A capture kernel can take over @unit: it switches the queue off, sets up and uses its own, and copies context entries. Afterwards
 * the unit is in that kernel's state.
 */
void assert_capture_takes_over(struct intel_host *host, struct model_vtd *unit);
/* After the takeover: devices that get a driver reach their own memory, and @unit caches their translations. */
void assert_capture_drives_devices(struct intel_host *host, struct model_vtd *unit);
/* Does @physical belong to the capture kernel? */
bool host_is_capture_page(uint64_t physical);

#endif
