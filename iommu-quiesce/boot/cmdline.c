/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading a Linux command line as the kernel does (lib/cmdline.c: next_arg; kernel/params.c: parse_args). Which of several words
 * counts is each parameter's own rule, and so is how much of a value is compared.
 */
#include "cmdline.h"

static size_t length_of(const char *text)
{
	size_t length = 0;

	/* Bound: the line's end, which every caller has seen. */
	while (text[length])
		length++;
	return length;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The word "--" ends the kernel's words, with and without quotes around it. */
static bool is_end(const struct iq_word *word)
{
	const bool quoted = *word->text == '"';
	const char *text = word->text + quoted;
	size_t length = word->length - quoted;

	if (quoted && length && text[length - 1] == '"')
		length--;
	return length == 2 && iq_equal(text, "--", 2);
}

bool iq_cmdline_next(const char **at, struct iq_word *word)
{
	const char *c = *at, *start;
	bool quoted = false;

	/* Bound: the line's end is no space. */
	while (is_space(*c))
		c++;
	start = c;
	for (; *c && (quoted || !is_space(*c)); c++)
		if (*c == '"')
			quoted = !quoted;
	word->text = start;
	word->length = (size_t)(c - start);
	if (!word->length || is_end(word)) {
		*at = start;
		return false;
	}
	*at = c;
	return true;
}

/* Without the quote at its end. */
static size_t unquoted(const char *text, size_t length)
{
	return length && text[length - 1] == '"' ? length - 1 : length;
}

/* kernel/params.c: parameqn */
static bool same_name(const char *a, const char *b, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((a[i] == '-' ? '_' : a[i]) != (b[i] == '-' ? '_' : b[i]))
			return false;
	return true;
}

bool iq_cmdline_is(const struct iq_word *word, const char *name, const char **value, size_t *length)
{
	const bool quoted = word->length && *word->text == '"';
	const char *text = word->text + quoted;
	const size_t n = length_of(name), size = quoted ? unquoted(text, word->length - 1) : word->length;

	if (size < n || !same_name(text, name, n) || (size > n && text[n] != '='))
		return false;
	*value = text + n + (size > n);
	*length = (size_t)(text + size - *value);
	if (*length && **value == '"') {
		(*value)++;
		(*length)--;
		/* Only one quote is taken off the end. */
		if (!quoted)
			*length = unquoted(*value, *length);
	}
	return true;
}

/* The item of a comma-separated list behind *@list, which is moved on. False at the end. */
static bool next_item(const char **list, size_t *left, struct iq_word *item)
{
	size_t length = 0;

	if (!*left)
		return false;
	while (length < *left && (*list)[length] != ',')
		length++;
	item->text = *list;
	item->length = length;
	if (length < *left)
		length++;
	*left -= length;
	*list += length;
	return true;
}

/* The drivers compare so many characters as the word has: "offx" is "off" to them. */
static bool begins(const struct iq_word *item, const char *text)
{
	const size_t length = length_of(text);

	return item->length >= length && iq_equal(item->text, text, length);
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* lib/kstrtox.c: kstrtobool; other values change nothing. */
static enum iq_passthrough boolean(const char *value, size_t length, enum iq_passthrough before)
{
	const char first = length ? lower(value[0]) : 0, second = length > 1 ? lower(value[1]) : 0;

	if (first == 'y' || first == 't' || first == '1' || (first == 'o' && second == 'n'))
		return IQ_PASSTHROUGH_ON;
	if (first == 'n' || first == 'f' || first == '0' || (first == 'o' && second == 'f'))
		return IQ_PASSTHROUGH_OFF;
	return before;
}

enum iq_passthrough iq_cmdline_passthrough(const char *line)
{
	enum iq_passthrough result = IQ_PASSTHROUGH_UNSAID;
	struct iq_word word, item;
	const char *value;
	size_t length;

	while (iq_cmdline_next(&line, &word)) {
		if (iq_cmdline_is(&word, "iommu.passthrough", &value, &length))
			result = boolean(value, length, result);
		if (!iq_cmdline_is(&word, "iommu", &value, &length))
			continue;
		while (next_item(&value, &length, &item) && !begins(&item, "usedac")) {
			if (begins(&item, "pt"))
				result = IQ_PASSTHROUGH_ON;
			else if (begins(&item, "nopt"))
				result = IQ_PASSTHROUGH_OFF;
		}
	}
	return result;
}

static unsigned int digit(char c)
{
	c = lower(c);
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	return c >= 'a' && c <= 'f' ? (unsigned int)(c - 'a') + 10 : 16;
}

/* lib/cmdline.c: memparse. A word ends at white space or NUL, which are no digits. */
static uint64_t size_of(const char *text, const char **end)
{
	unsigned int base = 10, shift = 0;
	uint64_t value = 0;

	if (text[0] == '0') {
		base = 8;
		if (lower(text[1]) == 'x' && digit(text[2]) < 16) {
			base = 16;
			text += 2;
		}
	}
	for (; digit(*text) < base; text++)
		value = value * base + digit(*text);
	switch (lower(*text)) {
	case 'e':
		shift += 10;
		/* fall through */
	case 'p':
		shift += 10;
		/* fall through */
	case 't':
		shift += 10;
		/* fall through */
	case 'g':
		shift += 10;
		/* fall through */
	case 'm':
		shift += 10;
		/* fall through */
	case 'k':
		shift += 10;
		text++;
	}
	*end = text;
	return value << shift;
}

/* The last @name=[SIZE@]ADDRESS. */
static bool last_address(const char *line, const char *name, uint64_t *address)
{
	struct iq_word word;
	const char *value, *end;
	bool found = false;
	size_t length;

	while (iq_cmdline_next(&line, &word)) {
		if (!iq_cmdline_is(&word, name, &value, &length) || !length)
			continue;
		end = value + length;
		*address = size_of(value, &value);
		if (*value == '@')
			*address = size_of(value + 1, &value);
		found = value == end;
	}
	return found;
}

bool iq_cmdline_elfcorehdr(const char *line, uint64_t *address)
{
	return last_address(line, "elfcorehdr", address);
}

bool iq_cmdline_rsdp(const char *line, uint64_t *address)
{
	return last_address(line, "acpi_rsdp", address);
}

bool iq_cmdline_exactmap(const char *line)
{
	struct iq_word word, item;
	const char *value;
	size_t length;

	while (iq_cmdline_next(&line, &word)) {
		if (!iq_cmdline_is(&word, "memmap", &value, &length))
			continue;
		while (next_item(&value, &length, &item))
			if (begins(&item, "exactmap"))
				return true;
	}
	return false;
}

/* arch/x86/kernel/pci-dma.c: iommu_setup; it looks at nothing behind "usedac". No word of it takes "off" back. */
static bool driver_off(const struct iq_word *word)
{
	struct iq_word item;
	const char *value;
	size_t length;

	if (!iq_cmdline_is(word, "iommu", &value, &length))
		return false;
	while (next_item(&value, &length, &item) && !begins(&item, "usedac"))
		if (begins(&item, "off"))
			return true;
	return false;
}

/* drivers/iommu/amd/init.c: parse_amd_iommu_options; no word of it takes "off" back. */
static bool amd_off(const struct iq_word *word)
{
	struct iq_word item;
	const char *value;
	size_t length;

	if (!iq_cmdline_is(word, "amd_iommu", &value, &length))
		return false;
	while (next_item(&value, &length, &item))
		if (begins(&item, "off"))
			return true;
	return false;
}

const char *iq_cmdline_iommu_off(const char *line)
{
	struct iq_word word;

	while (iq_cmdline_next(&line, &word)) {
		if (driver_off(&word))
			return "iommu=off";
		if (amd_off(&word))
			return "amd_iommu=off";
	}
	return NULL;
}

/* drivers/iommu/intel/iommu.c: intel_iommu_setup; the last of "on" and "off" counts. */
enum iq_switch iq_cmdline_translation(const char *line)
{
	enum iq_switch said = IQ_SWITCH_UNSAID;
	struct iq_word word, item;
	const char *value;
	size_t length;

	while (iq_cmdline_next(&line, &word)) {
		if (!iq_cmdline_is(&word, "intel_iommu", &value, &length))
			continue;
		while (next_item(&value, &length, &item)) {
			if (begins(&item, "on"))
				said = IQ_SWITCH_ON;
			else if (begins(&item, "off"))
				said = IQ_SWITCH_OFF;
		}
	}
	return said;
}

bool iq_cmdline_add(char *line, size_t room, const char *word)
{
	const size_t length = length_of(line), more = length_of(word) + 1;
	const char *end = line;
	struct iq_word each;
	bool quoted = false;
	size_t at;

	while (iq_cmdline_next(&end, &each))
		for (size_t i = 0; i < each.length; i++)
			quoted ^= each.text[i] == '"';
	/* Behind an open quote nothing is a word of its own. */
	if (quoted)
		return false;
	at = (size_t)(end - line);
	if (length >= room || more + 1 > room - length)
		return false;
	/* Either the NUL or "--": what follows moves up by the word and one space. */
	for (size_t i = length + 1; i-- > at;)
		line[i + more] = line[i];
	if (at == length) {
		line[at] = ' ';
		iq_copy(line + at + 1, word, more - 1);
	} else {
		iq_copy(line + at, word, more - 1);
		line[at + more - 1] = ' ';
	}
	return true;
}
