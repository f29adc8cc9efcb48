/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fuzz target as a plain program. It runs the target once with each named file, and with each file of each named directory.
 */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_MAX (1u << 20)

static unsigned int replayed;

static bool replay_file(const char *path)
{
	uint8_t *bytes = malloc(INPUT_MAX);
	FILE *file = fopen(path, "rb");
	size_t size;

	if (!file || !bytes) {
		perror(path);
		free(bytes);
		return false;
	}
	size = fread(bytes, 1, INPUT_MAX, file);
	fclose(file);
	/* An allocation of exactly this size, so that a sanitizer sees every read beyond it. */
	bytes = realloc(bytes, size ? size : 1);
	require(bytes);
	fprintf(stderr, "%s\n", path);
	LLVMFuzzerTestOneInput(bytes, size);
	replayed++;
	free(bytes);
	return true;
}

static bool replay_directory(const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	char name[4096];
	bool ok = directory;

	while (ok && (entry = readdir(directory))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		ok = replay_file(name);
	}
	if (directory)
		closedir(directory);
	return ok;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct stat st;

		if (stat(argv[i], &st)) {
			perror(argv[i]);
			return 1;
		}
		if (!(S_ISDIR(st.st_mode) ? replay_directory(argv[i]) : replay_file(argv[i])))
			return 1;
	}
	printf("%u\n", replayed);
	return replayed ? 0 : 1;
}
