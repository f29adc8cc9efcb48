/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an IOMMU family is to the rest of the core, the host programs and the tests: one const object. No caller names a
 * family.
 */
#ifndef IQ_FAMILY_H
#define IQ_FAMILY_H

#include "radix.h"
#include "record.h"

enum iq_family_id {
	IQ_FAMILY_AMDVI = 1,
	IQ_FAMILY_VTD = 2,
};

#define IQ_UNIT_REGISTERS 24

/* A register that is read into the record. */
struct iq_register {
	const char *name; /* in the specification's words */
	uint32_t offset;  /* from the unit's base */
	uint8_t width;	  /* 32 or 64 bits */
	bool after;	  /* worth reading again after verify */
	bool steady;	  /* what is written follows from it: it must read twice the same */
};

/* One IOMMU. Found in a firmware table by the plan, or in a record by the reader. */
struct iq_unit {
	const struct iq_family *family;
	uint16_t index;	    /* in the plan and in the record */
	uint16_t segment;   /* PCI segment */
	uint16_t requester; /* of its own PCI function, 0 where it has none */
	uint16_t status;    /* enum iq_status: IQ_OK when there and translating */
	uint32_t waits;	    /* that were begun for it; never more than its family announces */
	uint64_t base;	    /* physical address of its registers */
	uint64_t window;    /* bytes of registers */
	uint64_t value[IQ_UNIT_REGISTERS]; /* family->registers as read at the crash, in that order */
	uint32_t log_next;  /* family's own: where its event log stood at the snapshot */
	uint16_t sink_domain; /* family's own: domain id of the entries that lead to the sink, 0: there is no sink */
	uint64_t encryption;/* bit in addresses of its tables and registers that is no part of them (SME); 0 at the crash */
};

/* What a unit does with the DMA of one requester, decoded from its table. */
enum iq_translation {
	IQ_TRANSLATION_BLOCKED,	    /* refused whatever the address */
	IQ_TRANSLATION_PASSTHROUGH, /* address used as it is, permissions below */
	IQ_TRANSLATION_TABLE,	    /* through first and/or second */
	IQ_TRANSLATION_ILLEGAL,	    /* the entry is malformed: hardware refuses and logs */
	IQ_TRANSLATION_UNKNOWN,	    /* a table that says so cannot be read */
};

struct iq_entry {
	uint16_t requester;
	bool valid;	/* hardware looks at it at all (AMD: V; VT-d: P). AMD passes invalid ones through! */
	bool read, write;
	bool ats;	/* the device may hold translations of its own */
	bool interrupts;/* interrupt remapping is set up */
	uint32_t domain;/* tag of cached translations */
	enum iq_translation translation;
	struct iq_radix_root second; /* form NULL: none */
	struct iq_radix_root first;  /* guest/first-stage table of the requester without PASID; form NULL: none */
	uint64_t pasid_table;	     /* AMD: GCR3 table root; VT-d: PASID directory; 0: none */
	uint8_t pasid_levels;
	uint64_t encryption;	     /* as of the unit */
	uint64_t raw[4];
};

/* A log entry in words. */
struct iq_event {
	const char *name;
	uint16_t requester;
	uint64_t address;
	bool write;
};

struct iq_run;

struct iq_family {
	const char *name; /* as in records and messages: "amd-vi" */
	enum iq_family_id id;
	const struct iq_register *registers; /* at most IQ_UNIT_REGISTERS */
	unsigned int register_count;
	/* Waits that all stages of one unit begin at most, whatever goes wrong. Counted in iq_unit.waits; tests hold it. */
	unsigned int waits;
	/* Bytes of registers to map before the first read. */
	uint64_t window;
	/* The registers with the byte offsets at which its queue is read by the unit and written to by software. */
	uint32_t queue_head, queue_tail;
	/* Linux gives a device with PASIDs an identity domain also where its command line says that all are translated. */
	bool pasid_is_identity;

	/*
	 * The crash path, in this order. Each fills in what it did in @stage (times and status are the caller's) and
	 * returns how it went; it never waits longer than iq_run allows and never leaves the unit unable to answer.
	 */
	/* Judge the registers in unit->value: there? translating? Fields in range? May map more of the window. */
	enum iq_status (*examine)(struct iq_run *run, struct iq_unit *unit);
	/* Copy log entries into the open section; before the first write and again after the last. */
	enum iq_status (*events)(struct iq_run *run, struct iq_unit *unit, struct iq_record_stage *stage);
	enum iq_status (*block)(struct iq_run *run, struct iq_unit *unit, struct iq_record_stage *stage);
	enum iq_status (*flush)(struct iq_run *run, struct iq_unit *unit, struct iq_record_stage *stage);
	/* Re-read every entry; count those that should be closed and are not. */
	enum iq_status (*verify)(struct iq_run *run, struct iq_unit *unit, struct iq_record_stage *stage);

	/*
	 * Reading, from live memory or a dump. @unit has the registers of the crash.
	 * How many requester ids the unit's tables cover.
	 */
	uint32_t (*requesters)(const struct iq_unit *unit);
	/* Physical address of the root of its tables: units of one segment that return the same share every entry. */
	uint64_t (*tables)(const struct iq_unit *unit);
	/* Can every entry be read that says who may do DMA? */
	bool (*readable)(struct iq_memory *memory, const struct iq_unit *unit);
	/*
	 * Move *@requester on to the first, from itself on, whose entry lets requests through, as far as the entry itself
	 * says. False behind the last. What cannot be read is passed over.
	 */
	bool (*next_open)(struct iq_memory *memory, const struct iq_unit *unit, uint32_t *requester);
	/* Decode @requester's entry. IQ_OK, IQ_NOT_FOUND beyond the table, IQ_UNREACHABLE where the dump has no such page. */
	enum iq_status (*entry)(struct iq_memory *memory, const struct iq_unit *unit, uint16_t requester,
				struct iq_entry *entry);
	/* Decode again what entry() found, with the words that @change kept in place of those in memory. */
	void (*restore)(struct iq_memory *memory, const struct iq_unit *unit, const struct iq_change *change,
			struct iq_entry *entry);
	/*
	 * What becomes of the requests with @pasid: @found is @entry with the translation, the tables and the domain of
	 * these. IQ_NOT_FOUND if they are refused.
	 */
	enum iq_status (*pasid)(struct iq_memory *memory, const struct iq_unit *unit, const struct iq_entry *entry,
				uint32_t pasid, struct iq_entry *found);
	/* Move *@pasid on to the first, from itself on, for which there may be one. IQ_NOT_FOUND behind the last. */
	enum iq_status (*next_pasid)(struct iq_memory *memory, const struct iq_entry *entry, uint32_t *pasid);
	/* One log entry as words: code name, requester, address; false if it is all zeros. */
	bool (*describe_event)(const uint8_t *raw, uint32_t size, struct iq_event *event);
};

/*
 * Const tables of pointers as these are fine in the plugin too: its entry applies their relocations (R_X86_64_RELATIVE and
 * no other kind), after the checksum was found right.
 */
extern const struct iq_family iq_amdvi;
extern const struct iq_family iq_vtd;

/* The family with @id, NULL if this build knows none. */
const struct iq_family *iq_family_by_id(unsigned int id);
/* The value of the register called @name in @unit, 0 if the family has none of that name. */
uint64_t iq_unit_register(const struct iq_unit *unit, const char *name);

#endif
