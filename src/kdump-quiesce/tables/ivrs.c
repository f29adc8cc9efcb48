/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fields of IVRS in the words of AMD 48882, 5.2.
 */
#include "dump.h"

#include <inttypes.h>

#include "firmware/ivrs.h"

#define UNIT_ALIGN 0x1000u
#define WINDOW	   0x4000u /* of registers. AMD 48882, 3.4 */

static const struct kq_word ivinfo[] = {
	{ IVINFO_EFRSUP, "EFRSup" },
	{ IVINFO_DMA_REMAP, "DmaRemapSup" },
	{ IVINFO_GVASIZE, "GVASize" },
	{ IVINFO_PASIZE, "PASize" },
	{ IVINFO_VASIZE, "VASize" },
	{ IVINFO_HTATSRESV, "HtAtsResv" },
	{ 0, NULL },
};

static const struct kq_word flags[] = {
	{ IVHD_HTTUNEN, "HtTunEn" },
	{ IVHD_PASSPW, "PassPW" },
	{ IVHD_RESPASSPW, "ResPassPW" },
	{ IVHD_ISOC, "Isoc" },
	{ IVHD_IOTLBSUP, "IotlbSup" },
	{ IVHD_COHERENT, "Coherent" },
	{ 0, NULL },
};

static const struct kq_word flags_10[] = {
	{ IVHD_HTTUNEN, "HtTunEn" },
	{ IVHD_PASSPW, "PassPW" },
	{ IVHD_RESPASSPW, "ResPassPW" },
	{ IVHD_ISOC, "Isoc" },
	{ IVHD_IOTLBSUP, "IotlbSup" },
	{ IVHD_COHERENT, "Coherent" },
	{ IVHD_PREFSUP, "PreFSup" },
	{ IVHD_PPRSUP, "PPRSup" },
	{ 0, NULL },
};

static const struct kq_word info[] = {
	{ IVHD_INFO_MSINUM, "MSInum" },
	{ IVHD_INFO_UNITID, "UnitID" },
	{ 0, NULL },
};

static const struct kq_word features[] = {
	{ IQ_BIT(0), "XTSup" },
	{ IQ_BIT(1), "NXSup" },
	{ IQ_BIT(2), "GTSup" },
	{ IQ_MASK(4, 3), "GLXSup" },
	{ IQ_BIT(5), "IASup" },
	{ IQ_BIT(6), "GASup" },
	{ IQ_BIT(7), "HESup" },
	{ IQ_MASK(12, 8), "PASmax" },
	{ IQ_MASK(16, 13), "PNCounters" },
	{ IQ_MASK(22, 17), "PNBanks" },
	{ IQ_MASK(27, 23), "MsiNumPPR" },
	{ IQ_MASK(29, 28), "GATS" },
	{ IQ_MASK(31, 30), "HATS" },
	{ 0, NULL },
};

static const struct kq_word attributes[] = {
	{ IQ_MASK(16, 13), "PNCounters" },
	{ IQ_MASK(22, 17), "PNBanks" },
	{ IQ_MASK(27, 23), "MsiNumPPR" },
	{ 0, NULL },
};

static const struct kq_word setting[] = {
	{ IVHD_SETTING_INITPASS, "INITPass" },
	{ IVHD_SETTING_EINTPASS, "EIntPass" },
	{ IVHD_SETTING_NMIPASS, "NMIPass" },
	{ IVHD_SETTING_SYSMGT, "SysMgt" },
	{ IVHD_SETTING_LINT0PASS, "Lint0Pass" },
	{ IVHD_SETTING_LINT1PASS, "Lint1Pass" },
	{ 0, NULL },
};

static const struct kq_word extended[] = { { IVHD_EXTENDED_ATS_OFF, "AtsDisabled" }, { 0, NULL } };

static const struct kq_word varieties[] = {
	{ IVHD_VARIETY_IOAPIC, "IOAPIC" }, { IVHD_VARIETY_HPET, "HPET" }, { 0, NULL },
};

static const struct kq_word uid_formats[] = { { 0, "none" }, { 1, "integer" }, { 2, "string" }, { 0, NULL } };

static const struct kq_word ivmd_flags[] = {
	{ IVMD_UNITY, "Unity" },
	{ IVMD_IR, "IR" },
	{ IVMD_IW, "IW" },
	{ IVMD_EXCLUSION, "ExclusionRange" },
	{ 0, NULL },
};

