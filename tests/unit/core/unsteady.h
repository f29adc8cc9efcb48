/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sits between the machine and a unit's model, and makes registers return changing values, or makes the unit disappear at a chosen
 * access.
 */
#ifndef UNSTEADY_H
#define UNSTEADY_H

#include "models/machine.h"

struct unsteady {
	const struct model_window_ops *ops; /* the model's */
	void *device;
	uint64_t noise;	     /* state of the random numbers, never 0 */
	unsigned int one_in; /* one read in so many is wrong; 0: none */
	uint64_t last;	     /* the value of the previous read */
	uint64_t accesses;
	uint64_t gone_at; /* from this access on every register reads all ones, and writes vanish; 0: never */
};

/* Take the place of the model behind window number @window. */
void unsteady_start(struct unsteady *unsteady, struct model_machine *machine, unsigned int window);
/* The next random number; the sequence is the same in each run. */
uint64_t unsteady_draw(uint64_t *state);

#endif
