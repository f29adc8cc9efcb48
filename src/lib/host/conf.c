/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading kdump-quiesce.conf(5): lines of "key = value", every mistake with its place.
 */
#include "conf.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/console.h"
#include "base/options.h"
#include "requester.h"

#define CONF_MAX 65536u
#define MODES	 8u /* no mode has a higher number */

/* The line being read, and where in it a mistake would be. */
struct line {
	struct kq_conf *conf;
	const char *start;
	unsigned int number;
};

static bool wrong(const struct line *line, const char *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A place for one more mistake. When there is no room left it is the last place again. */
static struct kq_reason *next_mistake(struct kq_conf *conf)
{
	const unsigned int at = conf->mistakes++;

	return &conf->mistake[at < KQ_CONF_MISTAKES ? at : KQ_CONF_MISTAKES - 1];
}

static bool wrong(const struct line *line, const char *at, const char *format, ...)
{
	char what[192];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	return kq_fail(next_mistake(line->conf), "%s:%u:%u: %s", line->conf->path, line->number,
		       (unsigned int)(at - line->start) + 1, what);
}

static bool parse_mode(const char *text, uint8_t *mode)
{
	for (unsigned int i = 0; i < MODES; i++)
		if (!strcmp(text, iq_mode_name(i)) && strcmp(text, "unknown")) {
			*mode = (uint8_t)i;
			return true;
		}
	return false;
}

/* What a mode can be, as "block or preserve". */
static const char *mode_list(void)
{
	static char list[160];

	list[0] = 0;
	for (unsigned int i = 0; i < MODES; i++)
		if (strcmp(iq_mode_name(i), "unknown"))
			snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s", list[0] ? " or " : "",
				 iq_mode_name(i));
	return list;
}

static bool set_mode(const struct line *line, const char *value, uint8_t *mode)
{
	return parse_mode(value, mode) || wrong(line, value, "'%s' is no mode: %s", value, mode_list());
}

/* Exactly @digits hexadecimal digits, or "*" where @any is given. Moves *@text. */
static bool hexadecimal(const char **text, unsigned int digits, uint32_t *value, bool *any)
{
	*value = 0;
	if (any)
		*any = false;
	if (any && **text == '*') {
		*any = true;
		(*text)++;
		return true;
	}
	for (unsigned int i = 0; i < digits; i++, (*text)++) {
		if (!isxdigit((unsigned char)**text))
			return false;
		*value = *value << 4 |
			 (uint32_t)(isdigit((unsigned char)**text) ? **text - '0'
								   : tolower((unsigned char)**text) - 'a' + 10);
	}
	return true;
}

/* The domain in front of an address of the form DOMAIN:BB:DD.F, and where the bus begins; 0 where none is written. */
static bool parse_domain(const char **text, uint32_t *domain)
{
	const char *colon = strchr(*text, ':'), *second = colon ? strchr(colon + 1, ':') : NULL;
	char *end;

	*domain = 0;
	if (!second)
		return true;
	if (!isxdigit((unsigned char)**text) || colon - *text > 8 || strchr(second + 1, ':'))
		return false;
	*domain = (uint32_t)strtoul(*text, &end, 16);
	*text = colon + 1;
	return end == colon;
}

static bool parse_address(const char *text, struct kq_selector *selector)
{
	struct requester requester;
	char plain[24];
	size_t length;
	bool all;

	if (!parse_domain(&text, &selector->domain))
		return false;
	length = strlen(text);
	if (length < 3 || length >= sizeof(plain))
		return false;
	memcpy(plain, text, length + 1);
	all = !strcmp(plain + length - 2, ".*");
	if (all)
		plain[length - 1] = '0';
	if (!requester_parse(plain, &requester) || requester.by_unit || requester.pasid != NO_PASID)
		return false;
	selector->value = requester.function.requester;
	selector->mask = all ? 0xfff8 : 0xffff;
	return true;
}

static bool parse_id(const char *text, struct kq_selector *selector)
{
	uint32_t vendor, device;
	bool any;

	if (!hexadecimal(&text, 4, &vendor, NULL) || *text++ != ':' || !hexadecimal(&text, 4, &device, &any) || *text)
		return false;
	selector->value = vendor << 16 | device;
	selector->mask = any ? 0xffff0000 : 0xffffffff;
	return true;
}

static bool parse_class(const char *text, struct kq_selector *selector)
{
	const size_t length = strlen(text);
	uint32_t value;

	if ((length != 2 && length != 4 && length != 6) || !hexadecimal(&text, (unsigned int)length, &value, NULL))
		return false;
	selector->value = value << 4 * (6 - length);
	selector->mask = 0xffffff & ~((1u << 4 * (6 - length)) - 1);
	return true;
}

