/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kdump-utils of RHEL, Fedora and their like: what kdumpctl makes of /etc/sysconfig/kdump (63f248c: kdump-lib.sh,
 * prepare_kdump_bootinfo, prepare_kdump_kernel, prepare_cmdline, prepare_kexec_args).
 */
#include "distro-read.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/sysroot.h"

#define IMAGES_MAX    4u
#define DIRECTORY_MAX 32u
#define CONF_MAX      (256u << 10)
#define PATHS_MAX     (IMAGES_MAX * DIRECTORY_MAX)

/* Set by systemd's EFI stub: the image that was booted, in UTF-16 behind 4 bytes of attributes. */
#define STUB_IMAGE "/sys/firmware/efi/efivars/StubImageIdentifier-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"

struct search {
	struct distro_reader *reader;
	char image[IMAGES_MAX][512];	  /* names, in the order in which they are tried */
	unsigned int images;
	char directory[DIRECTORY_MAX][256];
	unsigned int directories;
	bool many; /* directories: not all are searched */
	char release[128];
	char path[PATHS_MAX][512];
	int found; /* index of the image's path, negative: there is none */
};

static void add_image(struct search *search, const char *name)
{
	if (*name && search->images < IMAGES_MAX)
		snprintf(search->image[search->images++], sizeof(search->image[0]), "%.511s", name);
}

static void add_directory(struct search *search, const char *name, size_t length)
{
	if (search->directories == DIRECTORY_MAX)
		search->many = true;
	else
		snprintf(search->directory[search->directories++], sizeof(search->directory[0]), "%.*s", (int)length, name);
}

/* For a debug kernel, the plain kernel of the same release is the capture kernel, if it is installed. */
static void choose_release(struct search *search)
{
	const size_t length = strlen(search->release), tail = strlen("+debug");
	char path[300], plain[128];

	if (length <= tail || (strcmp(search->release + length - tail, "+debug") && strcmp(search->release + length - tail, "-debug")))
		return;
	snprintf(plain, sizeof(plain), "%.*s", (int)(length - tail), search->release);
	snprintf(path, sizeof(path), "/usr/lib/modules/%s/modules.dep", plain);
	if (kq_host_exists(search->reader->host, path))
		memcpy(search->release, plain, sizeof(plain));
}

/* BOOT_IMAGE= without GRUB's "(hd0,gpt2)", if it is the first word and an image of this release. */
static void add_boot_image(struct search *search)
{
	static const char mark[] = "BOOT_IMAGE=";
	const size_t length = strlen(search->release);
	char line[1024], *name, *behind;
	size_t end;

	if (!kq_host_line(search->reader->host, "/proc/cmdline", line, sizeof(line)) || strncmp(line, mark, strlen(mark)))
		return;
	name = line + strlen(mark);
	name[strcspn(name, " \t")] = 0;
	behind = *name == '(' ? strrchr(name, ')') : NULL;
	if (behind)
		name = behind + 1;
	end = strlen(name);
	if (end >= length && !strcmp(name + end - length, search->release))
		add_image(search, name);
}

/* The printable characters of the stub's variable, with slashes in place of backslashes. */
static bool stub_image(struct search *search, char name[512])
{
	size_t length = 0, used = 0;
	char *bytes = kq_host_read(search->reader->host, STUB_IMAGE, 1024, &length);

	for (size_t i = 0; bytes && i < length && used < 511; i++)
		if (isprint((unsigned char)bytes[i]))
			name[used++] = bytes[i] == '\\' ? '/' : bytes[i];
	name[used] = 0;
	free(bytes);
	return bytes != NULL;
}

