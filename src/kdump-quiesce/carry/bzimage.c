/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading a kernel image: struct setup_header (Documentation/arch/x86/boot.rst), then the PE headers around it
 * (Microsoft PE/COFF). The kernel's loaders and EFI's read different headers of one image, so the fields of each are
 * checked against those of the other.
 */
#include "bzimage.h"

#include <string.h>

#include "base/foreign.h"

#define SETUP_SECTS	  0x1f1u
#define SETUP_MAGIC	  0x202u
#define SETUP_PROTOCOL	  0x206u
#define SETUP_VERSION	  0x20eu
#define SETUP_LOADFLAGS	  0x211u
#define SETUP_ALIGNMENT	  0x230u
#define SETUP_RELOCATABLE 0x234u
#define SETUP_XLOADFLAGS  0x236u
#define SETUP_PAYLOAD_LENGTH 0x24cu
#define SETUP_HEADER_END  0x26cu

#define SECTOR		512u
#define PROTOCOL_MIN	0x20cu /* xloadflags */
#define LOADED_HIGH	0x01u
#define XLF_KERNEL_64	0x01u
/* CONFIG_PHYSICAL_ALIGN goes to 16 MiB; what is not a multiple of a page could not be loaded. */
#define ALIGNMENT_MAX	(64u << 20)
/* Kernels take tens of MiB. With this limit no sum exceeds 32 bits. */
#define INIT_SIZE_MAX	(1u << 30)
#define IMAGE_MAX	(512u << 20)

#define PE_POINTER	   0x3cu
#define PE_SECTION_COUNT   6u
#define PE_OPTIONAL_SIZE   20u
#define PE_HEADER	   24u
#define PE32PLUS	   0x20bu
#define PE_DIRECTORY_COUNT 108u
#define PE_DIRECTORIES	   112u
#define PE_DIRECTORY	   8u
#define PE_DIRECTORIES_MAX 16u
#define SECTION_SIZE	   40u
#define DIRECTORY_RELOCATIONS 5u

static bool wrong(struct kq_reason *reason, const char *field, uint32_t offset, uint64_t value)
{
	return kq_fail(reason, "%s at offset 0x%x is 0x%llx", field, offset, (unsigned long long)value);
}

/* The kernel's version string, whose place the header counts from 0x200. */
static void read_version(struct kq_bzimage *image)
{
	const uint32_t at = iq_le16(image->bytes + SETUP_VERSION) + 0x200u;

	image->version[0] = 0;
	if (at == 0x200u || at >= image->setup_size)
		return;
	for (uint32_t i = 0; i < sizeof(image->version) - 1 && at + i < image->setup_size; i++) {
		const char c = (char)image->bytes[at + i];

		image->version[i] = c;
		image->version[i + 1] = 0;
		if (c < ' ' || c > '~') {
			image->version[i] = 0;
			break;
		}
	}
}