static const struct {
	const char *key;
	enum kq_select select;
	bool (*parse)(const char *text, struct kq_selector *selector);
	const char *wanted;
} selections[] = {
	{ "device", KQ_SELECT_ADDRESS, parse_address, "[DOMAIN:]BB:DD.F, or .* for all functions" },
	{ "id", KQ_SELECT_ID, parse_id, "VVVV:DDDD, four hexadecimal digits each, or VVVV:*" },
	{ "class", KQ_SELECT_CLASS, parse_class, "two, four or six hexadecimal digits" },
};

/* "KEY WHICH = MODE" */
static bool add_selector(const struct line *line, size_t key, char *which, const char *value)
{
	struct kq_conf *conf = line->conf;
	struct kq_selector *selector = &conf->selector[conf->selectors];

	if (conf->selectors == KQ_CONF_SELECTORS)
		return wrong(line, which, "more than %u devices, ids and classes", KQ_CONF_SELECTORS);
	*selector = (struct kq_selector){ .select = selections[key].select, .line = line->number };
	if (!selections[key].parse(which, selector))
		return wrong(line, which, "'%s' is not %s", which, selections[key].wanted);
	if (!set_mode(line, value, &selector->mode))
		return false;
	conf->selectors++;
	return true;
}

/* What is done to devices and root ports at the crash, and by iommu-reconcile to groups and devices afterwards. */
static const struct toggle {
	const char *key;
	uint32_t policy, repair; /* the one or the other */
	uint32_t automatic;	 /* what "auto" is besides @policy; 0: it is no value */
} toggles[] = {
	{ "stop", IQ_HANDOVER_STOP, 0, IQ_HANDOVER_STOP_AUTO },
	{ "stop-ports", IQ_HANDOVER_STOP_PORTS, 0, 0 },
	{ "contain", IQ_HANDOVER_CONTAIN, 0, 0 },
	{ "repair-groups", 0, KQ_REPAIR_GROUPS, 0 },
	{ "repair-devices", 0, KQ_REPAIR_DEVICES, 0 },
};

static bool set_toggle(const struct line *line, const char *value, const struct toggle *toggle)
{
	const bool automatic = toggle->automatic && !strcmp(value, "auto");
	const bool yes = automatic || !strcmp(value, "yes");
	struct kq_conf *conf = line->conf;

	if (!yes && strcmp(value, "no"))
		return wrong(line, value, "'%s' is neither %s nor no", value, toggle->automatic ? "auto nor yes" : "yes");
	conf->policy &= ~(toggle->policy | toggle->automatic);
	conf->policy |= (yes ? toggle->policy : 0) | (automatic ? toggle->automatic : 0);
	conf->repair = (conf->repair & ~toggle->repair) | (yes ? toggle->repair : 0);
	return true;
}

/* What is done to IOMMUs. */
static bool set_block(const struct line *line, const char *value)
{
	const bool no = !strcmp(value, "no");
	struct kq_conf *conf = line->conf;

	if (!no && strcmp(value, "auto") && strcmp(value, "yes"))
		return wrong(line, value, "'%s' is neither auto nor yes nor no", value);
	conf->policy = (conf->policy & ~IQ_HANDOVER_NO_BLOCK) | (no ? IQ_HANDOVER_NO_BLOCK : 0);
	conf->block_auto = !strcmp(value, "auto");
	return true;
}

static bool set(const struct line *line, const char *key, const char *value)
{
	struct kq_conf *conf = line->conf;

	if (!strcmp(key, "wait-ms"))
		return kq_parse_milliseconds(value, &conf->wait_us) ||
		       wrong(line, value, "'%s' is not a number from 1 to %u", value, IQ_TOTAL_US_MAX / 1000);
	if (!strcmp(key, "total-ms"))
		return kq_parse_milliseconds(value, &conf->total_us) ||
		       wrong(line, value, "'%s' is not a number from 1 to %u", value, IQ_TOTAL_US_MAX / 1000);
	if (!strcmp(key, "console")) {
		conf->console_said = true;
		return kq_parse_console(value, &conf->console) ||
		       wrong(line, value, "'%s' is " KQ_CONSOLE_WANTED, value);
	}
	if (!strcmp(key, "block"))
		return set_block(line, value);
	for (size_t i = 0; i < IQ_ARRAY_SIZE(toggles); i++)
		if (!strcmp(key, toggles[i].key))
			return set_toggle(line, value, &toggles[i]);
	if (!strcmp(key, "reserved-memory"))
		return set_mode(line, value, &conf->reserved);
	if (!strcmp(key, "identity"))
		return set_mode(line, value, &conf->identity);
	for (size_t i = 0; i < IQ_ARRAY_SIZE(selections); i++)
		if (!strcmp(key, selections[i].key))
			return wrong(line, key, "'%s' needs to say which: %s", key, selections[i].wanted);
	return wrong(line, key,
		     "'%s' is no key: device, id, class, reserved-memory, identity, stop, block, stop-ports, contain, "
		     "repair-groups, repair-devices, wait-ms, total-ms or console",
		     key);
}

