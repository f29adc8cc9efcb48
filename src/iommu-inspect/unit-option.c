/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words that every family has are taken here, the others by the family (kernel/family.h).
 */
#include "unit-option.h"

#include "kernel/families.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMMON "[,segment=N][,base=ADDRESS]"

const char *unit_option_forms(void)
{
	static char text[256];
	size_t used = 0;

	for (size_t i = 0; kernel_families[i] && used < sizeof(text); i++)
		if (kernel_families[i]->by_hand)
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s,root=ADDRESS",
						 used ? " or " : "", kernel_families[i]->family->name);
	return text;
}

void unit_option_help(void)
{
	for (size_t i = 0; kernel_families[i]; i++) {
		if (!kernel_families[i]->by_hand)
			continue;
		printf("  --unit %s,root=ADDRESS%s" COMMON "\n"
		       "                    a unit by hand; ADDRESS is that of %s\n",
		       kernel_families[i]->family->name, kernel_families[i]->words, kernel_families[i]->root);
	}
}

static const struct kernel_family *family_named(const char *name)
{
	for (size_t i = 0; name && kernel_families[i]; i++)
		if (kernel_families[i]->by_hand && !strcmp(name, kernel_families[i]->family->name))
			return kernel_families[i];
	return NULL;
}

/* Whether @words have root=, which belongs to every family. */
static bool has_root(const struct unit_words *words)
{
	for (unsigned int i = 0; i < words->count; i++)
		if (words->word[i].value && !strcmp(words->word[i].key, "root"))
			return true;
	return false;
}

static bool read_unit(const struct kernel_family *family, struct unit_words *words, struct evidence_unit *unit,
		      struct kq_reason *reason)
{
	uint64_t segment = 0;
	const char *left;

	if (!has_root(words))
		return kq_fail(reason, "root=ADDRESS is missing: the physical address of %s", family->root);
	if (!unit_words_number(words, "segment", UINT16_MAX, &segment, reason) ||
	    !unit_words_number(words, "base", UINT64_MAX, &unit->unit.base, reason) ||
	    !family->by_hand(words, unit, reason))
		return false;
	left = unit_words_left(words);
	if (left)
		return kq_fail(reason, "%.60s: %s,root=ADDRESS%s" COMMON " is meant", left, family->family->name,
			       family->words);
	unit->family_id = (uint16_t)family->family->id;
	unit->unit.family = family->family;
	unit->unit.segment = (uint16_t)segment;
	unit->unit.status = IQ_OK;
	return true;
}

/* @text is taken apart. */
static bool add_unit(char *text, struct evidence *evidence, struct kq_reason *reason)
{
	struct evidence_unit unit = { 0 };
	const struct kernel_family *family = family_named(strsep(&text, ","));
	struct unit_words words = { 0 };

	if (!family)
		return kq_fail(reason, "a unit's number, or %s is meant", unit_option_forms());
	if ((text && !unit_words_parse(text, &words, reason)) || !read_unit(family, &words, &unit, reason))
		return false;
	unit.unit.index = (uint16_t)evidence->units;
	return evidence_add(evidence, &unit, reason);
}

bool unit_option_add(const char *text, struct evidence *evidence, struct kq_reason *reason)
{
	char *copy = strdup(text);
	const bool added = copy ? add_unit(copy, evidence, reason) : kq_fail(reason, "out of memory");

	free(copy);
	return added;
}
