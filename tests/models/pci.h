/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI functions with their configuration space, through I/O ports and memory-mapped. They decide which devices may do DMA. They also
 * do what QEMU does not model: transactions stay pending; functions ignore writes, disappear or hang; Bus Master of a root port
 * stops what is below; errors are reported; ports take a link down.
 */
#ifndef MODEL_PCI_H
#define MODEL_PCI_H

#include "device.h"

#define MODEL_FUNCTIONS	     192
#define MODEL_VMDS	     2
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
#define MODEL_VMD_CAPABILITY	 0x40
#define MODEL_VMD_CONFIG	 0x44
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
	uint32_t pending; /* reads of Device Status that still say Transactions Pending once Bus Master is clear */
	bool disobedient; /* Bus Master Enable cannot be cleared */
	bool leaves;	  /* disappears when Bus Master is cleared */
	bool gone;
	bool in_reset; /* answers with Request Retry Status: only its vendor id can be read, other accesses hang */
	unsigned int hung;
	unsigned int looks; /* reads of Device Status */
};

/* What a VMD hides: functions of a segment that no other access reaches. */
struct model_vmd {
	struct model_pci *pci;
	uint16_t hidden_segment;
	unsigned int first_bus;
};

/* A write to configuration space. */
struct model_config_write {
	uint16_t segment, requester;
	unsigned int offset;
	uint32_t old, value;
};

struct model_pci {
	struct model_machine *machine;
	bool ports;    /* I/O ports exist: segment 0, the first 256 bytes */
	uint64_t ecam; /* memory-mapped space of @segment, 0: none */
	uint16_t segment;
	struct model_function function[MODEL_FUNCTIONS];
	unsigned int functions;
	uint16_t shift; /* error of the MCFG: added to the requester id of every memory-mapped access */
	uint64_t absence; /* ticks that an access to an absent function takes */
	unsigned int accesses, taken_at; /* the processor is taken away during this access, counted from 1, 0: never */
	uint64_t taken_for;		 /* ticks */
	unsigned int reads, window_writes;
	struct {
		uint16_t segment;
		uint8_t bus;
	} hung[MODEL_HUNG_BUSES]; /* every access to these buses ends in a completion timeout */
	unsigned int hung_buses;
	struct {
		uint16_t segment;
		uint8_t first, last;
	} hidden[MODEL_HUNG_BUSES]; /* buses that firmware hides: an access there hangs or resets a machine */
	unsigned int hidden_runs;
	unsigned int trespasses; /* accesses to hidden buses */
	uint64_t timeout;	  /* ticks of a completion timeout */
	struct model_config_write write[MODEL_CONFIG_WRITES]; /* in their order */
	unsigned int writes;
	struct model_vmd vmd[MODEL_VMDS];
	unsigned int vmds;
	unsigned int errors; /* errors that were reported to firmware: SERR, NMI or worse */
	unsigned int cut;    /* links that a port took down (DPC) */
};

/* Give @machine the configuration space @pci, which is zeroed: no function yet. Without @ports only memory-mapped space reaches it. */
void model_pci_start(struct model_pci *pci, struct model_machine *machine, bool ports);
/* Map configuration space of @segment at @base, and build the MCFG for it. Returns the MCFG's length. */
uint32_t model_pci_ecam(struct model_pci *pci, uint16_t segment, uint64_t base, uint8_t *mcfg);
/* Add a function of @class (base class and subclass) that does DMA, with MSI and MSI-X on. */
struct model_function *model_pci_endpoint(struct model_pci *pci, uint16_t segment, uint16_t requester,
					  unsigned int type, uint16_t class);
/* Add a bridge to the buses @secondary..@subordinate, with all error reporting on. */
struct model_function *model_pci_bridge(struct model_pci *pci, uint16_t segment, uint16_t requester, unsigned int type,
					uint8_t secondary, uint8_t subordinate);
/*
 * Add a VMD with 32 buses of configuration space at @region, whose first bus is @first_bus (0, 128 or 224). Functions that are added in segment
 * @hidden_segment are behind it.
 */
struct model_function *model_pci_vmd(struct model_pci *pci, uint16_t segment, uint16_t requester, uint64_t region,
				     unsigned int first_bus, uint16_t hidden_segment);
/* Add an event collector for its own bus, and for root complex endpoints on buses @first..@last; @first above @last: no others. */
struct model_function *model_pci_collector(struct model_pci *pci, uint16_t segment, uint16_t requester, uint8_t first,
					   uint8_t last);
/* Add @count virtual functions of @parent, which do DMA. Returns the first. Their vendor and device ids read as all ones. */
struct model_function *model_pci_virtual(struct model_pci *pci, struct model_function *parent, unsigned int count,
					 unsigned int offset, unsigned int stride);
/*
 * From now on no access to @bus is answered, whether the function exists or not: each takes @ticks, and the root port above
 * reports a completion timeout.
 */
void model_pci_hang(struct model_pci *pci, uint16_t segment, uint8_t bus, uint64_t ticks);
/* Firmware hides the buses @first..@last. */
void model_pci_hide(struct model_pci *pci, uint16_t segment, uint8_t first, uint8_t last);
/*
 * @function detects an error, a refused request for example, and reports it if its registers say so. The ports above forward the
 * message, take the link down (DPC), or report the error to firmware.
 */
void model_pci_report(struct model_pci *pci, const struct model_function *function);
/* Make @device send its requests as @function, and through the root port @port unless that is NULL. */
void model_pci_attach(struct model_function *function, struct model_function *port, struct model_device *device);
/* The word at @offset as software would see it. */
uint32_t model_pci_word(const struct model_function *function, unsigned int offset);
void model_pci_set(struct model_function *function, unsigned int offset, uint32_t value);

#endif