static const struct kq_field header_fields[] = {
	{ "IVinfo", IVRS_IVINFO, 4, KQ_BITS, ivinfo },
	{ "Reserved", IVRS_RESERVED, 8, KQ_RESERVED, NULL },
};

static const struct kq_field block_fields[] = {
	{ "Type", IVRS_BLOCK_TYPE, 1, KQ_HEADING, NULL },
	{ "Flags", IVRS_BLOCK_FLAGS, 1, KQ_HEX, NULL },
	{ "Length", IVRS_BLOCK_LENGTH, 2, KQ_HEADING, NULL },
};

static const struct kq_field ivhd_10_fields[] = {
	{ "Type", IVRS_BLOCK_TYPE, 1, KQ_HEADING, NULL },
	{ "Flags", IVRS_BLOCK_FLAGS, 1, KQ_BITS, flags_10 },
	{ "Length", IVRS_BLOCK_LENGTH, 2, KQ_HEADING, NULL },
	{ "DeviceID", IVHD_REQUESTER, 2, KQ_REQUESTER, NULL },
	{ "Capability Offset", IVHD_CAPABILITY, 2, KQ_HEX, NULL },
	{ "IOMMU Base Address", IVHD_BASE, 8, KQ_HEX, NULL },
	{ "PCI Segment Group", IVHD_SEGMENT, 2, KQ_HEX, NULL },
	{ "IOMMU Info", IVHD_INFO, 2, KQ_BITS, info },
	{ "IOMMU Feature Info", IVHD_FEATURES, 4, KQ_BITS, features },
};

static const struct kq_field ivhd_11_fields[] = {
	{ "Type", IVRS_BLOCK_TYPE, 1, KQ_HEADING, NULL },
	{ "Flags", IVRS_BLOCK_FLAGS, 1, KQ_BITS, flags },
	{ "Length", IVRS_BLOCK_LENGTH, 2, KQ_HEADING, NULL },
	{ "DeviceID", IVHD_REQUESTER, 2, KQ_REQUESTER, NULL },
	{ "Capability Offset", IVHD_CAPABILITY, 2, KQ_HEX, NULL },
	{ "IOMMU Base Address", IVHD_BASE, 8, KQ_HEX, NULL },
	{ "PCI Segment Group", IVHD_SEGMENT, 2, KQ_HEX, NULL },
	{ "IOMMU Info", IVHD_INFO, 2, KQ_BITS, info },
	{ "IOMMU Attributes", IVHD_FEATURES, 4, KQ_BITS, attributes },
	{ "EFR Register Image", IVHD_EFR, 8, KQ_HEX, NULL },
	{ "EFR2 Register Image", IVHD_EFR2, 8, KQ_HEX, NULL },
};

static const struct kq_field ivmd_fields[] = {
	{ "Type", IVRS_BLOCK_TYPE, 1, KQ_HEADING, NULL },
	{ "Flags", IVRS_BLOCK_FLAGS, 1, KQ_BITS, ivmd_flags },
	{ "Length", IVRS_BLOCK_LENGTH, 2, KQ_HEADING, NULL },
	{ "DeviceID", IVMD_FIRST, 2, KQ_REQUESTER, NULL },
	{ "Auxiliary Data", IVMD_LAST, 2, KQ_REQUESTER, NULL },
	{ "PCI Segment Group", IVMD_SEGMENT, 2, KQ_RESERVED, NULL },
	{ "Reserved", IVMD_RESERVED, 6, KQ_RESERVED, NULL },
	{ "IVMD Start Address", IVMD_BASE, 8, KQ_HEX, NULL },
	{ "IVMD Memory Block Length", IVMD_LENGTH, 8, KQ_HEX, NULL },
};

#define ENTRY_TYPE    { "Type", IVHD_ENTRY_TYPE, 1, KQ_HEADING, NULL }
#define ENTRY_DEVICE  { "DeviceID", IVHD_ENTRY_REQUESTER, 2, KQ_REQUESTER, NULL }
#define ENTRY_SETTING { "DTE Setting", IVHD_ENTRY_SETTING, 1, KQ_BITS, setting }

