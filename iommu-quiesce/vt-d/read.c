/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VT-d's reader: context and PASID entries and fault records decoded.
 */
#include "second-stage.h"
#include "vtd.h"

#define PASID_PER_DIRECTORY_ENTRY_SHIFT 6

static uint64_t ids(const struct iq_unit *unit)
{
	(void)unit;
	return VTD_IDS;
}

/* A root entry, or half of one in scalable mode, names the context entries of ids in a row. */
static bool next(struct iq_memory *memory, const struct iq_unit *unit, iq_source_id *id)
{
	const uint32_t step = vtd_scalable(unit) ? 0x80 : 0x100;

	while (*id < VTD_IDS) {
		if (vtd_context_table(memory, unit, *id) ||
		    !memory->map(memory, vtd_tables(unit) + (*id >> 8) * ROOT_SIZE, ROOT_SIZE))
			return true;
		*id = (*id / step + 1) * step;
	}
	return false;
}

static struct iq_radix_root second_root(uint64_t table, uint64_t aw)
{
	return (struct iq_radix_root){ .form = &iq_form_vtd_second, .table = table & ADDRESS,
				       .levels = (uint8_t)(aw + 2), .read = true, .write = true };
}

/* Does @aw name 3, 4 or 5 levels? All else is reserved. */
static bool is_width(uint64_t aw)
{
	return aw >= 1 && aw <= 3;
}

/* All IOVAs go one way. */
static void set_window(struct iq_entry *entry, const struct iq_window *window)
{
	entry->windows = 1;
	entry->window[0] = *window;
}

/* The translation that the PASID table entry @word sets up. */
static enum iq_translation decode_pasid(const uint64_t *word, struct iq_entry *entry)
{
	const struct iq_radix_root second = second_root(word[0], iq_field(word[0], PASID_AW));
	const struct iq_radix_root first = { .form = &iq_form_x86_64, .table = word[2] & ADDRESS,
					     .levels = iq_field(word[2], PASID_FLPM) ? 5 : 4, .read = true,
					     .write = true };

	entry->domain = (uint32_t)iq_field(word[1], PASID_DID);
	switch (iq_field(word[0], PASID_PGTT)) {
	case PGTT_FIRST:
		set_window(entry, &(struct iq_window){ .first = first });
		return IQ_TRANSLATION_TABLE;
	case PGTT_SECOND:
		set_window(entry, &(struct iq_window){ .second = second });
		return is_width(iq_field(word[0], PASID_AW)) ? IQ_TRANSLATION_TABLE : IQ_TRANSLATION_ILLEGAL;
	case PGTT_NESTED:
		set_window(entry, &(struct iq_window){ .first = first, .second = second });
		return is_width(iq_field(word[0], PASID_AW)) ? IQ_TRANSLATION_TABLE : IQ_TRANSLATION_ILLEGAL;
	case PGTT_PASSTHROUGH:
		return IQ_TRANSLATION_PASSTHROUGH;
	}
	return IQ_TRANSLATION_ILLEGAL;
}

/* Read the PASID table entry of @pasid. IQ_NOT_FOUND if the directory or the table has none. */
static enum iq_status find_pasid(struct iq_memory *memory, const struct iq_entry *entry, uint32_t pasid,
				 uint64_t word[PASID_SIZE / 8])
{
	const uint64_t directory = pasid >> PASID_PER_DIRECTORY_ENTRY_SHIFT;
	uint64_t table;

	if (directory >> (iq_field(entry->raw[0], CONTEXT_SM_PDTS) + 7))
		return IQ_NOT_FOUND;
	if (!iq_memory_read(memory, entry->pasid_table + directory * 8, &table, sizeof(table)))
		return IQ_UNREACHABLE;
	if (!(table & PASID_DIR_P))
		return IQ_NOT_FOUND;
	if (!iq_memory_read(memory, (table & ADDRESS) + (pasid % PASID_PER_TABLE) * PASID_SIZE, word, PASID_SIZE))
		return IQ_UNREACHABLE;
	return word[0] & PASID_P ? IQ_OK : IQ_NOT_FOUND;
}

static void decode_scalable(struct iq_memory *memory, struct iq_entry *entry)
{
	uint64_t word[PASID_SIZE / 8];
	enum iq_status status;

	entry->ats = entry->raw[0] & CONTEXT_SM_DTE;
	entry->pasid_table = entry->raw[0] & ADDRESS;
	entry->pasid_levels = 2;
	status = find_pasid(memory, entry, (uint32_t)iq_field(entry->raw[1], CONTEXT_SM_RID_PASID), word);
	if (status == IQ_OK)
		entry->translation = decode_pasid(word, entry);
	else
		entry->translation = status == IQ_UNREACHABLE ? IQ_TRANSLATION_UNKNOWN : IQ_TRANSLATION_BLOCKED;
}

