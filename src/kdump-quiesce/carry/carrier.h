/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The segment carrier: a kexec-tools image in, the same image with the plugin in front of its purgatory out. Pure functions
 * over memory; nothing is loaded here.
 */
#ifndef KQ_CARRIER_H
#define KQ_CARRIER_H

#include "boot/handover.h"
#include "image.h"
#include "machine/settings.h"

/* The plugin's image as it was built, its handover without what a carrier knows. */
struct kq_plugin {
	const uint8_t *bytes;
	size_t size;
};

enum kq_record_place {
	KQ_RECORD_NONE,	  /* no room: DMA is stopped all the same */
	KQ_RECORD_SLACK,  /* behind the program headers in the ELF core header's segment */
	KQ_RECORD_CARVED, /* pages of the plugin's segment, reserved in the capture kernel's memory map */
};

struct kq_carried {
	struct kq_image image; /* to be loaded: shares unchanged bytes with the caller's */
	uint64_t plugin;       /* physical address of the plugin */
	uint32_t crc;	       /* of its image, as in the handover */
	uint64_t note;	       /* physical address of the record's ELF note */
	uint32_t note_size;
	uint64_t spare;	       /* physical address of the spare pages for the units, 0: no room */
	uint32_t spare_pages;
	enum kq_record_place place;
	bool late_note;	   /* its PT_NOTE is inserted again at the crash if the kernel rewrote the header */
	bool moved_header; /* the ELF core header had no room: the capture kernel uses a copy */
	bool no_block;	   /* IQ_HANDOVER_NO_BLOCK: see warning */
	bool translated;   /* IQ_TRANSLATED was added to the command line */
	char warning[200]; /* something that the user should know, empty if there is nothing */
	void *owned[4];
	unsigned int owned_number;
};

/* The memory that @plugin needs, in whole pages; 0 with a reason if it is not one that this program can seal. */
uint64_t kq_plugin_memory(const struct kq_plugin *plugin, struct kq_reason *reason);

/* What every carrier hands over in the same way: limits, console, rules, root buses. */
void kq_carrier_policy(struct iq_handover *handover, const struct kq_settings *settings);

/* IQ_HANDOVER_SWITCHED_ON, _OFF for a capture kernel with @cmdline; @on_by_default as in the settings. */
uint32_t kq_carrier_switches(const char *cmdline, bool on_by_default);

/* Room for a record of @units IOMMUs on a host with @devices PCI functions, between a page and the largest note. */
uint32_t kq_carrier_record(unsigned int units, unsigned int devices);

/*
 * Put @plugin into the checked image @caller, whose @parts are known. False if that cannot be done safely; @carried
 * is to be freed in both cases. The caller's image must live as long as @carried.
 */
bool kq_carry(const struct kq_image *caller, const struct kq_parts *parts, const struct kq_range *crash,
	      const struct kq_plugin *plugin, const struct kq_settings *settings, struct kq_carried *carried,
	      struct kq_reason *reason);
void kq_carried_free(struct kq_carried *carried);

#endif
