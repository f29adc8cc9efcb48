/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fields of DMAR in the words of the VT-d specification, 8.
 */
#include "dump.h"

#include <inttypes.h>
#include <string.h>

#include "firmware/dmar.h"

static const struct kq_word flags[] = {
	{ DMAR_INTR_REMAP, "INTR_REMAP" },
	{ DMAR_X2APIC_OPT_OUT, "X2APIC_OPT_OUT" },
	{ DMAR_DMA_CTRL_OPT_IN, "DMA_CTRL_PLATFORM_OPT_IN_FLAG" },
	{ 0, NULL },
};
static const struct kq_word drhd_flags[] = { { DRHD_ALL, "INCLUDE_PCI_ALL" }, { 0, NULL } };
static const struct kq_word drhd_size[] = { { DRHD_SIZE_PAGES, "Log2Pages" }, { 0, NULL } };
static const struct kq_word atsr_flags[] = { { ATSR_ALL_PORTS, "ALL_PORTS" }, { 0, NULL } };
static const struct kq_word satc_flags[] = { { SATC_ATC_REQUIRED, "ATC_REQUIRED" }, { 0, NULL } };

static const struct kq_field header_fields[] = {
	{ "Host Address Width", DMAR_WIDTH, 1, KQ_NUMBER, NULL },
	{ "Flags", DMAR_FLAGS, 1, KQ_BITS, flags },
	{ "Reserved", DMAR_RESERVED, 10, KQ_RESERVED, NULL },
};

#define STRUCTURE_FIELDS                            \
	{ "Type", DMAR_TYPE, 2, KQ_HEADING, NULL }, \
	{ "Length", DMAR_LENGTH, 2, KQ_HEADING, NULL }

static const struct kq_field unknown_fields[] = { STRUCTURE_FIELDS };
static const struct kq_field drhd_fields[] = {
	STRUCTURE_FIELDS,
	{ "Flags", DRHD_FLAGS, 1, KQ_BITS, drhd_flags },
	{ "Size", DRHD_SIZE, 1, KQ_BITS, drhd_size },
	{ "Segment Number", DRHD_SEGMENT, 2, KQ_HEX, NULL },
	{ "Register Base Address", DRHD_BASE, 8, KQ_HEX, NULL },
};
static const struct kq_field rmrr_fields[] = {
	STRUCTURE_FIELDS,
	{ "Reserved", RMRR_RESERVED, 2, KQ_RESERVED, NULL },
	{ "Segment Number", RMRR_SEGMENT, 2, KQ_HEX, NULL },
	{ "Base Address", RMRR_BASE, 8, KQ_HEX, NULL },
	{ "Limit Address", RMRR_LIMIT, 8, KQ_HEX, NULL },
};
static const struct kq_field atsr_fields[] = {
	STRUCTURE_FIELDS,
	{ "Flags", ATSR_FLAGS, 1, KQ_BITS, atsr_flags },
	{ "Reserved", ATSR_RESERVED, 1, KQ_RESERVED, NULL },
	{ "Segment Number", ATSR_SEGMENT, 2, KQ_HEX, NULL },
};
static const struct kq_field rhsa_fields[] = {
	STRUCTURE_FIELDS,
	{ "Reserved", RHSA_RESERVED, 4, KQ_RESERVED, NULL },
	{ "Register Base Address", RHSA_BASE, 8, KQ_HEX, NULL },
	{ "Proximity Domain", RHSA_PROXIMITY, 4, KQ_HEX, NULL },
};
static const struct kq_field andd_fields[] = {
	STRUCTURE_FIELDS,
	{ "Reserved", ANDD_RESERVED, 3, KQ_RESERVED, NULL },
	{ "ACPI Device Number", ANDD_NUMBER, 1, KQ_HEX, NULL },
};
static const struct kq_field satc_fields[] = {
	STRUCTURE_FIELDS,
	{ "Flags", SATC_FLAGS, 1, KQ_BITS, satc_flags },
	{ "Reserved", SATC_RESERVED, 1, KQ_RESERVED, NULL },
	{ "Segment Number", SATC_SEGMENT, 2, KQ_HEX, NULL },
};
static const struct kq_field sidp_fields[] = {
	STRUCTURE_FIELDS,
	{ "Reserved", SIDP_RESERVED, 2, KQ_RESERVED, NULL },
	{ "Segment Number", SIDP_SEGMENT, 2, KQ_HEX, NULL },
};
static const struct kq_field scope_fields[] = {
	{ "Type", SCOPE_TYPE, 1, KQ_HEADING, NULL },
	{ "Length", SCOPE_LENGTH, 1, KQ_HEADING, NULL },
	{ "Flags", SCOPE_FLAGS, 1, KQ_RESERVED, NULL },
	{ "Reserved", SCOPE_RESERVED, 1, KQ_RESERVED, NULL },
	{ "Enumeration ID", SCOPE_ENUMERATION, 1, KQ_HEX, NULL },
	{ "Start Bus Number", SCOPE_BUS, 1, KQ_HEADING, NULL },
};

