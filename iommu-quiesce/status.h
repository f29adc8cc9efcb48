/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a step of the crash path ended. The numbers are stored in the record, so that they never change their meaning.
 */
#ifndef IQ_STATUS_H
#define IQ_STATUS_H

enum iq_status {
	IQ_OK = 0,
	IQ_NOTHING = 1,	    /* nothing to do here */
	IQ_OFF = 2,	    /* the unit does not translate: enable bit clear */
	IQ_ABSENT = 3,	    /* registers read all ones or all zeros: no unit there */
	IQ_UNREACHABLE = 4, /* an address that cannot be mapped or lies outside memory */
	IQ_TIMEOUT = 5,	    /* a bounded wait ran out */
	IQ_FAULT = 6,	    /* a CPU exception ended the step */
	IQ_QUEUE = 7,	    /* the command queue is stopped or in error */
	IQ_NO_ROOM = 8,	    /* a buffer was too small */
	IQ_MALFORMED = 9,   /* a field holds what its specification forbids */
	IQ_UNSUPPORTED = 10,/* valid, but a version or form that this code does not know */
	IQ_DAMAGED = 11,    /* a checksum does not match */
	IQ_NOT_FOUND = 12,
	IQ_STILL_OPEN = 13, /* verify: an entry that was blocked lets DMA through again */
	IQ_INTERRUPTED = 14,/* ended early: machine check, or too many exceptions */
	IQ_SKIPPED = 15,    /* buses were slow to answer, a failed machine was not scanned, or a VMD does not show what it hides: devices were not
	                     * all looked at */
	IQ_PRESERVED = 17,  /* stop: storage or network devices go on, for firmware's or the capture kernel's sake */
};

/* A short lower-case word for @status ("ok", "timeout", ...); "unknown" for numbers of later versions. */
const char *iq_status_name(unsigned int status);

#endif
