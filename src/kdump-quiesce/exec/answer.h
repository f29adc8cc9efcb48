/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What to do with a kexec system call of the supervised command: let it through, perform it with the plugin, or refuse it.
 */
#ifndef KQ_ANSWER_H
#define KQ_ANSWER_H

#include "carry/carrier.h"
#include "host/conf.h"
#include "machine/host.h"
#include "supervise.h"

struct kq_exec {
	struct kq_supervisor supervisor; /* first: answer() gets a pointer to it */
	struct kq_host host;
	struct kq_plugin plugin;
	struct kq_settings settings; /* from options and configuration; the rest is filled in at the first load */
	struct kq_conf conf;
	struct kq_reason conf_wrong; /* what is wrong with it, empty if nothing is */
	bool require;		     /* refuse what would be loaded without the plugin */
	bool dry_run;		     /* load nothing at all */
	/* What the command and its descendants asked for, so far. */
	bool refused;  /* a load was refused */
	bool loaded;   /* a crash image was loaded that has the plugin, or would have been */
	bool plain;    /* a crash image was let through without it; the kernel told the caller whether that worked */
	bool unloaded; /* the crash image was unloaded */
};

/* struct kq_supervisor's answer(). */
void kq_answer(struct kq_supervisor *supervisor, const struct seccomp_notif *call, struct seccomp_notif_resp *reply);

#endif
