/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A translated and a pass-through device, both doing DMA when the host crashes.
 */
#include "flush-scene.h"

#include "unit/core/cmocka-all.h"

struct scene scene(void **state)
{
	struct scene s = { .host = *state };

	s.host->handover.wait_us = WAIT_US;
	s.host->handover.total_us = TOTAL_US;
	s.unit = host_unit(s.host, 0, s.host->mode);
	s.device = host_translated(s.host, s.unit, 0x0108, 5);
	s.identity = host_passthrough(s.host, s.unit, 0x0200);
	return s;
}

void crash(struct scene *s)
{
	host_live(s->device, HOST_IOVA, MODEL_NO_PASID);
	host_live(s->identity, HOST_TARGET, MODEL_NO_PASID);
	host_crash(s->host);
	assert_int_equal(s->host->record_status, IQ_OK);
	if (s->unit->forbidden)
		print_error("forbidden: %s\n", s->unit->forbidden_what);
	assert_int_equal(s->unit->forbidden, 0);
	assert_false(s->host->machine.breach);
}

void assert_cut_off(struct scene *s)
{
	assert_silently_refused(s->unit, s->device, HOST_IOVA, MODEL_NO_PASID);
	assert_silently_refused(s->unit, s->identity, HOST_TARGET, MODEL_NO_PASID);
	assert_capture_takes_over(s->host, s->unit);
	assert_capture_drives_devices(s->host, s->unit);
	/* The capture kernel's devices may have filled the caches meanwhile. */
	assert_silently_refused(s->unit, s->device, HOST_IOVA, MODEL_NO_PASID);
	assert_silently_refused(s->unit, s->identity, HOST_TARGET, MODEL_NO_PASID);
}

bool any_lands(struct scene *s)
{
	return model_dma(s->device, HOST_IOVA, true, MODEL_NO_PASID).ok ||
	       model_dma(s->identity, HOST_TARGET, true, MODEL_NO_PASID).ok;
}

struct iq_record_stage flush_stage(struct scene *s)
{
	struct iq_record_stage flush;

	assert_true(host_stage(s->host, 0, IQ_STAGE_FLUSH, &flush));
	return flush;
}
