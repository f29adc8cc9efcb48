/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Trees of support tools as machines: what sos, supportconfig and acpidump collected is told to sysroot.c as the files that it came
 * from. Such a tree has a part of a machine only, so that nothing follows from a file that is not there.
 */
#ifndef KQ_REPORT_H
#define KQ_REPORT_H

#include "host/sysroot.h"

/* If the tree below @host's root is one that a support tool made: tell what it is (kq_told_by()), and what its texts say. */
void kq_report_open(const struct kq_host *host);

#endif
