/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the crashed kernel's driver kept besides tables, in words: what was mapped and is not any more, whether that may still be
 * translated, and whether a hypervisor translates in its own way.
 */
#ifndef DRIVER_H
#define DRIVER_H

#include "device.h"

/* Of @unit, which is one of the evidence. */
const struct evidence_driver *driver_of(const struct inspect *inspect, const struct iq_unit *unit);

/* Is it translated still, what was unmapped? */
enum former {
	FORMER_FLUSHED,
	FORMER_UNFLUSHED, /* it may be */
	FORMER_UNKNOWN,	  /* the driver kept no account */
};

/* Cut from @rest, which was unmapped, the part at its beginning of which one of these is true. */
enum former former_cut(const struct evidence_driver *driver, struct iq_mapping *rest, struct iq_mapping *part);
/* "", or ", may still be translated". */
const char *former_text(enum former former);
/* *may_be_translated* into an object that is open; null: not known. */
void former_json(struct kq_json *json, enum former former);

/* A line of text if the tables of @unit, NULL: of any unit, are not those that are used. */
void shadow_text(struct inspect *inspect, const struct iq_unit *unit);
/* *shadow* into an object that is open, if it is so. */
void shadow_json(struct inspect *inspect, const struct iq_unit *unit);

#endif
