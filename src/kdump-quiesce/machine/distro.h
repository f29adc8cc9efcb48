/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the distribution loads its capture kernel: which image, initrd and command line, by which kexec system call. One
 * const table of distributions' kdump scripts; what they do is in facts of their configuration files.
 */
#ifndef KQ_DISTRO_H
#define KQ_DISTRO_H

#include "host.h"

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
	char ours[128];		 /* the file that has it load through `exec`, empty: none */
	char arguments[256];	 /* that it gives kexec */
	char kernel[512], initrd[512]; /* absolute paths below the root, empty: not known */
	char cmdline[4096];	 /* of the capture kernel, empty: not known */
	char cmdline_source[64]; /* where that was found */
	char kexec_version[32];	 /* empty: not known */
	enum kq_kexec_call call;
	const char *call_because;
};

void kq_distro_read(struct kq_distro *distro, const struct kq_host *host);
/* The value of the last assignment to @name in the shell file @text, without quotes. False if there is none. */
bool kq_shell_value(const char *text, const char *name, char *value, size_t size);

#endif
