/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a PCI function is for, by its class and header. Used by those who stop devices: stage stop, and iommu-reconcile in the
 * capture kernel.
 */
#ifndef IQ_PCI_CLASS_H
#define IQ_PCI_CLASS_H

#include <stdbool.h>
#include <stdint.h>

/* @class_word, @header_word: the words at PCI_CLASS and PCI_HEADER of the function's configuration space. */

/*
 * Is it a bridge? By its header; or by its class, for host bridges and those to ISA have the header of an endpoint. A
 * non-transparent bridge is none: it is the endpoint through which another machine reads and writes this one's memory.
 */
bool iq_class_is_bridge(uint32_t class_word, uint32_t header_word);
/* Does it belong to the platform: a bridge, an interrupt controller, an IOMMU, an event collector? None of them is stopped. */
bool iq_class_is_platform(uint32_t class_word, uint32_t header_word);

/*
 * Is it a device that firmware is known to use while an operating system runs: the boot display, USB, a management controller and the
 * ways to it? @ids: the word at PCI_IDS.
 */
bool iq_class_is_firmware(uint32_t class_word, uint32_t ids);
/* Is it for storage or a network? What it writes is what a dump consists of, or comes over. */
bool iq_class_is_needed(uint32_t class_word);

#endif
