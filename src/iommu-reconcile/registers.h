/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Registers of the IOMMUs as the new kernel set them, where /dev/mem may be read (iomem=relaxed).
 */
#ifndef REGISTERS_H
#define REGISTERS_H

#include "reader.h"
#include "base/message.h"
#include "host/sysroot.h"

/*
 * Read those of @unit, whose base and family are known, into @now; its status says whether it translates. Nothing is
 * written. False with @reason if they cannot be read.
 */
bool registers_read(const struct kq_host *host, const struct iq_unit *unit, struct iq_unit *now,
		    struct kq_reason *reason);

#endif
