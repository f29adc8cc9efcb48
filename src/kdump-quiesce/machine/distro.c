/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which kdump script this machine has, and what is the same for all: the version of kexec, the system call, what was loaded last.
 */
#include "distro.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot/cmdline.h"
#include "distro-read.h"
#include "host/sysroot.h"
#include "state.h"

#define CONF_MAX  (256u << 10)
#define KEXEC_MAX (8u << 20)

/* Names of the scripts' settings begin so: unless they are assigned, they are empty. */
static const char own[] = "KDUMP KEXEC USE_KDUMP FADUMP MAKEDUMP VMCORE";

/* "kexec -p" means -a since this version. kexec-tools commit 29fe506 */
#define AUTO_MAJOR 2
#define AUTO_MINOR 0
#define AUTO_PATCH 27

static const struct distro_kind *const kinds[] = { &kq_distro_debian, &kq_distro_rhel, &kq_distro_suse };

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

/* The version is a string in the program. */
static void read_version(struct kq_distro *distro, const struct kq_host *host)
{
	static const char *const programs[] = { "/usr/sbin/kexec", "/sbin/kexec" };
	static const char mark[] = "kexec-tools ";

	for (size_t i = 0; i < IQ_ARRAY_SIZE(programs) && !distro->kexec_version[0]; i++) {
		size_t length;
		char *bytes = kq_host_read(host, programs[i], KEXEC_MAX, &length), *at = bytes;

		while (bytes && (at = memmem(at, length - (size_t)(at - bytes), mark, strlen(mark)))) {
			at += strlen(mark);
			if (!isdigit((unsigned char)*at))
				continue;
			snprintf(distro->kexec_version, sizeof(distro->kexec_version), "%.*s",
				 (int)strspn(at, "0123456789."), at);
			break;
		}
		free(bytes);
	}
}

static bool defaults_to_auto(const char *version)
{
	int part[3] = { 0 };

	sscanf(version, "%d.%d.%d", &part[0], &part[1], &part[2]);
	if (part[0] != AUTO_MAJOR)
		return part[0] > AUTO_MAJOR;
	if (part[1] != AUTO_MINOR)
		return part[1] > AUTO_MINOR;
	return part[2] >= AUTO_PATCH;
}

/* The last of -s, -c and -a counts; without one the version decides. */
static void decide_call(struct kq_distro *distro)
{
	static const struct {
		const char *word;
		enum kq_kexec_call call;
		const char *because;
	} words[] = {
		{ "-s", KQ_CALL_FILE_LOAD, "is given -s" },
		{ "--kexec-file-syscall", KQ_CALL_FILE_LOAD, "is given -s" },
		{ "-c", KQ_CALL_LOAD, "is given -c" },
		{ "--kexec-syscall", KQ_CALL_LOAD, "is given -c" },
		{ "-a", KQ_CALL_AUTO, "is given -a" },
		{ "--kexec-syscall-auto", KQ_CALL_AUTO, "is given -a" },
	};
	const char *at = distro->arguments;
	struct iq_word word;

	if (distro->no_call.text[0])
		return;
	if (distro->kexec_version[0]) {
		distro->call = defaults_to_auto(distro->kexec_version) ? KQ_CALL_AUTO : KQ_CALL_LOAD;
		distro->call_because = "defaults to it in this version";
	}
	while (iq_cmdline_next(&at, &word))
		for (size_t i = 0; i < IQ_ARRAY_SIZE(words); i++)
			if (word.length == strlen(words[i].word) && !strncmp(word.text, words[i].word, word.length)) {
				distro->call = words[i].call;
				distro->call_because = words[i].because;
			}
	if (distro->call == KQ_CALL_FILE_LOAD && distro->adds_file_load)
		distro->call_because = "is given -s by that script itself, for Secure Boot is on";
	/* scripts/load makes -a of -s. */
	if (distro->call == KQ_CALL_FILE_LOAD && strstr(distro->ours, "/kexec")) {
		distro->call = KQ_CALL_AUTO;
		distro->call_because = "is given -a by KEXEC";
	}
	if (distro->call == KQ_CALL_UNKNOWN)
		kq_fail(&distro->no_call, "no kexec program was found in /usr/sbin or /sbin");
}

