/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of modules from cpio archives. libarchive decompresses. The archives are walked here, because libarchive reads only the first
 * of several.
 */
#include "initrd.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

#include "squash.h"
#include "host/told.h"

#define PACKED_MAX   (1u << 30)
#define UNPACKED_MAX (UINT64_C(4) << 30)
#define SQUASHED_MAX (1u << 30) /* bytes of a file system image, which is kept in memory */
#define MEMBERS_MAX  4000000u
#define MODULES_MAX  65536u
#define NAME_MAX_CPIO 4096u
#define ZEROS_MAX    8u /* at the end of a compressed stream */

/* "newc": 6 characters of magic, 13 fields of 8 hexadecimal digits. cpio(5) */
#define CPIO_HEADER 110u
#define CPIO_FIELD(n) (6u + 8u * (n))
#define CPIO_FILE_SIZE 6u
#define CPIO_NAME_SIZE 11u
static const char trailer[] = "TRAILER!!!";
/* In archives that kq_initrd_extract() made: the sizes of the original. */
static const char sizes_mark[] = ".kdump-quiesce-sizes/";
static const char squashed_mark[] = ".kdump-quiesce-squashed/"; /* and why its contents are not known */

/* A stream of bytes: memory, or what libarchive decompresses from it. */
struct stream {
	const uint8_t *bytes; /* not compressed */
	size_t length, at;
	struct archive *archive; /* compressed; NULL: not */
	uint64_t given;
	struct kq_reason *many; /* to be told of more than UNPACKED_MAX bytes */
};

static bool pull(struct stream *stream, void *to, size_t length)
{
	uint8_t *out = to;

	if (stream->given + length > UNPACKED_MAX)
		return kq_fail(stream->many, "more than %" PRIu64 " bytes when unpacked", UNPACKED_MAX);
	stream->given += length;
	if (!stream->archive) {
		if (length > stream->length - stream->at)
			return false;
		if (out)
			memcpy(out, stream->bytes + stream->at, length);
		stream->at += length;
		return true;
	}
	while (length) {
		uint8_t waste[65536];
		const size_t part = out ? length : iq_min(length, sizeof(waste));
		const la_ssize_t got = archive_read_data(stream->archive, out ? out : waste, part);

		if (got <= 0)
			return false;
		length -= (size_t)got;
		out = out ? out + got : NULL;
	}
	return true;
}

static bool number(const char *digits, uint64_t *value)
{
	char text[9], *end;

	memcpy(text, digits, 8);
	text[8] = 0;
	*value = strtoull(text, &end, 16);
	return !*end;
}

static bool add_module(struct kq_initrd *initrd, const char *name, size_t length)
{
	char **more;

	if (initrd->modules == MODULES_MAX)
		return kq_fail(&initrd->many, "more than %u modules", MODULES_MAX);
	if (!(initrd->modules & (initrd->modules - 1))) {
		more = realloc(initrd->module, (initrd->modules ? 2 * initrd->modules : 1) * sizeof(*more));
		if (!more)
			return false;
		initrd->module = more;
	}
	initrd->module[initrd->modules] = strndup(name, length);
	if (!initrd->module[initrd->modules])
		return false;
	for (char *at = initrd->module[initrd->modules]; *at; at++)
		*at = *at == '-' ? '_' : *at;
	initrd->modules++;
	return true;
}

/* Note one member. */
static bool member(struct kq_initrd *initrd, const char *name)
{
	const char *last = strrchr(name, '/'), *dot;

	last = last ? last + 1 : name;
	if (!strncmp(name, sizes_mark, strlen(sizes_mark)))
		sscanf(name + strlen(sizes_mark), "%" SCNu64 "-%" SCNu64, &initrd->packed, &initrd->unpacked);
	if (!strncmp(name, squashed_mark, strlen(squashed_mark))) {
		initrd->squashed = true;
		kq_fail(&initrd->unsquashed, "%.200s", name + strlen(squashed_mark));
		return true;
	}
	dot = strstr(last, ".ko");
	if (!dot || dot == last || (dot[3] && dot[3] != '.'))
		return true;
	return add_module(initrd, last, (size_t)(dot - last));
}

