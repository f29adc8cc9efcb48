/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kdump-quiesce(8): a crash dump survives the DMA that the crashed kernel left running. One file a command.
 */
#include <stdio.h>
#include <string.h>

#include "commands/command.h"
#include "config.h"
#include "base/message.h"

#define EXIT_NOT_PRINTED 1
#define EXIT_USAGE	 2

static const struct kq_command *const commands[] = {
	&kq_command_check,
	&kq_command_plan,
	&kq_command_status,
	&kq_command_exec,
	&kq_command_wrap,
	&kq_command_unwrap,
	&kq_command_show_image,
	&kq_command_tables,
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void help(FILE *to)
{
	fputs("Usage: kdump-quiesce COMMAND [OPTION]...\n\nCommands:\n", to);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(to, "  %-10s %s\n", commands[i]->name, commands[i]->help);
	fputs("\n  --version, -V\n  --help, -h   also of each command: kdump-quiesce COMMAND --help\n", to);
}

/* @status, unless what was printed is lost. */
static int printed(int status)
{
	return kq_printed() || status ? status : EXIT_NOT_PRINTED;
}

int main(int argc, char *argv[])
{
	const char *name = argc > 1 ? argv[1] : "";

	kq_message_setup("kdump-quiesce", KQ_NORMAL);
	if (!strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help")) {
		help(stdout);
		return printed(0);
	}
	if (!strcmp(name, "--version") || !strcmp(name, "-V")) {
		puts(PACKAGE_STRING);
		return printed(0);
	}
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(name, commands[i]->name))
			return printed(commands[i]->run(argc - 1, argv + 1));
	if (*name)
		kq_warn("%s: no such command", name);
	help(stderr);
	return EXIT_USAGE;
}
