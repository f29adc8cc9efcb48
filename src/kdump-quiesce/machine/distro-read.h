/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the readers of the distributions' configurations share: settings out of the shell file, files that may or may not be there, and
 * a command line that is put together as their scripts do.
 */
#ifndef KQ_DISTRO_READ_H
#define KQ_DISTRO_READ_H

#include "distro.h"
#include "shell.h"
#include "words.h"

struct distro_reader {
	struct kq_distro *distro;
	const struct kq_host *host;
	struct kq_shell_file file; /* the configuration */
	char release[128];	   /* of the running kernel, empty: not known */
};

/* One kind of kdump script. */
struct distro_kind {
	const char *name, *conf;
	const char *proof; /* a file that must be there too, or NULL */
	const char *load, *restart, *image_hint;
	enum kq_shell shell;
	const char *settings; /* that are read, between blanks */
	const char *preset[9][2]; /* variables that the script sets before it reads the file */
	void (*read)(struct distro_reader *reader);
};

extern const struct distro_kind kq_distro_debian, kq_distro_rhel, kq_distro_suse;

/*
 * The setting @name, "" if it is empty or not set. False if it is unclear; @why then says where and why, unless it says something
 * already.
 */
bool distro_setting(struct distro_reader *reader, const char *name, const char **value, struct kq_reason *why);
/* @to of @size bytes becomes @text, or @why that it is too long. */
bool distro_copy(char *to, size_t size, const char *text, const char *what, struct kq_reason *why);

/*
 * Look for a file at the @count paths. Where it is, without links, goes to @found; the index of its path comes back. Negative, with a
 * reason that names the first of them, if there is none.
 */
int distro_find_file(struct distro_reader *reader, char (*paths)[512], unsigned int count, char found[512],
		     struct kq_reason *why);
/* KEXEC= is our own, as scripts/sysconfig/refresh sets it? Takes note of that. */
void distro_find_our_kexec(struct distro_reader *reader);
/* Find the udev rule called @name that is in force. False if there is no file of that name: not even one that masks it. */
bool distro_find_rule(struct distro_reader *reader, const char *name);
/* Add @word to what kexec is given. */
void distro_add_argument(struct distro_reader *reader, const char *word);

/* Append the @length bytes of @text to the capture kernel's command line, behind a blank. */
void distro_cmdline_add(struct distro_reader *reader, const char *text, size_t length);
/* The first kernel's command line, to be freed; NULL, and the reason taken note of. */
char *distro_first_cmdline(struct distro_reader *reader);

#endif
