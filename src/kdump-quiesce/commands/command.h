/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands of kdump-quiesce(8), one file each.
 */
#ifndef KQ_COMMAND_H
#define KQ_COMMAND_H

struct kq_command {
	const char *name;
	int (*run)(int argc, char *argv[]); /* argv[0] is the command's name; returns the exit status */
	const char *help;		    /* a line */
	unsigned int schema; /* of its answers in JSON, raised when a key changes its meaning or goes away; 0: it has none */
};

extern const struct kq_command kq_command_check;
extern const struct kq_command kq_command_exec;
extern const struct kq_command kq_command_plan;
extern const struct kq_command kq_command_show_image;
extern const struct kq_command kq_command_status;
extern const struct kq_command kq_command_unwrap;
extern const struct kq_command kq_command_wrap;
extern const struct kq_command kq_command_tables;

#endif
