/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which kdump script this machine has; and what is the same for all of them: the version of kexec, the system call, the last load.
 */
#include "distro.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot/cmdline.h"
#include "distro-read.h"
#include "host/sysroot.h"
#include "host/told.h"
#include "state.h"

#define CONF_MAX  (256u << 10)
#define KEXEC_MAX (8u << 20)

/* Beginnings of the names of the scripts' settings: a setting that is not assigned is empty. */
static const char own[] = "KDUMP KEXEC USE_KDUMP FADUMP MAKEDUMP VMCORE";

/* "kexec -p" means -a since this version. kexec-tools commit 29fe506 */
#define AUTO_MAJOR 2
#define AUTO_MINOR 0
#define AUTO_PATCH 27

static const struct distro_kind *const kinds[] = { &kq_distro_debian, &kq_distro_rhel, &kq_distro_suse };

/* The version is a string in the program file. */
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
	/* scripts/load replaces -s by -a. */
	if (distro->call == KQ_CALL_FILE_LOAD && strstr(distro->ours, "/kexec")) {
		distro->call = KQ_CALL_AUTO;
		distro->call_because = "is given -a by KEXEC";
	}
	if (distro->call == KQ_CALL_UNKNOWN)
		kq_fail(&distro->no_call, "no kexec program was found in /usr/sbin or /sbin");
}

/* A load that `exec` saw counts more than the configuration. */
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

static bool host_has(const void *host, const char *path)
{
	return kq_host_exists(host, path);
}

static void start_file(struct kq_shell_file *file, const struct distro_kind *kind, const struct kq_host *host, const char *text)
{
	kq_shell_start(file, kind->conf, kind->shell, own);
	/* A report lacks files that the machine has. */
	file->has = kq_told_whose() ? NULL : host_has;
	file->files = host;
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
	start_file(&reader.file, kind, host, text);
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
		kq_fail(&distro->no_dump_to, "where dumps are written is not known");
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
		start_file(&file, kinds[i], host, text);
		kq_shell_write(&file, kinds[i]->settings, out, filter);
		kq_shell_free(&file);
		return true;
	}
	return false;
}
