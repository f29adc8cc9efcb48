/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One filter a kind of file. A replay of what they leave finds the same as the machine did.
 */
#include "save-filter.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/foreign.h"
#include "machine/distro.h"
#include "machine/words.h"

#define FILE_MAX   (1u << 20)
#define BIG_MAX	   (256u << 20)
#define IMAGE_HEAD (256u << 10) /* setup code, the first page of a wrapped payload, the plugin */
#define OTHER_HEAD 4096u	/* headers of a program for EFI */

/* Words of kernel command lines that say something here; of others only the name is kept. */
static const char words[] =
	" crashkernel iommu amd_iommu intel_iommu iommu.passthrough iommu.strict amd_iommu_intr intremap "
	"mem_encrypt kvm_amd.sev kvm_amd.sev_snp reset_devices elfcorehdr acpi_rsdp nr_cpus maxcpus irqpoll "
	"pcie_ports pci kexec_jump memmap mem lockdown iomem efi BOOT_IMAGE panic crash_kexec_post_notifiers "
	"module_blacklist modprobe.blacklist rd.driver.blacklist rdblacklist blacklist ";

/* May the value of @word be told? "-" and "_" are the same in names. */
static bool is_told(const struct iq_word *word, size_t length)
{
	char name[64];

	if (length >= sizeof(name))
		return false;
	memcpy(name, word->text, length);
	for (size_t i = 0; i < length; i++)
		name[i] = name[i] == '-' ? '_' : name[i];
	return kq_word_in(words, &(struct iq_word){ name, length });
}

/* Write the command line @line, without what only its owner should know. What is behind "--" is not the kernel's. */
static void write_cmdline(FILE *out, const char *line)
{
	const char *space = "";
	struct iq_word word;

	while (iq_cmdline_next(&line, &word)) {
		const char *equals = memchr(word.text, '=', word.length);
		const size_t name = equals ? (size_t)(equals - word.text) : word.length;

		if (!equals || name + 1 == word.length || is_told(&word, name))
			fprintf(out, "%s%.*s", space, (int)word.length, word.text);
		else
			fprintf(out, "%s%.*s=...", space, (int)name, word.text);
		space = " ";
	}
	if (*line)
		fprintf(out, "%s--", space);
}

static void filter_cmdline(FILE *out, char *bytes, size_t length)
{
	(void)length;
	write_cmdline(out, bytes);
	fputc('\n', out);
}

static void filter_kexec_cmd(FILE *out, char *bytes, size_t length)
{
	char *at = strstr(bytes, "--command-line=\""), *end;

	(void)length;
	if (!at)
		return;
	at += strlen("--command-line=\"");
	end = strstr(at, "\" ");
	if (end)
		*end = 0;
	fputs("/sbin/kexec -p --command-line=\"", out);
	write_cmdline(out, at);
	fputs("\" --initrd=... ...\n", out);
}

static void each_line(FILE *out, char *bytes, void (*line)(FILE *out, char *line))
{
	char *next = bytes, *at;

	while ((at = strsep(&next, "\n")))
		if (*at)
			line(out, at);
}

static void state_line(FILE *out, char *line)
{
	if (strncmp(line, "cmdline = ", 10)) {
		fprintf(out, "%s\n", line);
		return;
	}
	fputs("cmdline = ", out);
	write_cmdline(out, line + 10);
	fputc('\n', out);
}

static void filter_state(FILE *out, char *bytes, size_t length)
{
	(void)length;
	each_line(out, bytes, state_line);
}

/* Of settings that are command lines only what may be told. To be freed. */
static char *filter_setting(const char *name, const char *value)
{
	char *kept = NULL;
	size_t length;
	FILE *out;

	/* Of servers only that there is one. */
	if (!strcmp(name, "NFS") || !strcmp(name, "SSH") || !strcmp(name, "FTP"))
		return strdup(*value ? "..." : "");
	if (!strcmp(name, "KDUMP_SAVEDIR") && strstr(value, "://"))
		return strdup(strncmp(value, "file://", 7) ? "nfs://..." : value);
	if (!strstr(name, "CMDLINE") && !strstr(name, "COMMANDLINE"))
		return strdup(value);
	out = open_memstream(&kept, &length);
	if (out) {
		write_cmdline(out, value);
		fclose(out);
	}
	return kept;
}

/* A kdump script's configuration, the settings that it reads. */
static char *filter_conf(const struct kq_host *host, const char *path, char *bytes, size_t *length)
{
	char *kept = NULL;
	FILE *out = open_memstream(&kept, length);

	if (out) {
		kq_distro_extract(host, path, bytes, out, filter_setting);
		fclose(out);
	}
	free(bytes);
	return kept;
}

