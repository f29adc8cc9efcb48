/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of `diff'.
 */
#include "diff-view.h"

void diff_mark(struct diff *diff, enum compare_which which)
{
	struct inspect *inspect = diff->inspect;

	if (inspect->color)
		kq_output_text(&inspect->out, which == COMPARE_OLD ? "\033[31m" : "\033[32m");
	kq_output_char(&inspect->out, which == COMPARE_OLD ? '-' : '+');
}

void diff_line_end(struct diff *diff)
{
	if (diff->inspect->color)
		kq_output_text(&diff->inspect->out, "\033[0m");
	kq_output_char(&diff->inspect->out, '\n');
}
