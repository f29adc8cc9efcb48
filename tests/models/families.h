/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The families by name. Only tests may name one.
 */
#ifndef MODELS_FAMILIES_H
#define MODELS_FAMILIES_H

#include "reader.h"

extern const struct iq_family iq_amdvi, iq_vtd;
extern const struct iq_reader iq_amdvi_reader, iq_vtd_reader;

#endif
