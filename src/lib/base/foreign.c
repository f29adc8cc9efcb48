/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files by their magic numbers. Sources: file(1)'s magic, crash's and libkdumpfile's probes, Linux' Documentation/arch/ (boot protocols)
 * and kernel/power/swap.c, libvirt's qemu_saveimage.h, the UAPI group's specification of unified kernel images.
 */
#include "foreign.h"

#include "bits.h"

#include <elf.h>
#include <string.h>

/* A kind of file, and what to do with it: @kernel if a kernel is wanted, @dump if a dump is. NULL: it is what is wanted. */
struct kind {
	const char *magic;
	uint32_t length, offset;
	const char *what, *kernel, *dump;
};

static const char not_a_kernel[] = "it is no kernel";
static const char not_a_dump[] = "it is no dump";
static const char is_dump[] = "it is a dump, which iommu-inspect reads";
static const char decompress_gzip[] = "decompress it first, gzip -d";
static const char decompress_zstd[] = "decompress it first, zstd -d";
static const char decompress_xz[] = "decompress it first, xz -d";
static const char decompress_bzip2[] = "decompress it first, bzip2 -d";
static const char decompress_lz4[] = "decompress it first, lz4 -d";
static const char decompress_lzop[] = "decompress it first, lzop -d";
static const char decompress_lzip[] = "decompress it first, lzip -d";
static const char unpack[] = "unpack it first";
static const char not_x86[] = "wrap is for x86-64 kernels";
static const char virsh[] = "dump the guest anew, virsh dump --memory-only GUEST FILE";
static const char restore[] = "start the guest again (virsh restore), then virsh dump --memory-only GUEST FILE";
static const char vmss[] = "make a core of it and its .vmem file, vmss2core -N";
static const char swap[] = "only a kernel that resumes reads it; let kdump take a dump";

