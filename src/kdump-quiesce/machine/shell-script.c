/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Blocks of a shell file: if, case, loops, brackets (POSIX.1-2017, Shell Command Language, 2.9.4).
 */
#include "shell-script.h"

void script_refuse(struct script *script)
{
	doubt_all(&script->reader, KQ_UNCLEAR_SYNTAX);
	script->done = true;
}

struct block *script_block(struct script *script)
{
	return script->blocks ? &script->block[script->blocks - 1] : NULL;
}

void script_start_command(struct script *script)
{
	script->words = WORDS_FIRST;
	script->begun = false;
	script->assignments = 0;
	script->reader.conditional = script->blocks || script->in_list;
}

void script_begin_command(struct script *script)
{
	script->begun = true;
	script->continues = false;
	if (script->blocks)
		script_block(script)->filled = true;
}

void script_open(struct script *script, char kind)
{
	const struct block *outer = script_block(script);

	note_more(&script->reader, KQ_UNCLEAR_CONDITION, script->reader.line);
	if (script->blocks == KQ_SHELL_BLOCKS) {
		doubt_all(&script->reader, KQ_UNCLEAR_SIZE);
		script->done = true;
		return;
	}
	script_begin_command(script);
	script->block[script->blocks] = (struct block){ kind, false, script->defines || (script->blocks && outer->function) };
	script->defines = false;
	script->blocks++;
	script_start_command(script);
}

void script_close(struct script *script, char kind)
{
	const struct block *block = script_block(script);
	const bool fits = block && (kind == 'c' ? block->kind == 'c' || block->kind == 'b' : block->kind == kind && block->filled);

	if (!fits || script->continues) {
		script_refuse(script);
		return;
	}
	script->blocks--;
	script_start_command(script);
	script_begin_command(script);
	script->words = WORDS_NONE;
}

void script_go_on(struct script *script, char kind)
{
	struct block *block = script_block(script);

	if (!block || block->kind != kind || !block->filled || script->continues) {
		script_refuse(script);
		return;
	}
	block->filled = false;
	script_start_command(script);
}
