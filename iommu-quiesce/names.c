/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The numbers of the record in words: the same word in messages, JSON and man pages.
 */
#include "record.h"

const char *iq_status_name(unsigned int status)
{
	switch ((enum iq_status)status) {
	case IQ_OK:
		return "ok";
	case IQ_NOTHING:
		return "nothing";
	case IQ_OFF:
		return "off";
	case IQ_ABSENT:
		return "absent";
	case IQ_UNREACHABLE:
		return "unreachable";
	case IQ_TIMEOUT:
		return "timeout";
	case IQ_FAULT:
		return "fault";
	case IQ_QUEUE:
		return "queue-error";
	case IQ_NO_ROOM:
		return "no-room";
	case IQ_MALFORMED:
		return "malformed";
	case IQ_UNSUPPORTED:
		return "unsupported";
	case IQ_DAMAGED:
		return "damaged";
	case IQ_NOT_FOUND:
		return "not-found";
	case IQ_STILL_OPEN:
		return "still-open";
	case IQ_INTERRUPTED:
		return "interrupted";
	case IQ_SKIPPED:
		return "skipped";
	case IQ_PRESERVED:
		return "preserved";
	}
	return "unknown";
}

const char *iq_stage_name(unsigned int stage)
{
	switch ((enum iq_stage)stage) {
	case IQ_STAGE_GUARD:
		return "guard";
	case IQ_STAGE_PLAN:
		return "plan";
	case IQ_STAGE_SNAPSHOT:
		return "snapshot";
	case IQ_STAGE_STOP:
		return "stop";
	case IQ_STAGE_CONTAIN:
		return "contain";
	case IQ_STAGE_BLOCK:
		return "block";
	case IQ_STAGE_FLUSH:
		return "flush";
	case IQ_STAGE_VERIFY:
		return "verify";
	case IQ_STAGE_TABLES:
		return "tables";
	case IQ_STAGE_SEAL:
		return "seal";
	}
	return "unknown";
}

const char *iq_mode_name(unsigned int mode)
{
	switch ((enum iq_mode)mode) {
	case IQ_MODE_BLOCK:
		return "block";
	case IQ_MODE_BLOCK_WRITES:
		return "block-writes";
	case IQ_MODE_SINK:
		return "sink";
	case IQ_MODE_PRESERVE:
		return "preserve";
	}
	return "unknown";
}

const char *iq_reason_name(unsigned int reason)
{
	switch ((enum iq_reason)reason) {
	case IQ_REASON_POLICY:
		return "policy";
	case IQ_REASON_RESERVED:
		return "reserved-memory";
	case IQ_REASON_IDENTITY:
		return "identity";
	case IQ_REASON_NOT_STOPPED:
		return "not-stopped";
	}
	return "unknown";
}
