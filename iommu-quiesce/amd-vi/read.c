/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AMD-Vi's reader: device table entries, GCR3 tables and log entries decoded.
 */
#include "amd-v1.h"
#include "amdvi.h"

static uint64_t ids(const struct iq_unit *unit)
{
	uint64_t end = 0;

	for (unsigned int n = 0; n < amdvi_segments(unit); n++) {
		const struct amdvi_table table = amdvi_segment(unit, n);

		if (table.entries)
			end = table.first + table.entries;
	}
	return end;
}

/* Segments have entries without a gap, but may end before the next begins. */
static bool next(struct iq_memory *memory, const struct iq_unit *unit, iq_source_id *id)
{
	(void)memory;
	for (unsigned int n = 0; n < amdvi_segments(unit); n++) {
		const struct amdvi_table table = amdvi_segment(unit, n);

		if (*id < table.first && table.entries)
			*id = table.first;
		if (*id >= table.first && *id - table.first < table.entries)
			return true;
	}
	return false;
}

static uint64_t gcr3_root(const uint64_t *word)
{
	return iq_field(word[0], DTE_GCR3_LOW) << 12 | iq_field(word[1], DTE_GCR3_MIDDLE) << 15 |
	       iq_field(word[1], DTE_GCR3_HIGH) << 31;
}

/* What hardware makes of the entry's bits. 2.2.2.1, table "V, TV, and GV fields in device table entry" */
static void decode(const struct iq_unit *unit, struct iq_entry *entry)
{
	const uint64_t *word = entry->raw;
	const uint8_t mode = (uint8_t)iq_field(word[0], DTE_MODE);

	entry->valid = word[0] & DTE_V;
	entry->domain = (uint32_t)iq_field(word[1], DTE_DOMAIN);
	entry->interrupts = word[2] & DTE_IV;
	entry->encryption = unit->encryption;
	entry->words = DTE_WORDS;
	entry->windows = 0;
	entry->window[0] = (struct iq_window){ 0 };
	entry->pasid_table = 0;
	entry->pasid_levels = 0;
	if (!entry->valid) {
		entry->read = entry->write = true;
		entry->ats = false;
		entry->translation = IQ_TRANSLATION_PASSTHROUGH;
		return;
	}
	entry->read = word[0] & DTE_IR;
	entry->write = word[0] & DTE_IW;
	entry->ats = word[1] & DTE_I;
	if (word[0] & DTE_WORD0_RESERVED || mode > iq_form_amd_v1.max_levels)
		entry->translation = IQ_TRANSLATION_ILLEGAL;
	else if (!(word[0] & DTE_TV) || !(entry->read || entry->write))
		entry->translation = IQ_TRANSLATION_BLOCKED;
	else
		entry->translation = mode ? IQ_TRANSLATION_TABLE : IQ_TRANSLATION_PASSTHROUGH;
	if (word[0] & DTE_TV && mode && mode <= iq_form_amd_v1.max_levels) {
		entry->windows = 1;
		entry->window[0].second = (struct iq_radix_root){
			.form = &iq_form_amd_v1,
			.table = word[0] & DTE_ROOT & ~unit->encryption,
			.levels = mode,
			.read = entry->read,
			.write = entry->write,
			.encryption = unit->encryption,
		};
	}
	if (word[0] & DTE_GV) {
		entry->pasid_table = gcr3_root(word) & ~unit->encryption;
		entry->pasid_levels = (uint8_t)(iq_field(word[0], DTE_GLX) + 1);
	}
}

/* Make the guest table of @pasid the first stage of @found, whose other stage is that of @entry. 2.2.6 */
static enum iq_status find_guest(struct iq_memory *memory, const struct iq_entry *entry, uint32_t pasid,
				 struct iq_entry *found)
{
	uint64_t table = entry->pasid_table, word;

	if (!table || (entry->pasid_levels < 4 && pasid >> (9 * entry->pasid_levels)))
		return IQ_NOT_FOUND;
	for (unsigned int level = entry->pasid_levels; level; level--) {
		const uint64_t index = pasid >> (9 * (level - 1)) & 0x1ff;

		if (!iq_memory_read(memory, table + index * sizeof(word), &word, sizeof(word)))
			return IQ_UNREACHABLE;
		if (!(word & GCR3_VALID))
			return IQ_NOT_FOUND;
		table = word & GCR3_ADDRESS & ~entry->encryption;
	}
	found->windows = 1;
	found->window[0].first = (struct iq_radix_root){
		.form = &iq_form_x86_64,
		.table = table,
		.levels = iq_field(entry->raw[2], DTE_GUEST_PAGING_MODE) ? 5 : 4,
		.read = entry->read,
		.write = entry->write,
		.encryption = entry->encryption,
	};
	return IQ_OK;
}

