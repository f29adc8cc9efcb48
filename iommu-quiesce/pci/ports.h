/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI Express ports above given buses: root ports and downstream ports of switches; and event collectors, which report errors
 * for what has no port above. Used by stages contain and stop.
 */
#ifndef IQ_PCI_PORTS_H
#define IQ_PCI_PORTS_H

#include "buses.h"
#include "run.h"

struct iq_port {
	uint16_t segment, requester;
	uint16_t type;		    /* TYPE_ROOT_PORT, TYPE_DOWNSTREAM or TYPE_COLLECTOR (pci-registers.h) */
	uint16_t express;	    /* offset of its PCI Express capability */
	uint8_t secondary, subordinate; /* buses below it; of a collector, those it reports for besides its own */
};

typedef void (*iq_port_visit)(void *context, const struct iq_port *port);

/* The buses of a segment that a search for ports begins with and leads to. */
struct iq_port_search {
	uint16_t segment;
	struct iq_bus_set roots;  /* root buses are among these, and bus 0 */
	struct iq_bus_set wanted; /* ports above these are looked for */
};

/*
 * Call @visit with every port that @search is for. A port is visited before anything below it is read, and nothing is read but
 * bridges and what stands beside them: endpoints are asked for their ids and header, once a link. False when it was @until before
 * the last.
 */
bool iq_each_port(struct iq_run *run, const struct iq_port_search *search, uint64_t until, iq_port_visit visit,
		  void *context);

#endif
