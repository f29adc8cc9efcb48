/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The formats of dumps that iommu-inspect reads: what every program reads, and those that it adds.
 */
#ifndef FORMATS_H
#define FORMATS_H

#include "dump/source.h"

extern const struct source_format source_kdump;
/* For source_open(). */
extern const struct source_format *const inspect_formats[];

#endif