static const struct kq_layout layouts[] = {
	[DMAR_DRHD] = KQ_LAYOUT("DRHD", drhd_fields, false), [DMAR_RMRR] = KQ_LAYOUT("RMRR", rmrr_fields, false),
	[DMAR_ATSR] = KQ_LAYOUT("ATSR", atsr_fields, false), [DMAR_RHSA] = KQ_LAYOUT("RHSA", rhsa_fields, false),
	[DMAR_ANDD] = KQ_LAYOUT("ANDD", andd_fields, false), [DMAR_SATC] = KQ_LAYOUT("SATC", satc_fields, false),
	[DMAR_SIDP] = KQ_LAYOUT("SIDP", sidp_fields, false),
};
static const struct kq_layout unknown_layout = KQ_LAYOUT("Unknown Structure", unknown_fields, false);
static const struct kq_layout scope_layouts[] = {
	KQ_LAYOUT("Unknown Device", scope_fields, true),
	[SCOPE_ENDPOINT] = KQ_LAYOUT("PCI Endpoint Device", scope_fields, true),
	[SCOPE_HIERARCHY] = KQ_LAYOUT("PCI Sub-hierarchy", scope_fields, true),
	[SCOPE_IOAPIC] = KQ_LAYOUT("IOAPIC", scope_fields, true),
	[SCOPE_HPET] = KQ_LAYOUT("MSI-capable HPET", scope_fields, true),
	[SCOPE_ACPI] = KQ_LAYOUT("ACPI Name-space Device", scope_fields, true),
};

/* Does the scope name something that does DMA with a requester id? */
static bool is_pci(const struct iq_structure *scope)
{
	return scope->type == SCOPE_ENDPOINT || scope->type == SCOPE_HIERARCHY || scope->type == SCOPE_ACPI;
}

/* "00:1c.0" where the path has one step, "00:1c.0/00.1/02.0" where it has more, whose buses only the host knows. */
static void path_note(const struct iq_structure *scope, bool known, char note[64])
{
	size_t used = 0;

	if (!known)
		used += (size_t)snprintf(note, 64, "type %u: ", scope->type);
	used += (size_t)snprintf(note + used, 64 - used, "%02x:", iq_structure_8(scope, SCOPE_BUS));

	for (uint32_t at = SCOPE_PATH; at + SCOPE_STEP <= scope->length && used + 8 < 64; at += SCOPE_STEP)
		used += (size_t)snprintf(note + used, 64 - used, "%s%02x.%x", at > SCOPE_PATH ? "/" : "",
					 scope->bytes[at], scope->bytes[at + 1]);
}

/* Only of reserved memory does it matter where a path leads: nobody knows then who needs it. */
static void check_path(struct kq_dump *dump, const struct iq_structure *structure, const struct iq_structure *scope)
{
	struct iq_dmar_scope found;

	if (!dump->config || structure->type != DMAR_RMRR || !is_pci(scope))
		return;
	if (!iq_dmar_resolve(scope, iq_structure_16(structure, RMRR_SEGMENT), dump->config, &found))
		kq_dump_flaw(dump, "its path leads to no device: there is no such bridge on this machine");
}

static void write_scopes(struct kq_dump *dump, const struct iq_structure *structure)
{
	static const struct kq_field step = { "Path", 0, SCOPE_STEP, KQ_PATH, NULL };
	const struct kq_layout *layout;
	struct iq_structure scope;
	struct iq_walk walk;
	char note[64];

	iq_dmar_scopes(&walk, dump->table, structure);
	while (iq_walk_next(&walk, &scope)) {
		const bool sound = scope.flaw <= IQ_FLAW_SHORT;

		layout = &scope_layouts[scope.type < IQ_ARRAY_SIZE(scope_layouts) ? scope.type : 0];
		path_note(&scope, layout != scope_layouts, note);
		kq_dump_begin(dump, layout, &scope, sound ? note : NULL);
		for (uint32_t at = SCOPE_PATH; sound && at + SCOPE_STEP <= scope.length; at += SCOPE_STEP) {
			kq_dump_field(dump, &step, scope.offset + at, SCOPE_STEP);
			if (scope.bytes[at] > 31 || scope.bytes[at + 1] > 7)
				kq_dump_flaw(dump, "device %02x.%x in its path cannot be", scope.bytes[at],
					     scope.bytes[at + 1]);
		}
		if (!scope.flaw)
			check_path(dump, structure, &scope);
		kq_dump_end(dump);
	}
}

