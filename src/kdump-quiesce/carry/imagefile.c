/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A capture kernel's image must never be incomplete: base/newfile.h makes the file. sbsign signs it: that program asks for passphrases
 * and can use tokens.
 */
#include "imagefile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/newfile.h"
#include "machine/host.h"
#include "machine/spawn.h"

#define IMAGE_MAX (512u << 20)

bool kq_imagefile_read(struct kq_imagefile *file, const char *path, struct kq_reason *reason)
{
	const struct kq_host here = { "" };
	struct kq_reason why = { "" };
	size_t size;

	memset(file, 0, sizeof(*file));
	file->bytes = (uint8_t *)kq_host_read(&here, path, IMAGE_MAX, &size);
	if (!file->bytes)
		return kq_fail(reason, "%s: %s", path, strerror(errno));
	if (kq_bzimage_read(&file->image, file->bytes, size, &why))
		return true;
	free(file->bytes);
	file->bytes = NULL;
	return kq_fail(reason, "%s: %s", path, why.text);
}

static bool write_all(int file, const uint8_t *bytes, size_t size)
{
	ssize_t done;

	while (size) {
		done = write(file, bytes, size);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return false;
		bytes += done;
		size -= (size_t)done;
	}
	return true;
}

/* Run sbsign on the file @name, in place. */
static bool sign(const char *name, const struct kq_signer *signer, struct kq_reason *reason)
{
	const char *const arguments[] = { "sbsign", "--key", signer->key, "--cert", signer->certificate,
					  "--output", name, name, NULL };

	return kq_spawn(arguments, -1, "sbsigntool", reason);
}

/*
 * sbsign exits with 0 also if it could not write. So check that there is a signature now, over this kernel.
 */
static bool check_signed(const char *name, const struct kq_made *made, struct kq_reason *reason)
{
	struct kq_imagefile file;
	bool good;

	if (!kq_imagefile_read(&file, name, reason))
		return false;
	good = file.image.signature && file.image.size == made->size;
	free(file.bytes);
	return good || kq_fail(reason, "sbsign left no signature in its output");
}

/* All may read it, as kernels from packages. */
static bool write_image(const struct kq_newfile *file, const struct kq_made *made, struct kq_reason *reason)
{
	if (write_all(file->fd, made->bytes, made->size) && !fchmod(file->fd, 0644))
		return true;
	return kq_fail(reason, "%s: %s", file->path, strerror(errno));
}

bool kq_imagefile_write(const char *path, const struct kq_made *made, const struct kq_signer *signer,
			struct kq_reason *reason)
{
	struct kq_newfile file;

	if (!kq_newfile_open(&file, path, true, reason))
		return false;
	if (write_image(&file, made, reason) &&
	    (!signer->key || (sign(file.name, signer, reason) && check_signed(file.name, made, reason))))
		return kq_newfile_keep(&file, reason);
	kq_newfile_drop(&file);
	return false;
}
