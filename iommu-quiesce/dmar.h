/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DMAR: which VT-d units there are, and which devices firmware needs to reach memory (VT-d, 8).
 */
#ifndef IQ_DMAR_H
#define IQ_DMAR_H

#include "io.h"

struct iq_plan;

#define IQ_DMAR_SIGNATURE "DMAR"

/*
 * Add the units (DRHD) and the reserved-memory rules (RMRR) of the @length bytes of DMAR at @table to @plan. @config finds
 * the buses behind bridges; NULL: scopes that need it are left out and counted. IQ_OK; IQ_NOT_FOUND if it names no unit;
 * IQ_MALFORMED with *@offset.
 */
enum iq_status iq_dmar_plan(const uint8_t *table, uint32_t length, struct iq_config *config, struct iq_plan *plan,
			    uint32_t *offset);

#endif