static bool found(void *initrd, const char *path)
{
	return member(initrd, path);
}

/* The file system image of @size bytes that comes next in @stream. False if the stream ends inside of it. */
static bool image(struct kq_initrd *initrd, struct stream *stream, uint64_t size)
{
	const int file = size > SQUASHED_MAX ? -1 : kq_squash_file();
	bool kept = file >= 0;
	uint8_t part[65536];

	if (size > SQUASHED_MAX)
		kq_fail(&initrd->unsquashed, "it has more than %u bytes", SQUASHED_MAX);
	else if (!kept)
		kq_fail(&initrd->unsquashed, "%s", strerror(errno));
	while (size) {
		const size_t length = (size_t)iq_min(size, sizeof(part));

		if (!pull(stream, part, length)) {
			if (file >= 0)
				close(file);
			return false;
		}
		if (kept && write(file, part, length) != (ssize_t)length)
			kept = kq_fail(&initrd->unsquashed, "%s", strerror(errno));
		size -= length;
	}
	if (!kept || !kq_squash_list(file, found, initrd, &initrd->unsquashed))
		initrd->squashed = true;
	if (initrd->many.text[0])
		initrd->unsquashed = initrd->many;
	if (file >= 0)
		close(file);
	return true;
}

static bool is_header(const char *header)
{
	return (!memcmp(header, "070701", 6) || !memcmp(header, "070702", 6)) &&
	       strspn(header, "0123456789abcdefABCDEF") >= CPIO_HEADER;
}

enum walked {
	WALKED,
	WALKED_NOTHING, /* the stream ends here, or what follows is no archive */
	WALKED_DAMAGE,
};

/* Walk the archive that begins at the position of the stream, after any zeros. */
static enum walked walk(struct kq_initrd *initrd, struct stream *stream)
{
	char header[CPIO_HEADER + 1] = "", name[NAME_MAX_CPIO];
	uint64_t size, name_size;

	do {
		if (!pull(stream, header, 4))
			return WALKED_NOTHING;
	} while (!memcmp(header, "\0\0\0", 4));
	for (unsigned int i = 0; i < MEMBERS_MAX; i++) {
		const size_t have = i ? 0 : 4;

		if (!pull(stream, header + have, CPIO_HEADER - have) || !is_header(header))
			return i ? WALKED_DAMAGE : WALKED_NOTHING;
		if (!number(header + CPIO_FIELD(CPIO_FILE_SIZE), &size) ||
		    !number(header + CPIO_FIELD(CPIO_NAME_SIZE), &name_size) || !name_size)
			return WALKED_DAMAGE;
		if (name_size > sizeof(name)) {
			kq_fail(&initrd->many, "a name of more than %u bytes", NAME_MAX_CPIO);
			return WALKED_DAMAGE;
		}
		/* Name and contents are padded to 4 bytes, counted from the header. */
		if (!pull(stream, name, name_size) || name[name_size - 1] ||
		    !pull(stream, NULL, (4 - (CPIO_HEADER + name_size) % 4) % 4))
			return WALKED_DAMAGE;
		if (!strcmp(name, trailer)) {
			initrd->archives++;
			return WALKED;
		}
		if (!member(initrd, name) ||
		    !(kq_squash_is_image(name) ? image(initrd, stream, size) : pull(stream, NULL, size)) ||
		    !pull(stream, NULL, (4 - size % 4) % 4))
			return WALKED_DAMAGE;
		initrd->unpacked += size;
	}
	kq_fail(&initrd->many, "more than %u files in one archive", MEMBERS_MAX);
	return WALKED_DAMAGE;
}

