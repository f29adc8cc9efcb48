/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is the capture kernel's version one that is known to lose dumps on this machine? The list is bad-kernels.def.
 */
#include "check.h"

#include <stdio.h>
#include <string.h>

/* What has to be so for a version to be bad. */
enum condition {
	KQ_BAD_ALWAYS,
	KQ_BAD_UPPER_HALF, /* scalable mode, and a bus with devices from 10 (hexadecimal) up and none below */
	KQ_BAD_EMULATED,   /* a guest */
};

static const struct {
	const char *first, *good, *family;
	enum condition condition;
	const char *what, *source;
} bad_kernels[] = {
#define BAD_KERNEL(first, good, family, condition, what, source) { first, good, family, condition, what, source },
#include "bad-kernels.def"
#undef BAD_KERNEL
};

struct version {
	unsigned int number[3];
};

static bool parse(const char *text, struct version *version)
{
	unsigned int *number = version->number;

	number[2] = 0;
	return sscanf(text, "%u.%u.%u", &number[0], &number[1], &number[2]) >= 2;
}

static int compare(const struct version *a, const struct version *b)
{
	for (unsigned int i = 0; i < 3; i++)
		if (a->number[i] != b->number[i])
			return a->number[i] < b->number[i] ? -1 : 1;
	return 0;
}

/* Is @version at or behind @first and before @good, which may be NULL: the end of @first's own branch? */
static bool is_between(const struct version *version, const char *first, const char *good)
{
	struct version from, to;

	if (!parse(first, &from) || compare(version, &from) < 0)
		return false;
	if (good)
		return parse(good, &to) && compare(version, &to) < 0;
	return version->number[0] == from.number[0] && version->number[1] == from.number[1];
}

static bool has_family(const struct kq_examination *examination, const char *family)
{
	for (unsigned int i = 0; i < examination->plan.units; i++)
		if (!strcmp(examination->plan.unit[i].family->name, family))
			return true;
	return false;
}

/* Devices 0x10 to 0x1f of a bus are in the upper half of its context table. VT-d 4.1, 9.2 */
#define UPPER_HALF 0x80u

static bool has_upper_half_only(const struct kq_topology *topology)
{
	/* By segment and id: the first function of a bus is the lowest. */
	for (unsigned int i = 0; i < topology->functions; i++) {
		const struct kq_function *function = &topology->function[i], *before = i ? function - 1 : NULL;

		if (before && before->segment == function->segment && before->id >> 8 == function->id >> 8)
			continue;
		if ((function->id & 0xff) >= UPPER_HALF)
			return true;
	}
	return false;
}

static bool holds(const struct kq_examination *examination, enum condition condition)
{
	switch (condition) {
	case KQ_BAD_ALWAYS:
		return true;
	case KQ_BAD_UPPER_HALF:
		return kq_is_scalable(examination) && has_upper_half_only(&examination->topology);
	case KQ_BAD_EMULATED:
		return examination->machine.guest;
	}
	return false;
}

/*
 * The upstream version in what an image says of itself. Debian's release has 0 in the third place and says the version behind
 * its name: "6.1.0-56-amd64 (...) #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-02)".
 */
static bool find_version(const char *text, struct version *version)
{
	const char *debian = strstr(text, " Debian ");

	return parse(debian ? debian + strlen(" Debian ") : text, version);
}

void kq_check_version(const struct kq_examination *examination, struct kq_finding *finding)
{
	const char *text = examination->image.version;
	const int release = (int)strcspn(text, " ");
	struct version version;

	if (!find_version(text, &version)) {
		kq_find(finding, KQ_UNKNOWN, "the capture kernel's version is not known%s%s",
			examination->image.why.text[0] ? ": " : "", examination->image.why.text);
		return;
	}
	for (size_t i = 0; i < IQ_ARRAY_SIZE(bad_kernels); i++) {
		if (!is_between(&version, bad_kernels[i].first, bad_kernels[i].good) ||
		    (bad_kernels[i].family && !has_family(examination, bad_kernels[i].family)) ||
		    !holds(examination, bad_kernels[i].condition))
			continue;
		kq_find(finding, KQ_WARN, "the capture kernel is %u.%u.%u: %s (%s)", version.number[0],
			version.number[1], version.number[2], bad_kernels[i].what, bad_kernels[i].source);
		if (bad_kernels[i].good)
			kq_advise(finding, "use a capture kernel of %s or later", bad_kernels[i].good);
		return;
	}
	if (version.number[2])
		kq_find(finding, KQ_PASS, "nothing bad is known of the capture kernel's version, %u.%u.%u",
			version.number[0], version.number[1], version.number[2]);
	else
		kq_find(finding, KQ_UNKNOWN, "%.*s is a vendor's kernel: which of the known mistakes were mended in it its "
			"version does not say", release, text);
}
