/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI configuration mechanism #1 (PCI Local Bus Specification 3.0, 3.2.2.3.2). Memory-mapped configuration space would need
 * one more mapping; the headers of bridges are in reach of the ports.
 */
#include "config.h"

#include "cpu.h"

#define CONFIG_ADDRESS	0xcf8
#define   CONFIG_ENABLE	UINT32_C(0x80000000)
#define CONFIG_DATA	0xcfc
#define CONFIG_SIZE	256u

uint32_t config_read(struct iq_config *config, uint16_t segment, uint16_t requester, uint16_t offset)
{
	uint32_t before, value;

	(void)config;
	if (segment || offset >= CONFIG_SIZE || offset % 4)
		return UINT32_MAX;
	before = cpu_in32(CONFIG_ADDRESS);
	cpu_out32(CONFIG_ADDRESS, CONFIG_ENABLE | (uint32_t)requester << 8 | offset);
	value = cpu_in32(CONFIG_DATA);
	cpu_out32(CONFIG_ADDRESS, before);
	return value;
}
