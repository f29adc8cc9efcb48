/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Buffered text for output that may be millions of lines long: no format string is parsed for an address.
 */
#ifndef KQ_OUTPUT_H
#define KQ_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define KQ_OUTPUT_BUFFER 65536u

struct kq_output {
	FILE *file;
	size_t used;
	bool failed; /* a write went wrong; what follows is dropped */
	char buffer[KQ_OUTPUT_BUFFER];
};

void kq_output_start(struct kq_output *output, FILE *file);
void kq_output_char(struct kq_output *output, char c);
/* As they are: what this program says itself, colors among it. */
void kq_output_bytes(struct kq_output *output, const char *bytes, size_t length);
void kq_output_text(struct kq_output *output, const char *text);
/* Decimal. */
void kq_output_number(struct kq_output *output, uint64_t number);
/* 0x and @digits digits, 1..16: the low 4 * @digits bits. */
void kq_output_hex(struct kq_output *output, uint64_t number, unsigned int digits);
/*
 * What printf() makes of it, up to 1023 bytes, as shown.h shows it: arguments may be strings that somebody else made. Line feeds of
 * @format's own stand at its start and its end only.
 */
void kq_output_format(struct kq_output *output, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* What a noun ends in behind @count: "s", or nothing behind 1. */
const char *kq_plural(uint64_t count);
/* Write out what is buffered. False if this or an earlier write failed. */
bool kq_output_flush(struct kq_output *output);

#endif
