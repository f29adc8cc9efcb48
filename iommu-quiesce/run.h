/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One run of the sequence: its state, its deadlines and its waits. Used by the sequence, the families and what is done to
 * PCI devices.
 */
#ifndef IQ_RUN_H
#define IQ_RUN_H

#include "boot/handover.h"
#include "config-space.h"
#include "plan.h"

#define IQ_RUN_DEVICES 1536u /* stopped together */
#define IQ_RUN_PORTS   128u

/* The time that a run may take. All in ticks of the io's clock. */
struct iq_time {
	uint64_t deadline; /* the total time less @reserve is used up */
	uint64_t quarter;  /* a quarter of the total time is used up: ports take no more */
	uint64_t half;	   /* half of the total time is used up: devices take no more */
	uint64_t reserve;  /* for the waits that begin after the deadline, all together */
	uint64_t shortest; /* what each of those waits may take */
	uint64_t wait;	   /* longest wait for one completion */
	uint64_t talk;	   /* what lines on the console may still take */
	uint64_t polled;   /* the clock at the last poll of a wait */
	uint32_t still;	   /* polls since the clock moved */
	uint32_t waits;	   /* waits that began in the step at hand */
};

struct iq_sink_form;

/* All that the sequence needs, in one piece of zeroed memory: the core has no globals and allocates nothing. */
struct iq_run {
	struct iq_io *io;
	struct iq_time time;
	struct iq_record record;
	struct iq_plan plan;
	struct iq_pci pci;
	uint32_t flags;	     /* as in the handover */
	enum iq_status planned; /* how stage plan ended */
	uint64_t completion; /* physical address of 8 bytes of ours that a unit may store to */
	uint64_t token;	     /* last value that was asked to be stored there */
	enum iq_stage stage; /* where the run is, for the record of a trap */
	uint64_t rsdp;
	uint64_t spare; /* as in the handover */
	uint32_t spare_pages;
	const struct iq_sink_form *sink; /* of the tables that were built in the spare pages, NULL: none */
	struct iq_record_port port[IQ_RUN_PORTS];
	unsigned int ports;
	unsigned int ports_recorded; /* the first so many are in the record */
	void *ports_at;		     /* where they are there, NULL: nowhere */
	/* The family whose findings about all its units lie in scratch[]. NULL: whoever uses scratch[] next starts anew. */
	const struct iq_family *scratch_of;
	union {
		/* A firmware table while the plan is made; during block and flush what the family keeps about its units. */
		uint8_t scratch[32768] __attribute__((aligned(8)));
		struct iq_record_device device[IQ_RUN_DEVICES]; /* while they are stopped */
	};
};

#define IQ_WAITS_OF_UNIT 20u /* that the reserve is shared among before the plan is known */

/* Start the clock of @run: @total_us microseconds in all from @entered (ticks) on, @wait_us for one completion. */
void iq_time_start(struct iq_run *run, uint32_t total_us, uint32_t wait_us, uint64_t entered);
/* Share the reserve among the waits that the families of the plan's units announce. */
void iq_time_share(struct iq_run *run);
/* Ticks that logging took: deadlines are that much later. The total of these extensions is capped at the total time. */
void iq_time_logged(struct iq_run *run, uint64_t ticks);

/*
 * Begin a wait, which is counted. Ticks at which it must end: one wait's time from now, but not after the deadline; after
 * the deadline the shortest time from now.
 */
uint64_t iq_wait_until(struct iq_run *run);
/*
 * Begin a long wait for something of @unit's, which is counted: @us microseconds from now, as far as the time goes. Where other
 * units come behind it, half of what is left is theirs. Never shorter than iq_wait_until().
 */
uint64_t iq_long_wait_until(struct iq_run *run, const struct iq_unit *unit, uint64_t us);
/* Ticks until which ports may be dealt with: a quarter of the total; one wait where that is over. */
uint64_t iq_ports_until(const struct iq_run *run);
/* Ticks until which devices that were found may be dealt with: half of the total; one wait more where finding them took all of it. */
uint64_t iq_devices_until(const struct iq_run *run);
/*
 * Begin a flush's waits for room in a full queue. They count as one wait, and all of them together end at the ticks that
 * this returns: a queue that crawls has no more time than one that stands.
 */
uint64_t iq_room_until(struct iq_run *run);
/* One of these waits: the ticks at which it must end, at most @limit. */
uint64_t iq_room_wait_until(const struct iq_run *run, uint64_t limit);
/* Is it not @until yet? For work that is done piece by piece. */
bool iq_in_time(const struct iq_run *run, uint64_t until);
/*
 * Between two polls of a wait: relax and return true. False when @until had come before the last poll, or when the clock
 * does not move. A wait has one poll after its time: firmware or a hypervisor may have taken all of it.
 */
bool iq_wait_more(struct iq_run *run, uint64_t until);

#endif
