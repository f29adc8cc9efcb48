/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads return wrong values, as on faulty hardware: all ones, zeros, a flipped bit, the value of the previous read.
 */
#include "unsteady.h"

uint64_t unsteady_draw(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static bool is_gone(struct unsteady *unsteady)
{
	return ++unsteady->accesses >= unsteady->gone_at && unsteady->gone_at;
}

static uint64_t read_wrong(struct unsteady *unsteady, uint64_t value)
{
	switch (unsteady_draw(&unsteady->noise) % 4) {
	case 0:
		return UINT64_MAX;
	case 1:
		return 0;
	case 2:
		return unsteady->last;
	}
	return value ^ UINT64_C(1) << unsteady_draw(&unsteady->noise) % 64;
}

static uint64_t read_register(void *device, uint64_t offset, unsigned int width)
{
	struct unsteady *unsteady = device;
	uint64_t value = unsteady->ops->read(unsteady->device, offset, width);

	if (is_gone(unsteady))
		return UINT64_MAX;
	if (unsteady->one_in && !(unsteady_draw(&unsteady->noise) % unsteady->one_in))
		value = read_wrong(unsteady, value);
	unsteady->last = value;
	return value;
}

static void write_register(void *device, uint64_t offset, unsigned int width, uint64_t value)
{
	struct unsteady *unsteady = device;

	if (!is_gone(unsteady))
		unsteady->ops->write(unsteady->device, offset, width, value);
}

void unsteady_start(struct unsteady *unsteady, struct model_machine *machine, unsigned int window)
{
	static const struct model_window_ops ops = { read_register, write_register };

	*unsteady = (struct unsteady){ machine->window[window].ops, machine->window[window].device, .noise = 1 };
	machine->window[window].ops = &ops;
	machine->window[window].device = unsteady;
}
