/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Troubles, noted for the report; and the names of states.
 */
#include "reconcile.h"

#include "base/progress.h"
#include "host/requester.h"

#include <stdarg.h>
#include <stdio.h>

void reconcile_trouble(struct reconcile *reconcile, int status, const char *format, ...)
{
	struct kq_reason reason;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason.text, sizeof(reason.text), format, arguments);
	va_end(arguments);
	kq_progress_end();
	kq_warn("%s", reason.text);
	if (reconcile->troubles < TROUBLES_MAX)
		reconcile->trouble[reconcile->troubles++] = reason;
	else
		kq_fail(&reconcile->trouble[TROUBLES_MAX - 1], "more than %u troubles: standard error has had them all", TROUBLES_MAX - 1);
	reconcile_raise(reconcile, status);
}

void reconcile_raise(struct reconcile *reconcile, int status)
{
	if (reconcile->status < status)
		reconcile->status = status;
}

const char *state_name(enum state state)
{
	static const char *const name[STATES] = {
		[STATE_DEAD] = "dead",
		[STATE_ALIVE] = "alive",
		[STATE_PASS_THROUGH] = "pass-through",
		[STATE_PRESERVED] = "preserved",
		[STATE_STOPPED] = "stopped",
		[STATE_UNKNOWN] = "unknown",
		[STATE_RE_ATTACHED] = "re-attached",
		[STATE_BLOCKED] = "blocked",
		[STATE_CLOSED] = "closed",
		[STATE_ALIAS] = "alias",
		[STATE_GONE] = "gone",
		[STATE_NEW] = "new",
	};

	return name[state];
}

const char *old_state_name(enum old_state state)
{
	switch (state) {
	case OLD_READ:
		return "read";
	case OLD_NO_RECORD:
		return "none";
	case OLD_BAD_RECORD:
		return "unusable";
	case OLD_BAD_DUMP:
		return "unreadable-dump";
	}
	return "unknown";
}

const char *units_from_name(enum units_from from)
{
	switch (from) {
	case UNITS_NONE:
		break;
	case UNITS_RECORD:
		return "record";
	case UNITS_SYMBOLS:
		return "symbols";
	}
	return NULL;
}

const char *verdict_name(const struct reconcile *reconcile, const struct verdict *verdict)
{
	if (verdict->is_function)
		return requester_text(verdict->segment, verdict->requester);
	return evidence_name(&reconcile->crashed.evidence, &reconcile->crashed.evidence.unit[verdict->unit].unit, verdict->id);
}
