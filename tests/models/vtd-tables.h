/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Builders of root, context and PASID entries and second-level tables, as an operating system makes them.
 */
#ifndef MODEL_VTD_TABLES_H
#define MODEL_VTD_TABLES_H

#include "tables.h"

/* First word of a context entry. VT-d, 9.3 */
#define MODEL_CONTEXT_P	   UINT64_C(1)
#define MODEL_CONTEXT_FPD  UINT64_C(2)
#define MODEL_CONTEXT_TABLE (UINT64_C(0) << 2)
#define MODEL_CONTEXT_ATS  (UINT64_C(1) << 2)
#define MODEL_CONTEXT_PASSTHROUGH (UINT64_C(2) << 2)
#define MODEL_CONTEXT_RESERVED_TYPE (UINT64_C(3) << 2)
/* Second word: domain, and the number of levels. */
#define MODEL_CONTEXT_DOMAIN(domain, levels) ((uint64_t)(domain) << 8 | ((levels) - 2))

/* First word of a scalable-mode context entry: 2^(n+7) directory entries. 9.4 */
#define MODEL_CONTEXT_SM_DTE	(UINT64_C(1) << 2)
#define MODEL_CONTEXT_SM_PASIDE (UINT64_C(1) << 3)
#define MODEL_CONTEXT_SM_PRE	(UINT64_C(1) << 4)
#define MODEL_CONTEXT_SM_PDTS(n) ((uint64_t)(n) << 9)

/* PASID table entry. 9.6 */
#define MODEL_PASID_FIRST	1u
#define MODEL_PASID_SECOND	2u
#define MODEL_PASID_NESTED	3u
#define MODEL_PASID_PASSTHROUGH 4u

/*
 * Address of the context entry of @requester. If the root table at @root has no context table for its bus, one is made.
 * @scalable: 32-byte entries.
 */
uint64_t model_vtd_context_address(struct model_tables *tables, uint64_t root, bool scalable, uint16_t requester);
void model_vtd_set_context(struct model_tables *tables, uint64_t root, bool scalable, uint16_t requester,
			   uint64_t word0, uint64_t word1);
/* Make a PASID directory of 2^(@pdts+7) entries. Returns its address. */
uint64_t model_vtd_directory_new(struct model_tables *tables, unsigned int pdts);
/* Address of the entry of @pasid. If the directory has no table for it, one is made. */
uint64_t model_vtd_pasid_address(struct model_tables *tables, uint64_t directory, uint32_t pasid);
/*
 * Set the entry of @pasid: @type with tables @second and @first. @levels is for the table that is walked last.
 */
void model_vtd_set_pasid(struct model_tables *tables, uint64_t directory, uint32_t pasid, unsigned int type,
			 uint64_t second, unsigned int levels, uint64_t first, uint16_t domain);
/* Second-level table at @root: map one page of 2^@shift bytes (12, 21 or 30). 9.8 */
void model_map_second(struct model_tables *tables, uint64_t root, unsigned int levels, uint64_t iova, uint64_t physical,
		      unsigned int shift, unsigned int allowed);

#endif
