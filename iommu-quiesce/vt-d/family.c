/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The VT-d family. At the crash: judge the registers, save the fault records. Entries are closed in block.c, what they lead to
 * in close.c, and the flush is in flush.c.
 */
#include "vtd.h"

#include "firmware/dmar.h"

static const struct iq_register registers[VTD_REGISTERS] = {
	[VTD_VER] = { "VER", VER_REG, 32, false, false },	  [VTD_CAP] = { "CAP", CAP_REG, 64, false, true },
	[VTD_ECAP] = { "ECAP", ECAP_REG, 64, false, true },	  [VTD_GSTS] = { "GSTS", GSTS_REG, 32, true, false },
	[VTD_RTADDR] = { "RTADDR", RTADDR_REG, 64, true, true },  [VTD_FSTS] = { "FSTS", FSTS_REG, 32, true, false },
	[VTD_FECTL] = { "FECTL", FECTL_REG, 32, false, false },	  [VTD_PMEN] = { "PMEN", PMEN_REG, 32, false, false },
	[VTD_IQH] = { "IQH", IQH_REG, 64, true, false },	  [VTD_IQT] = { "IQT", IQT_REG, 64, true, false },
	[VTD_IQA] = { "IQA", IQA_REG, 64, true, true },		  [VTD_ICS] = { "ICS", ICS_REG, 32, false, false },
	[VTD_IQERCD] = { "IQERCD", IQERCD_REG, 64, true, false }, [VTD_IRTA] = { "IRTA", IRTA_REG, 64, true, false },
};

static enum iq_status examine(const struct iq_unit *unit, uint64_t *window)
{
	const uint64_t *value = unit->value;
	const uint64_t iotlb = iq_field(value[VTD_ECAP], ECAP_IRO) * 16 + 16;
	const uint64_t faults = (iq_field(value[VTD_CAP], CAP_FRO) + iq_field(value[VTD_CAP], CAP_NFR) + 1) * 16;

	if (value[VTD_VER] == UINT32_MAX || value[VTD_CAP] == UINT64_MAX || !value[VTD_VER] || !value[VTD_CAP])
		return IQ_ABSENT;
	if (!(value[VTD_GSTS] & GSTS_TES))
		return IQ_OFF;
	*window = iq_round_up(iotlb > faults ? iotlb : faults, IQ_PAGE_SIZE);
	switch (iq_field(value[VTD_RTADDR], RTADDR_TTM)) {
	case TTM_ABORT:
		return IQ_NOTHING;
	case TTM_LEGACY:
	case TTM_SCALABLE:
		return value[VTD_RTADDR] & ADDRESS ? IQ_OK : IQ_MALFORMED;
	}
	return IQ_MALFORMED;
}

/* Copy the fault records that are set, then clear them, so that a second call finds what came in between. */
static enum iq_status events(struct iq_run *run, struct iq_unit *unit, struct iq_record_stage *stage)
{
	const uint64_t base = unit->base + iq_field(unit->value[VTD_CAP], CAP_FRO) * 16;
	const uint32_t count = (uint32_t)iq_field(unit->value[VTD_CAP], CAP_NFR) + 1;
	const struct iq_record_events head = { .entry_size = FRCD_SIZE };
	struct iq_io *io = run->io;

	for (uint32_t i = 0; i < count; i++) {
		const uint64_t at = base + i * FRCD_SIZE;
		uint64_t word[2];

		/* The unit sets F last: the address is read behind it, or it may be that of no fault. 11.4.7.3 */
		word[1] = io->read64(io, at + 8);
		if (!(word[1] & FRCD_F))
			continue;
		word[0] = io->read64(io, at);
		if (!stage->refused++ &&
		    !(iq_record_section(&run->record,
					stage->stage == IQ_STAGE_SNAPSHOT ? IQ_SECTION_EVENTS : IQ_SECTION_REFUSED,
					unit->index) &&
		      iq_record_add(&run->record, &head, sizeof(head))))
			return IQ_NO_ROOM;
		if (!iq_record_add(&run->record, word, sizeof(word)))
			return IQ_NO_ROOM;
		io->write32(io, at + 12, (uint32_t)(FRCD_F >> 32));
	}
	/* While an overflow stands nothing new is recorded. */
	if (io->read32(io, unit->base + FSTS_REG) & FSTS_PFO)
		io->write32(io, unit->base + FSTS_REG, FSTS_PFO);
	return IQ_OK;
}

/* The invalidation queue is read up to its tail. */
static bool idle(uint32_t offset, uint32_t *answer)
{
	*answer = IQH_REG;
	return offset == IQT_REG;
}

static const struct iq_crash crash = {
	/* Entries: room, completion. Three flushes: room, three completions; run out, off and on, off; registers, root. */
	.waits = 2 + 3 * 4 + 1 + 2 + 1 + 2 + 1,
	.examine = examine,
	.events = events,
	.block = vtd_block,
	.edit_tables = vtd_edit_tables,
	.flush = vtd_flush,
	.verify = vtd_verify,
	.next_open = vtd_next_open,
	.idle = idle,
};

const struct iq_family iq_vtd = {
	.name = "vt-d",
	.id = VTD_ID,
	.registers = registers,
	.register_count = VTD_REGISTERS,
	.window = VTD_WINDOW,
	.ids_are_requesters = true,
	.signature = IQ_DMAR_SIGNATURE,
	.plan = vtd_plan,
	.tables = vtd_tables,
	.readable = vtd_readable,
	.crash = &crash,
};
