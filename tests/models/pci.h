/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI functions with their configuration space, by ports and memory-mapped, that decide which devices may do DMA. What QEMU
 * does not model is here: transactions that stay pending, functions that do not obey, go away or hang, Bus Master of a root port,
 * errors that are reported, and ports that take a link down.
 */
#ifndef MODEL_PCI_H
#define MODEL_PCI_H

#include "device.h"

#define MODEL_FUNCTIONS	     192
#define MODEL_HUNG_BUSES     8
#define MODEL_CONFIG_WRITES  4096
#define MODEL_PCI_FOREVER    UINT32_MAX
#define MODEL_PCI_BUS_MASTER 0x4u
#define MODEL_PCI_NO_INTX    0x400u

/* Offsets that every model function uses. */
#define MODEL_PCI_COMMAND	 0x04
#define MODEL_PCI_BRIDGE_CONTROL 0x3c
#define MODEL_PCI_MSI		 0x50
#define MODEL_PCI_MSIX		 0x60
#define MODEL_PCI_EXPRESS	 0x80
#define MODEL_PCI_ROOT_CONTROL	 (MODEL_PCI_EXPRESS + 0x1c)
#define MODEL_PCI_AER		 0x100
#define MODEL_PCI_SRIOV		 0x180
#define MODEL_PCI_ASSOCIATION	 0x1a0
#define MODEL_PCI_DPC		 0x1c0

/* Types of the PCI Express capability; a conventional function has none. */
#define MODEL_PCI_ENDPOINT     0u
#define MODEL_PCI_ROOT_PORT    4u
#define MODEL_PCI_UPSTREAM     5u
#define MODEL_PCI_DOWNSTREAM   6u
#define MODEL_PCI_COLLECTOR    10u
#define MODEL_PCI_CONVENTIONAL 16u

struct model_function {
	uint16_t segment, requester;
	uint8_t space[4096];
	uint32_t pending; /* looks at Device Status that still find transactions pending once Bus Master is clear */
	bool disobedient; /* Bus Master Enable cannot be cleared */
	bool leaves;	  /* is gone once Bus Master is clear */
	bool gone;
	bool in_reset; /* answers with Request Retry Status: what its vendor is can be asked, all else hangs */
	unsigned int hung;
	unsigned int looks; /* at Device Status */
};

/* A write to configuration space, in the order in which they were made. */
struct model_config_write {
	uint16_t segment, requester;
	unsigned int offset;
	uint32_t old, value;
};

struct model_pci {
	struct model_machine *machine;
	bool ports;    /* the machine's own way: segment 0, the first 256 bytes */
	uint64_t ecam; /* memory-mapped space of @segment, 0: none */
	uint16_t segment;
	struct model_function function[MODEL_FUNCTIONS];
	unsigned int functions;
	uint16_t shift; /* memory-mapped space is that of other functions: requester ids are off by so much */
	uint64_t absence; /* ticks until it is known that nobody answers */
	unsigned int reads, window_writes;
	struct {
		uint16_t segment;
		uint8_t bus;
	} hung[MODEL_HUNG_BUSES]; /* each access to these ends in a completion timeout */
	unsigned int hung_buses;
	uint64_t timeout;	  /* ticks of one */
	struct model_config_write write[MODEL_CONFIG_WRITES];
	unsigned int writes;
	unsigned int errors; /* that reached firmware: SERR, NMI or worse */
	unsigned int cut;    /* links that a port took down (DPC) */
};

/* No function yet. @machine's configuration space is @pci's from now on; without @ports there is none. */
void model_pci_start(struct model_pci *pci, struct model_machine *machine, bool ports);
/* Memory-mapped configuration space of @segment at @base, and the MCFG that says so: its length. */
uint32_t model_pci_ecam(struct model_pci *pci, uint16_t segment, uint64_t base, uint8_t *mcfg);
/* A function of @class (base class and subclass) that does DMA, with MSI and MSI-X on. */
struct model_function *model_pci_endpoint(struct model_pci *pci, uint16_t segment, uint16_t requester,
					  unsigned int type, uint16_t class);
/* A bridge to the buses @secondary..@subordinate, with all reporting of errors on. */
struct model_function *model_pci_bridge(struct model_pci *pci, uint16_t segment, uint16_t requester, unsigned int type,
					uint8_t secondary, uint8_t subordinate);
/* An event collector, for its own bus and for the root complex's endpoints on @first..@last; none if @first is above @last. */
struct model_function *model_pci_collector(struct model_pci *pci, uint16_t segment, uint16_t requester, uint8_t first,
					   uint8_t last);
/* Give @parent @count virtual functions, which do DMA; the first one. Their vendor and device ids read as all ones. */
struct model_function *model_pci_virtual(struct model_pci *pci, struct model_function *parent, unsigned int count,
					 unsigned int offset, unsigned int stride);
/*
 * All functions on @bus, those that are there and those that are not, answer nothing any more: each access costs @ticks, and the
 * root port above says completion timeout.
 */
void model_pci_hang(struct model_pci *pci, uint16_t segment, uint8_t bus, uint64_t ticks);
/*
 * @function has seen an error of its own, a request that was refused for example, and reports it if it is to: the ports above send
 * the message on, take the link down (DPC), or hand it to firmware.
 */
void model_pci_report(struct model_pci *pci, const struct model_function *function);
/* @device's requests are @function's, and go through the root port @port if there is one. */
void model_pci_attach(struct model_function *function, struct model_function *port, struct model_device *device);
/* The word at @offset as software would see it. */
uint32_t model_pci_word(const struct model_function *function, unsigned int offset);
void model_pci_set(struct model_function *function, unsigned int offset, uint32_t value);

#endif
