/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sink: page tables in which every address leads to one page of ours. DMA of a device behind them completes and
 * goes nowhere.
 *
 * One table a level, all of whose 512 entries name the table of the next lower level; those of level 1 name the page.
 * A table of any level is thus the root of one with that many levels. They lie in the spare pages of the handover,
 * which the capture kernel leaves alone: an entry can point there for as long as that kernel runs.
 */
#ifndef IQ_SINK_H
#define IQ_SINK_H

#include "boot/handover.h"

#define IQ_SINK_LEVELS 6u

/* How a family writes an entry of such a table. */
struct iq_sink_form {
	uint64_t bits;	     /* read and write allowed, and what makes the entry valid */
	uint64_t next_level; /* mask of the field that names the level of the next table, 0: there is none */
};

struct iq_run;

/*
 * Physical address of the table of @level levels, 1 to IQ_SINK_LEVELS, in the spare pages of @run. The first call builds
 * and checks all tables and writes them back, for units that do not snoop. 0: no such pages were handed over, they
 * cannot be written to, or they already are in another form.
 */
uint64_t iq_sink_table(struct iq_run *run, const struct iq_sink_form *form, unsigned int level);
/* Are the tables there in @form, every entry as it was built? */
bool iq_sink_intact(struct iq_run *run, const struct iq_sink_form *form);

#endif