/* Of kdump.conf(5) where the dump goes, not to whose server. */
static void kdump_conf_line(FILE *out, char *line)
{
	static const char told[] = " path ext2 ext3 ext4 xfs btrfs minix raw virtiofs ";
	char between[40];
	int length = (int)strcspn(line += strspn(line, " \t"), " \t");

	snprintf(between, sizeof(between), " %.*s ", length > 36 ? 36 : length, line);
	if (strstr(told, between))
		fprintf(out, "%s\n", line);
	else if (!strcmp(between, " nfs ") || !strcmp(between, " ssh "))
		fprintf(out, "%.*s ...\n", length, line);
	else if (!strcmp(between, " dracut_args ") && strstr(line, "--mount"))
		fputs("dracut_args --mount ...\n", out);
}

static void filter_kdump_conf(FILE *out, char *bytes, size_t length)
{
	(void)length;
	fputs("#\n", out);
	each_line(out, bytes, kdump_conf_line);
}

/* Mounts on disks, and of each only where and on what. */
static void mount_line(FILE *out, char *line)
{
	const char *behind = strstr(line, " - ");
	char number[24], where[512], type[64], source[512];

	if (!behind || sscanf(line, "%*s %*s %23s %*s %511s", number, where) != 2 || sscanf(behind + 3, "%63s %511s", type, source) != 2)
		return;
	if (strncmp(number, "0:", 2) != 0 || !strncmp(source, "/dev/", 5))
		fprintf(out, "1 1 %s / %s rw - %s %s rw\n", number, where, type, source);
}

static void filter_mounts(FILE *out, char *bytes, size_t length)
{
	(void)length;
	each_line(out, bytes, mount_line);
}

/* The interfaces alone. */
static void route_line(FILE *out, char *line)
{
	fprintf(out, "%.*s\t\n", (int)strcspn(line, "\t"), line);
}

static void filter_routes(FILE *out, char *bytes, size_t length)
{
	(void)length;
	each_line(out, bytes, route_line);
}

static void iomem_line(FILE *out, char *line)
{
	if (strstr(line, " : System RAM") || strstr(line, " : Crash kernel"))
		fprintf(out, "%s\n", line);
}

static void filter_iomem(FILE *out, char *bytes, size_t length)
{
	(void)length;
	each_line(out, bytes, iomem_line);
}

/* Is @flag a word of the line that begins at @line? */
static bool has_word(const char *line, const char *flag)
{
	const size_t length = strlen(flag), end = strcspn(line, "\n");

	for (const char *at = line; (at = strstr(at, flag)) && at < line + end; at += length)
		if (at > line && at[-1] == ' ' && strchr(" \n", at[length]))
			return true;
	return false;
}

/* Of the processor only what is asked of it: its architecture, and some abilities. */
static void filter_cpuinfo(FILE *out, char *bytes, size_t length)
{
	static const char *const lines[] = { "\nCPU implementer", "\nplatform\t", "\nisa\t", "vendor_id       : IBM/S390" };
	static const char *const flags[] = { "constant_tsc", "nonstop_tsc", "sme", "hypervisor" };
	const char *line = strstr(bytes, "flags\t\t:");

	(void)length;
	fputc('\n', out);
	for (size_t i = 0; i < IQ_ARRAY_SIZE(lines); i++) {
		const char *at = strstr(bytes, lines[i]);

		if (at && *at == '\n')
			at++;
		if (at)
			fprintf(out, "%.*s\n", (int)strcspn(at, "\n"), at);
	}
	if (!line)
		return;
	fputs("flags\t\t:", out);
	for (size_t i = 0; i < IQ_ARRAY_SIZE(flags); i++)
		if (has_word(line, flags[i]))
			fprintf(out, " %s", flags[i]);
	fputc('\n', out);
}

static void kernel_option(FILE *out, char *line)
{
	if (strstr(line, "CONFIG_INTEL_IOMMU") || strstr(line, "CONFIG_AMD_MEM_ENCRYPT") ||
	    strstr(line, "CONFIG_KEXEC"))
		fprintf(out, "%s\n", line);
}

static void filter_kernel_conf(FILE *out, char *bytes, size_t length)
{
	(void)length;
	/* A line must stand before the first option for it to be found at the beginning of a line. */
	fputs("#\n", out);
	each_line(out, bytes, kernel_option);
}

