/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The paging form of VT-d's second stage, for the reader of context and PASID table entries and for tests.
 */
#ifndef IQ_VTD_SECOND_STAGE_H
#define IQ_VTD_SECOND_STAGE_H

#include "form.h"

struct iq_form_words;

/* 3 to 5 levels. VT-d 4.1, 9.8. */
extern const struct iq_radix_form iq_form_vtd_second;
/* Its entries in words: second-stage-words.c. */
extern const struct iq_form_words iq_vtd_second_form_words;

#endif