/* The machine's id is part of a unified kernel image's name. A saved machine may lack the id: then any image of this release is taken. */
static void add_unified(struct search *search, const char *machine)
{
	static const char directory[] = "/boot/efi/EFI/Linux";
	char name[512], tail[160];
	struct kq_names names;

	if (stub_image(search, name)) {
		add_image(search, name);
		return;
	}
	if (*machine) {
		snprintf(name, sizeof(name), "EFI/Linux/%s-%s.efi", machine, search->release);
		add_image(search, name);
		return;
	}
	snprintf(tail, sizeof(tail), "-%s.efi", search->release);
	if (!kq_host_list(search->reader->host, directory, &names))
		return;
	for (size_t i = 0; i < names.count; i++) {
		const size_t length = strlen(names.name[i]);

		if (length > strlen(tail) && !strcmp(names.name[i] + length - strlen(tail), tail)) {
			snprintf(name, sizeof(name), "EFI/Linux/%.400s", names.name[i]);
			add_image(search, name);
			break;
		}
	}
	kq_names_free(&names);
}

static void add_directories(struct search *search, const char *list)
{
	struct kq_names names;
	char path[256];

	/* OSTree has the kernel in a directory of each deployment. */
	if (kq_host_exists(search->reader->host, "/run/ostree-booted") &&
	    kq_host_list(search->reader->host, "/boot/ostree", &names)) {
		for (size_t i = 0; i < names.count; i++) {
			snprintf(path, sizeof(path), "/boot/ostree/%.200s", names.name[i]);
			add_directory(search, path, strlen(path));
		}
		kq_names_free(&names);
	}
	for (list += strspn(list, " \t\n"); *list; list += strspn(list, " \t\n")) {
		const size_t length = strcspn(list, " \t\n");

		add_directory(search, list, length);
		list += length;
	}
}

/* "/boot//vmlinuz" is "/boot/vmlinuz". */
static void squeeze(char *path)
{
	char *to = path;

	for (const char *at = path; *at; at++)
		if (at == path || *at != '/' || at[-1] != '/')
			*to++ = *at;
	*to = 0;
}

static void find_kernel(struct search *search)
{
	struct kq_distro *distro = search->reader->distro;
	const char *directories, *image, *extension, *release;
	char machine[64] = "", name[512], path[512];
	unsigned int count = 0;

	if (!distro_setting(search->reader, "KDUMP_KERNELVER", &release, &distro->no_kernel) ||
	    !distro_setting(search->reader, "KDUMP_BOOTDIR", &directories, &distro->no_kernel) ||
	    !distro_setting(search->reader, "KDUMP_IMG", &image, &distro->no_kernel) ||
	    !distro_setting(search->reader, "KDUMP_IMG_EXT", &extension, &distro->no_kernel))
		return;
	snprintf(search->release, sizeof(search->release), "%s", *release ? release : search->reader->release);
	if (!*release)
		choose_release(search);
	kq_host_line(search->reader->host, "/etc/machine-id", machine, sizeof(machine));
	add_boot_image(search);
	snprintf(name, sizeof(name), "%.128s-%s%.64s", image, search->release, extension);
	add_image(search, name);
	snprintf(name, sizeof(name), "%s/%s/%.128s", machine, search->release, image);
	add_image(search, name);
	add_unified(search, machine);
	add_directories(search, *directories ? directories : "/boot /boot/efi /efi /");
	for (unsigned int i = 0; i < search->directories; i++)
		for (unsigned int j = 0; j < search->images; j++) {
			const char *base = search->directory[i], *file = search->image[j];

			snprintf(path, sizeof(path), "%.250s/%.250s", base, file);
			squeeze(path);
			memcpy(search->path[count++], path, sizeof(path));
		}
	search->found = distro_find_file(search->reader, search->path, count, distro->kernel, &distro->no_kernel);
	if (search->found < 0 && search->many)
		kq_fail(&distro->no_kernel, "it is in none of the first %u directories, and more are not searched", DIRECTORY_MAX);
}

/* Is there an initrd for an ordinary boot in @directory, so that the one for kdump goes beside it? */
static bool has_ordinary(const struct search *search, const char *directory)
{
	char path[512];

	/* On OSTree, /boot cannot be written to. */
	if (strstr(directory, "/ostree/") || kq_host_exists(search->reader->host, "/run/ostree-booted"))
		return false;
	snprintf(path, sizeof(path), "%s/initramfs-%s.img", directory, search->release);
	if (kq_host_exists(search->reader->host, path))
		return true;
	snprintf(path, sizeof(path), "%s/initrd", directory);
	return kq_host_exists(search->reader->host, path);
}

