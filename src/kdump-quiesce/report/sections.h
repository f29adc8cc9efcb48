/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text files of supportconfig, one a topic: their sections are files of the machine, and the output of commands.
 */
#ifndef KQ_SECTIONS_H
#define KQ_SECTIONS_H

#include "host/sysroot.h"

/* Tell the files and outputs in all topics below @host's root. */
void kq_report_tell_topics(const struct kq_host *host);
/* The same of one such text, which is written to. */
void kq_report_tell_sections(char *text);

#endif
