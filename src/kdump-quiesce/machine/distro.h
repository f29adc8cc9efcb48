/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the distribution loads its capture kernel: which image, initrd and command line, by which kexec system call. Read from the
 * configuration files of its kdump script, by that script's own rules; nothing of the machine is executed. Used by `check`.
 */
#ifndef KQ_DISTRO_H
#define KQ_DISTRO_H

#include "host.h"

#include <stdio.h>

/* The system call that kexec(8) will use. */
enum kq_kexec_call {
	KQ_CALL_UNKNOWN,
	KQ_CALL_LOAD,	   /* kexec_load: the plugin can be put in */
	KQ_CALL_FILE_LOAD, /* kexec_file_load: only a wrapped image can */
	KQ_CALL_AUTO,	   /* kexec_file_load, and kexec_load where there is none */
};

struct kq_distro {
	const char *name;	 /* of its kdump scripts, NULL: none that are known */
	const char *conf;	 /* its configuration file */
	const char *load;	 /* the command that loads, for advice */
	const char *restart;	 /* the command that loads anew as a service would */
	const char *image_hint;	 /* how to make it load another image, for advice; %s is the image */
	struct kq_reason idle;	 /* why its script loads no capture kernel at all, empty: it does */
	const char *idle_fix;	 /* what makes it load one, for advice */
	struct kq_reason unclear; /* the first setting of @conf that is not known, and why, empty: none */
	struct kq_reason more;	 /* the first line of @conf that is more than an assignment, empty: none */
	char ours[128];		 /* the file that has it load through `exec`, empty: none */
	char reload_rule[128];	 /* the udev rule that loads anew when CPUs or memory come and go, empty: none */
	char arguments[512];	 /* that it gives kexec */
	bool adds_file_load;	 /* its script adds -s itself, for Secure Boot is on: whatever the configuration says */
	char kernel[512], initrd[512]; /* absolute paths below the root, empty: not known */
	struct kq_reason no_kernel, no_initrd; /* why not */
	bool without_initrd;	 /* none is loaded, @no_initrd says why; @initrd is what could be */
	const char *initrd_fix;	 /* what has it load one, for advice */
	char cmdline[4096];	 /* of the capture kernel, empty: not known */
	struct kq_reason no_cmdline; /* why not */
	char cmdline_source[64]; /* where that was found */
	char kexec_version[32];	 /* empty: not known */
	enum kq_kexec_call call;
	const char *call_because;
	struct kq_reason no_call; /* why it is not known */
};

/* What is known about @host; all reasons are filled in where something is not. */
void kq_distro_read(struct kq_distro *distro, const struct kq_host *host);
/*
 * Write a summary of @text, the contents of the configuration file @conf, to @out, that says the same to kq_distro_read() and nothing
 * else; @filter as in kq_shell_write(). False if no kdump script of @host reads that file.
 */
bool kq_distro_extract(const struct kq_host *host, const char *conf, const char *text, FILE *out,
		       char *(*filter)(const char *name, const char *value));

#endif
