/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words of shell files, as the shell leaves them when quotes are taken off and variables are put in.
 */
#ifndef KQ_SHELL_WORD_H
#define KQ_SHELL_WORD_H

#include "shell-read.h"

void word_start(struct word *word);
void word_free(struct word *word);
/* Read the word at @reader->at: up to a blank, the line's end or an operator. */
void word_read(struct reader *reader, struct word *word);
/* Pass over the text of a bracket that was opened before @reader->at, nested ones and quotes included. False: it is not closed. */
bool word_skip(struct reader *reader, char open, char close);
/* The end of the name at @text, @text itself if there is none. */
const char *name_end(const char *text);

#endif
