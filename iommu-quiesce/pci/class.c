/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Base classes and subclasses as in the PCI Code and ID Assignment Specification 1.15, 1.7 and 1.9.
 */
#include "class.h"

#include "registers.h"

#define BASE_BRIDGE	     0x06u
#define BRIDGE_OTHER	     0x0680u /* with the header of an endpoint: a non-transparent bridge */
#define INTERRUPT_CONTROLLER 0x0800u
#define IOMMU		     0x0806u
#define EVENT_COLLECTOR	     0x0807u

bool iq_class_is_bridge(uint32_t class_word, uint32_t header_word)
{
	const uint64_t class = iq_field(class_word, CLASS_CODE);

	return iq_field(header_word, HEADER_LAYOUT) || (class >> 8 == BASE_BRIDGE && class != BRIDGE_OTHER);
}

bool iq_class_is_platform(uint32_t class_word, uint32_t header_word)
{
	const uint64_t class = iq_field(class_word, CLASS_CODE);

	return iq_class_is_bridge(class_word, header_word) || class == INTERRUPT_CONTROLLER || class == IOMMU ||
	       class == EVENT_COLLECTOR;
}