/* What `exec` has seen the loader load counts more than what its configuration promises. */
static void read_state(struct kq_distro *distro, const struct kq_host *host)
{
	struct kq_state *state = malloc(sizeof(*state));
	char boot[40] = "";
	struct kq_reason reason;

	if (!state)
		return;
	kq_host_line(host, "/proc/sys/kernel/random/boot_id", boot, sizeof(boot));
	if (kq_state_read(state, host, &reason) && !strcmp(state->boot, boot)) {
		memcpy(distro->cmdline, state->cmdline, sizeof(distro->cmdline));
		snprintf(distro->cmdline_source, sizeof(distro->cmdline_source), "%s", KQ_STATE_PATH);
		distro->no_cmdline.text[0] = 0;
	}
	kq_state_free(state);
	free(state);
}

static void start_file(struct kq_shell_file *file, const struct distro_kind *kind, const char *text)
{
	kq_shell_start(file, kind->conf, kind->shell, own);
	for (size_t i = 0; i < IQ_ARRAY_SIZE(kind->preset) && kind->preset[i][0]; i++)
		kq_shell_preset(file, kind->preset[i][0], kind->preset[i][1]);
	kq_shell_read(file, text);
}

static void read_kind(struct kq_distro *distro, const struct kq_host *host, const struct distro_kind *kind, const char *text)
{
	struct distro_reader reader = { .distro = distro, .host = host };

	distro->name = kind->name;
	distro->conf = kind->conf;
	distro->load = kind->load;
	distro->restart = kind->restart;
	distro->image_hint = kind->image_hint;
	snprintf(distro->cmdline_source, sizeof(distro->cmdline_source), "%s", kind->conf);
	if (!kq_host_line(host, "/proc/sys/kernel/osrelease", reader.release, sizeof(reader.release)))
		reader.release[0] = 0;
	start_file(&reader.file, kind, text);
	kq_shell_more(&reader.file, &distro->more);
	kind->read(&reader);
	if (distro->no_cmdline.text[0])
		distro->cmdline[0] = 0;
	kq_shell_free(&reader.file);
}

void kq_distro_read(struct kq_distro *distro, const struct kq_host *host)
{
	memset(distro, 0, sizeof(*distro));
	for (size_t i = 0; i < IQ_ARRAY_SIZE(kinds) && !distro->name; i++) {
		char *text;

		if (kinds[i]->proof && !kq_host_exists(host, kinds[i]->proof))
			continue;
		text = kq_host_read(host, kinds[i]->conf, CONF_MAX, NULL);
		if (text)
			read_kind(distro, host, kinds[i], text);
		free(text);
	}
	if (!distro->name) {
		kq_fail(&distro->no_kernel, "it is not known which image is loaded");
		kq_fail(&distro->no_initrd, "it is not known which initrd is loaded");
		kq_fail(&distro->no_cmdline, "the capture kernel's command line is not known");
	}
	read_version(distro, host);
	decide_call(distro);
	read_state(distro, host);
}

bool kq_distro_extract(const struct kq_host *host, const char *conf, const char *text, FILE *out,
		       char *(*filter)(const char *name, const char *value))
{
	struct kq_shell_file file;

	for (size_t i = 0; i < IQ_ARRAY_SIZE(kinds); i++) {
		if (strcmp(kinds[i]->conf, conf) || (kinds[i]->proof && !kq_host_exists(host, kinds[i]->proof)))
			continue;
		start_file(&file, kinds[i], text);
		kq_shell_write(&file, kinds[i]->settings, out, filter);
		kq_shell_free(&file);
		return true;
	}
	return false;
}
