/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the readers of all distributions do in the same way.
 */
#include "distro-read.h"

#include <stdio.h>
#include <string.h>

#include "host/sysroot.h"

bool distro_setting(struct distro_reader *reader, const char *name, const char **value, struct kq_reason *why)
{
	struct kq_reason reason = { "" };

	if (kq_shell_value(&reader->file, name, value, &reason) != KQ_SETTING_UNCLEAR)
		return true;
	if (!why->text[0])
		*why = reason;
	if (!reader->distro->unclear.text[0])
		reader->distro->unclear = reason;
	return false;
}

bool distro_copy(char *to, size_t size, const char *text, const char *what, struct kq_reason *why)
{
	if ((size_t)snprintf(to, size, "%s", text) < size)
		return true;
	to[0] = 0;
	return kq_fail(why, "%s is longer than %zu bytes", what, size - 1);
}

int distro_find_file(struct distro_reader *reader, char (*paths)[512], unsigned int count, char found[512],
		     struct kq_reason *why)
{
	for (unsigned int i = 0; i < count; i++)
		if (paths[i][0] == '/' && kq_host_resolve(reader->host, paths[i], found, 512))
			return (int)i;
	found[0] = 0;
	kq_fail(why, "%.160s is not there%s", count ? paths[0] : "", count > 1 ? ", nor where else its script looks" : "");
	return -1;
}

void distro_find_our_kexec(struct distro_reader *reader)
{
	static const char ours[] = "/kdump-quiesce/kexec";
	struct kq_reason unused = { "" };
	const char *kexec;
	size_t length;

	if (!distro_setting(reader, "KEXEC", &kexec, &unused))
		return;
	length = strlen(kexec);
	if (length < sizeof(reader->distro->ours) && length >= strlen(ours) && !strcmp(kexec + length - strlen(ours), ours))
		memcpy(reader->distro->ours, kexec, length + 1);
}

bool distro_find_rule(struct distro_reader *reader, const char *name)
{
	/* The first directory with a file of this name counts; a link to /dev/null masks it. udev(7) */
	static const char *const directories[] = { "/etc/udev/rules.d", "/run/udev/rules.d", "/usr/local/lib/udev/rules.d",
						   "/usr/lib/udev/rules.d", "/lib/udev/rules.d" };
	char *rule = reader->distro->reload_rule, target[16];

	for (size_t i = 0; i < IQ_ARRAY_SIZE(directories); i++) {
		const bool masked = snprintf(rule, sizeof(reader->distro->reload_rule), "%s/%s", directories[i], name) > 0 &&
				    kq_host_link(reader->host, rule, target, sizeof(target)) && !strcmp(target, "null");

		if (masked)
			rule[0] = 0;
		if (masked || kq_host_exists(reader->host, rule))
			return true;
	}
	rule[0] = 0;
	return false;
}

void distro_add_argument(struct distro_reader *reader, const char *word)
{
	char *arguments = reader->distro->arguments;
	const size_t used = strlen(arguments), room = sizeof(reader->distro->arguments) - used;

	if ((size_t)snprintf(arguments + used, room, "%s%s", used && *word ? " " : "", word) >= room)
		kq_fail(&reader->distro->no_call, "the arguments of kexec are longer than %zu bytes",
			sizeof(reader->distro->arguments) - 1);
}

void distro_cmdline_add(struct distro_reader *reader, const char *text, size_t length)
{
	struct kq_distro *distro = reader->distro;
	const size_t used = strlen(distro->cmdline);

	if (distro->no_cmdline.text[0] || !length)
		return;
	if (used + length + 2 > sizeof(distro->cmdline)) {
		kq_fail(&distro->no_cmdline, "the capture kernel's command line is longer than %zu bytes",
			sizeof(distro->cmdline) - 1);
		return;
	}
	snprintf(distro->cmdline + used, sizeof(distro->cmdline) - used, "%s%.*s", used ? " " : "", (int)length, text);
}

char *distro_first_cmdline(struct distro_reader *reader)
{
	char *line = kq_host_read(reader->host, "/proc/cmdline", sizeof(reader->distro->cmdline), NULL);

	if (!line)
		kq_fail(&reader->distro->no_cmdline, "/proc/cmdline cannot be read");
	else
		line[strcspn(line, "\n")] = 0;
	return line;
}
