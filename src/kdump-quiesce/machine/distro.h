/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the distribution loads its capture kernel, read from the configuration files of its kdump script by that script's own rules.
 * No program of the machine is run. Used by `check`.
 */
#ifndef KQ_DISTRO_H
#define KQ_DISTRO_H

#include "distro-facts.h"
#include "host.h"

#include <stdio.h>

/* Read it from @host. Every fact that is not known has its reason. */
void kq_distro_read(struct kq_distro *distro, const struct kq_host *host);
/*
 * Write a summary of @text, the contents of the configuration file @conf, to @out: kq_distro_read() reads the same from it, and it
 * holds nothing else. @filter as in kq_shell_write(). False if no kdump script of @host reads that file.
 */
bool kq_distro_extract(const struct kq_host *host, const char *conf, const char *text, FILE *out,
		       char *(*filter)(const char *name, const char *value));

#endif
