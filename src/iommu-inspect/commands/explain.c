/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iommu-inspect explain: messages of a log about DMA that went wrong, or raw words of events, in plain words. Needs no dump; what the
 * tables of one say of the addresses is added.
 */
#include "explain/answer.h"
#include "explain/input.h"
#include "explain/raw.h"

#include "base/cleanup.h"
#include "base/budget.h"
#include "dump/file.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static bool read_log(struct inspect *inspect, const char *file, struct explain_collect *collect, uint64_t *cut)
{
	const bool is_input = !strcmp(file, "-");
	_cleanup_close_ int opened = is_input ? -1 : file_take(file);
	const int fd = is_input ? STDIN_FILENO : opened;
	struct kq_reason reason;

	if (fd >= 0 && explain_read(fd, collect, cut, &reason))
		return true;
	if (fd < 0)
		kq_fail(&reason, "%s", strerror(errno));
	inspect_trouble(inspect, "%s: %s", is_input ? "standard input" : file, reason.text);
	return fd >= 0;
}

/* What is said on standard error, beside the answer. */
static void warn(struct inspect *inspect, const struct explain_answer *answer)
{
	struct kq_reason reason;

	if (answer->cut)
		inspect_trouble(inspect, "%" PRIu64 " line%s longer than %u bytes: the rest of %s was not looked at", answer->cut,
				answer->cut == 1 ? " is" : "s are", EXPLAIN_LINE, answer->cut == 1 ? "it" : "them");
	if (answer->collect->faults.left_out) {
		kq_budget_exceeded(KQ_BUDGET_FAULTS, &reason);
		inspect_trouble(inspect, "%s", reason.text);
	}
	if (answer->collect->faults.failed)
		inspect_trouble(inspect, "out of memory: not all faults are here");
	/* Nothing is explained. */
	if (!answer->faults && (answer->collect->unknowns || !answer->collect->ordinary) && !inspect->status)
		inspect->status = EXIT_TROUBLE;
}

void cmd_explain(struct inspect *inspect, char **arguments)
{
	static struct explain_collect collect; /* large */
	struct explain_answer answer = { .collect = &collect, .tables = inspect->open };
	struct kq_reason reason;

	if (arguments[0] && arguments[1]) {
		if (!explain_raw(arguments[0], arguments + 1, &collect, &reason)) {
			kq_warn("%s", reason.text);
			inspect->status = EXIT_USAGE;
			return;
		}
	} else {
		answer.file = arguments[0] ? arguments[0] : "-";
		if (!read_log(inspect, answer.file, &collect, &answer.cut))
			return;
	}
	if (!explain_sort(&answer))
		inspect_trouble(inspect, "out of memory");
	else if (inspect->use_json)
		explain_json(inspect, &answer);
	else
		explain_text(inspect, &answer);
	warn(inspect, &answer);
	free(answer.fault);
	explain_collect_free(&collect);
}