/*
 * The initrd for kdump is beside the initrd of an ordinary boot, with "kdump" in its name. It is in /var/lib/kdump if there is no such
 * initrd, or if its directory cannot be written to.
 */
static void find_initrd(struct search *search)
{
	struct kq_distro *distro = search->reader->distro;
	char directory[256], paths[3][512];
	unsigned int elsewhere;

	if (search->found < 0) {
		distro->no_initrd = distro->no_kernel;
		return;
	}
	snprintf(directory, sizeof(directory), "%.255s", search->path[search->found]);
	*strrchr(directory, '/') = 0;
	elsewhere = has_ordinary(search, directory) ? 2 : 0;
	snprintf(paths[elsewhere], sizeof(paths[0]), "/var/lib/kdump/initramfs-%skdump.img", search->release);
	snprintf(paths[elsewhere ? 0 : 1], sizeof(paths[0]), "%s/initramfs-%skdump.img", directory, search->release);
	snprintf(paths[elsewhere ? 1 : 2], sizeof(paths[0]), "%s/initrdkdump", directory);
	distro_find_file(search->reader, paths, 3, distro->initrd, &distro->no_initrd);
}

/* Words that kdumpctl removes from the line in any case. */
static const char always_removed[] = "crashkernel panic_on_warn root rd.lvm.lv rd.luks.uuid rd.dm.uuid rd.md.uuid fcoe netroot "
				     "rd.iscsi.initiator iscsi_initiator";

/* Is @word in the list @removed? Values in the list are ignored. */
static bool is_removed(const char *removed, const struct iq_word *word)
{
	const char *equals = memchr(word->text, '=', word->length);
	const size_t name = equals ? (size_t)(equals - word->text) : word->length;
	struct iq_word each;

	/* The script drops a word with an empty value, so it removes nothing. */
	if (equals && name + 1 == word->length)
		return true;
	while (kq_word_next(&removed, &each)) {
		const char *end = memchr(each.text, '=', each.length);

		if (end && end + 1 == each.text + each.length)
			continue;
		if ((end ? (size_t)(end - each.text) : each.length) == name && !memcmp(each.text, word->text, name))
			return true;
	}
	return kq_word_in(always_removed, word);
}

static void compose_cmdline(struct distro_reader *reader)
{
	struct kq_distro *distro = reader->distro;
	const char *base, *removed, *append;
	struct iq_word word;
	char *first = NULL;

	if (!distro_setting(reader, "KDUMP_COMMANDLINE", &base, &distro->no_cmdline) ||
	    !distro_setting(reader, "KDUMP_COMMANDLINE_REMOVE", &removed, &distro->no_cmdline) ||
	    !distro_setting(reader, "KDUMP_COMMANDLINE_APPEND", &append, &distro->no_cmdline))
		return;
	if (!*base) {
		first = distro_first_cmdline(reader);
		base = first ? first : "";
	}
	while (kq_word_next(&base, &word))
		if (!is_removed(removed, &word))
			distro_cmdline_add(reader, word.text, word.length);
	distro_cmdline_add(reader, append, strlen(append));
	/* The script also adds watchdog parameters and the boot CPU's APIC id. They do not concern DMA. */
	distro_cmdline_add(reader, "rd.systemd.gpt_auto=no", strlen("rd.systemd.gpt_auto=no"));
	free(first);
}

/* UUID= and LABEL= as links in /dev name them. */
static void name_device(struct kq_distro *distro, const char *value)
{
	static const char *const kinds[][2] = { { "UUID=", "by-uuid" }, { "LABEL=", "by-label" }, { "PARTUUID=", "by-partuuid" },
						{ "PARTLABEL=", "by-partlabel" } };

	for (size_t i = 0; i < IQ_ARRAY_SIZE(kinds); i++)
		if (!strncmp(value, kinds[i][0], strlen(kinds[i][0]))) {
			snprintf(distro->dump_to, sizeof(distro->dump_to), "/dev/disk/%s/%.200s", kinds[i][1], value + strlen(kinds[i][0]));
			return;
		}
	if (!strncmp(value, "/dev/", 5))
		distro_copy(distro->dump_to, sizeof(distro->dump_to), value, "a device", &distro->no_dump_to);
	else
		kq_fail(&distro->no_dump_to, "/etc/kdump.conf: %.100s is no device that is known here", value);
}