/* What cannot be true of a DRHD, alone and beside those before it. */
static void check_drhd(struct kq_dump *dump, const struct iq_structure *structure)
{
	struct iq_structure earlier;
	struct iq_drhd drhd, other;
	struct iq_walk walk;

	iq_dmar_drhd(structure, &drhd);
	if (!drhd.base || drhd.base & ~IQ_PAGE_MASK || !iq_no_wrap(drhd.base, drhd.size))
		kq_dump_flaw(dump, "no unit can be at 0x%" PRIx64, drhd.base);
	iq_dmar_structures(&walk, dump->table, structure->offset);
	while (iq_walk_next(&walk, &earlier)) {
		if (earlier.flaw || earlier.type != DMAR_DRHD)
			continue;
		iq_dmar_drhd(&earlier, &other);
		if (drhd.base - other.base < other.size || other.base - drhd.base < drhd.size) {
			kq_dump_flaw(dump, "its registers overlap those of the DRHD at offset 0x%" PRIx32,
				     earlier.offset);
			return;
		}
		if (other.all && other.segment == drhd.segment) {
			kq_dump_flaw(dump, "stands behind the INCLUDE_PCI_ALL unit of its segment");
			return;
		}
	}
}

static void check_rmrr(struct kq_dump *dump, const struct iq_structure *structure)
{
	struct iq_rmrr rmrr;

	iq_dmar_rmrr(structure, &rmrr);
	if (rmrr.limit < rmrr.base)
		kq_dump_flaw(dump, "its memory ends before it starts");
	else if (!iq_rmrr_has_memory(&rmrr))
		kq_dump_flaw(dump, "names less than a page of memory: its devices are not left alone for that");
}

/* PCI scopes of reserved memory, and the buses behind a sub-hierarchy's bridge. */
static void reserved(const uint8_t *table, uint32_t length, struct iq_config *config,
		     void (*tell)(void *context, const struct kq_reserved *reserved), void *context)
{
	struct iq_structure structure, scope;
	struct iq_walk walk, scopes;
	struct iq_dmar_scope found;
	struct kq_reserved one;
	struct iq_rmrr rmrr;

	iq_dmar_structures(&walk, table, length);
	while (iq_walk_next(&walk, &structure)) {
		if (structure.flaw || structure.type != DMAR_RMRR)
			continue;
		iq_dmar_rmrr(&structure, &rmrr);
		iq_dmar_scopes(&scopes, table, &structure);
		while (iq_rmrr_has_memory(&rmrr) && iq_walk_next(&scopes, &scope)) {
			if (scope.flaw || !is_pci(&scope) || !iq_dmar_resolve(&scope, rmrr.segment, config,
									       &found))
				continue;
			one = (struct kq_reserved){ rmrr.segment, found.requester, found.requester, rmrr.base,
						    rmrr.limit == UINT64_MAX ? rmrr.limit : rmrr.limit + 1 };
			tell(context, &one);
			if (!found.first_bus)
				continue;
			one.first = (uint16_t)(found.first_bus << 8);
			one.last = (uint16_t)(found.last_bus << 8 | 0xff);
			tell(context, &one);
		}
	}
}

static void write_name(struct kq_dump *dump, const struct iq_structure *structure)
{
	static const struct kq_field name = { "ACPI Object Name", 0, 0, KQ_TEXT, NULL };
	const uint32_t room = structure->length - ANDD_NAME;
	const uint32_t length = (uint32_t)strnlen((const char *)structure->bytes + ANDD_NAME, room);

	kq_dump_field(dump, &name, structure->offset + ANDD_NAME, length < room ? length + 1 : room);
	if (length == room)
		kq_dump_flaw(dump, "its name has no end");
}

static void structures(struct kq_dump *dump)
{
	struct iq_structure structure;
	unsigned int units = 0;
	struct iq_walk walk;
	char type[16];

	iq_dmar_structures(&walk, dump->table, dump->length);
	while (iq_walk_next(&walk, &structure)) {
		/* Also of one whose length is wrong it is known what it was to be. */
		const bool known = structure.flaw != IQ_FLAW_CUT_OFF && structure.type < IQ_ARRAY_SIZE(layouts);

		snprintf(type, sizeof(type), "type %u", structure.type);
		kq_dump_begin(dump, known ? &layouts[structure.type] : &unknown_layout, &structure,
			      known ? NULL : type);
		units += known && structure.type == DMAR_DRHD;
		if (!structure.flaw && structure.type == DMAR_DRHD)
			check_drhd(dump, &structure);
		if (!structure.flaw && structure.type == DMAR_RMRR)
			check_rmrr(dump, &structure);
		if (!structure.flaw && structure.type == DMAR_ANDD)
			write_name(dump, &structure);
		if (!structure.flaw)
			write_scopes(dump, &structure);
		kq_dump_end(dump);
	}
	if (!units)
		kq_dump_flaw(dump, "names no IOMMU");
}

const struct kq_table_kind kq_dmar_table = {
	/* The specification has 1; many machines say 2. */
	IQ_DMAR_SIGNATURE, "DMA Remapping Reporting", 1, 2, DMAR_STRUCTURES, header_fields,
	IQ_ARRAY_SIZE(header_fields), structures, reserved,
};
