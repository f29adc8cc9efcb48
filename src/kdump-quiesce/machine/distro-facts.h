/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the distribution loads its capture kernel: which image, initrd and command line, by which kexec system call.
 */
#ifndef KQ_DISTRO_FACTS_H
#define KQ_DISTRO_FACTS_H

#include "base/message.h"

#include <stdbool.h>

/* The system call that kexec(8) will use. */
enum kq_kexec_call {
	KQ_CALL_UNKNOWN,
	KQ_CALL_LOAD,	   /* kexec_load: `exec` can add the plugin */
	KQ_CALL_FILE_LOAD, /* kexec_file_load: only a wrapped image brings the plugin */
	KQ_CALL_AUTO,	   /* kexec_file_load, then kexec_load if that returns ENOSYS */
};

struct kq_distro {
	const char *name;	 /* of its kdump scripts, NULL: none of those that are known is installed */
	const char *conf;	 /* its configuration file */
	const char *load;	 /* the command that loads, for advice */
	const char *restart;	 /* the command that reloads as its service would */
	const char *image_hint;	 /* how to make it load another image, for advice; %s is the image */
	struct kq_reason idle;	 /* why its script loads no capture kernel, empty: it loads one */
	const char *idle_fix;	 /* how to make it load one, for advice */
	struct kq_reason unclear; /* the first setting of @conf that is not known, and why, empty: none */
	struct kq_reason more;	 /* the first line of @conf that is more than an assignment, empty: none */
	char ours[128];		 /* the file that makes it load through `exec`, empty: none */
	char reload_rule[128];	 /* the udev rule that reloads when CPUs or memory come and go, empty: none */
	char arguments[512];	 /* of kexec */
	bool adds_file_load;	 /* its script adds -s whatever the configuration says, because Secure Boot is on */
	char kernel[512], initrd[512]; /* absolute paths below the root, empty: not known */
	struct kq_reason no_kernel, no_initrd; /* why not */
	bool without_initrd;	 /* none is loaded, @no_initrd says why; @initrd is one that could be */
	const char *initrd_fix;	 /* how to make it load one, for advice */
	char cmdline[4096];	 /* of the capture kernel, empty: not known */
	struct kq_reason no_cmdline; /* why not */
	char cmdline_source[64]; /* where @cmdline was found */
	char dump_to[256];	 /* where dumps go: a path, or a device (/dev/...) */
	bool dump_over_network;	 /* dumps go over the network instead */
	bool dump_needs_root;	 /* the root file system is mounted first */
	struct kq_reason no_dump_to; /* why that is not known, empty: it is */
	char kexec_version[32];	 /* empty: not known */
	enum kq_kexec_call call;
	const char *call_because;
	struct kq_reason no_call; /* why @call is not known */
};

#endif
