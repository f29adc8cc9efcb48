/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kdump-quiesce(8): a crash dump survives the DMA that the crashed kernel left running. One file a command.
 */
#include <stdio.h>
#include <string.h>

#include "commands/command.h"
#include "config.h"
#include "base/message.h"
#include "base/options.h"
#include "base/reply.h"

#define EXIT_NOT_PRINTED 1

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
	fputs("\n  -h, --help, help [COMMAND]\n  -V, --version\n\nkdump-quiesce COMMAND --help says more of each.\n", to);
}

/* @status, unless what was printed is lost. */
static int printed(int status)
{
	return kq_printed() || status ? status : EXIT_NOT_PRINTED;
}

static const struct kq_command *find(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(name, commands[i]->name))
			return commands[i];
	return NULL;
}

int main(int argc, char *argv[])
{
	static char option[] = "--help";
	const char *name = argc > 1 ? argv[1] : "";
	const struct kq_command *command = find(name);

	kq_message_setup("kdump-quiesce", KQ_NORMAL);
	if (!strcmp(name, "help") && argc > 2 && find(argv[2]))
		return printed(find(argv[2])->run(2, (char *[]){ argv[2], option, NULL }));
	if (!strcmp(name, "--help") || !strcmp(name, "-h") || (!strcmp(name, "help") && argc == 2)) {
		help(stdout);
		return printed(0);
	}
	if (!strcmp(name, "--version") || !strcmp(name, "-V")) {
		puts(PACKAGE_STRING);
		return printed(0);
	}
	if ((!command || command->schema) && kq_reply_asked(argc, argv))
		kq_reply_start(command ? command->name : NULL, command ? command->schema : 1);
	if (command)
		return kq_reply_end(printed(command->run(argc - 1, argv + 1)));
	if (!*name)
		kq_warn("which command? kdump-quiesce --help lists them");
	else
		kq_warn("%s: no such command; kdump-quiesce --help lists them", strcmp(name, "help") ? name : argv[2]);
	return kq_reply_end(KQ_WRONG_USAGE);
}
