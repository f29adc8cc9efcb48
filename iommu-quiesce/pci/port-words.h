/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of a port that stage contain changes. Used by that stage, and by iommu-reconcile, which gives them back.
 */
#ifndef IQ_PCI_PORT_WORDS_H
#define IQ_PCI_PORT_WORDS_H

#include "record.h"

/* Each reports errors in its own way. In the order in which they are given back: what outlives a reset comes first. */
enum iq_port_word_kind {
	IQ_WORD_MASK,	  /* Uncorrectable Error Mask */
	IQ_WORD_DPC,	  /* DPC Control */
	IQ_WORD_COMMAND,  /* Root Error Command */
	IQ_WORD_ROOT,	  /* Root Control */
	IQ_WORD_BRIDGE,	  /* Bridge Control */
	IQ_PORT_WORDS,
};

/* 32 bits of configuration space. */
struct iq_port_word {
	uint16_t offset; /* 0: this port does not have the register */
	uint32_t bits;	 /* of the register, those that are changed */
	uint32_t quiet;	 /* what they are changed to */
	uint32_t was;	 /* what they were, by the record */
	bool known;	 /* they could be read then */
};

/* The words of @port, by its type and its capabilities. */
void iq_port_words(const struct iq_record_port *port, struct iq_port_word word[IQ_PORT_WORDS]);

#endif
