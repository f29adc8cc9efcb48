/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kdump-tools of Debian and Ubuntu: what kdump-config makes of /etc/default/kdump-tools (1.8.1: locate_kdump_kernel, manage_symlinks,
 * kdump_load).
 */
#include "distro-read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/sysroot.h"

#define DIRECTORY "/var/lib/kdump"
#define COMMAND_MAX (64u << 10)

static const char default_append[] = "reset_devices systemd.unit=kdump-tools-dump.service nr_cpus=1 irqpoll usbcore.nousb";

static void find_out_whether_idle(struct distro_reader *reader)
{
	struct kq_reason *idle = &reader->distro->idle;
	struct kq_reason unclear = { "" };
	const char *use;

	/* An unclear setting does not show that nothing is loaded. */
	reader->distro->idle_fix = "put USE_KDUMP=1 into /etc/default/kdump-tools";
	if (distro_setting(reader, "USE_KDUMP", &use, &unclear) && (!*use || !strcmp(use, "0")))
		kq_fail(idle, "%s: USE_KDUMP is %s: kdump-config loads nothing", reader->file.path, *use ? use : "not set");
}

/* kdump-config replaces a link in /var/lib/kdump that leads to no file for the running kernel, before it uses it. */
static void follow_link(struct distro_reader *reader, const char *name, char path[512])
{
	const size_t length = strlen(reader->release);
	char found[512];
	size_t end;

	if (strncmp(path, DIRECTORY "/", sizeof(DIRECTORY)) || strcmp(path + sizeof(DIRECTORY), name) || !length)
		return;
	end = kq_host_resolve(reader->host, path, found, sizeof(found)) ? strlen(found) : 0;
	if (end > length && found[end - length - 1] == '-' && !strcmp(found + end - length, reader->release))
		return;
	if (!strcmp(name, "initrd.img"))
		snprintf(path, 512, DIRECTORY "/initrd.img-%s", reader->release);
	else
		snprintf(path, 512, "/boot/vmlinuz-%s", reader->release);
}

static void find_kernel(struct distro_reader *reader)
{
	struct kq_distro *distro = reader->distro;
	char path[2][512] = { "", "" };
	const char *kernel;

	if (!distro_setting(reader, "KDUMP_KERNEL", &kernel, &distro->no_kernel))
		return;
	if (*kernel) {
		if (!distro_copy(path[0], sizeof(path[0]), kernel, "KDUMP_KERNEL", &distro->no_kernel))
			return;
		follow_link(reader, "vmlinuz", path[0]);
		distro_find_file(reader, path, 1, distro->kernel, &distro->no_kernel);
		return;
	}
	snprintf(path[0], sizeof(path[0]), "/boot/vmlinuz-%s", reader->release);
	snprintf(path[1], sizeof(path[1]), "/boot/vmlinux-%s", reader->release);
	distro_find_file(reader, path, 2, distro->kernel, &distro->no_kernel);
}

/*
 * If the file is not there, kdump-config gives kexec no initrd. Then the package's own initrd is examined: an administrator who sets
 * KDUMP_INITRD gets that one.
 */
static void find_initrd(struct distro_reader *reader)
{
	struct kq_distro *distro = reader->distro;
	char path[1][512] = { "" }, made[1][512] = { DIRECTORY "/initrd.img" };
	struct kq_reason unused;
	const char *kernel, *initrd;

	/* kdump-config looks for an initrd only if KDUMP_KERNEL is not set. */
	if (!distro_setting(reader, "KDUMP_KERNEL", &kernel, &distro->no_initrd) ||
	    !distro_setting(reader, "KDUMP_INITRD", &initrd, &distro->no_initrd))
		return;
	if (!*kernel)
		snprintf(path[0], sizeof(path[0]), "/boot/initrd.img-%s", reader->release);
	else if (!distro_copy(path[0], sizeof(path[0]), initrd, "KDUMP_INITRD", &distro->no_initrd))
		return;
	follow_link(reader, "initrd.img", path[0]);
	if (distro_find_file(reader, path, 1, distro->initrd, &distro->no_initrd) >= 0)
		return;
	distro->without_initrd = true;
	distro->initrd_fix = "put KDUMP_INITRD=" DIRECTORY "/initrd.img into /etc/default/kdump-tools";
	if (!path[0][0])
		kq_fail(&distro->no_initrd, "KDUMP_INITRD is not set in %s", reader->file.path);
	follow_link(reader, "initrd.img", made[0]);
	distro_find_file(reader, made, 1, distro->initrd, &unused);
}

/* The first kernel's command line, without the words with a value that kdump-config removes. */
static void add_first_cmdline(struct distro_reader *reader)
{
	char *line = distro_first_cmdline(reader);
	const char *at = line;
	struct iq_word word;

	while (line && kq_word_next(&at, &word))
		if (!memchr(word.text, '=', word.length) || !kq_word_in("crashkernel hugepages hugepagesz abm", &word))
			distro_cmdline_add(reader, word.text, word.length);
	free(line);
}