static const struct kind kinds[] = {
	{ "\x1f\x8b", 2, 0, "compressed with gzip", decompress_gzip, decompress_gzip },
	{ "\x28\xb5\x2f\xfd", 4, 0, "compressed with zstd", decompress_zstd, decompress_zstd },
	{ "\xfd\x37zXZ", 5, 0, "compressed with xz", decompress_xz, decompress_xz },
	{ "BZh", 3, 0, "compressed with bzip2", decompress_bzip2, decompress_bzip2 },
	{ "\x04\x22\x4d\x18", 4, 0, "compressed with lz4", decompress_lz4, decompress_lz4 },
	{ "\x02\x21\x4c\x18", 4, 0, "compressed with lz4 in its old format", decompress_lz4, decompress_lz4 },
	{ "\x89LZO\0\r\n\x1a\n", 9, 0, "compressed with lzop", decompress_lzop, decompress_lzop },
	{ "LZIP", 4, 0, "compressed with lzip", decompress_lzip, decompress_lzip },
	{ "PK\3\4", 4, 0, "a zip archive", unpack, unpack },
	{ "7z\xbc\xaf\x27\x1c", 6, 0, "a 7z archive", unpack, unpack },
	{ "ustar", 5, 257, "a tar archive", unpack, unpack },
	{ "\xed\xab\xee\xdb", 4, 0, "an RPM package", unpack, unpack },
	{ "!<arch>\n", 8, 0, "a Debian package or a library", unpack, unpack },
	{ "070701", 6, 0, "an initramfs", not_a_kernel, not_a_dump },
	{ "070702", 6, 0, "an initramfs", not_a_kernel, not_a_dump },
	{ "KDUMP   ", 8, 0, "a kdump-compressed dump", is_dump, NULL },
	{ "DISKDUMP", 8, 0, "a diskdump", is_dump, NULL },
	{ "makedumpfile\0\0\0\0", 16, 0, "a flattened dump", is_dump, NULL },
	{ "LibvirtQemudSave", 16, 0, "a guest that libvirt saved", not_a_kernel, restore },
	{ "LibvirtQemudPart", 16, 0, "a guest that libvirt had not saved wholly", not_a_kernel, virsh },
	{ "QEVM", 4, 0, "a migration stream of QEMU, as virsh dump writes it without --memory-only", not_a_kernel, virsh },
	{ "QFI\xfb", 4, 0, "a disk image of QEMU (qcow2)", not_a_kernel,
	  "start the guest from its snapshot, then virsh dump --memory-only GUEST FILE" },
	{ "\xd2\xbe\xd2\xbe", 4, 0, "a state file of VMware", not_a_kernel, vmss },
	{ "\xd0\xbe\xd0\xbe", 4, 0, "a state file of VMware", not_a_kernel, vmss },
	{ "\xd3\xbe\xd3\xbe", 4, 0, "a state file of VMware", not_a_kernel, vmss },
	{ "\xd1\xba\xd1\xba", 4, 0, "a state file of VMware", not_a_kernel, vmss },
	{ "Xen saved domain", 16, 0, "a guest that Xen saved", not_a_kernel, "start it again (xl restore), then xl dump-core" },
	{ "PAGEDU64", 8, 0, "a crash dump of Windows", not_a_kernel, "virsh dump --memory-only makes one in ELF" },
	{ "PAGEDUMP", 8, 0, "a crash dump of 32-bit Windows", not_a_kernel, not_a_dump },
	{ "EMiL", 4, 0, "a memory image of LiME or AVML", not_a_kernel, "let kdump take a dump, or virsh dump --memory-only of a guest" },
	{ "\xa8\x19\x01\x73\x61\x8f\x23\xfd", 8, 0, "a stand-alone dump of s390", not_a_kernel, "convert it, zgetdump -f elf FILE > DUMP" },
	{ "\xed\x23\x8f\x61\x73\x01\x19\xa8", 8, 0, "an LKCD dump", not_a_kernel, "only crash reads it" },
	{ "ProblemType:", 12, 0, "a report of apport", not_a_kernel, "unpack it, apport-unpack FILE DIRECTORY: VmCore is the dump" },
	{ "S1SUSPEND", 9, 4086, "a hibernation image", not_a_kernel, swap },
	{ "ULSUSPEND", 9, 4086, "a hibernation image of uswsusp", not_a_kernel, swap },
	{ "LINHIB0001", 10, 4086, "a hibernation image", not_a_kernel, swap },
	{ "SWAPSPACE2", 10, 4086, "swap space", not_a_kernel, not_a_dump },
	{ "zimg", 4, 4, "an EFI zboot image, a compressed kernel that is not for x86", not_x86, not_a_dump },
	{ "HdrS", 4, 0x202, "a kernel for x86 (bzImage)", NULL, not_a_dump },
	{ "ARM\x64", 4, 0x38, "a kernel for arm64 (Image)", not_x86, not_a_dump },
	{ "RSC\x05", 4, 0x38, "a kernel for RISC-V (Image)", not_x86, not_a_dump },
	{ "\xcd\x23\x82\x81", 4, 0x38, "a kernel for LoongArch or another machine of EFI", not_x86, not_a_dump },
	{ "\x18\x28\x6f\x01", 4, 0x24, "a kernel for 32-bit ARM (zImage)", not_x86, not_a_dump },
	{ "S390EP", 6, 0x10008, "a kernel for s390", not_x86, not_a_dump },
	{ "\x27\x05\x19\x56", 4, 0, "a U-Boot image", "take the kernel out, dumpimage -p 0 -o KERNEL FILE", not_a_dump },
	{ "\xd0\x0d\xfe\xed", 4, 0, "a device tree or a FIT image", not_a_kernel, not_a_dump },
};

/* Kernels that are programs of EFI have several magic numbers: the first of the table counts. */
static const struct kind *find_kind(const uint8_t *head, size_t size)
{
	for (size_t i = 0; i < IQ_ARRAY_SIZE(kinds); i++)
		if (size >= (size_t)kinds[i].offset + kinds[i].length && !memcmp(head + kinds[i].offset, kinds[i].magic, kinds[i].length))
			return &kinds[i];
	return NULL;
}

/* Microsoft PE/COFF, 3.3 and 4 */
#define PE_POINTER	 0x3cu
#define PE_SECTIONS	 6u
#define PE_OPTIONAL_SIZE 20u
#define PE_HEADER	 24u
#define PE_SECTION	 40u
#define PE_SECTION_BYTES 16u
#define PE_SECTION_OFFSET 20u
#define PE_SECTIONS_MAX	 96u

static bool is_program_of_efi(const uint8_t *head, size_t size)
{
	const size_t at = size >= PE_POINTER + 4 && !memcmp(head, "MZ", 2) ? iq_le32(head + PE_POINTER) : size;

	return at < size && size - at >= PE_HEADER && !memcmp(head + at, "PE\0\0", 4);
}