/* Requests without a PASID go through the guest table of PASID 0 when the entry says so. */
static void find_first(struct iq_memory *memory, struct iq_entry *entry)
{
	enum iq_status status;

	if (!entry->pasid_table || !(entry->raw[0] & DTE_GIOV))
		return;
	status = find_guest(memory, entry, 0, entry);
	/* Never passed through: without a table for PASID 0 they are refused; a table may be missing from a dump. */
	if (entry->translation == IQ_TRANSLATION_PASSTHROUGH || entry->translation == IQ_TRANSLATION_TABLE)
		entry->translation = status == IQ_OK	    ? IQ_TRANSLATION_TABLE :
				     status == IQ_NOT_FOUND ? IQ_TRANSLATION_BLOCKED :
							      IQ_TRANSLATION_UNKNOWN;
}

static enum iq_status read_entry(struct iq_memory *memory, const struct iq_unit *unit, iq_source_id id,
				 struct iq_entry *entry)
{
	const unsigned int segments = amdvi_segments(unit);
	struct amdvi_table table;
	uint64_t address;

	if (!segments)
		return IQ_MALFORMED;
	if (id > UINT16_MAX)
		return IQ_NOT_FOUND;
	table = amdvi_segment(unit, id / (0x10000u / segments));
	if (id - table.first >= table.entries)
		return IQ_NOT_FOUND;
	address = table.base + (id - table.first) * DTE_SIZE;
	iq_zero(entry->raw, sizeof(entry->raw));
	if (!iq_memory_read(memory, address, entry->raw, DTE_SIZE))
		return IQ_UNREACHABLE;
	entry->id = id;
	decode(unit, entry);
	find_first(memory, entry);
	return IQ_OK;
}

static void restore(struct iq_memory *memory, const struct iq_unit *unit, const struct iq_change *change,
		    struct iq_entry *entry)
{
	entry->raw[0] = change->old[0];
	entry->raw[1] = change->old[1];
	decode(unit, entry);
	find_first(memory, entry);
}

static enum iq_status find_pasid(struct iq_memory *memory, const struct iq_unit *unit, const struct iq_entry *entry,
				 uint32_t pasid, struct iq_entry *found)
{
	enum iq_status status;

	(void)unit;
	*found = *entry;
	status = find_guest(memory, entry, pasid, found);
	if (status != IQ_OK)
		return status;
	if (found->translation == IQ_TRANSLATION_PASSTHROUGH)
		found->translation = IQ_TRANSLATION_TABLE;
	return IQ_OK;
}

static enum iq_status next_pasid(struct iq_memory *memory, const struct iq_entry *entry, uint32_t *pasid)
{
	uint64_t table = entry->pasid_table, word;
	unsigned int level = entry->pasid_levels;
	uint32_t span;

	/* Down to the first entry that is not valid; all that it spans is passed over. */
	while (table && level && level < 4 && *pasid < PASIDS && !(*pasid >> (9 * entry->pasid_levels))) {
		span = 1u << (9 * (level - 1));
		if (!iq_memory_read(memory, table + (*pasid / span & 0x1ff) * sizeof(word), &word, sizeof(word)) ||
		    !(word & GCR3_VALID)) {
			*pasid = (*pasid / span + 1) * span;
			table = entry->pasid_table;
			level = entry->pasid_levels;
		} else if (!--level) {
			return IQ_OK;
		} else {
			table = word & GCR3_ADDRESS & ~entry->encryption;
		}
	}
	return IQ_NOT_FOUND;
}

static const struct iq_form_words *const forms[] = { &iq_amd_v1_form_words, &iq_x86_64_form_words, NULL };

const struct iq_reader iq_amdvi_reader = {
	.family = &iq_amdvi,
	.ids = ids,
	.next = next,
	.entry = read_entry,
	.restore = restore,
	.pasid = find_pasid,
	.next_pasid = next_pasid,
	.event_size = EVENT_SIZE,
	.describe_event = amdvi_describe_event,
	.event_name = amdvi_event_name,
	.ring = amdvi_ring,
	.describe_command = amdvi_describe_command,
	.entry_fields = amdvi_entry_fields,
	.forms = forms,
	.pasid_step = amdvi_pasid_step,
	.owners = amdvi_owners,
};
