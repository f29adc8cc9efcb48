/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Debian's kdump-tools, RHEL's kdump-utils and openSUSE's kdump, from the files that configure them.
 */
#include "distro.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot/cmdline.h"
#include "state.h"
#include "host/sysroot.h"

#define CONF_MAX  (256u << 10)
#define KEXEC_MAX (8u << 20)

/* "kexec -p" means -a since this version. kexec-tools commit 29fe506 */
#define AUTO_MAJOR 2
#define AUTO_MINOR 0
#define AUTO_PATCH 27

bool kq_shell_value(const char *text, const char *name, char *value, size_t size)
{
	const size_t length = strlen(name);
	bool found = false;

	for (const char *line = text; line; line = strchr(line, '\n')) {
		const char *at = line + strspn(line, "\n \t"), *end;

		line = at;
		if (!strncmp(at, "export ", 7))
			at += 7;
		if (strncmp(at, name, length) || at[length] != '=')
			continue;
		at += length + 1;
		if (*at == '"' || *at == '\'') {
			end = strchr(at + 1, *at);
			at++;
		} else {
			end = at + strcspn(at, " \t\n#;");
		}
		if (!end)
			continue;
		snprintf(value, size, "%.*s", (int)(end - at), at);
		found = true;
	}
	return found;
}

/* The running kernel's release. */
static void release_of(const struct kq_host *host, char *release, size_t size)
{
	if (!kq_host_line(host, "/proc/sys/kernel/osrelease", release, size))
		release[0] = 0;
}

/* Is @word one that @list (blank-separated, without values) names? */
static bool is_listed(const char *list, const struct iq_word *word)
{
	size_t length = 0;

	while (length < word->length && word->text[length] != '=')
		length++;
	for (const char *at = list + strspn(list, " "); *at; at += strspn(at, " ")) {
		const size_t item = strcspn(at, " ");

		if (item == length && !strncmp(at, word->text, length))
			return true;
		at += item;
	}
	return false;
}

/* The first kernel's command line without the words in @removed, then @appended. */
static void compose_cmdline(struct kq_distro *distro, const struct kq_host *host, const char *removed,
			    const char *appended)
{
	char *now = kq_host_read(host, "/proc/cmdline", sizeof(distro->cmdline), NULL);
	const char *at = now;
	struct iq_word word;
	size_t used = 0;

	if (!now)
		return;
	while (iq_cmdline_next(&at, &word))
		if (!is_listed(removed, &word) && used + word.length + 2 < sizeof(distro->cmdline))
			used += (size_t)snprintf(distro->cmdline + used, sizeof(distro->cmdline) - used, "%s%.*s",
						 used ? " " : "", (int)word.length, word.text);
	snprintf(distro->cmdline + used, sizeof(distro->cmdline) - used, "%s%s", used ? " " : "", appended);
	snprintf(distro->cmdline_source, sizeof(distro->cmdline_source), "%s", distro->conf);
	free(now);
}

static void set_path(char path[512], const struct kq_host *host, const char *const candidates[])
{
	path[0] = 0;
	for (unsigned int i = 0; candidates[i] && !path[0]; i++)
		if (candidates[i][0] == '/' && !kq_host_resolve(host, candidates[i], path, 512))
			path[0] = 0;
}

/* What kdump-config left behind of its last load. */
static void last_debian_load(struct kq_distro *distro, const struct kq_host *host)
{
	char *text = kq_host_read(host, "/var/crash/kexec_cmd", CONF_MAX, NULL), *at, *end;

	at = text ? strstr(text, "--command-line=") : NULL;
	if (at) {
		at += strlen("--command-line=");
		at += *at == '"';
		end = strstr(at, "\" ");
		if (!end)
			end = strstr(at, " --");
		snprintf(distro->cmdline, sizeof(distro->cmdline), "%.*s",
			 (int)(end ? end - at : (long)strcspn(at, "\"\n")), at);
		snprintf(distro->cmdline_source, sizeof(distro->cmdline_source), "/var/crash/kexec_cmd");
	}
	free(text);
}

/* Is KEXEC= our own, as scripts/sysconfig/refresh sets it? */
static void find_our_kexec(struct kq_distro *distro, const char *text)
{
	static const char ours[] = "/kdump-quiesce/kexec";
	char kexec[sizeof(distro->ours)] = "";
	size_t length;

	kq_shell_value(text, "KEXEC", kexec, sizeof(kexec));
	length = strlen(kexec);
	if (length >= strlen(ours) && !strcmp(kexec + length - strlen(ours), ours))
		memcpy(distro->ours, kexec, sizeof(kexec));
}

static void read_debian(struct kq_distro *distro, const struct kq_host *host, const char *text)
{
	static const char *const drop_ins[] = {
		"/etc/systemd/system/kdump-tools.service.d/kdump-quiesce.conf",
		"/usr/lib/systemd/system/kdump-tools.service.d/kdump-quiesce.conf",
	};
	char kernel[512] = "/var/lib/kdump/vmlinuz", initrd[512] = "/var/lib/kdump/initrd.img", append[1024];

	kq_shell_value(text, "KDUMP_KEXEC_ARGS", distro->arguments, sizeof(distro->arguments));
	kq_shell_value(text, "KDUMP_KERNEL", kernel, sizeof(kernel));
	kq_shell_value(text, "KDUMP_INITRD", initrd, sizeof(initrd));
	set_path(distro->kernel, host, (const char *const[]){ kernel, NULL });
	set_path(distro->initrd, host, (const char *const[]){ initrd, NULL });
	if (!kq_shell_value(text, "KDUMP_CMDLINE_APPEND", append, sizeof(append)))
		snprintf(append, sizeof(append),
			 "reset_devices systemd.unit=kdump-tools-dump.service nr_cpus=1 irqpoll usbcore.nousb");
	compose_cmdline(distro, host, "crashkernel hugepages hugepagesz abm", append);
	if (kq_shell_value(text, "KDUMP_CMDLINE", distro->cmdline, sizeof(distro->cmdline)))
		snprintf(distro->cmdline + strlen(distro->cmdline), sizeof(distro->cmdline) - strlen(distro->cmdline),
			 " %s", append);
	last_debian_load(distro, host);
	for (size_t i = 0; i < IQ_ARRAY_SIZE(drop_ins) && !distro->ours[0]; i++)
		if (kq_host_exists(host, drop_ins[i]))
			snprintf(distro->ours, sizeof(distro->ours), "%s", drop_ins[i]);
}

