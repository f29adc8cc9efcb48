/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which requester ids does each PCI function use, and which IOMMU serves them? A function's DMA may arrive under the id
 * of a bridge, under one that firmware assigned, or under ids that no function has. Built for check, plan, status and
 * the rules of the carrier.
 */
#ifndef KQ_TOPOLOGY_H
#define KQ_TOPOLOGY_H

#include "function.h"
#include "host.h"
#include "host/owners.h"

/* Why a function uses a requester id. */
enum kq_origin {
	KQ_ORIGIN_OWN,	  /* it is its own */
	KQ_ORIGIN_BRIDGE, /* a bridge above forwards its requests under an id of the bridge */
	KQ_ORIGIN_TABLE,  /* a firmware table replaces its own id by this one */
	KQ_ORIGIN_PHANTOM,/* phantom functions are enabled */
	KQ_ORIGIN_VF,	  /* a virtual function of it that the kernel does not show */
	KQ_ORIGIN_QUIRK,  /* the device is known to send with it */
};

struct kq_requester {
	uint16_t segment, id;
	uint16_t unit;	   /* index in the plan, IQ_NO_UNIT: none serves it */
	uint8_t origin;	   /* enum kq_origin */
};

/*
 * A function in a domain of its own that a driver made up (Intel VMD). Its requests have the id of the endpoint in front of that
 * domain, so the IOMMU cannot tell the two apart.
 */
struct kq_hidden {
	struct kq_function function; /* segment, id and requesters are the endpoint's */
	uint32_t domain;	     /* its own place */
	uint16_t id;
	bool known; /* the endpoint is known */
};

struct kq_topology {
	struct kq_function *function; /* by segment and requester id */
	unsigned int functions;
	struct kq_hidden *hidden; /* by domain and id */
	unsigned int hiddens;
	struct kq_requester *requester;
	unsigned int requesters, requester_room;
	bool passed_through; /* the running kernel's default domain is identity: it translates for few devices, or for none */
	bool limited; /* only the first 64 bytes of configuration space can be read: capabilities are not known (not
			 root) */
};

/*
 * Read the PCI functions of @host; @plan, which may be NULL, says which units there are. False with a reason if that
 * cannot be done; a machine without PCI has no functions. @topology is to be freed in both cases.
 */
bool kq_topology_read(struct kq_topology *topology, const struct kq_host *host, const struct iq_plan *plan,
		      struct kq_reason *reason);
void kq_topology_free(struct kq_topology *topology);

/* The function with this requester id of its own, NULL if there is none. */
const struct kq_function *kq_topology_function(const struct kq_topology *topology, uint16_t segment, uint16_t id);
/* "10000:e1:00.0", valid until the next call. */
const char *kq_hidden_name(const struct kq_hidden *hidden);
/* In words, for people and for JSON. */
const char *kq_origin_name(enum kq_origin origin);

#endif
