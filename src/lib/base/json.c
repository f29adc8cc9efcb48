/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON as it is written: one object of an array a line, so that text tools can follow a long stream.
 */
#include "json.h"

#include "shown.h"

#include <assert.h>
#include <string.h>

void kq_json_start(struct kq_json *json, struct kq_output *output)
{
	memset(json, 0, sizeof(*json));
	json->output = output;
}

/*
 * A byte that is no UTF-8 is written as the character with its number: 0xff as \u00ff. So is a control character; one of two bytes,
 * U+0080 to U+009F, has its number in the second.
 */
static void quote(struct kq_output *output, const char *text)
{
	size_t length = strlen(text);

	kq_output_char(output, '"');
	while (length) {
		const struct kq_character character = kq_character(text, length);

		if (!character.printable) {
			kq_output_format(output, "\\u%04x", (unsigned char)text[character.bytes - 1]);
		} else {
			if (*text == '"' || *text == '\\')
				kq_output_char(output, '\\');
			kq_output_bytes(output, text, character.bytes);
		}
		text += character.bytes;
		length -= character.bytes;
	}
	kq_output_char(output, '"');
}

static void new_line(struct kq_json *json)
{
	kq_output_char(json->output, '\n');
	for (unsigned int i = 0; i < json->depth; i++)
		kq_output_char(json->output, '\t');
}

/* What stands before a member: a comma, a new line at the top and for objects in arrays, its name. */
static void lead(struct kq_json *json, const char *name, bool is_object)
{
	if (json->between)
		json->between();
	if (json->depth) {
		const unsigned int level = json->depth - 1;

		if (json->used[level])
			kq_output_char(json->output, ',');
		if (!level || (!name && is_object)) {
			new_line(json);
			json->lines[level] = true;
		} else if (json->used[level]) {
			kq_output_char(json->output, ' ');
		}
		json->used[level] = true;
	}
	if (name) {
		quote(json->output, name);
		kq_output_text(json->output, ": ");
	}
}

static void begin(struct kq_json *json, const char *name, char opening, char closing)
{
	assert(json->depth < KQ_JSON_DEPTH);
	lead(json, name, opening == '{');
	kq_output_char(json->output, opening);
	json->closing[json->depth] = closing;
	json->lines[json->depth] = false;
	json->used[json->depth++] = false;
}

void kq_json_object(struct kq_json *json, const char *name)
{
	begin(json, name, '{', '}');
}

void kq_json_array(struct kq_json *json, const char *name)
{
	begin(json, name, '[', ']');
}

void kq_json_end(struct kq_json *json)
{
	assert(json->depth);
	json->depth--;
	if (json->lines[json->depth])
		new_line(json);
	kq_output_char(json->output, json->closing[json->depth]);
	if (!json->depth)
		kq_output_char(json->output, '\n');
}

void kq_json_string(struct kq_json *json, const char *name, const char *text)
{
	if (!text) {
		kq_json_null(json, name);
		return;
	}
	lead(json, name, false);
	quote(json->output, text);
}

void kq_json_number(struct kq_json *json, const char *name, uint64_t number)
{
	lead(json, name, false);
	kq_output_number(json->output, number);
}

void kq_json_hex(struct kq_json *json, const char *name, uint64_t number)
{
	lead(json, name, false);
	kq_output_char(json->output, '"');
	kq_output_hex(json->output, number, 16);
	kq_output_char(json->output, '"');
}

void kq_json_bool(struct kq_json *json, const char *name, bool value)
{
	lead(json, name, false);
	kq_output_text(json->output, value ? "true" : "false");
}

void kq_json_null(struct kq_json *json, const char *name)
{
	lead(json, name, false);
	kq_output_text(json->output, "null");
}
