/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Builders of page tables and device table entries, as an operating system makes them.
 */
#ifndef MODEL_TABLES_H
#define MODEL_TABLES_H

#include "memory.h"

#define MODEL_READ  1u
#define MODEL_WRITE 2u
#define MODEL_RW    (MODEL_READ | MODEL_WRITE)

/* Pages for tables; each is handed out once. */
struct model_tables {
	struct model_memory *memory;
	uint64_t next;
};

uint64_t model_table_new(struct model_tables *tables);
/*
 * AMD v1 table at @root with @levels: map 2^@shift bytes of @iova to @physical. A size between those of two levels takes several
 * equal entries with NextLevel 7.
 */
void model_map_host(struct model_tables *tables, uint64_t root, unsigned int levels, uint64_t iova, uint64_t physical,
		    unsigned int shift, unsigned int allowed);
/* x86-64 table at @root: map one page of 2^@shift bytes (12, 21 or 30). */
void model_map_guest(struct model_tables *tables, uint64_t root, unsigned int levels, uint64_t address,
		     uint64_t physical, unsigned int shift, unsigned int allowed);
/* GCR3 table at @root with @levels: let @pasid use the guest table at @table. */
void model_set_gcr3(struct model_tables *tables, uint64_t root, unsigned int levels, uint32_t pasid, uint64_t table);

/* Words of a device table entry. AMD 48882, 2.2.2 */
#define MODEL_DTE_V    (UINT64_C(1) << 0)
#define MODEL_DTE_TV   (UINT64_C(1) << 1)
#define MODEL_DTE_GIOV (UINT64_C(1) << 54)
#define MODEL_DTE_GV   (UINT64_C(1) << 55)
#define MODEL_DTE_IR   (UINT64_C(1) << 61)
#define MODEL_DTE_IW   (UINT64_C(1) << 62)
#define MODEL_DTE_OPEN (MODEL_DTE_V | MODEL_DTE_TV | MODEL_DTE_IR | MODEL_DTE_IW)
#define MODEL_DTE_MODE(levels) ((uint64_t)(levels) << 9)
#define MODEL_DTE_I    (UINT64_C(1) << 32) /* word 1 */
#define MODEL_DTE_EX   (UINT64_C(1) << 39)
#define MODEL_DTE_SYSMGT(n) ((uint64_t)(n) << 40) /* word 1 */
/* Linux's value of word 2 with interrupt remapping on: IV, a table of 512 entries at some address, remapped. */
#define MODEL_DTE_WORD2(table) (UINT64_C(0x2000000000000013) | (table))
/* Add a GCR3 root with @levels to @word of an entry. */
void model_dte_gcr3(uint64_t word[4], uint64_t root, unsigned int levels);

#endif
