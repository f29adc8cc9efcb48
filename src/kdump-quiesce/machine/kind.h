/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What kind of machine this is, and whether kdump-quiesce has anything to do on it. The first question of `check`.
 */
#ifndef KQ_KIND_H
#define KQ_KIND_H

#include "host/sysroot.h"

/* What becomes of a dump on a machine for which this version has no plugin. */
enum kq_outlook {
	KQ_OUTLOOK_SERVED,   /* this version has a plugin for it: the checks decide */
	KQ_OUTLOOK_SURVIVES, /* the machine itself keeps stray DMA from doing harm */
	KQ_OUTLOOK_UNKNOWN,  /* not known */
};

struct kq_kind {
	const char *key;  /* for programs: "xen-dom0" */
	const char *name; /* for people: "the control domain (dom0) of a Xen host" */
	enum kq_outlook outlook;
	const char *why;  /* what happens there at a crash; NULL where the checks say so */
	const char *fix;  /* what to do about it, NULL: nothing */
};

struct kq_machine {
	const struct kq_kind *kind;
	char name[200]; /* the kind's name, with what tells this machine from others */
	bool guest;	/* of a hypervisor: its firmware's setup is not the administrator's */
};

/* Find the kind of @host. There is always one: the last kind is for machines of which nothing is known. */
void kq_machine_look(struct kq_machine *machine, const struct kq_host *host);

#endif