static const struct kq_field pad_fields[] = {
	ENTRY_TYPE,
	{ "DeviceID", IVHD_ENTRY_REQUESTER, 2, KQ_RESERVED, NULL },
	{ "DTE Setting", IVHD_ENTRY_SETTING, 1, KQ_RESERVED, NULL },
};
static const struct kq_field pad_8_fields[] = {
	ENTRY_TYPE,
	{ "DeviceID", IVHD_ENTRY_REQUESTER, 2, KQ_RESERVED, NULL },
	{ "DTE Setting", IVHD_ENTRY_SETTING, 1, KQ_RESERVED, NULL },
	{ "Reserved", 4, 4, KQ_RESERVED, NULL },
};
static const struct kq_field all_fields[] = {
	ENTRY_TYPE, { "DeviceID", IVHD_ENTRY_REQUESTER, 2, KQ_RESERVED, NULL }, ENTRY_SETTING,
};
static const struct kq_field device_fields[] = { ENTRY_TYPE, ENTRY_DEVICE, ENTRY_SETTING };
static const struct kq_field end_fields[] = {
	ENTRY_TYPE, ENTRY_DEVICE, { "DTE Setting", IVHD_ENTRY_SETTING, 1, KQ_RESERVED, NULL },
};
static const struct kq_field alias_fields[] = {
	ENTRY_TYPE,
	ENTRY_DEVICE,
	ENTRY_SETTING,
	{ "Reserved", 4, 1, KQ_RESERVED, NULL },
	{ "Source DeviceID", IVHD_ENTRY_ALIAS, 2, KQ_REQUESTER, NULL },
	{ "Reserved", 7, 1, KQ_RESERVED, NULL },
};
static const struct kq_field ext_fields[] = {
	ENTRY_TYPE, ENTRY_DEVICE, ENTRY_SETTING, { "Extended DTE Setting", IVHD_ENTRY_EXTENDED, 4, KQ_BITS, extended },
};
static const struct kq_field special_fields[] = {
	ENTRY_TYPE,
	{ "DeviceID", IVHD_ENTRY_REQUESTER, 2, KQ_RESERVED, NULL },
	ENTRY_SETTING,
	{ "Handle", IVHD_ENTRY_HANDLE, 1, KQ_HEX, NULL },
	{ "Source DeviceID", IVHD_ENTRY_ALIAS, 2, KQ_REQUESTER, NULL },
	{ "Variety", IVHD_ENTRY_VARIETY, 1, KQ_CHOICE, varieties },
};
static const struct kq_field hid_fields[] = {
	ENTRY_TYPE,
	ENTRY_DEVICE,
	ENTRY_SETTING,
	{ "Hardware ID", IVHD_HID, 8, KQ_TEXT, NULL },
	{ "Compatible ID", IVHD_CID, 8, KQ_TEXT, NULL },
	{ "Unique ID Format", IVHD_UID_FORMAT, 1, KQ_CHOICE, uid_formats },
	{ "Unique ID Length", IVHD_UID_LENGTH, 1, KQ_HEADING, NULL },
};
static const struct kq_field type_fields[] = { ENTRY_TYPE };

static const struct {
	uint16_t type;
	struct kq_layout layout;
} entries[] = {
	{ IVHD_PAD, KQ_LAYOUT("Pad", pad_fields, true) },
	{ IVHD_PAD_8, KQ_LAYOUT("Pad", pad_8_fields, true) },
	{ IVHD_ALL, KQ_LAYOUT("All", all_fields, true) },
	{ IVHD_SELECT, KQ_LAYOUT("Select", device_fields, true) },
	{ IVHD_START, KQ_LAYOUT("Start of Range", device_fields, true) },
	{ IVHD_END, KQ_LAYOUT("End of Range", end_fields, true) },
	{ IVHD_ALIAS, KQ_LAYOUT("Alias Select", alias_fields, true) },
	{ IVHD_ALIAS_START, KQ_LAYOUT("Alias Start of Range", alias_fields, true) },
	{ IVHD_EXT, KQ_LAYOUT("Extended Select", ext_fields, true) },
	{ IVHD_EXT_START, KQ_LAYOUT("Extended Start of Range", ext_fields, true) },
	{ IVHD_SPECIAL, KQ_LAYOUT("Special Device", special_fields, true) },
	{ IVHD_ACPI_HID, KQ_LAYOUT("ACPI HID Device", hid_fields, true) },
};

static const struct kq_layout unknown_entry = KQ_LAYOUT("Unknown Entry", type_fields, true);
static const struct kq_layout unknown_block = KQ_LAYOUT("Unknown Block", block_fields, false);
static const struct kq_layout ivmd_layout = KQ_LAYOUT("IVMD", ivmd_fields, false);
static const struct kq_layout ivhd_layouts[] = {
	KQ_LAYOUT("IVHD", ivhd_10_fields, false),
	KQ_LAYOUT("IVHD", ivhd_11_fields, false),
};