static void decode_legacy(struct iq_entry *entry)
{
	const uint64_t aw = iq_field(entry->raw[1], CONTEXT_AW);

	entry->domain = (uint32_t)iq_field(entry->raw[1], CONTEXT_DID);
	switch (iq_field(entry->raw[0], CONTEXT_TT)) {
	case TT_ATS:
		entry->ats = true;
		/* fall through */
	case TT_TABLE:
		set_window(entry, &(struct iq_window){ .second = second_root(entry->raw[0], aw) });
		entry->translation = is_width(aw) ? IQ_TRANSLATION_TABLE : IQ_TRANSLATION_ILLEGAL;
		break;
	case TT_PASSTHROUGH:
		entry->translation = IQ_TRANSLATION_PASSTHROUGH;
		break;
	default:
		entry->translation = IQ_TRANSLATION_ILLEGAL;
	}
}

static void decode(struct iq_memory *memory, const struct iq_unit *unit, struct iq_entry *entry)
{
	entry->valid = entry->raw[0] & CONTEXT_P;
	entry->ats = false;
	entry->domain = 0;
	entry->interrupts = false; /* remapped by tables of their own, not by requester */
	entry->windows = 0;
	entry->window[0] = (struct iq_window){ 0 };
	entry->pasid_table = 0;
	entry->pasid_levels = 0;
	entry->words = (uint8_t)((vtd_scalable(unit) ? CONTEXT_SM_SIZE : CONTEXT_SIZE) / 8);
	entry->translation = IQ_TRANSLATION_BLOCKED;
	if (entry->valid && vtd_scalable(unit))
		decode_scalable(memory, entry);
	else if (entry->valid)
		decode_legacy(entry);
	entry->read = entry->write =
		entry->translation == IQ_TRANSLATION_TABLE || entry->translation == IQ_TRANSLATION_PASSTHROUGH;
}

static enum iq_status read_entry(struct iq_memory *memory, const struct iq_unit *unit, iq_source_id id,
				 struct iq_entry *entry)
{
	const uint32_t size = vtd_scalable(unit) ? CONTEXT_SM_SIZE : CONTEXT_SIZE;
	const uint64_t root = unit->value[VTD_RTADDR] & ADDRESS;
	uint64_t table;

	if (id >= VTD_IDS)
		return IQ_NOT_FOUND;
	table = vtd_context_table(memory, unit, id);
	if (!memory->map(memory, root + (id >> 8) * ROOT_SIZE, ROOT_SIZE))
		return IQ_UNREACHABLE;
	iq_zero(entry->raw, sizeof(entry->raw));
	if (table && !iq_memory_read(memory, table + id % (IQ_PAGE_SIZE / size) * size, entry->raw, size))
		return IQ_UNREACHABLE;
	entry->id = id;
	decode(memory, unit, entry);
	return IQ_OK;
}

static void restore(struct iq_memory *memory, const struct iq_unit *unit, const struct iq_change *change,
		    struct iq_entry *entry)
{
	entry->raw[0] = change->old[0];
	entry->raw[1] = change->old[1];
	decode(memory, unit, entry);
}

static enum iq_status read_pasid(struct iq_memory *memory, const struct iq_unit *unit, const struct iq_entry *entry,
				 uint32_t pasid, struct iq_entry *found)
{
	uint64_t word[PASID_SIZE / 8];
	enum iq_status status;

	*found = *entry;
	if (!vtd_scalable(unit) || !entry->pasid_table)
		return IQ_NOT_FOUND;
	status = find_pasid(memory, entry, pasid, word);
	if (status != IQ_OK)
		return status;
	found->windows = 0;
	found->window[0] = (struct iq_window){ 0 };
	found->translation = decode_pasid(word, found);
	found->read = found->write = found->translation != IQ_TRANSLATION_ILLEGAL;
	return IQ_OK;
}

static enum iq_status next_pasid(struct iq_memory *memory, const struct iq_entry *entry, uint32_t *pasid)
{
	const uint32_t entries = entry->pasid_table ? 1u << (iq_field(entry->raw[0], CONTEXT_SM_PDTS) + 7) : 0;
	uint64_t table, word;

	while (*pasid / PASID_PER_TABLE < entries) {
		if (!iq_memory_read(memory, entry->pasid_table + *pasid / PASID_PER_TABLE * 8, &table, sizeof(table)) ||
		    !(table & PASID_DIR_P)) {
			*pasid = (*pasid / PASID_PER_TABLE + 1) * PASID_PER_TABLE;
			continue;
		}
		if (iq_memory_read(memory, (table & ADDRESS) + *pasid % PASID_PER_TABLE * PASID_SIZE, &word, 8) &&
		    word & PASID_P)
			return IQ_OK;
		++*pasid;
	}
	return IQ_NOT_FOUND;
}

static const struct iq_form_words *const forms[] = { &iq_vtd_second_form_words, &iq_x86_64_form_words, NULL };

const struct iq_reader iq_vtd_reader = {
	.family = &iq_vtd,
	.ids = ids,
	.next = next,
	.entry = read_entry,
	.restore = restore,
	.pasid = read_pasid,
	.next_pasid = next_pasid,
	.event_size = FRCD_SIZE,
	.describe_event = vtd_describe_event,
	.event_name = vtd_event_name,
	.ring = vtd_ring,
	.describe_command = vtd_describe_command,
	.entry_fields = vtd_entry_fields,
	.forms = forms,
	.pasid_step = vtd_pasid_step,
	.owners = vtd_owners,
};