/* @text without white space around it. */
static char *trim(char *text)
{
	char *end = text + strlen(text);

	while (end > text && isspace((unsigned char)end[-1]))
		*--end = 0;
	while (isspace((unsigned char)*text))
		text++;
	return text;
}

static bool parse_line(struct line *line, char *text)
{
	char *value, *key, *which;

	text[strcspn(text, "#")] = 0;
	key = trim(text);
	if (!*key)
		return true;
	value = strchr(key, '=');
	if (!value)
		return wrong(line, key + strlen(key), "'=' is missing");
	*value = 0;
	value = trim(value + 1);
	key = trim(key);
	if (!*key)
		return wrong(line, key, "there is no key before '='");
	if (!*value)
		return wrong(line, value, "there is no value after '='");
	which = key + strcspn(key, " \t");
	if (!*which)
		return set(line, key, value);
	*which = 0;
	which = trim(which + 1);
	for (size_t i = 0; i < IQ_ARRAY_SIZE(selections); i++)
		if (!strcmp(key, selections[i].key))
			return add_selector(line, i, which, value);
	return wrong(line, which, "'=' is expected behind '%s'", key);
}

void kq_conf_start(struct kq_conf *conf)
{
	memset(conf, 0, sizeof(*conf));
	conf->policy = IQ_HANDOVER_STOP | IQ_HANDOVER_STOP_AUTO | IQ_HANDOVER_CONTAIN;
	conf->block_auto = true;
	conf->repair = KQ_REPAIR_GROUPS | KQ_REPAIR_DEVICES;
	conf->reserved = IQ_MODE_PRESERVE;
	conf->identity = IQ_MODE_PRESERVE;
}

bool kq_conf_parse(struct kq_conf *conf, char *text, struct kq_reason *reason)
{
	struct line line = { .conf = conf };
	char *next = text;

	while ((line.start = strsep(&next, "\n"))) {
		line.number++;
		parse_line(&line, (char *)(uintptr_t)line.start);
	}
	if (conf->wait_us > (conf->total_us ? conf->total_us : IQ_TOTAL_US_DEFAULT))
		kq_fail(next_mistake(conf), "%s: wait-ms is longer than total-ms", conf->path);
	if (conf->mistakes == 1)
		return kq_fail(reason, "%s", conf->mistake[0].text);
	return !conf->mistakes || kq_fail(reason, "%s: %u mistakes", conf->path, conf->mistakes);
}

void kq_conf_tell(const struct kq_conf *conf)
{
	for (unsigned int i = 0; conf->mistakes > 1 && i < conf->mistakes && i < KQ_CONF_MISTAKES; i++)
		kq_warn("%s", conf->mistake[i].text);
}

bool kq_conf_read(struct kq_conf *conf, const struct kq_host *host, const char *path, struct kq_reason *reason)
{
	static const struct kq_host here = { .root = "" };
	const bool by_default = !path;
	size_t length;
	char *text;
	bool done;

	kq_conf_start(conf);
	if (by_default)
		path = KQ_CONF_PATH;
	snprintf(conf->path, sizeof(conf->path), "%s%s", by_default ? host->root : "", path);
	text = kq_host_read(by_default ? host : &here, path, CONF_MAX, &length);
	if (!text && by_default && (errno == ENOENT || errno == ENOTDIR)) {
		conf->path[0] = 0;
		return true;
	}
	if (!text)
		return kq_fail(reason, "%s: %s", conf->path, strerror(errno));
	if (strlen(text) != length)
		done = kq_fail(reason, "%s: not a text file", conf->path);
	else
		done = kq_conf_parse(conf, text, reason);
	free(text);
	return done;
}

bool kq_selects(const struct kq_selector *selector, uint32_t domain, uint16_t id, uint32_t ids, uint32_t class)
{
	uint32_t value = 0;

	switch (selector->select) {
	case KQ_SELECT_ADDRESS:
		if (selector->domain != domain)
			return false;
		value = id;
		break;
	case KQ_SELECT_ID:
		value = ids;
		break;
	case KQ_SELECT_CLASS:
		value = class;
		break;
	}
	return (value & selector->mask) == (selector->value & selector->mask);
}
