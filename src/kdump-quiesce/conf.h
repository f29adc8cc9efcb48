/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kdump-quiesce.conf(5): what the administrator wants done to which device, time limits, the console. Read by every
 * command that makes a plan; conf-rules.c turns it into the rules that the plugin gets.
 */
#ifndef KQ_CONF_H
#define KQ_CONF_H

#include "carrier.h"
#include "host.h"

#define KQ_CONF_SELECTORS 128u

/* Which devices a line is about. */
enum kq_select {
	KQ_SELECT_ADDRESS, /* device 0000:3b:00.0, 3b:00.* */
	KQ_SELECT_ID,	   /* id 8086:1572, 8086:* */
	KQ_SELECT_CLASS,   /* class 02, 0c03, 0c0330 */
};

struct kq_selector {
	enum kq_select select;
	uint16_t segment;    /* KQ_SELECT_ADDRESS */
	uint32_t value;	     /* requester id; vendor << 16 | device; class, 24 bits */
	uint32_t mask;	     /* bits of value that count */
	uint8_t mode;	     /* enum iq_mode */
	unsigned int line;   /* where it stands in the file */
};

struct kq_conf {
	uint32_t wait_us, total_us; /* 0: not said */
	uint32_t policy;	    /* IQ_HANDOVER_STOP, _STOP_PORTS, _CONTAIN */
	bool console_said;
	uint16_t console;
	uint8_t reserved; /* enum iq_mode for devices whose memory firmware reserved (RMRR, IVMD) */
	uint8_t identity; /* enum iq_mode for devices that a capture kernel never opens again (AMD: PASID, pass-through)
			   */
	struct kq_selector selector[KQ_CONF_SELECTORS];
	unsigned int selectors;
	char path[256]; /* as messages name the file, empty where there is none */
};

/* What holds where nothing is configured. */
void kq_conf_start(struct kq_conf *conf);
/*
 * Read the file @path, NULL: the default one below @host's root, which need not exist. False with a reason that
 * begins with file, line and column of the first mistake.
 */
bool kq_conf_read(struct kq_conf *conf, const struct kq_host *host, const char *path, struct kq_reason *reason);
/* The same from text, which is cut up. @conf->path names it. */
bool kq_conf_parse(struct kq_conf *conf, char *text, struct kq_reason *reason);
/*
 * Put what was said, or else the defaults, into @settings where the command line said nothing: times that are 0; the
 * console unless @console_said.
 */
void kq_conf_apply(const struct kq_conf *conf, struct kq_settings *settings, bool console_said);

#endif
