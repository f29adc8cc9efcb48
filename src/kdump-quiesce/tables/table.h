/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole firmware tables, printed or searched for flaws. For `kdump-quiesce tables` and `check`.
 */
#ifndef KQ_TABLE_H
#define KQ_TABLE_H

#include "dump.h"

/*
 * Write the table of @length bytes, whole or damaged. @config leads along paths behind bridges of the machine that the table is
 * from; NULL: they are not followed. True if the table is sound and all that it says can be used; what is not is also a
 * warning on stderr.
 */
bool kq_dump_table(struct kq_sink *sink, const char *file, const uint8_t *table, uint32_t length,
		   struct iq_config *config);
/* What is wrong with a table and nothing else: @tell gets each flaw, nobody a warning. Returns how many there are. */
unsigned int kq_table_flaws(const uint8_t *table, uint32_t length, struct iq_config *config,
			    void (*tell)(void *context, const char *structure, uint32_t offset, const char *text),
			    void *context);

#endif
