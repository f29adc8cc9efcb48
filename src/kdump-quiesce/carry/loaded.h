/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is a capture kernel loaded, and is the plugin in it? The kernel answers the first question. The second is answered by a search of the
 * crash kernel's memory: the plugin's own checksum proves it.
 */
#ifndef KQ_LOADED_H
#define KQ_LOADED_H

#include "boot/handover.h"
#include "machine/physical.h"

enum kq_loaded {
	KQ_LOADED_NONE,	   /* no capture kernel is loaded */
	KQ_LOADED_PLAIN,   /* one without the plugin */
	KQ_LOADED_OURS,	   /* one with it */
	KQ_LOADED_UNSEEN,  /* one, but its memory cannot be read: see why */
};

struct kq_plugin_seen {
	uint64_t address; /* of the plugin, 0: not found */
	struct iq_handover handover;
	bool leftover;	  /* its image was replaced by another: the ELF core header does not name its record */
	struct kq_reason why;
};

enum kq_loaded kq_loaded_look(const struct kq_host *host, const struct kq_physical *physical,
			      struct kq_plugin_seen *seen);

#endif
