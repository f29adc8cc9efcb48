/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The paging form of AMD's host translation ("v1"), for the reader of device table entries and for tests.
 */
#ifndef IQ_AMD_V1_H
#define IQ_AMD_V1_H

#include "form.h"

struct iq_form_words;

/* Levels can be skipped; a page has any power-of-two size. AMD 48882, 2.2.3. */
extern const struct iq_radix_form iq_form_amd_v1;
/* Its entries in words: amd-v1-words.c. */
extern const struct iq_form_words iq_amd_v1_form_words;

#endif
