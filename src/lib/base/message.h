/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a program says to its user: one line a message on stderr, the program's name in front.
 * Errors travel up as a kq_reason and are printed once, at the edge.
 */
#ifndef KQ_MESSAGE_H
#define KQ_MESSAGE_H

#include <stdbool.h>

enum kq_loudness {
	KQ_QUIET,   /* errors and warnings only */
	KQ_NORMAL,
	KQ_VERBOSE, /* every step */
};

/* Name in front of every line, and how much to say. To be called before any file is opened. */
void kq_message_setup(const char *program, enum kq_loudness loudness);

/* Errors and warnings: always printed. */
void kq_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* From now on keep what kq_warn() is called with: the first messages, and always the last one. */
void kq_message_keep(void);
/* The kept message @index without the program's name; NULL: there are no more. *@more: how many were not kept. Valid until the next. */
const char *kq_message_kept(unsigned int index, unsigned int *more);
/* The message of the last kq_warn(), NULL: none. */
const char *kq_message_last(void);
/* What was done, unless quiet. */
void kq_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Steps on the way, when verbose. */
void kq_detail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Whether all of standard output is written; else false, and said so. For what is printed to stdio: help, the version. */
bool kq_printed(void);

/* Why something was not done: the fact and the value that stood in the way, without a full stop. */
struct kq_reason {
	char text[256];
};

/* Fill in @reason. Always false, so that a function can `return kq_fail(...)`. */
bool kq_fail(struct kq_reason *reason, const char *format, ...) __attribute__((format(printf, 2, 3)));
#ifdef __clang_analyzer__ /* it does not look into other files */
#define kq_fail(...) (kq_fail(__VA_ARGS__), false)
#endif

#endif
