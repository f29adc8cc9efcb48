/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a family's tables say, to whoever reads them: entries, PASIDs, queues, commands and events in words. Needs memory
 * only, live or of a dump; no part of the plugin.
 */
#ifndef IQ_READER_H
#define IQ_READER_H

#include "family.h"
#include "form-words.h"
#include "owner.h"
#include "radix.h"

/* What a unit does with the DMA of one source id, decoded from its table. */
enum iq_translation {
	IQ_TRANSLATION_BLOCKED,	    /* refused whatever the address */
	IQ_TRANSLATION_PASSTHROUGH, /* address used as it is, permissions below */
	IQ_TRANSLATION_TABLE,	    /* through its windows; what is in none of them is refused */
	IQ_TRANSLATION_ILLEGAL,	    /* the entry is malformed: hardware refuses and logs */
	IQ_TRANSLATION_UNKNOWN,	    /* not known: a table that decides about it cannot be read */
};

/*
 * A range of IOVAs that is translated in a way of its own: by one stage of page tables, by two, or by none. Where there are two
 * the second translates what the first yields, and the addresses of the first one's tables.
 */
struct iq_window {
	struct iq_radix_root first;  /* guest tables; form NULL: none */
	struct iq_radix_root second; /* form NULL: none */
	struct iq_mapping direct;    /* without either stage: what all of the window leads to; not all 2^64 addresses */
};

#define IQ_ENTRY_WINDOWS 2u
#define IQ_ENTRY_WORDS	 8u

struct iq_entry {
	iq_source_id id;
	bool valid;	/* hardware looks at it at all (AMD: V; VT-d: P). AMD passes invalid ones through! */
	bool read, write;
	bool ats;	/* the device may hold translations of its own */
	bool interrupts;/* interrupt remapping is set up */
	uint32_t domain;/* tag of cached translations */
	enum iq_translation translation;
	/*
	 * Of requests without PASID, in order of IOVA and apart from each other: TTB0 and TTB1, TVE 0 and TVE 1. The IOVAs of one
	 * with tables are those of its first stage, or of its only one (base, first and last of its root).
	 */
	struct iq_window window[IQ_ENTRY_WINDOWS];
	uint8_t windows;
	uint64_t pasid_table;	     /* AMD: GCR3 table root; VT-d: PASID directory; 0: none */
	uint8_t pasid_levels;
	uint64_t encryption;	     /* as of the unit */
	uint8_t words;		     /* of raw[] in use */
	uint64_t raw[IQ_ENTRY_WORDS];
};

/* A log entry in words. */
struct iq_event {
	const char *name;
	uint32_t code; /* what the specification numbers it by: event code, fault reason */
	iq_source_id id;
	uint64_t address;
	bool write;
	bool directed; /* @write is what the unit logged; else it does not say whether this was a read or a write */
	const struct iq_named_field *fields; /* that events of its kind have */
	unsigned int field_count;
};

/* A ring of entries in memory. */
struct iq_ring {
	const char *name; /* as the specification calls it */
	uint64_t base;	  /* physical address */
	uint64_t size;	  /* bytes, a multiple of entry_size */
	uint32_t entry_size;
	uint64_t head, tail; /* byte offsets: the reader's, the writer's */
	bool commands;	     /* written by software, read by the unit; else the other way round */
};

/* A command in words. */
struct iq_command {
	const char *name;
	const struct iq_named_field *fields; /* that commands of its kind have */
	unsigned int field_count;
};

#define IQ_STEP_WORDS 8u

/* An entry on the way to a PASID's tables. */
struct iq_pasid_step {
	const char *name;
	uint64_t address; /* of the entry */
	uint64_t raw[IQ_STEP_WORDS];
	unsigned int words;
	const struct iq_named_field *fields;
	unsigned int field_count;
};

/* @unit has the registers of the crash in all operations. */
struct iq_reader {
	const struct iq_family *family;
	/* How many source ids the unit's tables can name: all ids are below this number. */
	uint64_t (*ids)(const struct iq_unit *unit);
	/*
	 * Move *@id on to the first id, not below it, that the tables may have an entry for: ids whose tables are absent are
	 * passed over, ids whose tables cannot be read are not. False if there is none.
	 */
	bool (*next)(struct iq_memory *memory, const struct iq_unit *unit, iq_source_id *id);
	/* Decode the entry of @id. IQ_OK; IQ_NOT_FOUND beyond the table; IQ_UNREACHABLE where the dump has no such page. */
	enum iq_status (*entry)(struct iq_memory *memory, const struct iq_unit *unit, iq_source_id id,
				struct iq_entry *entry);
	/* Decode again what entry() found, with the words that @change kept in place of those in memory. */
	void (*restore)(struct iq_memory *memory, const struct iq_unit *unit, const struct iq_change *change,
			struct iq_entry *entry);
	/*
	 * What becomes of requests with @pasid: @found is @entry with their translation, windows and domain. IQ_NOT_FOUND if
	 * they are refused.
	 */
	enum iq_status (*pasid)(struct iq_memory *memory, const struct iq_unit *unit, const struct iq_entry *entry,
				uint32_t pasid, struct iq_entry *found);
	/*
	 * Move *@pasid on to the first PASID, not below it, that the tables may have an entry for. IQ_NOT_FOUND if there is
	 * none.
	 */
	enum iq_status (*next_pasid)(struct iq_memory *memory, const struct iq_entry *entry, uint32_t *pasid);
	/* Bytes of a log entry. */
	uint32_t event_size;
	/* What one log entry says; false if it is all zeros. */
	bool (*describe_event)(const uint8_t *raw, uint32_t size, struct iq_event *event);
	/* The name that describe_event() gives to events with @code; NULL: the specification has no such code. */
	const char *(*event_name)(uint32_t code);
	/* Ring number @n of @unit; false behind the last. One that is off has size 0. */
	bool (*ring)(const struct iq_unit *unit, unsigned int n, struct iq_ring *ring);
	/* What the entry at @raw of a command ring says; false if it is all zeros. */
	bool (*describe_command)(const uint8_t *raw, uint32_t size, struct iq_command *command);
	/* Words for all paging forms that its entries can lead to, NULL behind the last. */
	const struct iq_form_words *const *forms;
	/* Fields of a source id's entry (device table entry, context entry). */
	const struct iq_named_field *(*entry_fields)(const struct iq_unit *unit, unsigned int *count);
	/*
	 * Entry number @n, from 0, on the way from @entry to @pasid. IQ_OK; IQ_NOT_FOUND behind the last, which is also the
	 * first that is not present; IQ_UNREACHABLE with @step's name and address if it cannot be read.
	 */
	enum iq_status (*pasid_step)(struct iq_memory *memory, const struct iq_entry *entry, uint32_t pasid, unsigned int n,
				     struct iq_pasid_step *step);
	/*
	 * Give @take all owners that the family's firmware table says: exactly those, where the plan keeps buses only. The last
	 * owner of an id counts. @plan has the units; @config leads along paths behind bridges. False if @take wanted no more.
	 * NULL: the family has no such table.
	 */
	bool (*owners)(const uint8_t *table, uint32_t length, struct iq_config *config, const struct iq_plan *plan,
		       iq_owner_taker take, void *context);
};

/* The reader of @family's tables; every family has one. */
const struct iq_reader *iq_reader_of(const struct iq_family *family);

#endif
