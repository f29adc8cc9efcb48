/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owners out of the device entries of IVHD blocks (IVRS) and the device scopes of DRHD structures (DMAR).
 */
#include "owners.h"

#include <stdlib.h>

#include "firmware/acpi.h"
#include "firmware/dmar.h"
#include "firmware/ivrs.h"

static bool add(struct kq_owners *owners, const struct kq_owner *owner)
{
	struct kq_owner *more = realloc(owners->owner, (owners->owners + 1) * sizeof(*more));

	if (!more)
		return false;
	owners->owner = more;
	more[owners->owners++] = *owner;
	return true;
}

/* The unit whose registers are at @base. */
static uint16_t unit_at(const struct iq_plan *plan, uint64_t base)
{
	for (unsigned int i = 0; i < plan->units; i++)
		if (plan->unit[i].base == base)
			return (uint16_t)i;
	return KQ_NO_UNIT;
}

static bool from_ivhd(struct kq_owners *owners, const uint8_t *table, const struct iq_structure *block,
		      const struct iq_plan *plan)
{
	struct iq_ivhd_device device;
	struct iq_walk entries;
	struct iq_ivhd ivhd;
	bool done = true;

	iq_ivhd_decode(block, &ivhd);
	iq_ivhd_entries(&entries, table, block);
	while (done && iq_ivhd_next_device(&entries, &device))
		done = add(owners, &(struct kq_owner){
					   .segment = ivhd.segment,
					   .first = device.first,
					   .last = device.last,
					   .unit = unit_at(plan, ivhd.base),
					   .rest = device.type == IVHD_ALL,
					   .aliased = device.aliased,
					   .alias = device.alias,
				   });
	return done;
}

static bool from_ivrs(struct kq_owners *owners, const uint8_t *table, uint32_t length, struct iq_config *config,
		      const struct iq_plan *plan)
{
	struct iq_structure block;
	struct iq_walk walk;
	bool done = true;

	(void)config;
	iq_ivrs_blocks(&walk, table, length);
	while (done && iq_walk_next(&walk, &block))
		if (block.flaw <= IQ_FLAW_SHORT && iq_ivhd_rank(block.type) && iq_ivrs_counts(table, length, &block))
			done = from_ivhd(owners, table, &block, plan);
	return done;
}

static bool from_scopes(struct kq_owners *owners, const uint8_t *table, const struct iq_structure *structure,
			const struct iq_drhd *drhd, struct iq_config *config, uint16_t unit)
{
	struct iq_dmar_scope found;
	struct iq_structure scope;
	struct iq_walk walk;
	bool done = true;

	iq_dmar_scopes(&walk, table, structure);
	while (done && iq_walk_next(&walk, &scope)) {
		if (scope.flaw || !iq_dmar_resolve(&scope, drhd->segment, config, &found))
			continue;
		done = add(owners, &(struct kq_owner){ .segment = drhd->segment,
						       .first = found.requester,
						       .last = found.requester,
						       .unit = unit });
		if (done && found.last_bus > found.requester >> 8)
			done = add(owners, &(struct kq_owner){
						   .segment = drhd->segment,
						   .first = (uint16_t)((found.requester & 0xff00) + 0x100),
						   .last = (uint16_t)(found.last_bus << 8 | 0xff),
						   .unit = unit,
					   });
	}
	return done;
}

static bool from_dmar(struct kq_owners *owners, const uint8_t *table, uint32_t length, struct iq_config *config,
		      const struct iq_plan *plan)
{
	struct iq_structure structure;
	struct iq_walk walk;
	struct iq_drhd drhd;
	bool done = true;

	iq_dmar_structures(&walk, table, length);
	while (done && iq_walk_next(&walk, &structure)) {
		if (structure.flaw || structure.type != DMAR_DRHD)
			continue;
		iq_dmar_drhd(&structure, &drhd);
		if (drhd.all)
			done = add(owners, &(struct kq_owner){ .segment = drhd.segment,
							       .last = 0xffff,
							       .unit = unit_at(plan, drhd.base),
							       .rest = true });
		else
			done = from_scopes(owners, table, &structure, &drhd, config, unit_at(plan, drhd.base));
	}
	return done;
}

bool kq_owners_read(struct kq_owners *owners, const struct kq_host *host, const struct iq_plan *plan)
{
	static const struct {
		const char *path;
		bool (*read)(struct kq_owners *owners, const uint8_t *table, uint32_t length, struct iq_config *config,
			     const struct iq_plan *plan);
	} tables[] = {
		{ "/sys/firmware/acpi/tables/IVRS", from_ivrs },
		{ "/sys/firmware/acpi/tables/DMAR", from_dmar },
	};
	struct kq_host_config config = { { kq_host_config_read, NULL }, host };
	bool done = true;

	*owners = (struct kq_owners){ NULL, 0 };
	for (size_t i = 0; done && plan && i < IQ_ARRAY_SIZE(tables); i++) {
		size_t length;
		char *table = kq_host_read(host, tables[i].path, IQ_ACPI_TABLE_MAX, &length);

		if (table)
			done = tables[i].read(owners, (const uint8_t *)table, (uint32_t)length, &config.config, plan);
		free(table);
	}
	return done;
}

void kq_owners_free(struct kq_owners *owners)
{
	free(owners->owner);
	*owners = (struct kq_owners){ NULL, 0 };
}

static bool names(const struct kq_owner *owner, uint16_t segment, uint16_t id)
{
	return owner->segment == segment && owner->first <= id && id <= owner->last;
}

/*
 * Firmware names some ids twice. The last entry counts, as Linux has it: it overwrites (drivers/iommu/amd/init.c:
 * init_iommu_from_acpi), or is looked at first (drivers/iommu/intel/dmar.c: dmar_register_drhd_unit).
 */
static const struct kq_owner *find(const struct kq_owners *owners, uint16_t segment, uint16_t id, bool rest)
{
	for (unsigned int i = owners->owners; i-- > 0;)
		if (names(&owners->owner[i], segment, id) && owners->owner[i].rest == rest)
			return &owners->owner[i];
	return NULL;
}

uint16_t kq_owners_unit(const struct kq_owners *owners, uint16_t segment, uint16_t id)
{
	const struct kq_owner *owner = find(owners, segment, id, false);

	if (!owner)
		owner = find(owners, segment, id, true);
	return owner ? owner->unit : KQ_NO_UNIT;
}

uint16_t kq_owners_alias(const struct kq_owners *owners, uint16_t segment, uint16_t id)
{
	for (unsigned int i = owners->owners; i-- > 0;)
		if (names(&owners->owner[i], segment, id) && owners->owner[i].aliased)
			return owners->owner[i].alias;
	return id;
}
