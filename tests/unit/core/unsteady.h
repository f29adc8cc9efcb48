/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A unit whose registers do not read twice the same, or that is gone from some moment on: put between the machine and any
 * unit's model.
 */
#ifndef UNSTEADY_H
#define UNSTEADY_H

#include "models/machine.h"

struct unsteady {
	const struct model_window_ops *ops; /* the model's */
	void *device;
	uint64_t noise;	     /* state of the numbers that are drawn, never 0 */
	unsigned int one_in; /* so many reads is wrong, 0: none */
	uint64_t last;	     /* what the read before gave */
	uint64_t accesses;
	uint64_t gone_at; /* from this access on every register reads all ones, and writes vanish; 0: never */
};

/* Take the place of the model behind window number @window. */
void unsteady_start(struct unsteady *unsteady, struct model_machine *machine, unsigned int window);
/* The next number of a sequence that is the same in each run. */
uint64_t unsteady_draw(uint64_t *state);

#endif
