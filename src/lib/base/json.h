/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A streaming JSON writer: nothing is kept but the nesting. Addresses and raw words are strings "0x...", for JSON numbers
 * are exact only up to 2^53; counts are numbers.
 */
#ifndef KQ_JSON_H
#define KQ_JSON_H

#include "output.h"

#define KQ_JSON_DEPTH 16u

struct kq_json {
	struct kq_output *output;
	void (*between)(void); /* called in front of each member, where all before it is whole; NULL: nothing */
	unsigned int depth;
	char closing[KQ_JSON_DEPTH]; /* of each open level */
	bool used[KQ_JSON_DEPTH];    /* whether that level has a member */
	bool lines[KQ_JSON_DEPTH];   /* whether its members stand on lines of their own */
};

/* Every function takes the member's name; NULL inside of an array and at the top. */
void kq_json_start(struct kq_json *json, struct kq_output *output);
void kq_json_object(struct kq_json *json, const char *name);
void kq_json_array(struct kq_json *json, const char *name);
/* Close the innermost object or array. */
void kq_json_end(struct kq_json *json);
/*
 * @text is taken for UTF-8, and its control characters are escaped. A byte that is not is escaped as the character with its number, U+0080
 * to U+00FF. NULL: null.
 */
void kq_json_string(struct kq_json *json, const char *name, const char *text);
void kq_json_number(struct kq_json *json, const char *name, uint64_t number);
void kq_json_hex(struct kq_json *json, const char *name, uint64_t number);
void kq_json_bool(struct kq_json *json, const char *name, bool value);
void kq_json_null(struct kq_json *json, const char *name);

#endif
