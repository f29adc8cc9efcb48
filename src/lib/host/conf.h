/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kdump-quiesce.conf(5): what the administrator wants done to which device, time limits, the console, repairs. Read by
 * every command of kdump-quiesce that makes a plan, which turns it into the rules that the plugin gets, and by
 * iommu-reconcile.
 */
#ifndef KQ_CONF_H
#define KQ_CONF_H

#include "boot/handover.h"
#include "base/message.h"
#include "sysroot.h"

#define KQ_CONF_PATH	  KQ_SYSCONFDIR "/kdump-quiesce.conf"
#define KQ_CONF_SELECTORS 128u
#define KQ_CONF_MISTAKES  16u /* that are kept; more are counted */
#define KQ_DOMAIN_MAX	  0xffffu /* the highest PCI segment that firmware can name */

/* Which devices a line is about. */
enum kq_select {
	KQ_SELECT_ADDRESS, /* device 0000:3b:00.0, 3b:00.* */
	KQ_SELECT_ID,	   /* id 8086:1572, 8086:* */
	KQ_SELECT_CLASS,   /* class 02, 0c03, 0c0330 */
};

struct kq_selector {
	enum kq_select select;
	uint32_t domain;   /* KQ_SELECT_ADDRESS; above KQ_DOMAIN_MAX: one that a driver made up (Intel VMD) */
	uint32_t value;	   /* requester id; vendor << 16 | device; class, 24 bits */
	uint32_t mask;	   /* bits of value that count */
	uint8_t mode;	   /* enum iq_mode */
	unsigned int line; /* where it stands in the file */
};

/* What iommu-reconcile may do. */
#define KQ_REPAIR_GROUPS  0x1u
#define KQ_REPAIR_DEVICES 0x2u

struct kq_conf {
	uint32_t wait_us, total_us; /* 0: not said */
	uint32_t policy;	    /* IQ_HANDOVER_STOP, _STOP_AUTO, _STOP_PORTS, _CONTAIN, _NO_BLOCK */
	bool block_auto; /* IQ_HANDOVER_NO_BLOCK where the running kernel passes through, and is not in @policy yet */
	uint32_t repair;	    /* KQ_REPAIR_GROUPS, _DEVICES */
	bool console_said;
	struct iq_console console;
	uint8_t reserved; /* enum iq_mode for devices whose memory firmware reserved (RMRR, IVMD) */
	uint8_t identity; /* enum iq_mode for devices that a capture kernel never opens again (AMD: PASID, pass-through)
			   */
	struct kq_selector selector[KQ_CONF_SELECTORS];
	unsigned int selectors;
	struct kq_reason mistake[KQ_CONF_MISTAKES]; /* in the order of the file, each with line and column */
	unsigned int mistakes;
	char path[256]; /* as messages name the file, empty where there is none */
};

/* Fill in the defaults. */
void kq_conf_start(struct kq_conf *conf);
/*
 * Read the file @path, NULL: the default one below @host's root, which need not exist. False with a reason if the file
 * cannot be read or has mistakes. A single mistake is the reason; several are counted there, and are all in
 * @conf->mistake.
 */
bool kq_conf_read(struct kq_conf *conf, const struct kq_host *host, const char *path, struct kq_reason *reason);
/* The same from text, which is cut up. @conf->path names it. */
bool kq_conf_parse(struct kq_conf *conf, char *text, struct kq_reason *reason);
/* If @conf has several mistakes, print each on a line of its own. To be called before the reason is printed. */
void kq_conf_tell(const struct kq_conf *conf);
/*
 * Whether @selector is about the function with requester @id of PCI domain @domain, whose vendor is in the upper half of @ids and
 * whose device in the lower, and whose class is the 24 bits of @class.
 */
bool kq_selects(const struct kq_selector *selector, uint32_t domain, uint16_t id, uint32_t ids, uint32_t class);

#endif
