/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --unit FAMILY,root=ADDRESS[,WORD]...: a unit given by hand, for dumps that say nothing about theirs.
 */
#include "kernel/units.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct kernel_family *const families[] = { &kernel_amdvi, &kernel_vtd };

/* Hexadecimal, as all addresses here. */
static bool hexadecimal(const char *text, uint64_t max, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 16);
	return *text && *text != '-' && *text != '+' && *text != ' ' && !*end && !errno && *value <= max;
}

static bool parse_word(const char *word, struct unit_words *words, struct kq_reason *reason)
{
	uint64_t segment = 0;
	const struct {
		const char *name;
		uint64_t *value;
		uint64_t max;
	} known[] = {
		{ "root=", &words->root, UINT64_MAX },
		{ "size=", &words->size, UINT32_MAX },
		{ "base=", &words->base, UINT64_MAX },
		{ "segment=", &segment, UINT16_MAX },
	};

	if (!strcmp(word, "scalable")) {
		words->scalable = true;
		return true;
	}
	for (size_t i = 0; i < IQ_ARRAY_SIZE(known); i++) {
		const size_t length = strlen(known[i].name);

		if (strncmp(word, known[i].name, length))
			continue;
		if (!hexadecimal(word + length, known[i].max, known[i].value))
			return kq_fail(reason, "%.60s: not a hexadecimal number in range", word);
		if (known[i].value == &segment)
			words->segment = (uint16_t)segment;
		return true;
	}
	return kq_fail(reason, "%.60s: root=, size=, segment=, base= or scalable is meant", word);
}

/* @text is taken apart. */
static bool add_unit(char *text, struct evidence *evidence, struct kq_reason *reason)
{
	struct evidence_unit unit = { .unit = { .status = IQ_OK } };
	const struct kernel_family *family = NULL;
	struct unit_words words = { 0 };
	char *state, *word;

	word = strtok_r(text, ",", &state);
	for (size_t i = 0; word && i < IQ_ARRAY_SIZE(families); i++)
		if (!strcmp(word, families[i]->family->name))
			family = families[i];
	if (!family)
		return kq_fail(reason, "a unit's number, or amd-vi,root=ADDRESS or vt-d,root=ADDRESS is meant");
	while ((word = strtok_r(NULL, ",", &state)))
		if (!parse_word(word, &words, reason))
			return false;
	if (!words.root)
		return kq_fail(reason,
			       "root=ADDRESS is missing: the physical address of its device table or root table");
	if (!family->by_hand(&words, &unit, reason))
		return false;
	unit.family_id = (uint16_t)family->family->id;
	unit.unit.family = family->family;
	unit.unit.index = (uint16_t)evidence->units;
	unit.unit.segment = words.segment;
	unit.unit.base = words.base;
	return evidence_add(evidence, &unit, reason);
}

bool kernel_unit_by_hand(const char *text, struct evidence *evidence, struct kq_reason *reason)
{
	char *copy = strdup(text);
	const bool added = copy ? add_unit(copy, evidence, reason) : kq_fail(reason, "out of memory");

	free(copy);
	return added;
}
