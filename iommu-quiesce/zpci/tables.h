/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The paging form of the tables of IBM Z's PCI functions, for their reader and for tests.
 */
#ifndef IQ_ZPCI_TABLES_H
#define IQ_ZPCI_TABLES_H

#include "form.h"

struct iq_form_words;

/* 2 to 5 levels, pages of 4 KiB. Linux, arch/s390/include/asm/pci_dma.h. */
extern const struct iq_radix_form iq_form_zpci;
/* Its entries in words: words.c. */
extern const struct iq_form_words iq_zpci_form_words;

#endif
