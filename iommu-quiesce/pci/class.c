/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Base classes and subclasses as in the PCI Code and ID Assignment Specification 1.15, 1.7 and 1.9.
 */
#include "class.h"

#include "pci-registers.h"

#define BASE_BRIDGE	     0x06u
#define BRIDGE_OTHER	     0x0680u /* with the header of an endpoint: a non-transparent bridge */
#define BASE_STORAGE	     0x01u
#define BASE_NETWORK	     0x02u
#define BASE_DISPLAY	     0x03u
#define COMMUNICATION_OTHER  0x0780u /* host interfaces of management engines (HECI) */
#define INTERRUPT_CONTROLLER 0x0800u
#define IOMMU		     0x0806u
#define EVENT_COLLECTOR	     0x0807u
#define SYSTEM_OTHER	     0x0880u /* functions of management controllers (iLO) */
#define USB		     0x0c03u
#define IPMI		     0x0c07u

#define ASPEED 0x1a03u /* makes management controllers alone */

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

bool iq_class_is_firmware(uint32_t class_word, uint32_t ids)
{
	const uint64_t class = iq_field(class_word, CLASS_CODE);

	return class >> 8 == BASE_DISPLAY || class == COMMUNICATION_OTHER || class == SYSTEM_OTHER || class == USB ||
	       class == IPMI || iq_field(ids, IDS_VENDOR) == ASPEED;
}

bool iq_class_is_needed(uint32_t class_word)
{
	const uint64_t base = iq_field(class_word, CLASS_CODE) >> 8;

	return base == BASE_STORAGE || base == BASE_NETWORK;
}
