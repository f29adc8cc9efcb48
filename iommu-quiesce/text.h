/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A line of text for the console, built without a libc. Longer text is cut off.
 */
#ifndef IQ_TEXT_H
#define IQ_TEXT_H

#include <stdint.h>

struct iq_text {
	char line[120];
	unsigned int used;
};

void iq_text_start(struct iq_text *text);
void iq_text_string(struct iq_text *text, const char *string);
/* Decimal. */
void iq_text_number(struct iq_text *text, uint64_t number);
/* Hexadecimal with at least @digits digits, without 0x. */
void iq_text_hex(struct iq_text *text, uint64_t number, unsigned int digits);

#endif
