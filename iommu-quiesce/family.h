/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an IOMMU family is to the rest of the core: one const object, and apart from it a table of operations for the crash.
 * What else there is to read in a family's tables is in reader.h, which is no part of the plugin. No caller names a family.
 */
#ifndef IQ_FAMILY_H
#define IQ_FAMILY_H

#include "record.h"

#define IQ_UNIT_REGISTERS 24

struct iq_given;
struct iq_plan;
struct iq_run;

/* A register that is read into the record. */
struct iq_register {
	const char *name; /* in the specification's words */
	uint32_t offset;  /* from the unit's base */
	uint8_t width;	  /* 32 or 64 bits */
	bool after;	  /* worth reading again after verify */
	bool steady;	  /* stores depend on it: it must read twice the same */
};

/* One IOMMU. Found in a firmware table by the plan, or in a record by the reader. */
struct iq_unit {
	const struct iq_family *family;
	uint16_t index;	    /* in the plan and in the record */
	uint16_t segment;   /* PCI segment */
	uint16_t requester; /* requester id of the unit's own PCI function, 0 where it has none */
	uint16_t status;    /* enum iq_status: IQ_OK when there and translating */
	uint64_t base;	    /* physical address of its registers */
	uint64_t window;    /* bytes of registers */
	union {
		uint64_t value[IQ_UNIT_REGISTERS]; /* family->registers as read at the crash, in that order */
		const struct iq_given *given;	   /* of a family that has no registers: entries (given.h), NULL at the crash */
	};
	uint32_t log_next;  /* family's own: where its event log stood at the snapshot */
	uint16_t waits;	    /* that were begun for it; never more than its family announces */
	uint16_t sink_domain; /* family's own: domain id of entries in the sink (VT-d: the lower bit that tells given ids), 0: none is free */
	uint16_t traits;    /* family's own bits */
	uint64_t encryption;/* bit in addresses of its tables and registers that is no part of them (SME); 0 at the crash */
};

/*
 * The crash path, in this order. Each operation but idle() fills in what it did in @stage (times and status are the caller's)
 * and returns how it went; it never waits longer than iq_run allows and never leaves the unit unable to answer.
 */
struct iq_crash {
	/* Waits that all stages of one unit begin at most, whatever goes wrong. Counted in iq_unit.waits; tests hold it. */
	unsigned int waits;
	/*
	 * Judge the registers in unit->value: IQ_OK if the unit is there and translates. *@window becomes the bytes of registers
	 * that the other operations need, where that is more than unit->window. Reads unit->value only.
	 */
	enum iq_status (*examine)(const struct iq_unit *unit, uint64_t *window);
	/* Copy log entries into the open section; before the first write and again after the last. */
	enum iq_status (*events)(struct iq_run *run, struct iq_unit *unit, struct iq_record_stage *stage);
	enum iq_status (*block)(struct iq_run *run, struct iq_unit *unit, struct iq_record_stage *stage);
	/*
	 * Once all units have blocked their entries: edit the tables that these lead to. NULL: block does all of it. What the
	 * unit refuses on the way must not be recorded as a fault by then.
	 */
	enum iq_status (*edit_tables)(struct iq_run *run, struct iq_unit *unit, struct iq_record_stage *stage);
	enum iq_status (*flush)(struct iq_run *run, struct iq_unit *unit, struct iq_record_stage *stage);
	/* Read every entry again; count those that should be closed and are not. */
	enum iq_status (*verify)(struct iq_run *run, struct iq_unit *unit, struct iq_record_stage *stage);
	/*
	 * Move *@id on to the first, from itself on, whose entry lets requests through, as far as the entry itself says. False
	 * behind the last. Entries that cannot be read are passed over.
	 */
	bool (*next_open)(struct iq_memory *memory, const struct iq_unit *unit, iq_source_id *id);
	/*
	 * For the dry run, which answers in the hardware's place: software wrote the register at @offset. True if another register
	 * tells that the unit has done what this asked of it: *@answer becomes its offset, and its value is the one written.
	 */
	bool (*idle)(uint32_t offset, uint32_t *answer);
};

struct iq_family {
	const char *name; /* as in records and messages */
	uint16_t id;	  /* in records; never given to another family */
	const struct iq_register *registers; /* at most IQ_UNIT_REGISTERS */
	unsigned int register_count;
	/* Bytes of registers to map before the first read. */
	uint64_t window;
	/* Source ids are the requester ids of the unit's PCI segment. Else the plan says which function has which. */
	bool ids_are_requesters;
	/* Linux gives a device with PASIDs an identity domain also where its command line says that all are translated. */
	bool pasid_is_identity;
	/* Linux has the family's units translate unless its command line says otherwise. */
	bool on_by_default;
	/* The ACPI table that names the family's units, and who turns it into units and rules. As iq_plan_from_table(). */
	char signature[5];
	enum iq_status (*plan)(const struct iq_family *family, const uint8_t *table, uint32_t length,
			       struct iq_config *config, struct iq_plan *plan, uint32_t *offset);
	/* Physical address of the root of a unit's tables: units of one segment that return the same share every entry. NULL: none do. */
	uint64_t (*tables)(const struct iq_unit *unit);
	/* Can every entry be read that says who may do DMA? */
	bool (*readable)(struct iq_memory *memory, const struct iq_unit *unit);
	/* NULL: the family is only read, and nothing is planned for its units. */
	const struct iq_crash *crash;
};

/* Family number @n of this build, in the order of families.def; NULL behind the last. */
const struct iq_family *iq_family(unsigned int n);
/* The family with @id, NULL if this build knows none. */
const struct iq_family *iq_family_by_id(unsigned int id);
/* Do @a and @b, two units that translate, share every entry? */
bool iq_same_tables(const struct iq_unit *a, const struct iq_unit *b);
/*
 * Is source id @id of @unit that of a PCI function, by its family or by the @ranges at @functions? Then @function becomes it.
 */
bool iq_function_of(const struct iq_functions *functions, unsigned int ranges, const struct iq_unit *unit, iq_source_id id,
		    struct iq_function *function);
/* The other way round: which source id of @unit is @function's? */
bool iq_source_id_of(const struct iq_functions *functions, unsigned int ranges, const struct iq_unit *unit,
		     const struct iq_function *function, iq_source_id *id);
/* The value of the register called @name in @unit, 0 if the family has none of that name. */
uint64_t iq_unit_register(const struct iq_unit *unit, const char *name);

#endif
