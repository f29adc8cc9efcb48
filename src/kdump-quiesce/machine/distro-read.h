/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the readers of the distributions' configurations share: settings from the shell file, a search for files, and the capture
 * kernel's command line, composed as their scripts compose it.
 */
#ifndef KQ_DISTRO_READ_H
#define KQ_DISTRO_READ_H

#include "distro-facts.h"
#include "host.h"
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
	const char *settings; /* names of those that are read, between blanks */
	const char *preset[9][2]; /* variables that the script sets before it reads the file */
	void (*read)(struct distro_reader *reader);
};

extern const struct distro_kind kq_distro_debian, kq_distro_rhel, kq_distro_suse;

/*
 * The setting @name, "" if it is empty or not set. False if it is unclear: then @why says where and why, unless it has a text already.
 */
bool distro_setting(struct distro_reader *reader, const char *name, const char **value, struct kq_reason *why);
/* Copy @text to the @size bytes at @to. False, with @why, if it is too long. */
bool distro_copy(char *to, size_t size, const char *text, const char *what, struct kq_reason *why);

/*
 * Look for a file at the @count paths. @found becomes the first that exists, with its links resolved. Returns its index; negative, with
 * a reason that names the first path, if none exists.
 */
int distro_find_file(struct distro_reader *reader, char (*paths)[512], unsigned int count, char found[512],
		     struct kq_reason *why);
/* Note in @reader if KEXEC= is our own script, as scripts/sysconfig/refresh sets it. */
void distro_find_our_kexec(struct distro_reader *reader);
/* Find the udev rule called @name that is in force. False if no file has that name; a file that masks the rule counts. */
bool distro_find_rule(struct distro_reader *reader, const char *name);
/* Add @word to the arguments of kexec. */
void distro_add_argument(struct distro_reader *reader, const char *word);

/* Append a blank and the @length bytes of @text to the capture kernel's command line. */
void distro_cmdline_add(struct distro_reader *reader, const char *text, size_t length);
/* The first kernel's command line, to be freed. NULL, with the reason in reader->distro. */
char *distro_first_cmdline(struct distro_reader *reader);

#endif
