/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IVRS: which AMD IOMMUs there are, and which devices firmware needs to reach memory (AMD 48882, 5.2).
 */
#ifndef IQ_IVRS_H
#define IQ_IVRS_H

#include "io.h"

struct iq_plan;

#define IQ_IVRS_SIGNATURE "IVRS"

/*
 * Add the units and the reserved-memory rules of the @length bytes of IVRS at @table to @plan. What cannot be used is
 * left out and counted. @config is not needed: IVRS names requester ids. IQ_OK; IQ_NOT_FOUND if it names no unit; IQ_MALFORMED with *@offset.
 */
enum iq_status iq_ivrs_plan(const uint8_t *table, uint32_t length, struct iq_config *config, struct iq_plan *plan,
			    uint32_t *offset);

#endif
