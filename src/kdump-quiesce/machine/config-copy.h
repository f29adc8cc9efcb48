/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration headers of all functions of a machine, read in advance. For `tables`, whose sandbox lets it open no file while it
 * reads tables, and for checks that follow paths behind bridges.
 */
#ifndef KQ_CONFIG_COPY_H
#define KQ_CONFIG_COPY_H

#include "host/sysroot.h"

#define KQ_CONFIG_HEADER 64u /* bytes of each function */

struct kq_config_function {
	uint16_t segment, requester;
	uint8_t header[KQ_CONFIG_HEADER];
};

struct kq_config_copy {
	struct iq_config config; /* first: all ones beyond the headers and where there is no function; writes are dropped */
	struct kq_config_function *function; /* by segment and requester id */
	size_t functions;
};

/* Read them. False if @host shows no PCI devices at all; @copy is to be freed in both cases. */
bool kq_config_copy_read(struct kq_config_copy *copy, const struct kq_host *host);
void kq_config_copy_free(struct kq_config_copy *copy);

#endif
