/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A function's registers are all that there is in front of its page tables: its one source id is its FID, and the IOTA is the
 * entry.
 */
#include "zpci.h"

#include "reader.h"
#include "tables.h"

static uint64_t ids(const struct iq_unit *unit)
{
	return (unit->value[ZPCI_FID] & UINT32_MAX) + 1;
}

static bool next(struct iq_memory *memory, const struct iq_unit *unit, iq_source_id *id)
{
	const iq_source_id own = (iq_source_id)unit->value[ZPCI_FID];

	(void)memory;
	if (*id > own)
		return false;
	*id = own;
	return true;
}

/* The tables at the origin that the IOTA has. */
static enum iq_translation decode_tables(const struct iq_unit *unit, struct iq_entry *entry)
{
	const uint64_t iota = unit->value[ZPCI_IOTA], type = iq_field(iota, IOTA_TYPE);

	if (type > IOTA_TYPE_FIRST)
		return IQ_TRANSLATION_ILLEGAL;
	entry->windows = 1;
	entry->window[0].second = (struct iq_radix_root){
		.form = &iq_form_zpci,
		.table = iota & IOTA_ORIGIN,
		.levels = (uint8_t)(type + 2),
		.read = true,
		.write = true,
		.first = unit->value[ZPCI_PBA],
		.last = unit->value[ZPCI_PAL],
	};
	return IQ_TRANSLATION_TABLE;
}

static enum iq_translation decode(const struct iq_unit *unit, struct iq_entry *entry)
{
	const uint64_t controls = unit->value[ZPCI_FC], first = unit->value[ZPCI_PBA];

	if (!(controls & FC_ENABLED) || !(controls & FC_REGISTERED))
		return IQ_TRANSLATION_BLOCKED;
	if (unit->value[ZPCI_IOTA] & IOTA_ENABLED)
		return decode_tables(unit, entry);
	entry->windows = 1;
	entry->window[0].direct = (struct iq_mapping){
		.iova = first, .physical = first, .length = unit->value[ZPCI_PAL] - first + 1, .read = true, .write = true
	};
	return IQ_TRANSLATION_PASSTHROUGH;
}

static enum iq_status read_entry(struct iq_memory *memory, const struct iq_unit *unit, iq_source_id id, struct iq_entry *entry)
{
	(void)memory;
	if (id != (iq_source_id)unit->value[ZPCI_FID])
		return IQ_NOT_FOUND;
	iq_zero(entry, sizeof(*entry));
	entry->id = id;
	entry->valid = true;
	entry->words = 1;
	entry->raw[0] = unit->value[ZPCI_IOTA];
	entry->translation = decode(unit, entry);
	entry->read = entry->write = entry->translation != IQ_TRANSLATION_BLOCKED;
	return IQ_OK;
}

/* Nothing is changed at the crash. */
static void restore(struct iq_memory *memory, const struct iq_unit *unit, const struct iq_change *change, struct iq_entry *entry)
{
	(void)memory;
	(void)unit;
	(void)change;
	(void)entry;
}

/* There are no PASIDs, no log and no queue. */
static enum iq_status no_pasid(struct iq_memory *memory, const struct iq_unit *unit, const struct iq_entry *entry,
			       uint32_t pasid, struct iq_entry *found)
{
	(void)memory;
	(void)unit;
	(void)pasid;
	*found = *entry;
	return IQ_NOT_FOUND;
}

static enum iq_status no_next_pasid(struct iq_memory *memory, const struct iq_entry *entry, uint32_t *pasid)
{
	(void)memory;
	(void)entry;
	(void)pasid;
	return IQ_NOT_FOUND;
}

static enum iq_status no_pasid_step(struct iq_memory *memory, const struct iq_entry *entry, uint32_t pasid, unsigned int n,
				    struct iq_pasid_step *step)
{
	(void)memory;
	(void)entry;
	(void)pasid;
	(void)n;
	(void)step;
	return IQ_NOT_FOUND;
}

static bool no_event(const uint8_t *raw, uint32_t size, struct iq_event *event)
{
	(void)raw;
	(void)size;
	(void)event;
	return false;
}

static const char *no_event_name(uint32_t code)
{
	(void)code;
	return NULL;
}

static bool no_ring(const struct iq_unit *unit, unsigned int n, struct iq_ring *ring)
{
	(void)unit;
	(void)n;
	(void)ring;
	return false;
}

static bool no_command(const uint8_t *raw, uint32_t size, struct iq_command *command)
{
	(void)raw;
	(void)size;
	(void)command;
	return false;
}

static const struct iq_form_words *const forms[] = { &iq_zpci_form_words, NULL };

const struct iq_reader iq_zpci_reader = {
	.family = &iq_zpci,
	.ids = ids,
	.next = next,
	.entry = read_entry,
	.restore = restore,
	.pasid = no_pasid,
	.next_pasid = no_next_pasid,
	.describe_event = no_event,
	.event_name = no_event_name,
	.ring = no_ring,
	.describe_command = no_command,
	.entry_fields = zpci_entry_fields,
	.forms = forms,
	.pasid_step = no_pasid_step,
};