/* libarchive's message, or @text if it has none. */
static bool fail(struct kq_reason *reason, struct archive *archive, const char *text)
{
	return kq_fail(reason, "%s", archive && archive_error_string(archive) ? archive_error_string(archive) : text);
}

/* Only formats that kernels unpack (RD_* of usr/Kconfig): for some others libarchive starts programs. */
static void expect_compressed(struct archive *archive)
{
	archive_read_support_filter_gzip(archive);
	archive_read_support_filter_bzip2(archive);
	archive_read_support_filter_lzma(archive);
	archive_read_support_filter_xz(archive);
	archive_read_support_filter_lzop(archive);
	archive_read_support_filter_lz4(archive);
	archive_read_support_filter_zstd(archive);
	archive_read_support_format_raw(archive);
}

/* The archives in one compressed stream. */
static bool walk_compressed(struct kq_initrd *initrd, const uint8_t *bytes, size_t length, struct kq_reason *reason)
{
	struct stream stream = { .archive = archive_read_new(), .many = &initrd->many };
	const unsigned int before = initrd->archives;
	enum walked walked = WALKED_NOTHING;
	struct archive_entry *entry;
	bool done = false;

	if (!stream.archive)
		return kq_fail(reason, "out of memory");
	expect_compressed(stream.archive);
	if (archive_read_open_memory(stream.archive, bytes, length) != ARCHIVE_OK ||
	    archive_read_next_header(stream.archive, &entry) != ARCHIVE_OK) {
		fail(reason, stream.archive, "cannot be decompressed");
	} else if (archive_filter_count(stream.archive) < 2) {
		kq_fail(reason, "neither a cpio archive nor compressed in a way that is known");
	} else {
		do
			walked = walk(initrd, &stream);
		while (walked == WALKED);
		done = walked == WALKED_NOTHING && initrd->archives > before && !archive_error_string(stream.archive);
		if (!done)
			fail(reason, stream.archive, "a cpio archive in it is damaged or cut off");
	}
	archive_read_free(stream.archive);
	return done;
}

/* The offset behind @at of the next archive that is not compressed; @length if there is none. */
static size_t next_plain(const uint8_t *bytes, size_t at, size_t length)
{
	for (at = (size_t)iq_round_up(at + 1, 4); at + CPIO_HEADER < length; at += 4)
		if (bytes[at] == '0' && is_header((const char *)bytes + at))
			return at;
	return length;
}

static void forget(struct kq_initrd *initrd, const struct kq_initrd *before)
{
	for (size_t i = before->modules; i < initrd->modules; i++)
		free(initrd->module[i]);
	initrd->modules = before->modules;
	initrd->unpacked = before->unpacked;
	initrd->archives = before->archives;
}

/*
 * Find the end of a compressed stream in front of the next archive. There may be zeros between them, which not every decompressor
 * accepts, and the stream itself may end in zeros.
 */
static bool walk_padded(struct kq_initrd *initrd, const uint8_t *bytes, size_t length, struct kq_reason *reason)
{
	const struct kq_initrd before = *initrd;
	size_t end = length;

	if (walk_compressed(initrd, bytes, length, reason))
		return true;
	while (end && !bytes[end - 1])
		end--;
	for (unsigned int zeros = 0; zeros < ZEROS_MAX && end + zeros < length && !initrd->many.text[0]; zeros++) {
		forget(initrd, &before);
		if (walk_compressed(initrd, bytes, end + zeros, reason))
			return true;
	}
	return false;
}

