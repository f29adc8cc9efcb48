/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a carrier hands to the plugin: the host, the configuration and the command line decide it.
 */
#ifndef KQ_SETTINGS_H
#define KQ_SETTINGS_H

#include "boot/handover.h"

struct kq_settings {
	uint64_t rsdp;		  /* 0: the caller's boot_params may know */
	struct iq_clock clock;
	uint32_t wait_us, total_us;
	struct iq_console console;
	uint32_t policy;	  /* IQ_HANDOVER_STOP, _STOP_AUTO, _STOP_PORTS, _CONTAIN, _NO_BLOCK */
	bool on_by_default;	  /* the capture kernel has Intel's IOMMUs translate where its command line says nothing */
	bool keep_command_line;	  /* do not add IQ_TRANSLATED */
	uint32_t record;	  /* bytes wanted for the note */
	struct iq_rule rule[IQ_HANDOVER_RULES]; /* policy, as kq_conf_settings() finds them */
	unsigned int rules;
	struct iq_root_buses root[IQ_ROOT_SEGMENTS]; /* the host's own, for a plugin that runs nowhere else */
	unsigned int roots;	  /* 0: not known */
	uint32_t elfcorehdr_size; /* the kernel may rewrite that much of the ELF core header, 0: never does */
};

#endif