/* Also of a block whose length is wrong it is known what it was to be. */
static const struct kq_layout *block_layout(const struct iq_structure *block)
{
	if (block->flaw == IQ_FLAW_CUT_OFF)
		return &unknown_block;
	if (iq_ivhd_rank(block->type))
		return &ivhd_layouts[block->type != IVHD_10];
	return iq_ivmd_is(block->type) ? &ivmd_layout : &unknown_block;
}

static const struct kq_layout *entry_layout(uint16_t type)
{
	for (size_t i = 0; i < IQ_ARRAY_SIZE(entries); i++)
		if (entries[i].type == type)
			return &entries[i].layout;
	return &unknown_entry;
}

/* What the device entries from @entry's place on mean: a range, if it starts one. */
static void say_range(struct kq_dump *dump, const struct iq_walk *from, const struct iq_structure *entry)
{
	struct iq_ivhd_device device;
	struct iq_walk walk = *from;
	char range[24], note[40];

	walk.at = entry->offset;
	if (entry->flaw || !iq_ivhd_next_device(&walk, &device) || device.offset != entry->offset ||
	    (device.first == device.last && !device.unpaired)) {
		snprintf(note, sizeof(note), "type %02xh", entry->type);
		kq_dump_begin(dump, entry_layout(entry->type), entry,
			      entry_layout(entry->type) == &unknown_entry ? note : NULL);
		return;
	}
	snprintf(note, sizeof(note), "%s", device.unpaired ? "" : kq_requester_range(range, device.first, device.last));
	kq_dump_begin(dump, entry_layout(entry->type), entry, note);
	if (device.unpaired)
		kq_dump_flaw(dump, entry->type == IVHD_END ? "ends a range that nothing starts" :
							     "starts a range that has no end behind its start");
}

static void write_uid(struct kq_dump *dump, const struct iq_structure *entry)
{
	const bool text = iq_structure_8(entry, IVHD_UID_FORMAT) == 2;
	const struct kq_field uid = { "Unique ID", 0, 0, text ? KQ_TEXT : KQ_BYTES, NULL };

	if (entry->length > IVHD_HID_SIZE)
		kq_dump_field(dump, &uid, entry->offset + IVHD_HID_SIZE, entry->length - IVHD_HID_SIZE);
}

static void write_entries(struct kq_dump *dump, const struct iq_structure *block)
{
	struct iq_structure entry;
	struct iq_walk walk, from;
	bool open = false;

	iq_ivhd_entries(&walk, dump->table, block);
	from = walk;
	while (iq_walk_next(&walk, &entry)) {
		if (entry.type == IVHD_END && open) {
			kq_dump_begin(dump, entry_layout(IVHD_END), &entry, NULL);
			open = false;
		} else {
			say_range(dump, &from, &entry);
		}
		if (entry.type == IVHD_START || entry.type == IVHD_ALIAS_START || entry.type == IVHD_EXT_START)
			open = true;
		else if (entry.type != IVHD_PAD && entry.type != IVHD_PAD_8)
			open = false;
		if (entry.type == IVHD_ACPI_HID && !entry.flaw)
			write_uid(dump, &entry);
		kq_dump_end(dump);
	}
}

/* An earlier block of another IOMMU whose registers are these, too. */
static bool overlaps(const struct kq_dump *dump, const struct iq_structure *block, const struct iq_ivhd *ivhd,
		     uint32_t *offset)
{
	struct iq_structure earlier;
	struct iq_ivhd other;
	struct iq_walk walk;

	iq_ivrs_blocks(&walk, dump->table, block->offset);
	while (iq_walk_next(&walk, &earlier)) {
		if (earlier.flaw > IQ_FLAW_SHORT || !iq_ivhd_rank(earlier.type) ||
		    !iq_ivrs_counts(dump->table, dump->length, &earlier))
			continue;
		iq_ivhd_decode(&earlier, &other);
		*offset = earlier.offset;
		if ((other.segment != ivhd->segment || other.requester != ivhd->requester) &&
		    (ivhd->base - other.base < WINDOW || other.base - ivhd->base < WINDOW))
			return true;
	}
	return false;
}

