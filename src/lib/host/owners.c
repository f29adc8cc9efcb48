/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owners out of the firmware tables in sysfs, which each family reads itself.
 */
#include "owners.h"

#include <stdlib.h>

#include "firmware.h"
#include "firmware/acpi.h"
#include "reader.h"

static bool add(void *context, const struct iq_owner *owner)
{
	struct kq_owners *owners = context;
	struct iq_owner *more = realloc(owners->owner, (owners->owners + 1) * sizeof(*more));

	if (!more)
		return false;
	owners->owner = more;
	more[owners->owners++] = *owner;
	return true;
}

bool kq_owners_read(struct kq_owners *owners, const struct kq_host *host, const struct iq_plan *plan)
{
	struct kq_host_config config = { { kq_host_config_read, NULL }, host };
	const struct iq_family *family;
	bool done = true;

	*owners = (struct kq_owners){ NULL, 0 };
	for (unsigned int n = 0; done && plan && (family = iq_family(n)); n++) {
		const struct iq_reader *reader = iq_reader_of(family);
		char path[KQ_TABLE_PATH];
		size_t length;
		char *table;

		if (!reader->owners || !kq_host_table_path(family, path))
			continue;
		table = kq_host_read(host, path, IQ_ACPI_TABLE_MAX, &length);
		if (table)
			done = reader->owners((const uint8_t *)table, (uint32_t)length, &config.config, plan, add, owners);
		free(table);
	}
	return done;
}

void kq_owners_free(struct kq_owners *owners)
{
	free(owners->owner);
	*owners = (struct kq_owners){ NULL, 0 };
}

static bool names(const struct iq_owner *owner, uint16_t segment, uint16_t id)
{
	return owner->segment == segment && owner->first <= id && id <= owner->last;
}

/*
 * Firmware names some ids twice. The last entry counts, as Linux has it: it overwrites (drivers/iommu/amd/init.c:
 * init_iommu_from_acpi), or is looked at first (drivers/iommu/intel/dmar.c: dmar_register_drhd_unit).
 */
static const struct iq_owner *find(const struct kq_owners *owners, uint16_t segment, uint16_t id, bool rest)
{
	for (unsigned int i = owners->owners; i-- > 0;)
		if (names(&owners->owner[i], segment, id) && owners->owner[i].rest == rest)
			return &owners->owner[i];
	return NULL;
}

uint16_t kq_owners_unit(const struct kq_owners *owners, uint16_t segment, uint16_t id)
{
	const struct iq_owner *owner = find(owners, segment, id, false);

	if (!owner)
		owner = find(owners, segment, id, true);
	return owner ? owner->unit : IQ_NO_UNIT;
}

uint16_t kq_owners_alias(const struct kq_owners *owners, uint16_t segment, uint16_t id)
{
	for (unsigned int i = owners->owners; i-- > 0;)
		if (names(&owners->owner[i], segment, id) && owners->owner[i].aliased)
			return owners->owner[i].alias;
	return id;
}