static void filter_kexec(FILE *out, char *bytes, size_t length)
{
	static const char mark[] = "kexec-tools ";
	char *at = bytes;

	while ((at = memmem(at, length - (size_t)(at - bytes), mark, strlen(mark)))) {
		at += strlen(mark);
		if (*at >= '0' && *at <= '9') {
			fprintf(out, "%s%.*s\n", mark, (int)strspn(at, "0123456789."), at);
			return;
		}
	}
}

/* Device serial numbers say whose machine it is. PCIe 6.0, 7.9.3 */
static void filter_config(FILE *out, char *bytes, size_t length)
{
	for (size_t at = 0x100, n = 0; at && at + 12 <= length && n < 960; n++) {
		const uint32_t header = iq_le32((const uint8_t *)bytes + at);

		if ((header & 0xffff) == 3)
			memset(bytes + at + 4, 0, 8);
		at = header >> 20 & 0xffc;
	}
	fwrite(bytes, 1, length, out);
}

/* Of the kernel in the @length bytes at @bytes keep what is in front of it; whether there is a signature is seen, not what it says. */
static void clear_kernel(char *bytes, size_t length)
{
	struct kq_bzimage image;
	struct kq_reason reason;
	const bool kernel = kq_bzimage_read(&image, (const uint8_t *)bytes, length, &reason);
	const size_t head = kernel ? IMAGE_HEAD : OTHER_HEAD;
	size_t end = length;

	if (kernel && image.signature) {
		end = image.signature;
		memset(bytes + image.signature, 0, image.signature_size);
	}
	if (end > head)
		memset(bytes + head, 0, end - head);
}

/* Of another file than a kernel: what it is. */
static void filter_image(FILE *out, char *bytes, size_t length)
{
	size_t offset = 0, inside = 0;

	if (kq_foreign_kernel((const uint8_t *)bytes, length, &offset, &inside) && offset >= OTHER_HEAD) {
		clear_kernel(bytes + offset, inside);
		memset(bytes + OTHER_HEAD, 0, offset - OTHER_HEAD);
		memset(bytes + offset + inside, 0, length - offset - inside);
	} else {
		clear_kernel(bytes, length);
	}
	fwrite(bytes, 1, length, out);
}

/* That it is there is enough: names in it are looked for in other ways. */
static void filter_nothing(FILE *out, char *bytes, size_t length)
{
	(void)bytes;
	(void)length;
	fputc('\n', out);
}

static const struct {
	const char *pattern;
	void (*filter)(FILE *out, char *bytes, size_t length);
} filters[] = {
	{ "/proc/cmdline", filter_cmdline },
	{ "/proc/iomem", filter_iomem },
	{ "/proc/self/mountinfo", filter_mounts },
	{ "/proc/net/route", filter_routes },
	{ "/etc/kdump.conf", filter_kdump_conf },
	{ "/proc/cpuinfo", filter_cpuinfo },
	{ "/etc/machine-id", filter_nothing },
	{ KQ_STATE_PATH, filter_state },
	{ "/boot/config-*", filter_kernel_conf },
	{ "/usr/sbin/kexec", filter_kexec },
	{ "/sbin/kexec", filter_kexec },
	{ "/sys/bus/pci/devices/*/config", filter_config },
};

static char *run(void (*filter)(FILE *out, char *bytes, size_t length), char *bytes, size_t *length)
{
	char *kept = NULL;
	FILE *out = open_memstream(&kept, length);
	const size_t size = *length;

	if (out) {
		filter(out, bytes, size);
		fclose(out);
	}
	free(bytes);
	return kept;
}

char *kq_save_filter(const struct kq_host *host, const struct kq_examination *examination, const char *path,
		     size_t *length)
{
	const bool image = examination && !strcmp(path, examination->distro.kernel);
	char *bytes;

	if (examination && !strcmp(path, examination->distro.initrd))
		return kq_initrd_extract(&examination->initrd, length);
	for (size_t i = 0; i < IQ_ARRAY_SIZE(filters); i++)
		if (!fnmatch(filters[i].pattern, path, FNM_PATHNAME)) {
			bytes = kq_host_read(host, path, BIG_MAX, length);
			return bytes ? run(filters[i].filter, bytes, length) : NULL;
		}
	bytes = kq_host_read(host, path, image ? BIG_MAX : FILE_MAX, length);
	if (bytes && examination && examination->distro.conf && !strcmp(path, examination->distro.conf))
		return filter_conf(host, path, bytes, length);
	if (bytes && fnmatch("*/kexec_cmd", path, 0) == 0)
		return run(filter_kexec_cmd, bytes, length);
	return bytes && image ? run(filter_image, bytes, length) : bytes;
}
