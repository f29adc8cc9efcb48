/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kdump of openSUSE and SLE: what load.sh and mkdumprd make of /etc/sysconfig/kdump (34da4b8: build_kdump_commandline,
 * load_kdump_kexec; kdump-read-config.sh).
 */
#include "distro-read.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/sysroot.h"

/* kdump-read-config.sh */
#define DEFAULT_CPUS 32
#define VERBOSE_DEBUG 8

/* Words that load.sh removes from the first kernel's line, with or without a value; the last three on x86 only. */
static const char removed[] = "root resume crashkernel splash mem BOOT_IMAGE showopts zfcp.allow_lun_scan hugepages acpi_no_memhotplug "
			      "cgroup_disable unknown_nmi_panic rd.udev.children-max notsc";

/* A whole number; @otherwise if the setting is empty or no number. */
static bool number(struct distro_reader *reader, const char *name, long otherwise, long *value, struct kq_reason *why)
{
	const char *text;
	char *end;

	if (!distro_setting(reader, name, &text, why))
		return false;
	*value = strtol(text, &end, 10);
	if (!*text || *end || isspace((unsigned char)*text) || *text == '+')
		*value = otherwise;
	return true;
}

/* With fadump there is no capture kernel to load. */
static void find_out_whether_idle(struct distro_reader *reader)
{
	struct kq_reason unclear = { "" };
	const char *fadump;

	reader->distro->idle_fix = "put KDUMP_FADUMP=false into /etc/sysconfig/kdump";
	if (distro_setting(reader, "KDUMP_FADUMP", &fadump, &unclear) &&
	    (!strcmp(fadump, "true") || !strcmp(fadump, "yes") || !strcmp(fadump, "1")))
		kq_fail(&reader->distro->idle, "%s: KDUMP_FADUMP is %s: load.sh registers fadump and loads nothing",
			reader->file.path, fadump);
}

/* load.sh loads /var/lib/kdump/kernel. Before that, mkdumprd makes it a link to the image of KDUMP_KERNELVER. */
static void find_kernel(struct distro_reader *reader)
{
	static const char *const images[] = { "vmlinuz", "image", "Image", "vmlinux" };
	struct kq_distro *distro = reader->distro;
	char paths[2 * IQ_ARRAY_SIZE(images)][512] = { "/var/lib/kdump/kernel" };
	const char *release;

	if (!distro_setting(reader, "KDUMP_KERNELVER", &release, &distro->no_kernel))
		return;
	if (!*release) {
		distro_find_file(reader, paths, 1, distro->kernel, &distro->no_kernel);
		return;
	}
	if (*release == '/') {
		if (distro_copy(paths[0], sizeof(paths[0]), release, "KDUMP_KERNELVER", &distro->no_kernel))
			distro_find_file(reader, paths, 1, distro->kernel, &distro->no_kernel);
		return;
	}
	for (size_t i = 0; i < IQ_ARRAY_SIZE(images); i++) {
		snprintf(paths[2 * i], sizeof(paths[0]), "/usr/lib/modules/%.200s/%s", release, images[i]);
		snprintf(paths[2 * i + 1], sizeof(paths[0]), "/boot/%s-%.200s", images[i], release);
	}
	distro_find_file(reader, paths, IQ_ARRAY_SIZE(paths), distro->kernel, &distro->no_kernel);
}

static void find_initrd(struct distro_reader *reader)
{
	char path[1][512] = { "/var/lib/kdump/initrd" };

	distro_find_file(reader, path, 1, reader->distro->initrd, &reader->distro->no_initrd);
}

/* The first kernel's line, without the words that load.sh removes and with those that it adds. */
static void add_first_cmdline(struct distro_reader *reader, long cpus, bool debug)
{
	char *line = distro_first_cmdline(reader), added[256], processors[40] = "";
	const char *at = line;
	struct iq_word word;

	while (line && kq_word_next(&at, &word)) {
		const bool hvc = word.length == strlen("console=hvc0") && !memcmp(word.text, "console=hvc0", word.length);

		if (!hvc && !kq_word_in(removed, &word) && !(debug && kq_word_in("quiet", &word)))
			distro_cmdline_add(reader, word.text, word.length);
	}
	free(line);
	if (kq_host_exists(reader->host, "/proc/xen"))
		cpus = 1;
	if (cpus)
		snprintf(processors, sizeof(processors), " nr_cpus=%ld", cpus);
	snprintf(added, sizeof(added),
		 "sysrq=yes reset_devices acpi_no_memhotplug cgroup_disable=memory nokaslr numa=off irqpoll%s root=kdump "
		 "rootflags=bind rd.udev.children-max=8", processors);
	distro_cmdline_add(reader, added, strlen(added));
}

