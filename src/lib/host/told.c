/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A list, which is searched from its beginning: a report tells of some hundred files, one of a large machine of a few thousand.
 */
#include "told.h"

#include "base/message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FILES_MAX 8192u /* more would make every search slow */

static struct {
	const char *whose;
	struct kq_told *told;
	size_t count;
	bool full; /* it was said */
} all;

void kq_told_by(const char *what)
{
	all.whose = what;
}

const char *kq_told_whose(void)
{
	return all.whose;
}

void kq_told_add(const char *path, const void *bytes, size_t length)
{
	struct kq_told told = { .length = length }, *more;

	if (all.full || kq_told_find(path))
		return;
	if (all.count == FILES_MAX) {
		kq_warn("%s tells of more than %u files: %s and those behind it are not read", all.whose ? all.whose : "the tree", FILES_MAX,
			path);
		all.full = true;
		return;
	}
	told.path = strdup(path);
	told.bytes = bytes ? malloc(length + 1) : NULL;
	more = told.path && !told.bytes == !bytes ? realloc(all.told, (all.count + 1) * sizeof(*more)) : NULL;
	if (!more) {
		free(told.path);
		free(told.bytes);
		return;
	}
	if (bytes) {
		memcpy(told.bytes, bytes, length);
		told.bytes[length] = 0;
	}
	all.told = more;
	all.told[all.count++] = told;
}

const struct kq_told *kq_told_find(const char *path)
{
	for (size_t i = 0; i < all.count; i++)
		if (!strcmp(all.told[i].path, path))
			return &all.told[i];
	return NULL;
}

const struct kq_told *kq_told_at(size_t n)
{
	return n < all.count ? &all.told[n] : NULL;
}

const char *kq_told_below(const struct kq_told *told, const char *path)
{
	const size_t length = strlen(path);

	return !strncmp(told->path, path, length) && told->path[length] == '/' ? told->path + length + 1 : NULL;
}

void kq_told_forget(void)
{
	for (size_t i = 0; i < all.count; i++) {
		free(all.told[i].path);
		free(all.told[i].bytes);
	}
	free(all.told);
	memset(&all, 0, sizeof(all));
}

const char *kq_told_error(int error)
{
	return error == ENODATA ? "the report has its name alone" : strerror(error);
}

bool kq_told_exists(const char *path)
{
	for (size_t i = 0; i < all.count; i++)
		if (!strcmp(all.told[i].path, path) || kq_told_below(&all.told[i], path))
			return true;
	return false;
}
