/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the walker found wrong with a table, in words: level, index, table, raw value, IOVA.
 */
#ifndef WALK_ERROR_H
#define WALK_ERROR_H

#include "device.h"

/* Say @error, found in the tables of the requester called @name, on stderr. */
void walk_error_say(struct inspect *inspect, const char *name, const struct iq_radix_error *error);
/* The same as an object of an array in the JSON answer. */
void walk_error_json(struct inspect *inspect, const struct iq_radix_error *error);

#endif
