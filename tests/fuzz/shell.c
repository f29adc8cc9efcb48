/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: configuration files of kdump's scripts, as either shell reads them. The saved form of a file gives the same values when
 * it is read again.
 */
#include "fuzz.h"

#include "machine/shell.h"

#include <stdio.h>
#include <string.h>

#define TEXT_MAX 65536u

static const char *const names[] = { "X", "Y", "KDUMP_KERNEL", "KDUMP_CMDLINE_APPEND", "PRESET" };
static const char list[] = " X Y KDUMP_KERNEL KDUMP_CMDLINE_APPEND PRESET ";

static char *same(const char *name, const char *value)
{
	(void)name;
	return strdup(value);
}

static void read_file(struct kq_shell_file *file, const char *text, enum kq_shell shell)
{
	kq_shell_start(file, "conf", shell, "KDUMP X Y");
	kq_shell_preset(file, "PRESET", "before");
	kq_shell_read(file, text);
	require(!file->failed);
}

/* The saved form has the file's line numbers, unless values contain line ends. */
static bool has_lines(const struct kq_shell_file *file)
{
	for (unsigned int i = 0; i < file->variables; i++)
		if (file->variable[i].value && strchr(file->variable[i].value, '\n'))
			return true;
	return false;
}

static void compare(const struct kq_shell_file *file, const struct kq_shell_file *again)
{
	const bool exact = !has_lines(file);

	for (size_t i = 0; i < IQ_ARRAY_SIZE(names); i++) {
		struct kq_reason before = { "" }, after = { "" };
		const char *was, *is;
		const enum kq_setting setting = kq_shell_value(file, names[i], &was, &before);

		require((setting == KQ_SETTING_UNCLEAR) == (before.text[0] != 0));
		require(kq_shell_value(again, names[i], &is, &after) == setting && !strcmp(was, is));
		require(!exact || !strcmp(before.text, after.text));
	}
}

static void ask(const char *text, enum kq_shell shell)
{
	struct kq_shell_file file, again;
	struct kq_reason reason = { "" };
	char *written = NULL;
	size_t length;
	FILE *out = open_memstream(&written, &length);

	require(out != NULL);
	read_file(&file, text, shell);
	require(kq_shell_more(&file, &reason) == (reason.text[0] != 0));
	kq_shell_write(&file, list, out, same);
	fclose(out);
	/* Values that are too large are not written. */
	if (file.rest.why != KQ_UNCLEAR_SIZE && strlen(written) < TEXT_MAX) {
		bool sized = false;

		for (size_t i = 0; i < file.variables; i++)
			sized |= file.variable[i].doubt.why == KQ_UNCLEAR_SIZE;
		read_file(&again, written, shell);
		if (!sized)
			compare(&file, &again);
		kq_shell_free(&again);
	}
	kq_shell_free(&file);
	free(written);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *text = malloc(size + 1);

	require(text != NULL);
	memcpy(text, bytes, size);
	text[size] = 0;
	ask(text, KQ_SHELL_DASH);
	ask(text, KQ_SHELL_BASH);
	free(text);
	return 0;
}
