/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An AMD host at the moment of its crash, as Linux leaves it, and checks of its state afterwards. Used by all tests of the sequence.
 */
#ifndef AMD_HOST_H
#define AMD_HOST_H

#include "unit/core/crash.h"
#include "models/amdvi.h"

#define HOST_UNITS   8
#define HOST_DEVICES 96

#define HOST_SNP_PAGE UINT64_C(0x5000000)   /* the crashed kernel's completion store page */

struct amd_host {
	CRASH_OF_HOST
	uint8_t mcfg[64];
	uint32_t mcfg_length; /* 0: none */
	struct model_ivrs ivrs;
	struct model_amdvi unit[HOST_UNITS], unit_before[HOST_UNITS];
	uint16_t unit_segment[HOST_UNITS];
	unsigned int units;
	struct model_device device[HOST_DEVICES];
	unsigned int devices;
	struct model_memory before; /* device tables at the moment of the crash */
};

/* A machine with 6 GiB of memory and no unit yet. Used as cmocka setup and teardown with the host in *@state. */
int host_setup(void **state);
int host_teardown(void **state);
struct amd_host *host_new(void);
void host_free(struct amd_host *host);

/*
 * Add a unit in PCI @segment that is on, with a ring of 512 commands, and list it in the IVRS, as serving every function. Units of
 * one segment share a device table of @pages pages, in which every entry is blocked as Linux blocks it.
 */
struct model_amdvi *host_unit(struct amd_host *host, uint16_t segment, unsigned int pages);
/* The unit that was added last serves the functions @first to @last alone; else it serves all of its segment. */
void host_serves(struct amd_host *host, uint16_t first, uint16_t last);
struct model_device *host_device(struct amd_host *host, struct model_amdvi *unit, uint16_t requester);
/* Read or write the entry of @requester in memory; cached copies stay. */
struct model_amdvi_entry host_entry(struct amd_host *host, const struct model_amdvi *unit, uint16_t requester);
void host_set_entry(struct amd_host *host, const struct model_amdvi *unit, uint16_t requester,
		    const struct model_amdvi_entry *entry);
/* A device with HOST_IOVA mapped in a v1 table of its own, in @domain: as Linux sets up most devices. */
struct model_device *host_translated(struct amd_host *host, struct model_amdvi *unit, uint16_t requester,
				     uint16_t domain);
struct model_device *host_passthrough(struct amd_host *host, struct model_amdvi *unit, uint16_t requester,
				      uint16_t domain);
/* A device whose entry was never set up: all words are zero, so V=0. */
struct model_device *host_invalid(struct amd_host *host, struct model_amdvi *unit, uint16_t requester);
/* A device with guest tables: PASID 0 for requests without PASID, and @pasid. Both have HOST_IOVA mapped. */
struct model_device *host_guest(struct amd_host *host, struct model_amdvi *unit, uint16_t requester, uint16_t domain,
				uint32_t pasid);

/* Put the firmware tables into memory and run the whole sequence, as the plugin does. */
void host_crash(struct amd_host *host);
/* The same with firmware tables that are in memory already, and their root pointer at @rsdp (0: search for it). */
void host_crash_at(struct amd_host *host, uint64_t rsdp);

/* May the sequence store at @address: a table, a ring, a completion? */
bool host_may_store(const struct amd_host *host, uint64_t address);

/* cmocka assertions */
/* The record has the old words of exactly the entries that changed; words 2 and 3 did not change. */
void assert_evidence(const struct amd_host *host);
/* Registers have their old values, except for the queues'. Only entries, commands and completions were written. */
void assert_units_as_found(const struct amd_host *host);
/* Every stage of every unit succeeded at the first attempt, and both assertions above hold. */
void assert_all_ok(const struct amd_host *host);

#endif