bool kq_foreign_section(const uint8_t *file, size_t size, const char *name, size_t *offset, size_t *length)
{
	const uint8_t *pe;
	size_t at;

	if (!is_program_of_efi(file, size))
		return false;
	pe = file + iq_le32(file + PE_POINTER);
	at = (size_t)(pe - file) + PE_HEADER + iq_le16(pe + PE_OPTIONAL_SIZE);
	for (unsigned int i = 0; i < iq_le16(pe + PE_SECTIONS) && i < PE_SECTIONS_MAX; i++, at += PE_SECTION) {
		if (at > size || size - at < PE_SECTION)
			return false;
		if (strncmp((const char *)file + at, name, 8) != 0)
			continue;
		*offset = iq_min(iq_le32(file + at + PE_SECTION_OFFSET), size);
		*length = iq_min(iq_le32(file + at + PE_SECTION_BYTES), size - *offset);
		return true;
	}
	return false;
}

bool kq_foreign_kernel(const uint8_t *file, size_t size, size_t *offset, size_t *length)
{
	return kq_foreign_section(file, size, ".linux", offset, length);
}

static enum kq_foreign look_at_elf(const uint8_t *head, size_t size, enum kq_wanted wanted, struct kq_reason *reason)
{
	unsigned int type;

	if (size < 20)
		return KQ_FOREIGN_UNKNOWN;
	type = head[EI_DATA] == ELFDATA2MSB ? head[16] << 8u | head[17] : iq_le16(head + 16);
	if (type == ET_CORE && wanted == KQ_WANTED_DUMP)
		return KQ_FOREIGN_UNKNOWN;
	if (type == ET_CORE)
		kq_fail(reason, "an ELF core: %s", is_dump);
	else if (type == ET_REL)
		kq_fail(reason, "an ELF object, such as a kernel module: %s", wanted == KQ_WANTED_KERNEL ? not_a_kernel : not_a_dump);
	else if (wanted == KQ_WANTED_KERNEL)
		kq_fail(reason, "an ELF program, such as a vmlinux: take the bzImage that was built with it, /boot/vmlinuz-...");
	else
		kq_fail(reason, "an ELF program, such as a vmlinux: name the dump, and this with --vmlinux");
	return KQ_FOREIGN_OTHER;
}

/* The log of a kernel: "[    0.000000] " or the same with "<5>" in front. */
static bool is_log(const uint8_t *head, size_t size)
{
	const size_t level = size > 3 && head[0] == '<' && head[2] == '>' ? 3 : 0;
	size_t at = level + 1;

	if (size < level + 16 || head[level] != '[')
		return false;
	while (at < level + 14 && (head[at] == ' ' || head[at] == '.' || (head[at] >= '0' && head[at] <= '9')))
		at++;
	return head[at] == ']' && memchr(head + level, '.', at - level);
}

enum kq_foreign kq_foreign_look(const uint8_t *head, size_t size, enum kq_wanted wanted, struct kq_reason *reason)
{
	const bool kernel = wanted == KQ_WANTED_KERNEL;
	const struct kind *kind = find_kind(head, size);
	const char *advice = kind ? kernel ? kind->kernel : kind->dump : NULL;
	size_t offset, length;

	if (!size) {
		kq_fail(reason, "the file is empty");
		return KQ_FOREIGN_OTHER;
	}
	if (size >= SELFMAG && !memcmp(head, ELFMAG, SELFMAG))
		return look_at_elf(head, size, wanted, reason);
	if (kq_foreign_kernel(head, size, &offset, &length)) {
		kq_fail(reason, "a unified kernel image%s",
			kernel ? "" : ": it is no dump");
		return KQ_FOREIGN_UNIFIED;
	}
	if (kind && !advice)
		return KQ_FOREIGN_UNKNOWN;
	if (kind)
		kq_fail(reason, "%s: %s", kind->what, advice);
	else if (is_program_of_efi(head, size))
		kq_fail(reason, "a program for EFI without a kernel in it: %s", kernel ? not_a_kernel : not_a_dump);
	else if (is_log(head, size))
		kq_fail(reason, "the log of a kernel: %s", kernel ? not_a_kernel : "it holds no memory; take the dump beside it");
	else
		return KQ_FOREIGN_UNKNOWN;
	return KQ_FOREIGN_OTHER;
}
