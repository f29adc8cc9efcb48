/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one run of a program may read, keep and walk. All that is counted comes out of one account, however many files, segments or
 * devices it is spread over, so that no input makes a run endless or lets it take all memory. For every reader of what others made.
 */
#ifndef KQ_BUDGET_H
#define KQ_BUDGET_H

#include "message.h"

#include <stdint.h>

enum kq_budget_item {
#define BUDGET(item, name, limit, what) KQ_BUDGET_##item,
#include "budget.def"
#undef BUDGET
	KQ_BUDGET_ITEMS
};

/*
 * Take @count of @item out of the budget. False with @reason, which names the limit, its value and the option that raises it, if
 * not so many are left.
 */
bool kq_budget_take(enum kq_budget_item item, uint64_t count, struct kq_reason *reason);
/* How many of @item are left. */
uint64_t kq_budget_left(enum kq_budget_item item);
/* How many of @item there may be at all, for what is counted anew in each pass. */
uint64_t kq_budget_limit(enum kq_budget_item item);
/* What is said when more than that are met. Fills in @reason; always false. */
bool kq_budget_exceeded(enum kq_budget_item item, struct kq_reason *reason);
#ifdef __clang_analyzer__ /* it does not look into other files */
#define kq_budget_exceeded(...) (kq_budget_exceeded(__VA_ARGS__), false)
#endif

/* Let the run read for @seconds from now on. Without this call there is no limit of time. */
void kq_budget_time(unsigned int seconds);
/* Whether that time is over, by the clock of this moment. False if there is no limit of time. */
bool kq_budget_late(void);
/* The opposite. False with @reason, which names the option that gives more time. */
bool kq_budget_in_time(struct kq_reason *reason);

/* Another limit of @item for this program. To be called before kq_budget_option(). */
void kq_budget_set(enum kq_budget_item item, uint64_t limit);
/* The value of --limit: NAME=NUMBER, where K, M, G or T may follow the number. False, and said so, if it is wrong. */
bool kq_budget_option(const char *text);
/* Print the lines of --help that name all limits, behind @width columns for the option. */
void kq_budget_help(int width);
/* Forget what was taken: the next run begins. For tests, which have several in one process. */
void kq_budget_start(void);

#endif
