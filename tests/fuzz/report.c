/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: the text of a support tool, in sections that are files and the output of commands.
 */
#include "fuzz.h"

#include "host/told.h"
#include "machine/lspci.h"
#include "report/commands.h"
#include "report/sections.h"

#include <stdlib.h>
#include <string.h>

/* Every function is there once, with texts that end and a header that says the same. */
static void look_at_functions(void)
{
	struct kq_scanned *found;
	unsigned int count;
	uint8_t header[64];
	bool limited;

	if (!kq_lspci_scan(&found, &count, &limited))
		return;
	for (unsigned int i = 0; i < count; i++) {
		const struct kq_function *function = &found[i].function;

		require(memchr(function->driver, 0, sizeof(function->driver)) && memchr(function->module, 0, sizeof(function->module)));
		require(function->class <= 0xffffff);
		for (unsigned int n = 0; n < i && n < 64; n++)
			require(found[n].domain != found[i].domain || found[n].function.id != function->id);
		kq_lspci_header(&found[i], header);
		require((header[0] | header[1] << 8) == function->vendor && !!(header[4] & 4) == function->master);
	}
	free(found);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *text = strndup((const char *)bytes, size);
	const struct kq_told *told;

	require(text);
	kq_report_tell_sections(text);
	kq_report_tell_functions();
	for (size_t n = 0; (told = kq_told_at(n)); n++) {
		require(told->path[0] == '/' || !strncmp(told->path, "lspci ", 6));
		require(!told->bytes || !told->bytes[told->length]);
		require(kq_told_find(told->path) == told && kq_told_exists(told->path));
	}
	look_at_functions();
	kq_told_forget();
	free(text);
	return 0;
}
