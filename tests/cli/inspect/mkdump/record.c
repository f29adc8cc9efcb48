/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Statements that write the record, section by section.
 */
#include "script.h"

#include <string.h>

static unsigned int unit_number(const char *text)
{
	return strcmp(text, "-") ? (unsigned int)number(text) : IQ_NO_UNIT;
}

void do_record(char **word)
{
	mkdump.has_record = true;
	if (iq_record_start(&mkdump.record, mkdump.bytes, CAPACITY, IQ_MACHINE_X86_64, (uint32_t)number(word[1]), number(word[2])) !=
	    IQ_OK)
		die("record cannot be started");
}

static void unit_section(enum iq_section_type type, char **word)
{
	struct iq_record_unit head = {
		.family = (uint16_t)number(word[2]),
		.segment = (uint16_t)number(word[3]),
		.requester = (uint16_t)number(word[4]),
		.status = (uint16_t)number(word[5]),
		.base = number(word[6]),
	};
	uint64_t value[WORDS];
	uint32_t offset[WORDS];

	for (char **pair = word + 7; *pair; pair++) {
		char *equals = strchr(*pair, '=');

		if (!equals)
			die("%s is not OFFSET=VALUE", *pair);
		*equals = '\0';
		offset[head.registers] = (uint32_t)number(*pair);
		value[head.registers++] = number(equals + 1);
	}
	iq_record_section(&mkdump.record, type, unit_number(word[1]));
	iq_record_add(&mkdump.record, &head, sizeof(head));
	iq_record_add(&mkdump.record, value, head.registers * (uint32_t)sizeof(value[0]));
	iq_record_add(&mkdump.record, offset, head.registers * (uint32_t)sizeof(offset[0]));
}

void do_unit(char **word)
{
	unit_section(IQ_SECTION_UNIT, word);
}

void do_after(char **word)
{
	unit_section(IQ_SECTION_AFTER, word);
}

void do_stage(char **word)
{
	struct iq_record_stage stage = {
		.stage = (uint16_t)number(word[2]),
		.status = (uint16_t)number(word[3]),
		.start = number(word[4]),
		.end = number(word[5]),
	};
	const struct {
		const char *name;
		uint32_t *value;
	} known[] = {
		{ "examined", &stage.examined }, { "changed", &stage.changed },	  { "preserved", &stage.preserved },
		{ "open", &stage.open },	 { "commands", &stage.commands }, { "retries", &stage.retries },
		{ "refused", &stage.refused },	 { "scope", &stage.scope },	  { "stricter", &stage.stricter },
	};

	for (char **pair = word + 6; *pair; pair++) {
		char *equals = strchr(*pair, '=');
		bool found = false;

		if (!equals)
			die("%s is not NAME=VALUE", *pair);
		*equals = '\0';
		if (!strcmp(*pair, "address")) {
			stage.address = number(equals + 1);
			continue;
		}
		for (size_t i = 0; i < IQ_ARRAY_SIZE(known) && !found; i++) {
			found = !strcmp(known[i].name, *pair);
			if (found)
				*known[i].value = (uint32_t)number(equals + 1);
		}
		if (!found)
			die("a stage has no %s", *pair);
	}
	iq_record_item(&mkdump.record, IQ_SECTION_STAGE, unit_number(word[1]), &stage, sizeof(stage));
}

void do_changes(char **word)
{
	iq_record_section(&mkdump.record, IQ_SECTION_CHANGES, unit_number(word[1]));
}

void do_change(char **word)
{
	const struct iq_change change = {
		.first = (uint32_t)number(word[1]),
		.more = (uint16_t)(number(word[2]) - number(word[1])),
		.mode = (uint8_t)number(word[3]),
		.kind = (uint8_t)number(word[4]),
		.old = { number(word[5]), number(word[6]) },
	};

	iq_record_add(&mkdump.record, &change, sizeof(change));
}

static void events_section(enum iq_section_type type, char **word)
{
	const struct iq_record_events head = { .entry_size = 16, .lost = (uint32_t)number(word[2]) };

	iq_record_section(&mkdump.record, type, unit_number(word[1]));
	iq_record_add(&mkdump.record, &head, sizeof(head));
}

void do_events(char **word)
{
	events_section(IQ_SECTION_EVENTS, word);
}

void do_refused(char **word)
{
	events_section(IQ_SECTION_REFUSED, word);
}

void do_event(char **word)
{
	const uint64_t event[2] = { number(word[1]), number(word[2]) };

	iq_record_add(&mkdump.record, event, sizeof(event));
}

void do_trap(char **word)
{
	const struct iq_record_trap trap = {
		.stage = (uint16_t)number(word[2]),
		.trap = { .cause = (uint32_t)number(word[3]), .syndrome = number(word[4]), .address = number(word[5]),
			  .offset = number(word[6]) },
	};

	iq_record_item(&mkdump.record, IQ_SECTION_TRAP, unit_number(word[1]), &trap, sizeof(trap));
}

void do_device(char **word)
{
	const struct iq_record_device device = {
		.segment = (uint16_t)number(word[1]),
		.requester = (uint16_t)number(word[2]),
		.command = (uint16_t)number(word[3]),
		.express = (uint16_t)number(word[4]),
		.flags = (uint16_t)number(word[5]),
		.status = (uint16_t)number(word[6]),
		.took = (uint32_t)number(word[7]),
	};

	iq_record_item(&mkdump.record, IQ_SECTION_DEVICES, IQ_NO_UNIT, &device, sizeof(device));
}

void do_port(char **word)
{
	const struct iq_record_port port = {
		.segment = (uint16_t)number(word[1]),
		.requester = (uint16_t)number(word[2]),
		.secondary = (uint8_t)number(word[3]),
		.subordinate = (uint8_t)number(word[4]),
		.express = 0x80,
		.type = 4,
		.aer = 0x100,
		.dpc = (uint16_t)number(word[5]),
		.bridge_control = 2,
		.root_control = 7,
		.before.uncorrectable = (uint32_t)number(word[6]),
		.after.uncorrectable = (uint32_t)number(word[7]),
	};

	iq_record_item(&mkdump.record, IQ_SECTION_PORTS, IQ_NO_UNIT, &port, sizeof(port));
}

void do_rule(char **word)
{
	const struct iq_rule rule = {
		.segment = (uint16_t)number(word[1]),
		.first = (uint16_t)number(word[2]),
		.last = (uint16_t)number(word[3]),
		.mode = (uint8_t)number(word[4]),
		.reason = (uint8_t)number(word[5]),
	};

	iq_record_item(&mkdump.record, IQ_SECTION_RULES, IQ_NO_UNIT, &rule, sizeof(rule));
}

void do_section(char **word)
{
	iq_record_section(&mkdump.record, (enum iq_section_type)number(word[1]), IQ_NO_UNIT);
	iq_record_add(&mkdump.record, "unknown", 8);
}

void do_seal(char **word)
{
	iq_record_seal(&mkdump.record, number(word[1]), (uint32_t)number(word[2]));
}
