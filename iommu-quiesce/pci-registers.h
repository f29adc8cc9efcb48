/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Configuration space in the words of the PCI Express Base Specification 6.0, chapter 7. For pci.c and those of the core
 * who stop devices; offsets are those of the 32-bit words that are read and written.
 */
#ifndef IQ_PCI_REGISTERS_H
#define IQ_PCI_REGISTERS_H

#include "bits.h"

/* clang-format off */

/* Common header. 7.5.1.1 */
#define PCI_IDS			0x00	/* vendor, device */
#define   IDS_VENDOR		IQ_MASK(15, 0)
#define   VENDOR_RETRY		0x0001u /* of nobody: Request Retry Status. 2.3.2 */
#define PCI_COMMAND		0x04	/* status in the upper half, whose bits are cleared by ones */
#define   COMMAND_MEMORY		IQ_BIT(1)
#define   COMMAND_BUS_MASTER	IQ_BIT(2)
#define   COMMAND_SERR		IQ_BIT(8)
#define   COMMAND_INTX_DISABLE	IQ_BIT(10)
#define   STATUS_CAPABILITIES	IQ_BIT(20)
#define PCI_CLASS		0x08
#define   CLASS_CODE		IQ_MASK(31, 16)	/* base class and subclass */
#define PCI_HEADER		0x0c
#define   HEADER_LAYOUT		IQ_MASK(22, 16)	/* 0: endpoint */
#define     LAYOUT_BRIDGE	1u
#define     LAYOUT_CARDBUS	2u	/* bridge */
#define   HEADER_MULTIFUNCTION	IQ_BIT(23)
#define PCI_CAPABILITIES	0x34

/* Type 1 header. 7.5.1.3 */
#define PCI_BUSES		0x18	/* the same in the header of a CardBus bridge */
#define   BUS_SECONDARY		IQ_MASK(15, 8)
#define   BUS_SUBORDINATE	IQ_MASK(23, 16)
#define PCI_SECONDARY_STATUS	0x1c	/* in the upper half */
#define PCI_BRIDGE_CONTROL	0x3c	/* in the upper half, below it the interrupt line */
#define   BRIDGE_SERR		IQ_BIT(17)

/* Capabilities. 7.5.2, 7.5.3, 7.7.1, 7.7.2 */
#define CAPABILITY_ID		IQ_MASK(7, 0)
#define CAPABILITY_POWER	0x01u
#define   POWER_CONTROL		0x04
#define     POWER_STATE		IQ_MASK(1, 0)	/* 0: D0 */
#define CAPABILITY_MSI		0x05u
#define   MSI_ENABLE		IQ_BIT(16)
#define CAPABILITY_EXPRESS	0x10u
#define   EXPRESS_TYPE		IQ_MASK(23, 20)
#define     TYPE_ROOT_PORT	4u
#define     TYPE_UPSTREAM	5u	/* of a switch */
#define     TYPE_DOWNSTREAM	6u
#define     TYPE_COLLECTOR	10u	/* root complex event collector */
#define     TYPE_NONE		16u	/* no number of the field's: there is no capability */
#define   EXPRESS_DEVICE	0x08	/* Device Control; Device Status in the upper half, cleared by ones */
#define     DEVICE_REPORTING	IQ_MASK(3, 0)	/* of correctable, non-fatal, fatal errors and unsupported requests */
#define     TRANSACTIONS_PENDING IQ_BIT(21)
#define   EXPRESS_ROOT		0x1c	/* Root Control; Root Capabilities in the upper half */
#define     ROOT_SERR		IQ_MASK(2, 0)	/* system error on correctable, non-fatal, fatal */
#define CAPABILITY_MSIX		0x11u
#define   MSIX_ENABLE		IQ_BIT(31)

/* Extended capabilities. 7.8.4, 7.9.10, 9.3.3, 7.9.14 */
#define EXTENDED_AER		0x0001u
#define   AER_STATUS		0x04	/* of uncorrectable errors */
#define   AER_MASK		0x08
#define     COMPLETION_TIMEOUT	IQ_BIT(14)
#define     COMPLETER_ABORT	IQ_BIT(15)
#define     UNSUPPORTED_REQUEST	IQ_BIT(20)
#define   AER_ROOT_COMMAND	0x2c
#define     ROOT_REPORTING	IQ_MASK(2, 0)
#define   AER_ROOT_STATUS	0x30
#define EXTENDED_ASSOCIATION	0x0007u	/* whose errors an event collector reports: those on its own bus, and others */
#define   ASSOCIATION_VERSION	IQ_MASK(19, 16)	/* of the capability's header; from 2 on there are other buses */
#define   ASSOCIATION_BUSES	0x08
#define     ASSOCIATION_FIRST	IQ_MASK(15, 8)	/* above the last: there are none */
#define     ASSOCIATION_LAST	IQ_MASK(23, 16)
#define EXTENDED_SRIOV		0x0010u
#define   SRIOV_CONTROL		0x08
#define     VF_ENABLE		IQ_BIT(0)
#define   SRIOV_COUNT		0x10	/* NumVFs in the lower half */
#define   SRIOV_OFFSET		0x14	/* First VF Offset; VF Stride in the upper half */
#define EXTENDED_DPC		0x001du
#define   DPC_CONTROL		0x04	/* in the upper half, below it the capability register */
#define     DPC_TRIGGER		IQ_MASK(17, 16)

/* clang-format on */

#endif