static void compose_cmdline(struct distro_reader *reader)
{
	struct kq_distro *distro = reader->distro;
	const char *base, *append;

	if (!distro_setting(reader, "KDUMP_CMDLINE", &base, &distro->no_cmdline) ||
	    !distro_setting(reader, "KDUMP_CMDLINE_APPEND", &append, &distro->no_cmdline))
		return;
	if (!*append)
		append = default_append;
	if (*base)
		distro_cmdline_add(reader, base, strlen(base));
	else
		add_first_cmdline(reader);
	distro_cmdline_add(reader, append, strlen(append));
}

/* The command of the last load, which kdump-config keeps in a file; only while that image is loaded. */
static void read_last_load(struct distro_reader *reader)
{
	struct kq_distro *distro = reader->distro;
	struct kq_reason unclear = { "" };
	const char *directory;
	char path[256], *text, *at, *end;

	if (!kq_host_number(reader->host, "/sys/kernel/kexec_crash_loaded", 0) ||
	    !distro_setting(reader, "KDUMP_COREDIR", &directory, &unclear))
		return;
	snprintf(path, sizeof(path), "%.200s/kexec_cmd", *directory ? directory : "/var/crash");
	text = path[0] == '/' ? kq_host_read(reader->host, path, COMMAND_MAX, NULL) : NULL;
	at = text ? strstr(text, "--command-line=") : NULL;
	if (at) {
		at += strlen("--command-line=");
		at += *at == '"';
		end = strstr(at, "\" ");
		if (!end)
			end = strstr(at, " --");
		distro->cmdline[0] = 0;
		distro->no_cmdline.text[0] = 0;
		distro_cmdline_add(reader, at, end ? (size_t)(end - at) : strcspn(at, "\"\n"));
		snprintf(distro->cmdline_source, sizeof(distro->cmdline_source), "%.63s", path);
	}
	free(text);
}

static void collect_arguments(struct distro_reader *reader)
{
	struct kq_distro *distro = reader->distro;
	const char *arguments;

	distro->adds_file_load = kq_host_secure_boot(reader->host) ||
				 kq_host_number(reader->host, "/sys/kernel/security/securelevel", 0) == 1;
	if (distro->adds_file_load)
		distro_add_argument(reader, "-s");
	if (distro_setting(reader, "KDUMP_KEXEC_ARGS", &arguments, &distro->no_call))
		distro_add_argument(reader, arguments);
}

/* kdump_save_core(): NFS, SSH and FTP come before the directory. The dump is taken by a service, which has the root file system. */
static void find_dump(struct distro_reader *reader)
{
	static const char *const servers[] = { "NFS", "SSH", "FTP" };
	struct kq_distro *distro = reader->distro;
	const char *value;

	distro->dump_needs_root = true;
	for (size_t i = 0; i < IQ_ARRAY_SIZE(servers); i++) {
		if (!distro_setting(reader, servers[i], &value, &distro->no_dump_to))
			return;
		distro->dump_over_network |= *value != 0;
	}
	if (distro_setting(reader, "KDUMP_COREDIR", &value, &distro->no_dump_to))
		distro_copy(distro->dump_to, sizeof(distro->dump_to), *value ? value : "/var/crash", "KDUMP_COREDIR", &distro->no_dump_to);
}

static void read_debian(struct distro_reader *reader)
{
	static const char *const drop_ins[] = {
		"/etc/systemd/system/kdump-tools.service.d/kdump-quiesce.conf",
		"/usr/lib/systemd/system/kdump-tools.service.d/kdump-quiesce.conf",
	};
	struct kq_distro *distro = reader->distro;

	find_out_whether_idle(reader);
	find_kernel(reader);
	find_initrd(reader);
	compose_cmdline(reader);
	read_last_load(reader);
	collect_arguments(reader);
	find_dump(reader);
	distro_find_rule(reader, "50-kdump-tools.rules");
	for (size_t i = 0; i < IQ_ARRAY_SIZE(drop_ins) && !distro->ours[0]; i++)
		if (kq_host_exists(reader->host, drop_ins[i]))
			snprintf(distro->ours, sizeof(distro->ours), "%s", drop_ins[i]);
}

const struct distro_kind kq_distro_debian = {
	.name = "Debian kdump-tools",
	.conf = "/etc/default/kdump-tools",
	.load = "kdump-config load",
	.restart = "kdump-config reload",
	.image_hint = "KDUMP_KERNEL=%s in /etc/default/kdump-tools",
	.shell = KQ_SHELL_DASH,
	.settings = " USE_KDUMP KDUMP_KERNEL KDUMP_INITRD KDUMP_CMDLINE KDUMP_CMDLINE_APPEND KDUMP_KEXEC_ARGS KDUMP_COREDIR "
		    "NFS SSH FTP ",
	.read = read_debian,
};
