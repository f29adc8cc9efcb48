/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A capture kernel's image must never be incomplete: it is written to a temporary file beside its place, which replaces it at the end.
 * sbsign signs it: that program asks for passphrases and can use tokens.
 */
#include "imagefile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

bool kq_imagefile_same(const char *a, const char *b)
{
	struct stat first, second;

	return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev &&
	       first.st_ino == second.st_ino;
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

/* Make a new file beside @path; @name becomes its name. All may read it, as kernels from packages. */
static bool write_beside(const char *path, const struct kq_made *made, char name[PATH_MAX], struct kq_reason *reason)
{
	int length = snprintf(name, PATH_MAX, "%s.XXXXXX", path), file, error = 0;

	if (length >= PATH_MAX)
		return kq_fail(reason, "%s: %s", path, strerror(ENAMETOOLONG));
	file = mkostemp(name, O_CLOEXEC);
	if (file < 0)
		return kq_fail(reason, "%s: %s", name, strerror(errno));
	if (!write_all(file, made->bytes, made->size) || fchmod(file, 0644) || fsync(file))
		error = errno;
	if (close(file) && !error)
		error = errno;
	if (!error)
		return true;
	unlink(name);
	return kq_fail(reason, "%s: %s", name, strerror(error));
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

bool kq_imagefile_write(const char *path, const struct kq_made *made, const struct kq_signer *signer,
			struct kq_reason *reason)
{
	char name[PATH_MAX];

	if (!write_beside(path, made, name, reason))
		return false;
	if (signer->key && (!sign(name, signer, reason) || !check_signed(name, made, reason))) {
		unlink(name);
		return false;
	}
	if (rename(name, path)) {
		kq_fail(reason, "%s: %s", path, strerror(errno));
		unlink(name);
		return false;
	}
	return true;
}