static bool walk_all(struct kq_initrd *initrd, const uint8_t *bytes, size_t length, struct kq_reason *reason)
{
	for (size_t at = 0, end;; at = end) {
		while (at < length && !bytes[at])
			at++;
		if (at == length)
			return initrd->archives || kq_fail(reason, "it is empty");
		if (length - at > CPIO_HEADER && is_header((const char *)bytes + at)) {
			struct stream stream = { .bytes = bytes + at, .length = length - at, .many = &initrd->many };

			if (walk(initrd, &stream) != WALKED)
				return kq_fail(reason, "the cpio archive at offset 0x%zx is damaged or cut off", at);
			end = at + stream.at;
			continue;
		}
		end = next_plain(bytes, at, length);
		if (!walk_padded(initrd, bytes + at, end - at, reason))
			return false;
	}
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

bool kq_initrd_read(struct kq_initrd *initrd, const struct kq_host *host, const char *path, struct kq_reason *reason)
{
	struct kq_reason why = { "" };
	size_t length;
	char *bytes;
	bool done;

	memset(initrd, 0, sizeof(*initrd));
	bytes = kq_host_read(host, path, PACKED_MAX, &length);
	if (!bytes)
		return kq_fail(reason, "%s: %s", path, kq_told_error(errno));
	initrd->packed = length;
	done = walk_all(initrd, (const uint8_t *)bytes, length, &why) ||
	       kq_fail(reason, "%s: %.180s", path, initrd->many.text[0] ? initrd->many.text : why.text);
	free(bytes);
	if (initrd->modules)
		qsort(initrd->module, initrd->modules, sizeof(*initrd->module), by_name);
	return done;
}

const char *kq_listed_path(char *line)
{
	char *target = strstr(line, " -> "), *space;

	if (target)
		*target = 0;
	space = strrchr(line, ' ');
	return space ? space + 1 : line;
}

void kq_initrd_list(struct kq_initrd *initrd, char *listing)
{
	char *next = listing, *line;

	memset(initrd, 0, sizeof(*initrd));
	while ((line = strsep(&next, "\n"))) {
		const char *path = kq_listed_path(line);

		if (kq_squash_is_image(path)) {
			initrd->squashed = true;
			kq_fail(&initrd->unsquashed, "the listing does not go into it");
		}
		if (!member(initrd, path))
			break;
	}
	/* lsinitrd(1) of later versions goes into the image. */
	if (initrd->modules) {
		initrd->squashed = false;
		qsort(initrd->module, initrd->modules, sizeof(*initrd->module), by_name);
	}
}

void kq_initrd_free(struct kq_initrd *initrd)
{
	for (size_t i = 0; i < initrd->modules; i++)
		free(initrd->module[i]);
	free(initrd->module);
	memset(initrd, 0, sizeof(*initrd));
}

bool kq_initrd_has(const struct kq_initrd *initrd, const char *name)
{
	char plain[64];
	const char *key = plain;

	snprintf(plain, sizeof(plain), "%s", name);
	for (char *at = plain; *at; at++)
		*at = *at == '-' ? '_' : *at;
	return initrd->modules && bsearch(&key, initrd->module, initrd->modules, sizeof(*initrd->module), by_name);
}

static void write_member(FILE *file, const char *name)
{
	const size_t size = strlen(name) + 1;

	fprintf(file, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08zx%08x%s", 0u, 0100644u, 0u, 0u, 1u, 0u, 0u,
		0u, 0u, 0u, 0u, size, 0u, name);
	for (size_t i = CPIO_HEADER + size - 1; i % 4 || i < CPIO_HEADER + size; i++)
		fputc(0, file);
}

char *kq_initrd_extract(const struct kq_initrd *initrd, size_t *length)
{
	char *bytes = NULL, name[300];
	FILE *file = open_memstream(&bytes, length);

	if (!file)
		return NULL;
	for (size_t i = 0; i < initrd->modules; i++) {
		snprintf(name, sizeof(name), "lib/modules/%s.ko", initrd->module[i]);
		write_member(file, name);
	}
	if (initrd->squashed) {
		snprintf(name, sizeof(name), "%s%s", squashed_mark, initrd->unsquashed.text);
		write_member(file, name);
	}
	snprintf(name, sizeof(name), "%s%" PRIu64 "-%" PRIu64, sizes_mark, initrd->packed, initrd->unpacked);
	write_member(file, name);
	write_member(file, trailer);
	fclose(file);
	return bytes;
}
