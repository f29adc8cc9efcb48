/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of a unit that is given by hand: KEY=VALUE or KEY, with commas between them. Every family takes those that it
 * knows; a word that nobody took is a mistake.
 */
#ifndef UNIT_WORDS_H
#define UNIT_WORDS_H

#include "base/message.h"

#include <stdint.h>

#define UNIT_WORDS_MAX 16u

struct unit_words {
	unsigned int count;
	struct {
		const char *key, *value; /* value NULL: there was no = */
		bool taken;
	} word[UNIT_WORDS_MAX];
};

/* Take @text apart, which is changed and has to stay. False with @reason. */
bool unit_words_parse(char *text, struct unit_words *words, struct kq_reason *reason);
/*
 * Take @key=NUMBER, hexadecimal as all addresses are, into *@value; it stays as it is where there is no such word. False with
 * @reason if it is no number or above @max.
 */
bool unit_words_number(struct unit_words *words, const char *key, uint64_t max, uint64_t *value,
		       struct kq_reason *reason);
/* Take the word @key, that has no value. Whether it was there. */
bool unit_words_flag(struct unit_words *words, const char *key);
/* The key of the first word that nobody took, NULL if there is none. */
const char *unit_words_left(const struct unit_words *words);

#endif
