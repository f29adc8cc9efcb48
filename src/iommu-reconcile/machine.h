/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the new kernel made of the PCI devices, as sysfs has it: drivers, IOMMU groups, the domains of these.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include "base/message.h"
#include "host/sysroot.h"

/* A PCI function. */
struct function {
	uint16_t segment, requester;
	bool has_config;     /* configuration space was read */
	uint16_t command;    /* its Command register */
	uint16_t vendor, device; /* ids; 0xffff: configuration space was not read */
	uint32_t class_code; /* base class, sub class, interface */
	uint32_t header;     /* the word with the header's layout */
	int group;	     /* of the IOMMU, -1: none */
	char driver[32];     /* "": none */
	char type[16];	     /* of the group: "DMA", "DMA-FQ", "identity"; "": not known */
};

#define MACHINE_FUNCTIONS 4096u
#define MACHINE_IOMMUS	  64u

struct machine {
	bool known;		   /* false: whether there is a device cannot be said */
	struct function *function; /* sorted by segment and requester */
	size_t functions;
	char iommu[MACHINE_IOMMUS][16]; /* that the kernel runs */
	size_t iommus;
	size_t functions_left_out, iommus_left_out; /* for which there was no room */
};

/* Read it below @host. False with @reason if there is no sysfs. */
bool machine_read(struct machine *machine, const struct kq_host *host, struct kq_reason *reason);
void machine_free(struct machine *machine);
/* Read @function, whose segment and requester are set, anew. */
void function_read(struct function *function, const struct kq_host *host);
/* The function with this id, NULL: there is none. */
const struct function *machine_find(const struct machine *machine, uint16_t segment, uint16_t requester);
/* "/sys/bus/pci/devices/dddd:bb:dd.f"; eight results can be in use at a time. */
const char *function_path(const struct function *function);
/* A driver has it that may do DMA. Drivers of bridges do none. */
bool function_is_driven(const struct function *function);
bool function_is_bridge(const struct function *function);
/* It belongs to the platform, and is no source of DMA: bridges, interrupt controllers, IOMMUs, event collectors. */
bool function_is_platform(const struct function *function);
/* The group's domain is an identity domain. */
bool function_is_identity(const struct function *function);
/* Bus Master Enable. False also if that is not known. */
bool function_is_master(const struct function *function);

#endif