static void write_ivhd(struct kq_dump *dump, const struct iq_structure *block)
{
	const bool counts = iq_ivrs_counts(dump->table, dump->length, block);
	char note[96], unit[24];
	struct iq_ivhd ivhd;
	uint32_t earlier;

	iq_ivhd_decode(block, &ivhd);
	snprintf(note, sizeof(note), "type %02xh of IOMMU %04x:%s%s", ivhd.type, ivhd.segment,
		 kq_requester_range(unit, ivhd.requester, ivhd.requester),
		 counts ? "" : ", not used: another IVHD describes it");
	kq_dump_begin(dump, &ivhd_layouts[block->type != IVHD_10], block, note);
	if (!ivhd.base || ivhd.base % UNIT_ALIGN || !iq_no_wrap(ivhd.base, WINDOW))
		kq_dump_flaw(dump, "no IOMMU can be at 0x%" PRIx64, ivhd.base);
	else if (counts && overlaps(dump, block, &ivhd, &earlier))
		kq_dump_flaw(dump, "its registers overlap those of the IVHD at offset 0x%" PRIx32, earlier);
	write_entries(dump, block);
	kq_dump_end(dump);
}

static void write_ivmd(struct kq_dump *dump, const struct iq_structure *block)
{
	char note[64], devices[24];
	struct iq_ivmd ivmd;

	iq_ivmd_decode(block, &ivmd);
	snprintf(note, sizeof(note), "type %02xh for %s", ivmd.type,
		 ivmd.type == IVMD_ALL ? "all devices" : kq_requester_range(devices, ivmd.first, ivmd.last));
	kq_dump_begin(dump, &ivmd_layout, block, note);
	if (ivmd.first > ivmd.last)
		kq_dump_flaw(dump, "its range of devices ends before it starts");
	if (!iq_no_wrap(ivmd.base, ivmd.length))
		kq_dump_flaw(dump, "its memory wraps around the address space");
	else if (!iq_ivmd_has_memory(&ivmd))
		kq_dump_flaw(dump, "names less than a page of memory: its devices are not left alone for that");
	else if (ivmd.type != IVMD_ALL && iq_ivrs_reserves_for_all(dump->table, dump->length, ivmd.segment))
		kq_dump_flaw(dump, "is one of those that name every device together: none is left alone for that");
	kq_dump_end(dump);
}

/* Blocks for all devices are no reason to leave all alone: they are passed over here as in the plan. */
static void reserved(const uint8_t *table, uint32_t length, struct iq_config *config,
		     void (*tell)(void *context, const struct kq_reserved *reserved), void *context)
{
	struct iq_structure block;
	struct iq_ivmd ivmd;
	struct iq_walk walk;

	(void)config;
	iq_ivrs_blocks(&walk, table, length);
	while (iq_walk_next(&walk, &block)) {
		if (block.flaw || !iq_ivmd_is(block.type))
			continue;
		iq_ivmd_decode(&block, &ivmd);
		if (ivmd.type != IVMD_ALL && iq_ivmd_has_memory(&ivmd) && iq_no_wrap(ivmd.base, ivmd.length) &&
		    !iq_ivrs_reserves_for_all(table, length, ivmd.segment))
			tell(context, &(struct kq_reserved){ ivmd.segment, ivmd.first, ivmd.last, ivmd.base,
							     ivmd.base + ivmd.length });
	}
}

static void structures(struct kq_dump *dump)
{
	struct iq_structure block;
	unsigned int units = 0;
	struct iq_walk walk;
	char note[16];

	iq_ivrs_blocks(&walk, dump->table, dump->length);
	while (iq_walk_next(&walk, &block)) {
		units += block.flaw != IQ_FLAW_CUT_OFF && iq_ivhd_rank(block.type);
		if (block.flaw <= IQ_FLAW_SHORT && iq_ivhd_rank(block.type)) {
			write_ivhd(dump, &block);
		} else if (block.flaw <= IQ_FLAW_SHORT && iq_ivmd_is(block.type)) {
			write_ivmd(dump, &block);
		} else {
			snprintf(note, sizeof(note), "type %02xh", block.type);
			kq_dump_leaf(dump, block_layout(&block), &block, note);
		}
	}
	if (!units)
		kq_dump_flaw(dump, "names no IOMMU");
}

const struct kq_table_kind kq_ivrs_table = {
	IQ_IVRS_SIGNATURE, "I/O Virtualization Reporting Structure", 1, 2, IVRS_BLOCKS, header_fields,
	IQ_ARRAY_SIZE(header_fields), structures, reserved,
};
