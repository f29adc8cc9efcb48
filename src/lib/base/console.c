/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Consoles in words.
 */
#include "console.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

/* Where a PC has its serial ports. */
static const struct {
	const char *name;
	uint16_t port;
} names[] = { { "ttyS0", 0x3f8 }, { "ttyS1", 0x2f8 }, { "ttyS2", 0x3e8 }, { "ttyS3", 0x2e8 } };

static const struct {
	const char *prefix;
	struct iq_console console;
} forms[] = {
	{ "io,", { .kind = IQ_CONSOLE_8250_PORT } },
	{ "mmio,", { .kind = IQ_CONSOLE_8250_MEMORY, .width = 1, .shift = 0 } },
	{ "mmio16,", { .kind = IQ_CONSOLE_8250_MEMORY, .width = 2, .shift = 1 } },
	{ "mmio32,", { .kind = IQ_CONSOLE_8250_MEMORY, .width = 4, .shift = 2 } },
};

static bool parse_address(const char *text, struct iq_console *console)
{
	char *end;

	errno = 0;
	console->address = strtoull(text, &end, 0);
	return text[0] >= '0' && text[0] <= '9' && !*end && !errno && iq_console_is_sound(console);
}

bool kq_parse_console(const char *text, struct iq_console *console)
{
	*console = (struct iq_console){ .kind = IQ_CONSOLE_NONE };
	if (!strcmp(text, "none"))
		return true;
	for (size_t i = 0; i < IQ_ARRAY_SIZE(forms); i++)
		if (!strncmp(text, forms[i].prefix, strlen(forms[i].prefix))) {
			*console = forms[i].console;
			return parse_address(text + strlen(forms[i].prefix), console);
		}
	console->kind = IQ_CONSOLE_8250_PORT;
	for (size_t i = 0; i < IQ_ARRAY_SIZE(names); i++)
		if (!strcmp(text, names[i].name)) {
			console->address = names[i].port;
			return true;
		}
	return parse_address(text, console);
}

bool kq_option_console(const char *text, struct iq_console *console)
{
	if (kq_parse_console(text, console))
		return true;
	kq_warn("--console %s: " KQ_CONSOLE_WANTED, text);
	return false;
}

const char *kq_console_text(const struct iq_console *console)
{
	static char text[32];

	if (console->kind == IQ_CONSOLE_NONE)
		return "none";
	for (size_t i = 0; i < IQ_ARRAY_SIZE(forms); i++)
		if (console->kind == forms[i].console.kind &&
		    (console->kind == IQ_CONSOLE_8250_PORT ||
		     (console->width == forms[i].console.width && console->shift == forms[i].console.shift))) {
			snprintf(text, sizeof(text), "%s0x%" PRIx64, forms[i].prefix, console->address);
			return text;
		}
	return "unknown";
}