/* One line of kdump.conf(5): a target, or the directory on it. */
static void dump_line(struct kq_distro *distro, const char *word, const char *value)
{
	static const char file_systems[] = " ext2 ext3 ext4 xfs btrfs minix raw ";
	char between[40];

	snprintf(between, sizeof(between), " %.36s ", word);
	if (!strcmp(word, "nfs") || !strcmp(word, "ssh"))
		distro->dump_over_network = true;
	else if (!strcmp(word, "path") && strncmp(distro->dump_to, "/dev/", 5) != 0)
		distro_copy(distro->dump_to, sizeof(distro->dump_to), value, "path", &distro->no_dump_to);
	else if (strstr(file_systems, between))
		name_device(distro, value);
	else if (!strcmp(word, "virtiofs") || (!strcmp(word, "dracut_args") && strstr(value, "--mount")))
		kq_fail(&distro->no_dump_to, "/etc/kdump.conf: %.20s is not followed here", word);
}

static void find_dump(struct distro_reader *reader)
{
	struct kq_distro *distro = reader->distro;
	char *text = kq_host_read(reader->host, "/etc/kdump.conf", CONF_MAX, NULL), *next = text, *line;

	while (text && (line = strsep(&next, "\n"))) {
		char *word = line + strspn(line, " \t"), *value = word + strcspn(word, " \t"), *end;

		if (*value)
			*value++ = 0;
		value += strspn(value, " \t");
		end = value + strlen(value);
		while (end > value && isspace((unsigned char)end[-1]))
			*--end = 0;
		if (*word && *word != '#')
			dump_line(distro, word, value);
	}
	free(text);
	if (!distro->dump_to[0])
		snprintf(distro->dump_to, sizeof(distro->dump_to), "/var/crash");
}

static void read_rhel(struct distro_reader *reader)
{
	struct kq_distro *distro = reader->distro;
	struct search *search = calloc(1, sizeof(*search));
	const char *arguments;

	if (search) {
		search->reader = reader;
		search->found = -1;
		find_kernel(search);
		find_initrd(search);
	} else {
		kq_fail(&distro->no_kernel, "out of memory");
		kq_fail(&distro->no_initrd, "out of memory");
	}
	free(search);
	find_dump(reader);
	compose_cmdline(reader);
	if (distro_setting(reader, "KEXEC_ARGS", &arguments, &distro->no_call))
		distro_add_argument(reader, arguments);
	distro->adds_file_load = kq_host_secure_boot(reader->host);
	if (distro->adds_file_load)
		distro_add_argument(reader, "-s");
	distro_find_our_kexec(reader);
	distro_find_rule(reader, "98-kexec.rules");
}

const struct distro_kind kq_distro_rhel = {
	.name = "kdump-utils",
	.conf = "/etc/sysconfig/kdump",
	.proof = "/etc/kdump.conf",
	.load = "kdumpctl reload",
	.restart = "kdumpctl restart",
	.image_hint = "KDUMP_BOOTDIR in /etc/sysconfig/kdump, to the directory of %s",
	.shell = KQ_SHELL_BASH,
	.settings = " KDUMP_KERNELVER KDUMP_BOOTDIR KDUMP_IMG KDUMP_IMG_EXT KDUMP_COMMANDLINE KDUMP_COMMANDLINE_REMOVE "
		    "KDUMP_COMMANDLINE_APPEND KEXEC_ARGS KEXEC ",
	.preset = { { "KEXEC", "/sbin/kexec" }, { "KDUMP_KERNELVER", "" }, { "KDUMP_KERNEL", "" }, { "KEXEC_ARGS", "" },
		    { "KDUMP_COMMANDLINE_REMOVE", "hugepages hugepagesz slub_debug" } },
	.read = read_rhel,
};