static bool read_setup(struct kq_bzimage *image, size_t size, struct kq_reason *reason)
{
	const uint8_t *bytes = image->bytes;
	struct kq_reason foreign = { "" };
	uint64_t payload;
	unsigned int sectors;

	kq_foreign_look(bytes, size, KQ_WANTED_KERNEL, &foreign);
	if (foreign.text[0])
		return kq_fail(reason, "%s", foreign.text);
	if (size < SETUP_HEADER_END || memcmp(bytes + SETUP_MAGIC, "HdrS", 4))
		return kq_fail(reason, "no bzImage: no \"HdrS\" at offset 0x%x", SETUP_MAGIC);
	image->protocol = iq_le16(bytes + SETUP_PROTOCOL);
	if (image->protocol < PROTOCOL_MIN)
		return wrong(reason, "the boot protocol's version", SETUP_PROTOCOL, image->protocol);
	if (!(bytes[SETUP_LOADFLAGS] & LOADED_HIGH))
		return wrong(reason, "loadflags (no LOADED_HIGH)", SETUP_LOADFLAGS, bytes[SETUP_LOADFLAGS]);
	if (!(iq_le16(bytes + SETUP_XLOADFLAGS) & XLF_KERNEL_64))
		return wrong(reason, "xloadflags (no 64-bit entry)", SETUP_XLOADFLAGS, iq_le16(bytes + SETUP_XLOADFLAGS));
	if (bytes[SETUP_RELOCATABLE] != 1)
		return wrong(reason, "relocatable_kernel", SETUP_RELOCATABLE, bytes[SETUP_RELOCATABLE]);
	image->alignment = iq_le32(bytes + SETUP_ALIGNMENT);
	if (image->alignment & (image->alignment - 1) || image->alignment < IQ_PAGE_SIZE || image->alignment > ALIGNMENT_MAX)
		return wrong(reason, "kernel_alignment", SETUP_ALIGNMENT, image->alignment);

	sectors = bytes[SETUP_SECTS] ? bytes[SETUP_SECTS] : 4;
	image->setup_size = (sectors + 1) * SECTOR;
	payload = (uint64_t)iq_le32(bytes + KQ_SETUP_SYSSIZE) * 16;
	if (image->setup_size > size)
		return wrong(reason, "setup_sects (more than the file has)", SETUP_SECTS, bytes[SETUP_SECTS]);
	if (payload <= KQ_ENTRY64 || payload > size - image->setup_size)
		return wrong(reason, "syssize (the file does not have it)", KQ_SETUP_SYSSIZE,
			     iq_le32(bytes + KQ_SETUP_SYSSIZE));
	image->payload_size = (uint32_t)payload;
	image->size = image->setup_size + image->payload_size;
	image->init_size = iq_le32(bytes + KQ_SETUP_INIT_SIZE);
	if (image->init_size < payload || image->init_size > INIT_SIZE_MAX)
		return wrong(reason, "init_size", KQ_SETUP_INIT_SIZE, image->init_size);
	if ((uint64_t)iq_le32(bytes + KQ_SETUP_PAYLOAD_OFFSET) + iq_le32(bytes + SETUP_PAYLOAD_LENGTH) > payload)
		return wrong(reason, "payload_offset", KQ_SETUP_PAYLOAD_OFFSET, iq_le32(bytes + KQ_SETUP_PAYLOAD_OFFSET));
	if (iq_le32(bytes + KQ_SETUP_HANDOVER) >= payload)
		return wrong(reason, "handover_offset", KQ_SETUP_HANDOVER, iq_le32(bytes + KQ_SETUP_HANDOVER));
	if (image->protocol >= 0x20f && iq_le32(bytes + KQ_SETUP_KERNEL_INFO) >= payload)
		return wrong(reason, "kernel_info_offset", KQ_SETUP_KERNEL_INFO, iq_le32(bytes + KQ_SETUP_KERNEL_INFO));
	read_version(image);
	return true;
}

static bool read_section(struct kq_bzimage *image, uint32_t at, size_t size, struct kq_reason *reason)
{
	struct kq_pe_section *section = &image->section[image->sections];
	const uint8_t *bytes = image->bytes;

	section->header = at;
	section->memory = iq_le32(bytes + at + KQ_SECTION_MEMORY);
	section->address = iq_le32(bytes + at + KQ_SECTION_ADDRESS);
	section->bytes = iq_le32(bytes + at + KQ_SECTION_BYTES);
	section->offset = iq_le32(bytes + at + KQ_SECTION_OFFSET);
	if (section->bytes && (section->offset > size || section->bytes > size - section->offset))
		return wrong(reason, "PointerToRawData of a PE section", at + KQ_SECTION_OFFSET, section->offset);
	if (section->address > IMAGE_MAX || section->memory > INIT_SIZE_MAX)
		return wrong(reason, "VirtualAddress of a PE section", at + KQ_SECTION_ADDRESS, section->address);
	/* Either a part of the setup or of the payload; the wrapped kernel grows in between. */
	if (section->offset < image->setup_size && section->bytes > image->setup_size - section->offset)
		return wrong(reason, "SizeOfRawData of a PE section", at + KQ_SECTION_BYTES, section->bytes);
	image->sections++;
	return true;
}

static bool read_sections(struct kq_bzimage *image, uint32_t at, unsigned int count, struct kq_reason *reason)
{
	unsigned int first = 0;

	if (count > KQ_BZIMAGE_SECTIONS || at > image->setup_size || count * SECTION_SIZE > image->setup_size - at)
		return wrong(reason, "NumberOfSections of the PE header", image->pe + PE_SECTION_COUNT, count);
	for (unsigned int i = 0; i < count; i++)
		if (!read_section(image, at + i * SECTION_SIZE, image->size, reason))
			return false;
	/* The plugin becomes part of the section that begins the payload; addresses equal offsets in this file. */
	for (unsigned int i = 0; i < count; i++)
		if (image->section[i].bytes && image->section[i].offset == image->setup_size) {
			first++;
			if (image->section[i].address != image->setup_size)
				return wrong(reason, "VirtualAddress of the PE section with the payload",
					     image->section[i].header + KQ_SECTION_ADDRESS, image->section[i].address);
		}
	if (first != 1)
		return kq_fail(reason, "%u PE sections begin where the payload does, at offset 0x%x", first, image->setup_size);
	return true;
}

/* Signatures stand at the file's end, nothing but padding in front of them. */
static bool read_signature(struct kq_bzimage *image, size_t size, struct kq_reason *reason)
{
	const uint32_t at = image->directories + KQ_PE_SECURITY * PE_DIRECTORY;

	if (image->directory_count <= KQ_PE_SECURITY)
		return true;
	image->signature = iq_le32(image->bytes + at);
	image->signature_size = iq_le32(image->bytes + at + 4);
	if (!image->signature && !image->signature_size)
		return true;
	if (image->signature < image->size || image->signature > size || image->signature_size > size - image->signature)
		return wrong(reason, "the PE directory of signatures", at, image->signature);
	return true;
}

