/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Matching with few choices: a field takes all that it can, once without and once with what follows a cut.
 */
#include "pattern.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define ANY_MAX 160u /* characters that {any} and {t-NAME} stand for at most */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static int digit_of(char c)
{
	if ('0' <= c && c <= '9')
		return c - '0';
	c |= 0x20;
	return 'a' <= c && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A number of @base with 1 to @most digits; those behind a cut too with @across. Returns what follows, NULL if there is none. */
static const char *number(const char *text, int base, unsigned int most, bool across, uint64_t *value)
{
	unsigned int digits = 0;

	for (*value = 0; digits < most; text++) {
		const int digit = digit_of(*text);

		if (across && *text == '\n' && digits && digit_of(text[1]) >= 0)
			continue;
		if (digit < 0 || digit >= base)
			break;
		*value = *value * (uint64_t)base + (uint64_t)digit;
		digits++;
	}
	return digits && !isalnum((unsigned char)*text) ? text : NULL;
}

static const char *hexadecimal(const char *text, unsigned int most, bool across, uint64_t *value)
{
	if (text[0] == '0' && (text[1] | 0x20) == 'x')
		text += 2;
	return number(text, 16, most, across, value);
}

/* [segment:]bus:device.function, each with or without 0x. */
static const char *device(const char *text, bool across, struct explain_fault *fault)
{
	uint64_t part[3] = { 0 }, function;
	unsigned int parts = 0;

	for (;;) {
		text = hexadecimal(text, parts ? 4 : 8, across, &part[parts]);
		parts++;
		if (!text)
			return NULL;
		if (*text == '.')
			break;
		if (*text++ != ':' || parts == 3)
			return NULL;
	}
	text = hexadecimal(text + 1, 1, false, &function);
	if (!text || parts < 2 || part[parts - 2] > 0xff || part[parts - 1] > 0x1f || function > 7)
		return NULL;
	fault->has_device = true;
	fault->segment = parts == 3 ? (uint32_t)part[0] : 0;
	fault->requester = (uint16_t)(part[parts - 2] << 8 | part[parts - 1] << 3 | function);
	return text;
}

static const char *access_word(const char *text, struct explain_fault *fault)
{
	if (!strncasecmp(text, "read", 4)) {
		fault->access = EXPLAIN_READ;
		return text + 4;
	}
	if (strncasecmp(text, "write", 5) != 0)
		return NULL;
	fault->access = EXPLAIN_WRITE;
	return text + 5;
}

/* A place to keep a value called by the @length characters at @name, which stay where they are. */
static struct explain_value *value_of(struct explain_fault *fault, const char *name)
{
	if (fault->values == EXPLAIN_VALUES)
		return NULL;
	fault->value[fault->values] = (struct explain_value){ .name = name };
	return &fault->value[fault->values++];
}

/* Copy @length characters, cuts left out. */
static void copy(char *to, size_t room, const char *text, size_t length)
{
	size_t used = 0;

	for (size_t i = 0; i < length && used + 1 < room; i++)
		if (text[i] != '\n')
			to[used++] = text[i];
	to[used] = 0;
}

static const char *word(const char *text, char *to, bool place)
{
	size_t length = 0;

	while (text[length] && !is_blank(text[length]) && !strchr(",[]()\"", text[length]) &&
	       !(place && text[length] == ':' && (is_blank(text[length + 1]) || !text[length + 1])))
		length++;
	if (!length || length >= EXPLAIN_WORD)
		return NULL;
	copy(to, EXPLAIN_WORD, text, length);
	return text + length;
}

/* Names of fields that are kept, each once for the whole run, so that a value can point at its name. */
static const char *const kept[] = {
	"domain", "flags", "flags_rmp", "vmg_tag", "index", "tag", "status", "mask", "phb", "pe", "event", "function", "fsynr",
	"cons", "qw0", "qw1", "stag", "ipa", "fsr", "pesta", "pestb", "number", "severity", "layer", "agent", "bits", "class",
	"first", "stream", "ssid", "reason", "location", "times", "h0", "h1", "h2", "h3", "client", "second",
};

static const char *name_of(const char *name, size_t length)
{
	for (size_t i = 0; i < IQ_ARRAY_SIZE(kept); i++)
		if (strlen(kept[i]) == length && !memcmp(kept[i], name, length))
			return kept[i];
	return NULL;
}

static bool is_name(const char *name, size_t length, const char *wanted)
{
	return strlen(wanted) == length && !memcmp(name, wanted, length);
}

static const char *code(const char *text, bool decimal, bool across, struct explain_fault *fault)
{
	uint64_t value;

	if (decimal && text[0] == '0' && (text[1] | 0x20) == 'x')
		decimal = false;
	text = decimal ? number(text, 10, 5, across, &value) : hexadecimal(text, 8, across, &value);
	if (!text)
		return NULL;
	fault->code = (uint32_t)value;
	fault->has_code = true;
	return text;
}

static const char *raw_word(const char *text, bool across, struct explain_fault *fault)
{
	uint64_t value;

	const size_t digits = strspn(text, across ? "0123456789abcdefABCDEF\n" : "0123456789abcdefABCDEF");

	if (fault->words == EXPLAIN_WORDS || digits < 16)
		return NULL;
	text = number(text, 16, 16, across, &value);
	if (text)
		fault->raw[fault->words++] = value;
	return text;
}

/* A field that is kept by its name. */
static const char *kept_field(const char *name, size_t length, const char *text, bool across, struct explain_fault *fault)
{
	const bool is_word = length > 2 && name[0] == 'w' && name[1] == '-';
	const char *called = is_word ? name_of(name + 2, length - 2) : name_of(name, length);
	struct explain_value *value = called ? value_of(fault, called) : NULL;

	if (!value)
		return NULL;
	if (is_word)
		return word(text, value->text, false);
	if (is_name(name, length, "number") || is_name(name, length, "times"))
		return number(text, 10, 18, across, &value->number);
	return hexadecimal(text, 16, across, &value->number);
}

/* One field at the start of @text. */
static const char *field(const char *name, size_t length, const char *text, bool across, struct explain_fault *fault)
{
	uint64_t value;

	if (is_name(name, length, "device"))
		return device(text, across, fault);
	if (is_name(name, length, "access"))
		return access_word(text, fault);
	if (is_name(name, length, "place"))
		return word(text, fault->place, true);
	if (is_name(name, length, "code") || is_name(name, length, "hexcode"))
		return code(text, is_name(name, length, "code"), across, fault);
	if (is_name(name, length, "raw"))
		return raw_word(text, across, fault);
	if (is_name(name, length, "digits"))
		return number(text, 10, 18, across, &value);
	if (is_name(name, length, "address")) {
		text = hexadecimal(text, 16, across, &value);
		if (text)
			explain_add_address(fault, value);
		return text;
	}
	if (is_name(name, length, "pasid")) {
		text = hexadecimal(text, 8, across, &value);
		if (!text)
			return NULL;
		/* Old kernels write -1 where there is none. */
		fault->has_pasid = value != UINT32_MAX;
		fault->pasid = fault->has_pasid ? (uint32_t)value : 0;
		return text;
	}
	if (is_name(name, length, "sid")) {
		text = hexadecimal(text, 4, across, &value);
		if (!text)
			return NULL;
		fault->has_device = true;
		fault->requester = (uint16_t)value;
		return text;
	}
	return kept_field(name, length, text, across, fault);
}

static bool here(const char *pattern, const char *text, const char *cut, struct explain_fault *fault);

/* Can what @pattern describes begin with @c? Most places differ in their first character. */
static bool may_begin(const char *pattern, char c)
{
	return !*pattern || *pattern == '{' || c == '\n' || (*pattern == ' ' ? is_blank(c) : *pattern == c);
}

/* {any} or {t-NAME}: as few characters as the rest of the pattern needs. */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as the pattern has fields */
static bool anything(const char *name, size_t length, const char *rest, const char *text, const char *cut,
		     struct explain_fault *fault)
{
	const struct explain_fault before = *fault;
	const char *called = is_name(name, length, "any") ? NULL : name_of(name + 2, length - 2);

	for (size_t used = 0; used <= ANY_MAX; used++) {
		struct explain_value *value;

		if (!may_begin(rest, text[used])) {
			if (!text[used])
				break;
			continue;
		}
		value = called ? value_of(fault, called) : NULL;
		if (value)
			copy(value->text, sizeof(value->text), text, used);
		if (here(rest, text + used, cut, fault))
			return true;
		*fault = before;
		if (!text[used])
			break;
	}
	return false;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the pattern has fields */
static bool with_field(const char *pattern, const char *text, const char *cut, struct explain_fault *fault)
{
	const char *name = pattern + 1, *end = strchr(name, '}');
	const size_t length = (size_t)(end - name);
	const struct explain_fault before = *fault;

	if (is_name(name, length, "any") || !strncmp(name, "t-", 2))
		return anything(name, length, end + 1, text, cut, fault);
	for (int across = 0; across < 2; across++) {
		const char *rest = field(name, length, text + (across && *text == '\n'), across, fault);

		if (rest && here(end + 1, rest, cut, fault))
			return true;
		*fault = before;
		if (!strchr(text, '\n'))
			break;
	}
	return false;
}

/* @pattern at the start of @text; it has to end behind @cut. */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as the pattern has fields */
static bool here(const char *pattern, const char *text, const char *cut, struct explain_fault *fault)
{
	for (; *pattern; pattern++) {
		if (*pattern == '{')
			return with_field(pattern, text, cut, fault);
		if (*pattern == ' ') {
			if (!is_blank(*text))
				return false;
			while (is_blank(*text))
				text++;
			continue;
		}
		if (*text == '\n')
			text++;
		if (*text++ != *pattern)
			return false;
	}
	return !cut || text > cut;
}

bool explain_match(const char *pattern, const char *text, const char *cut, struct explain_fault *fault)
{
	const struct explain_fault before = *fault;

	for (; *text && (!cut || text < cut); text++) {
		if (!may_begin(pattern, *text))
			continue;
		if (here(pattern, text, cut, fault))
			return true;
		*fault = before;
	}
	return false;
}
