/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libpci ends the program when something is wrong, unless its error handler does not return. For everybody who uses it.
 */
#ifndef KQ_PCI_GUARD_H
#define KQ_PCI_GUARD_H

#include <stdbool.h>

#include "base/message.h"

struct pci_access;

/*
 * Call @step, which may use @access in any way; warnings of libpci are dropped. False with libpci's words in @reason if it met an
 * error: then @step ended where that was, and @access can be used for nothing more, not even for pci_cleanup(). Once at a time.
 */
bool kq_pci_guard(struct pci_access *access, void (*step)(struct pci_access *access, void *context), void *context,
		  struct kq_reason *reason);

#endif