static void read_rhel(struct kq_distro *distro, const struct kq_host *host, const char *text)
{
	char release[128], image[512], initrd[2][512], append[1024] = "", removed[512] = "crashkernel";
	char directory[128] = "/boot", base[64] = "vmlinuz";

	release_of(host, release, sizeof(release));
	kq_shell_value(text, "KDUMP_KERNELVER", release, sizeof(release));
	kq_shell_value(text, "KDUMP_BOOTDIR", directory, sizeof(directory));
	kq_shell_value(text, "KDUMP_IMG", base, sizeof(base));
	/* gen-kdump-sysconfig.sh writes -s for x86, and kdumpctl falls back to it. */
	if (!kq_shell_value(text, "KEXEC_ARGS", distro->arguments, sizeof(distro->arguments)))
		snprintf(distro->arguments, sizeof(distro->arguments), "-s");
	kq_shell_value(text, "KDUMP_COMMANDLINE_REMOVE", removed, sizeof(removed));
	kq_shell_value(text, "KDUMP_COMMANDLINE_APPEND", append, sizeof(append));
	snprintf(image, sizeof(image), "%s/%s-%s", directory, base, release);
	snprintf(initrd[0], sizeof(initrd[0]), "%s/initramfs-%skdump.img", directory, release);
	snprintf(initrd[1], sizeof(initrd[1]), "/var/lib/kdump/initramfs-%skdump.img", release);
	set_path(distro->kernel, host, (const char *const[]){ image, NULL });
	set_path(distro->initrd, host, (const char *const[]){ initrd[0], initrd[1], NULL });
	find_our_kexec(distro, text);
	compose_cmdline(distro, host, removed, append);
	if (kq_shell_value(text, "KDUMP_COMMANDLINE", distro->cmdline, sizeof(distro->cmdline)) && !distro->cmdline[0])
		compose_cmdline(distro, host, removed, append);
}

static void read_suse(struct kq_distro *distro, const struct kq_host *host, const char *text)
{
	char append[1024] = "";

	kq_shell_value(text, "KEXEC_OPTIONS", distro->arguments, sizeof(distro->arguments) - 4);
	/* load.sh puts it last, whatever the options say. */
	snprintf(distro->arguments + strlen(distro->arguments), 4, " -a");
	kq_shell_value(text, "KDUMP_COMMANDLINE_APPEND", append, sizeof(append));
	set_path(distro->kernel, host, (const char *const[]){ "/var/lib/kdump/kernel", NULL });
	set_path(distro->initrd, host, (const char *const[]){ "/var/lib/kdump/initrd", NULL });
	find_our_kexec(distro, text);
	compose_cmdline(distro, host, "crashkernel", append);
}

static const struct {
	const char *name, *conf, *proof, *load, *restart, *image_hint;
	void (*read)(struct kq_distro *distro, const struct kq_host *host, const char *text);
} distros[] = {
	{ "Debian kdump-tools", "/etc/default/kdump-tools", NULL, "kdump-config load", "kdump-config reload",
	  "KDUMP_KERNEL=%s in /etc/default/kdump-tools", read_debian },
	{ "kdump-utils", "/etc/sysconfig/kdump", "/etc/kdump.conf", "kdumpctl reload", "kdumpctl restart",
	  "KDUMP_BOOTDIR in /etc/sysconfig/kdump, to the directory of %s", read_rhel },
	{ "openSUSE kdump", "/etc/sysconfig/kdump", NULL, "/usr/lib/kdump/load.sh", "systemctl restart kdump",
	  "KDUMP_KERNELVER=%s in /etc/sysconfig/kdump", read_suse },
};

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

/* The last of -s, -c and -a wins; without one the version decides. */
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
	/* scripts/load makes -a of -s. */
	if (distro->call == KQ_CALL_FILE_LOAD && strstr(distro->ours, "/kexec")) {
		distro->call = KQ_CALL_AUTO;
		distro->call_because = "is given -a by KEXEC";
	}
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
	}
	kq_state_free(state);
	free(state);
}

void kq_distro_read(struct kq_distro *distro, const struct kq_host *host)
{
	memset(distro, 0, sizeof(*distro));
	for (size_t i = 0; i < IQ_ARRAY_SIZE(distros) && !distro->name; i++) {
		char *text;

		if (distros[i].proof && !kq_host_exists(host, distros[i].proof))
			continue;
		text = kq_host_read(host, distros[i].conf, CONF_MAX, NULL);
		if (!text)
			continue;
		distro->name = distros[i].name;
		distro->conf = distros[i].conf;
		distro->load = distros[i].load;
		distro->restart = distros[i].restart;
		distro->image_hint = distros[i].image_hint;
		distros[i].read(distro, host, text);
		free(text);
	}
	read_version(distro, host);
	decide_call(distro);
	read_state(distro, host);
}
