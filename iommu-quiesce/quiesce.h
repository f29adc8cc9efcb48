/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sequence at the crash: snapshot of all units; stop and contain; block, flush, verify over all units. Every step
 * is guarded, timed and recorded.
 */
#ifndef IQ_QUIESCE_H
#define IQ_QUIESCE_H

#include "boot/handover.h"
#include "pci/pci.h"
#include "plan.h"
#include "sink.h"

#define IQ_RUN_DEVICES 2048u /* stopped together */
#define IQ_RUN_PORTS   64u

/* All that the sequence needs, in one piece of zeroed memory: the core has no globals and allocates nothing. */
struct iq_run {
	struct iq_io *io;
	struct iq_record record;
	struct iq_plan plan;
	struct iq_pci pci;
	uint32_t flags;	     /* as in the handover */
	enum iq_status planned; /* how stage plan ended */
	uint64_t deadline;   /* ticks: when all of the total time but the reserve is used up */
	uint64_t half;	     /* ticks: when half of it is; what is done to devices takes no more */
	uint64_t reserve;    /* ticks: for the waits that come after the deadline, all together */
	uint64_t shortest;   /* ticks: what each of those may take */
	uint64_t wait;	     /* ticks: longest wait for one completion */
	uint64_t talk;	     /* ticks that lines on the console may still take */
	uint64_t completion; /* physical address of 8 bytes of ours that a unit may store to */
	uint64_t token;	     /* last value that was asked to be stored there */
	uint64_t polled;     /* the clock at the last poll of a wait */
	uint32_t still;	     /* polls since it moved */
	enum iq_stage stage; /* where we are, for the record of a trap */
	uint64_t rsdp;
	uint64_t spare; /* as in the handover */
	uint32_t spare_pages;
	const struct iq_sink_form *sink; /* of the tables that were built in the spare pages, NULL: none */
	struct iq_record_port port[IQ_RUN_PORTS];
	unsigned int ports;
	bool needs_known;     /* VT-d's own: scratch holds struct vtd_needs */
	void *ports_recorded; /* where the record has them, NULL: nowhere */
	union {
		/*
		 * A firmware table while the plan is made; in block and flush one bit for each of 65,536 domains, and
		 * what a family puts behind.
		 */
		uint8_t scratch[32768] __attribute__((aligned(8)));
		struct iq_record_device device[IQ_RUN_DEVICES]; /* while they are stopped */
	};
};

/*
 * Run the whole sequence for the checked handover @handover. The record's ELF note goes to @note: mapped and
 * zeroed memory of handover->note_size bytes, 8-aligned; NULL: no record. @run is zeroed memory, @completion the physical address of 8 bytes
 * that units may store to, @entered the clock at the plugin's entry. Returns the first status of any stage that is not
 * IQ_OK. The caller seals the record with iq_quiesce_seal(), also when an exception kept this function from returning.
 */
enum iq_status iq_quiesce(struct iq_run *run, struct iq_io *io, const struct iq_handover *handover, void *note,
			  uint64_t completion, uint64_t entered);
/*
 * Instead of the sequence: a record that says why it was not run, as the @status of its first stage. Other arguments as above;
 * sealed as above.
 */
void iq_quiesce_refuse(struct iq_run *run, struct iq_io *io, const struct iq_handover *handover, void *note,
		       uint64_t entered, enum iq_status status);
/* Seal the record of @run as it stands. @nmis: non-maskable interrupts taken. */
void iq_quiesce_seal(struct iq_run *run, uint32_t nmis);

/* Waits that the flush of one unit takes at most, whatever goes wrong, and with it all waits that follow the stop. */
#define IQ_WAITS_OF_UNIT 20u

/* Ticks at which a wait that starts now must end: run->wait from now, at the deadline, run->shortest from now. */
uint64_t iq_wait_until(const struct iq_run *run);
/* Ticks until which devices that were found may be dealt with: run->half; where finding them took all of that, one wait more. */
uint64_t iq_devices_until(const struct iq_run *run);
/* Ticks until which one flush may wait for room in a full queue, all in all: one that crawls has no more than that. */
uint64_t iq_room_until(const struct iq_run *run);
/* Is it not @until yet? For work that is done piece by piece. */
bool iq_in_time(const struct iq_run *run, uint64_t until);
/*
 * Between two polls of a wait: relax and return true; false when @until had come before the last poll, or when the clock does
 * not move. A wait has one poll after its time.
 */
bool iq_wait_more(struct iq_run *run, uint64_t until);

#endif
