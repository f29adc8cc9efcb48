/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text files of supportconfig. A section begins with a line "#==[ Configuration File ]====#" and one "# /proc/cmdline", or with
 * "#==[ Command ]====#" and "# /usr/sbin/sysctl -a". Of files it leaves out lines that begin with "#". supportutils, supportconfig.rc.
 */
#include "sections.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "host/told.h"

#define TEXT_MAX (64u << 20)

/* Those with what is asked for here. What is in two of them is the same in both, but in the ones at the end passwords are taken out. */
static const char *const topics[] = { "basic-environment.txt", "boot.txt", "crash.txt", "hardware.txt", "env.txt",
				      "proc.txt",	       "udev.txt", "etc.txt",	"sysconfig.txt" };

static const char heading[] = "#==[ ";

/* The next section's heading behind @at; the end of the text if there is none. */
static char *next_heading(char *at)
{
	char *found = strncmp(at, heading, strlen(heading)) ? strstr(at, "\n#==[ ") : at;

	return found ? found + (*found == '\n') : at + strlen(at);
}

/* One section: what it is, its title, its contents. All of them are ended here. */
static void tell_section(const char *kind, const char *title, char *contents)
{
	size_t length = strlen(contents);

	if (!strncmp(kind, "Command ]", 9)) {
		kq_report_tell_command(title, contents);
		return;
	}
	/* Its two empty lines at the end; "PATH - File not found" is no path. */
	while (length > 1 && contents[length - 1] == '\n' && contents[length - 2] == '\n')
		length--;
	if (!strncmp(kind, "Configuration File ]", 20) && title[0] == '/' && !strchr(title, ' '))
		kq_told_add(title, contents, length);
}

void kq_report_tell_sections(char *text)
{
	char *at = next_heading(text);

	while (*at) {
		char *kind = at + strlen(heading), *title = strchr(kind, '\n'), *contents, *next;

		if (!title || strncmp(title, "\n# ", 3)) {
			at = next_heading(kind);
			continue;
		}
		title += 3;
		next = next_heading(title);
		contents = title + strcspn(title, "\n");
		if (*contents && contents < next) {
			const char end = *next;

			*contents = 0;
			*next = 0;
			tell_section(kind, title, contents + 1);
			*next = end;
		}
		at = next;
	}
}

void kq_report_tell_topics(const struct kq_host *host)
{
	char path[64];

	for (size_t i = 0; i < IQ_ARRAY_SIZE(topics); i++) {
		char *text;

		snprintf(path, sizeof(path), "/%s", topics[i]);
		text = kq_host_read(host, path, TEXT_MAX, NULL);
		if (text)
			kq_report_tell_sections(text);
		free(text);
	}
}
