/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plan: firmware tables and policy turned into units and rules. Built at the crash, and by the carrier before it, by
 * the same code.
 */
#ifndef IQ_PLAN_H
#define IQ_PLAN_H

#include "family.h"

#define IQ_PLAN_UNITS 128
#define IQ_PLAN_RULES 128
#define IQ_PLAN_FUNCTIONS 64
#define IQ_PLAN_SERVED 128

/* Buses of one segment on which units serve functions. */
struct iq_served {
	uint16_t segment;
	uint8_t first, last; /* bus numbers, inclusive */
};

struct iq_plan {
	struct iq_unit unit[IQ_PLAN_UNITS];
	unsigned int units;
	struct iq_rule rule[IQ_PLAN_RULES]; /* administrator's first, then firmware's */
	unsigned int rules;
	struct iq_functions functions[IQ_PLAN_FUNCTIONS]; /* of units whose source ids are no requester ids */
	unsigned int ranges; /* of functions[] in use */
	struct iq_served served[IQ_PLAN_SERVED]; /* by the firmware's word */
	unsigned int serves; /* of served[] in use */
	unsigned int left_out; /* units, rules and functions that found no room or overlapped; tables that end too early */
	unsigned int units_left_out; /* of these, units, and tables that may have had more: who is behind them is not known */
};

void iq_plan_start(struct iq_plan *plan);
/*
 * Add a unit. Registers that overlap those of a unit already there are refused (IQ_MALFORMED), as is a base that is
 * zero, not page-aligned or wraps; IQ_NO_ROOM when the plan is full. Refused units are counted in left_out.
 */
enum iq_status iq_plan_add_unit(struct iq_plan *plan, const struct iq_family *family, uint16_t segment,
				uint16_t requester, uint64_t base);
/*
 * Add a rule behind those that are there, unless one of them decides all of it. IQ_MALFORMED for a range that ends before it
 * starts, IQ_NO_ROOM; both are counted in left_out.
 */
enum iq_status iq_plan_add_rule(struct iq_plan *plan, const struct iq_rule *rule);
/*
 * Find the firmware tables of every family from @rsdp and add what they say. Each is copied into the @size bytes at
 * @scratch. IQ_OK if units were found and none is left out; IQ_MALFORMED or IQ_NO_ROOM if some are left out; else what stood
 * in the way.
 */
enum iq_status iq_plan_from_acpi(struct iq_plan *plan, struct iq_memory *memory, struct iq_config *config,
				 uint64_t rsdp, void *scratch, uint32_t size);
/*
 * The same from one table's bytes (the carrier reads it from a file): dispatches on the signature. @config may be NULL: what
 * needs configuration space is left out and counted.
 */
enum iq_status iq_plan_from_table(struct iq_plan *plan, const uint8_t *table, uint32_t length, struct iq_config *config,
				  uint32_t *offset);
/* Add functions of a unit whose source ids are no requester ids. IQ_NO_ROOM, or IQ_MALFORMED if ids or functions wrap; counted in left_out. */
enum iq_status iq_plan_add_functions(struct iq_plan *plan, const struct iq_functions *functions);
/*
 * A unit serves the functions with requester ids @first to @last of @segment: its tables tell what they may do. Where there is
 * no room to remember that, their buses count as served by nobody.
 */
void iq_plan_add_served(struct iq_plan *plan, uint16_t segment, uint16_t first, uint16_t last);
/* The first bus of @segment from @bus on of which no unit serves a function: nobody translates its DMA. 256: there is none. */
unsigned int iq_plan_next_unserved(const struct iq_plan *plan, uint16_t segment, unsigned int bus);
/* Is source id @id of @unit that of a PCI function? Then @function becomes it. */
bool iq_plan_function(const struct iq_plan *plan, const struct iq_unit *unit, iq_source_id id,
		      struct iq_function *function);
/* What the policy wants done to source id @id of @unit: IQ_MODE_BLOCK where there is no rule, or one of an unknown mode. */
enum iq_mode iq_plan_mode(const struct iq_plan *plan, const struct iq_unit *unit, iq_source_id id);
/* The same for a PCI function, whatever unit its DMA goes through. */
enum iq_mode iq_plan_function_mode(const struct iq_plan *plan, uint16_t segment, uint16_t requester);
/* Does any rule that can be about @unit want @mode? */
bool iq_plan_wants(const struct iq_plan *plan, const struct iq_unit *unit, enum iq_mode mode);
/* The first rule for a PCI function, NULL if there is none. */
const struct iq_rule *iq_plan_rule(const struct iq_plan *plan, uint16_t segment, uint16_t requester);
/*
 * The first of @rules at @rule that is about source id @id of the unit with registers at @unit, or about its
 * @function, which may be NULL. NULL if none is.
 */
const struct iq_rule *iq_rule_for(const struct iq_rule *rule, unsigned int rules, uint64_t unit, iq_source_id id,
				  const struct iq_function *function);

#endif
