/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fields of an entry by name: flags as Name+ and Name-, the rest as Name=value.
 */
#ifndef FIELDS_H
#define FIELDS_H

#include "inspect.h"
#include "reader.h"

/* Print the @count fields of the words at @raw, of which there are @size bytes, each with a space in front. */
void fields_text(struct kq_output *out, const struct iq_named_field *field, unsigned int count, const uint8_t *raw,
		 uint32_t size);
/* The same as an object called "fields": booleans and "0x..." */
void fields_json(struct kq_json *json, const struct iq_named_field *field, unsigned int count, const uint8_t *raw,
		 uint32_t size);

#endif