static void compose_cmdline(struct distro_reader *reader)
{
	struct kq_distro *distro = reader->distro;
	const char *base, *append, *at;
	struct iq_word word;
	long cpus, verbose;
	bool panic = false;

	if (!distro_setting(reader, "KDUMP_COMMANDLINE", &base, &distro->no_cmdline) ||
	    !distro_setting(reader, "KDUMP_COMMANDLINE_APPEND", &append, &distro->no_cmdline) ||
	    !number(reader, "KDUMP_CPUS", DEFAULT_CPUS, &cpus, &distro->no_cmdline) ||
	    !number(reader, "KDUMP_VERBOSE", 0, &verbose, &distro->no_cmdline))
		return;
	if (*base)
		distro_cmdline_add(reader, base, strlen(base));
	else
		add_first_cmdline(reader, cpus, verbose & VERBOSE_DEBUG);
	distro_cmdline_add(reader, append, strlen(append));
	at = distro->cmdline;
	while (kq_word_next(&at, &word))
		panic |= kq_word_in("panic", &word);
	if (!panic)
		distro_cmdline_add(reader, "panic=1", strlen("panic=1"));
}

/* KDUMP_SAVEDIR is a directory or a URL; several are not known here. kdump(5) */
static void find_dump(struct distro_reader *reader)
{
	struct kq_distro *distro = reader->distro;
	const char *value;

	if (!distro_setting(reader, "KDUMP_SAVEDIR", &value, &distro->no_dump_to))
		return;
	if (!strncmp(value, "file://", 7))
		value += 7;
	distro->dump_over_network = strstr(value, "://") != NULL;
	if (strchr(value, ' '))
		kq_fail(&distro->no_dump_to, "KDUMP_SAVEDIR in %s names several places", reader->file.path);
	else
		distro_copy(distro->dump_to, sizeof(distro->dump_to), *value ? value : "/var/crash", "KDUMP_SAVEDIR", &distro->no_dump_to);
}

static void read_suse(struct distro_reader *reader)
{
	struct kq_distro *distro = reader->distro;
	const char *options;

	find_out_whether_idle(reader);
	find_dump(reader);
	find_kernel(reader);
	find_initrd(reader);
	compose_cmdline(reader);
	if (distro_setting(reader, "KEXEC_OPTIONS", &options, &distro->no_call))
		distro_add_argument(reader, options);
	else
		distro->no_call.text[0] = 0; /* the options do not matter: load.sh puts -a last */
	distro_add_argument(reader, "-a");
	distro_find_our_kexec(reader);
	/* load.sh copies the rule to /run after it has loaded. */
	if (!distro_find_rule(reader, "70-kdump.rules") && kq_host_exists(reader->host, "/usr/lib/kdump/70-kdump.rules"))
		snprintf(distro->reload_rule, sizeof(distro->reload_rule), "/usr/lib/kdump/70-kdump.rules");
}

const struct distro_kind kq_distro_suse = {
	.name = "openSUSE kdump",
	.conf = "/etc/sysconfig/kdump",
	.load = "/usr/lib/kdump/load.sh",
	.restart = "systemctl restart kdump",
	.image_hint = "KDUMP_KERNELVER=%s in /etc/sysconfig/kdump",
	.shell = KQ_SHELL_BASH,
	.settings = " KDUMP_KERNELVER KDUMP_COMMANDLINE KDUMP_COMMANDLINE_APPEND KDUMP_CPUS KDUMP_VERBOSE KDUMP_FADUMP KEXEC_OPTIONS KEXEC "
		    "KDUMP_SAVEDIR ",
	.preset = { { "KEXEC", "/sbin/kexec" } },
	.read = read_suse,
};
