/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The struct iq_io of a dry run: the crash path's own code reads this machine, or a saved one, and writes to copies. Its writes are
 * counted and listed. Its waits are answered at once, as by an idle IOMMU.
 *
 * The clock is a model, so that the same machine always gives the same times: it moves by what each access costs on a
 * server, in nanoseconds.
 */
#ifndef KQ_DRY_IO_H
#define KQ_DRY_IO_H

#include "dry-state.h"
#include "machine/corefile.h"

/* Start a dry run of @run on @host, seen through @physical. False when out of memory. To be ended with kq_dry_end(). */
bool kq_dry_start(struct kq_dry *dry, struct iq_run *run, const struct kq_host *host,
		  const struct kq_physical *physical);
void kq_dry_end(struct kq_dry *dry);
/*
 * All memory and registers that were read, with their values before the dry run: pieces for kq_save_write(), the list to be freed. They live as
 * long as @dry.
 */
struct kq_piece *kq_dry_pieces(const struct kq_dry *dry, unsigned int *count);

#endif
