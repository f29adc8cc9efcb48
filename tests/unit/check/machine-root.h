/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine made of files in a temporary directory: PCI functions with configuration space, firmware tables, texts.
 */
#ifndef MACHINE_ROOT_H
#define MACHINE_ROOT_H

#include "machine/host.h"

extern struct kq_host machine; /* below a directory of its own */

/* cmocka fixtures. */
int machine_make(void **state);
int machine_remove(void **state);

/* Write a file below the root, and make its directories. */
void machine_put(const char *path, const void *bytes, size_t length);
void machine_text(const char *path, const char *text);
/* Make the symbolic link @path; its target need not exist. */
void machine_link(const char *path, const char *target);

/* A PCI function. @port: its PCI Express device/port type; negative: conventional PCI. */
struct machine_function {
	uint32_t domain;
	uint16_t id;
	uint16_t vendor, device;
	uint32_t class;
	int port;		 /* negative: no PCI Express capability */
	uint8_t secondary, subordinate; /* secondary not 0: a bridge */
	uint8_t phantom;	 /* bits of phantom functions, enabled */
	uint16_t vfs, vf_offset, vf_stride;
	bool pasid, master;
};

void machine_function(const struct machine_function *function);
/* An IVRS with one unit at 0xfed80000 that serves 00:00.0 to ff:1f.7, and after it @length bytes of device entries. */
void machine_ivrs(const void *entries, size_t length);

#endif
