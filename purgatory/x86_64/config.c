/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI configuration mechanism #1 (PCI Local Bus Specification 3.0, 3.2.2.3.2). What it does not
 * reach the core maps for itself.
 */
#include "config.h"

#include "cpu.h"

#define CONFIG_ADDRESS	0xcf8
#define   CONFIG_ENABLE	UINT32_C(0x80000000)
#define CONFIG_DATA	0xcfc
#define CONFIG_SIZE	256u

static bool is_reached(uint16_t segment, uint16_t offset)
{
	return !segment && offset < CONFIG_SIZE && offset % 4 == 0;
}

/* Point the data port at a word of a function. Returns what the address port held, for whoever was interrupted there. */
static uint32_t select_word(uint16_t requester, uint16_t offset)
{
	const uint32_t before = cpu_in32(CONFIG_ADDRESS);

	cpu_out32(CONFIG_ADDRESS, CONFIG_ENABLE | (uint32_t)requester << 8 | offset);
	return before;
}

uint32_t config_read(struct iq_config *config, uint16_t segment, uint16_t requester, uint16_t offset)
{
	uint32_t before, value;

	(void)config;
	if (!is_reached(segment, offset))
		return UINT32_MAX;
	before = select_word(requester, offset);
	value = cpu_in32(CONFIG_DATA);
	cpu_out32(CONFIG_ADDRESS, before);
	return value;
}

void config_write(struct iq_config *config, uint16_t segment, uint16_t requester, uint16_t offset, uint32_t value)
{
	uint32_t before;

	(void)config;
	if (!is_reached(segment, offset))
		return;
	before = select_word(requester, offset);
	cpu_out32(CONFIG_DATA, value);
	cpu_out32(CONFIG_ADDRESS, before);
}
