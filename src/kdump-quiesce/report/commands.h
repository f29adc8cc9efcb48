/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What commands printed, as the files that they had read. Used for all reports.
 */
#ifndef KQ_COMMANDS_H
#define KQ_COMMANDS_H

/*
 * Tell what @text says, which the command @line printed; @line has the directory of the program or not. @text is written to. Others than
 * a few are let be.
 */
void kq_report_tell_command(const char *line, char *text);
/* Tell the beginnings of configuration space of what lspci showed, when all of its outputs were told. */
void kq_report_tell_functions(void);

#endif