static bool read_directories(struct kq_bzimage *image, struct kq_reason *reason)
{
	for (unsigned int i = 0; i < image->directory_count; i++) {
		const uint32_t at = image->directories + i * PE_DIRECTORY;
		const uint32_t address = iq_le32(image->bytes + at), length = iq_le32(image->bytes + at + 4);

		if (i == KQ_PE_SECURITY || (!address && !length))
			continue;
		/* Dummy relocations in the setup, as kernels had until 6.7, stay where they are. */
		if (i != DIRECTORY_RELOCATIONS || address >= image->setup_size || length > image->setup_size - address)
			return wrong(reason, "a PE directory of unknown content", at, address);
	}
	return true;
}

static bool read_pe(struct kq_bzimage *image, size_t size, struct kq_reason *reason)
{
	const uint8_t *bytes = image->bytes;
	uint32_t at = iq_le32(bytes + PE_POINTER), optional_size;

	if (bytes[0] != 'M' || bytes[1] != 'Z')
		return true;
	if (at < 0x40 || at > image->setup_size - PE_HEADER - PE_DIRECTORIES || memcmp(bytes + at, "PE\0\0", 4))
		return wrong(reason, "the place of the PE header", PE_POINTER, at);
	image->pe = at;
	image->optional = at + PE_HEADER;
	optional_size = iq_le16(bytes + at + PE_OPTIONAL_SIZE);
	if (iq_le16(bytes + image->optional) != PE32PLUS)
		return wrong(reason, "the PE optional header's magic", image->optional, iq_le16(bytes + image->optional));
	image->directories = image->optional + PE_DIRECTORIES;
	image->directory_count = iq_le32(bytes + image->optional + PE_DIRECTORY_COUNT);
	if (image->directory_count > PE_DIRECTORIES_MAX ||
	    optional_size < PE_DIRECTORIES + image->directory_count * PE_DIRECTORY ||
	    optional_size > image->setup_size - image->optional)
		return wrong(reason, "NumberOfRvaAndSizes of the PE header", image->optional + PE_DIRECTORY_COUNT,
			     image->directory_count);
	if (iq_le32(bytes + image->optional + KQ_PE_IMAGE_SIZE) > INIT_SIZE_MAX)
		return wrong(reason, "SizeOfImage", image->optional + KQ_PE_IMAGE_SIZE,
			     iq_le32(bytes + image->optional + KQ_PE_IMAGE_SIZE));
	return read_sections(image, image->optional + optional_size, iq_le16(bytes + at + PE_SECTION_COUNT), reason) &&
	       read_directories(image, reason) && read_signature(image, size, reason);
}

/* What lies behind the payload and is not a signature would be lost, so it must be padding. */
static bool check_tail(const struct kq_bzimage *image, size_t size, struct kq_reason *reason)
{
	const size_t end = image->signature ? (size_t)image->signature + image->signature_size : 0;

	for (size_t at = image->size; at < size; at++)
		if (image->bytes[at] && !(image->signature && at >= image->signature && at < end))
			return kq_fail(reason, "%zu bytes behind the payload, from offset 0x%zx on, are not known",
				       size - at, at);
	return true;
}

/* The @size bytes at image->bytes are a kernel's own. */
static bool read_kernel(struct kq_bzimage *image, size_t size, struct kq_reason *reason)
{
	return read_setup(image, size, reason) && read_pe(image, size, reason) && check_tail(image, size, reason);
}

bool kq_bzimage_read(struct kq_bzimage *image, const uint8_t *bytes, size_t size, struct kq_reason *reason)
{
	struct kq_reason why = { "" };
	size_t offset, length;

	memset(image, 0, sizeof(*image));
	image->bytes = bytes;
	if (size > IMAGE_MAX)
		return kq_fail(reason, "%zu bytes: no kernel is longer than %u", size, IMAGE_MAX);
	if (!kq_foreign_kernel(bytes, size, &offset, &length))
		return read_kernel(image, size, reason);
	image->unified = true;
	image->bytes += offset;
	if (!length)
		return kq_fail(reason, "a unified kernel image whose section .linux is empty");
	/* Sections begin at multiples of FileAlignment, which is more. */
	if (offset % sizeof(uint64_t))
		return kq_fail(reason, "a unified kernel image whose section .linux begins in the middle of a word, at offset 0x%zx", offset);
	return read_kernel(image, length, &why) ||
	       kq_fail(reason, "a unified kernel image, with this in its section .linux: %.180s", why.text);
}
