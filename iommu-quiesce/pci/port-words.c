/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which registers of a port say what it does about errors, and which of their bits are changed. None of these words has bits that
 * are cleared by ones.
 */
#include "port-words.h"

#include "pci-registers.h"

/* What a refused request can be called. PCIe 6.0, 7.8.4.3 */
#define REFUSALS ((uint32_t)(COMPLETION_TIMEOUT | COMPLETER_ABORT | UNSUPPORTED_REQUEST))

/* A register of 16 bits in the upper half of its word, or in the lower half. What could not be read is all ones. */
static struct iq_port_word half(unsigned int offset, uint64_t bits, uint16_t was, bool upper)
{
	return (struct iq_port_word){
		.offset = (uint16_t)offset,
		.bits = (uint32_t)bits,
		.was = ((uint32_t)was << (upper ? 16 : 0)) & (uint32_t)bits,
		.known = was != UINT16_MAX,
	};
}

static struct iq_port_word whole(unsigned int offset, uint64_t bits, uint64_t quiet, uint32_t was)
{
	return (struct iq_port_word){
		.offset = (uint16_t)offset,
		.bits = (uint32_t)bits,
		.quiet = (uint32_t)quiet,
		.was = was & (uint32_t)bits,
		.known = was != UINT32_MAX,
	};
}

void iq_port_words(const struct iq_record_port *port, struct iq_port_word word[IQ_PORT_WORDS])
{
	/* Errors of others are reported by what is a root: a downstream port sends them on. */
	const bool is_root = port->type != TYPE_DOWNSTREAM, is_bridge = port->type != TYPE_COLLECTOR;

	for (unsigned int i = 0; i < IQ_PORT_WORDS; i++)
		word[i] = (struct iq_port_word){ 0 };
	if (port->aer)
		word[IQ_WORD_MASK] = whole(port->aer + AER_MASK, REFUSALS, REFUSALS, port->mask);
	if (port->aer && is_root)
		word[IQ_WORD_COMMAND] = whole(port->aer + AER_ROOT_COMMAND, ROOT_REPORTING, 0, port->root_command);
	if (port->dpc)
		word[IQ_WORD_DPC] = half(port->dpc + DPC_CONTROL, DPC_TRIGGER, port->dpc_control, true);
	if (is_root)
		word[IQ_WORD_ROOT] = half(port->express + EXPRESS_ROOT, ROOT_SERR, port->root_control, false);
	if (is_bridge)
		word[IQ_WORD_BRIDGE] = half(PCI_BRIDGE_CONTROL, BRIDGE_SERR, port->bridge_control, true);
}
