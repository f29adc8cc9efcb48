/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Along sysfs: a device's directory lies in that of the device above it, up to the root; what is stacked on others (device mapper, md,
 * bonds, bridges, paths of NVMe) has links to them. Mounts are in /proc/self/mountinfo, proc_pid_mountinfo(5).
 */
#include "dump-way.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOUNTS_MAX  (4u << 20)
#define ROUTES_MAX  (4u << 20)
#define LINKS_MAX   256u /* of one way: what is stacked on much is not followed wholly */
#define DEVICES	    "/sys/devices"

struct walk {
	struct kq_dump_way *way;
	const struct kq_host *host;
	char *link[LINKS_MAX]; /* that are to be followed, in the order in which they were found */
	unsigned int links;
	bool many; /* links: not all were followed */
};

/* "0000:02:00.0" */
static bool parse_function(const char *name, size_t length, uint32_t *domain, uint16_t *id)
{
	unsigned int segment, bus, device, function;
	int used = 0;
	char text[24];

	if (length >= sizeof(text))
		return false;
	memcpy(text, name, length);
	text[length] = 0;
	if (sscanf(text, "%8x:%2x:%2x.%1x%n", &segment, &bus, &device, &function, &used) != 4 || used != (int)length || device > 31 ||
	    function > 7)
		return false;
	*domain = segment;
	*id = (uint16_t)(bus << 8 | device << 3 | function);
	return true;
}

static void add_function(struct kq_dump_way *way, uint32_t domain, uint16_t id)
{
	if (kq_dump_way_has(way, domain, id))
		return;
	if (way->functions == KQ_WAY_FUNCTIONS) {
		way->more = true;
		return;
	}
	way->function[way->functions].domain = domain;
	way->function[way->functions++].id = id;
}

static bool has_module(const struct kq_dump_way *way, const char *name)
{
	for (unsigned int i = 0; i < way->modules; i++)
		if (!strcmp(way->module[i], name))
			return true;
	return false;
}

/* The module of the driver of the device in directory @path: none if there is no driver, or a driver that is built in. */
static void add_module(struct walk *walk, const char *path)
{
	char link[PATH_MAX + 16], driver[PATH_MAX], module[40];
	struct kq_dump_way *way = walk->way;

	snprintf(link, sizeof(link), "%s/driver", path);
	if (!kq_host_link(walk->host, link, module, sizeof(module)) || !kq_host_resolve(walk->host, link, driver, sizeof(driver)))
		return;
	snprintf(link, sizeof(link), "%s/module", driver);
	if (!kq_host_link(walk->host, link, module, sizeof(module)) || has_module(way, module))
		return;
	if (way->modules == KQ_WAY_MODULES)
		way->more = true;
	else
		memcpy(way->module[way->modules++], module, sizeof(module));
}

static void add_link(struct walk *walk, const char *path)
{
	char *link = walk->links < LINKS_MAX ? strdup(path) : NULL;

	if (link)
		walk->link[walk->links++] = link;
	else
		walk->many = true;
}

/* All links in the directory @path whose names begin with @prefix lead on. */
static void add_links(struct walk *walk, const char *path, const char *prefix)
{
	struct kq_names names;
	char below[PATH_MAX + 256], unused[8];

	kq_host_list(walk->host, path, &names);
	for (size_t i = 0; i < names.count; i++) {
		if (strncmp(names.name[i], prefix, strlen(prefix)))
			continue;
		snprintf(below, sizeof(below), "%s/%.255s", path, names.name[i]);
		if (strlen(below) < PATH_MAX && kq_host_link(walk->host, below, unused, sizeof(unused)))
			add_link(walk, below);
	}
	kq_names_free(&names);
}

/* Each directory above @device, the last one included, may be a device with a driver. */
static void climb(struct walk *walk, const char *device)
{
	char path[PATH_MAX];
	uint32_t domain;
	uint16_t id;

	for (const char *at = device + strlen(DEVICES); *at;) {
		const char *end = strchr(at + 1, '/');
		const size_t length = end ? (size_t)(end - device) : strlen(device);

		memcpy(path, device, length);
		path[length] = 0;
		if (parse_function(at + 1, (size_t)(device + length - at - 1), &domain, &id))
			add_function(walk->way, domain, id);
		add_module(walk, path);
		at = device + length;
	}
}

/* True if the device that @link is or leads to is a real one. Where it is stacked on others, these are to be followed. */
static bool look_at(struct walk *walk, const char *link)
{
	static const char virtual[] = DEVICES "/virtual/", paths[] = DEVICES "/virtual/nvme-subsystem/";
	char device[PATH_MAX], below[PATH_MAX + 16];

	if (!kq_host_resolve(walk->host, link, device, sizeof(device)) || strncmp(device, DEVICES "/", sizeof(DEVICES)))
		return false;
	if (strncmp(device, virtual, strlen(virtual))) {
		climb(walk, device);
		return true;
	}
	snprintf(below, sizeof(below), "%s/slaves", device);
	add_links(walk, below, "");
	add_links(walk, device, "lower_");
	if (!strncmp(device, paths, strlen(paths))) {
		device[strlen(paths) + strcspn(device + strlen(paths), "/")] = 0;
		add_links(walk, device, "nvme");
	}
	return false;
}

/* Follow the device that @link is or leads to, down to all real ones. False: there is none that is known. */
static bool follow(struct walk *walk, const char *link)
{
	bool found = false;

	add_link(walk, link);
	for (unsigned int i = 0; i < walk->links; i++) {
		found |= look_at(walk, walk->link[i]);
		free(walk->link[i]);
	}
	walk->links = 0;
	return found;
}

/* "8:1" or "/dev/sda1", also by a link such as /dev/mapper/NAME. */
static bool follow_block(struct walk *walk, const char *device)
{
	char path[PATH_MAX], resolved[PATH_MAX];

	if (*device != '/') {
		snprintf(path, sizeof(path), "/sys/dev/block/%.32s", device);
		return follow(walk, path);
	}
	if (!kq_host_resolve(walk->host, device, resolved, sizeof(resolved)))
		snprintf(resolved, sizeof(resolved), "%s", device);
	snprintf(path, sizeof(path), "/sys/class/block/%.255s", strrchr(resolved, '/') + 1);
	return follow(walk, path);
}

/* One line of mountinfo: where, and on what. The source is behind " - " and the type. */
static bool parse_mount(char *line, char **number, char **where, char **source)
{
	char *save = NULL, *behind = strstr(line, " - ");

	if (!behind)
		return false;
	*behind = 0;
	strtok_r(line, " ", &save);
	strtok_r(NULL, " ", &save);
	*number = strtok_r(NULL, " ", &save);
	strtok_r(NULL, " ", &save);
	*where = strtok_r(NULL, " ", &save);
	strtok_r(behind + 3, " ", &save);
	*source = strtok_r(NULL, " ", &save);
	return *number && *where && *source;
}

static bool is_below(const char *path, const char *mount)
{
	const size_t length = strlen(mount);

	return !strcmp(mount, "/") || (!strncmp(path, mount, length) && (!path[length] || path[length] == '/'));
}

/* The file system that @path is on. Without a number of its own (btrfs, overlays) it is known by its source. */
static bool follow_path(struct walk *walk, const char *path, struct kq_reason *reason)
{
	char *text = kq_host_read(walk->host, "/proc/self/mountinfo", MOUNTS_MAX, NULL), *next = text, *line;
	char *number, *where, *source, device[PATH_MAX] = "", resolved[PATH_MAX];
	size_t longest = 0;

	if (!text)
		return kq_fail(reason, "/proc/self/mountinfo: %.100s", strerror(errno));
	if (path[1] && kq_host_resolve(walk->host, path, resolved, sizeof(resolved)))
		path = resolved;
	while ((line = strsep(&next, "\n"))) {
		/* What was mounted later lies on top. */
		if (!parse_mount(line, &number, &where, &source) || !is_below(path, where) || strlen(where) < longest)
			continue;
		longest = strlen(where);
		snprintf(device, sizeof(device), "%s", strncmp(number, "0:", 2) ? number : source);
	}
	free(text);
	if (device[0] && (*device == '/' || isdigit((unsigned char)*device)) && follow_block(walk, device))
		return true;
	return kq_fail(reason, "the device below %.80s is not known%s%.60s", path, device[0] ? ": " : "", device);
}

/* Each interface that has a route: which of them reaches the server depends on names and tables of the capture kernel. */
static bool follow_network(struct walk *walk, struct kq_reason *reason)
{
	char *text = kq_host_read(walk->host, "/proc/net/route", ROUTES_MAX, NULL), *next = text, *line, path[64];
	unsigned int found = 0;

	if (!text)
		return kq_fail(reason, "/proc/net/route: %.100s", strerror(errno));
	/* The first line is a heading. */
	strsep(&next, "\n");
	while ((line = strsep(&next, "\n")))
		if (*line && line[0] != '.' && !memchr(line, '/', strcspn(line, "\t"))) {
			snprintf(path, sizeof(path), "/sys/class/net/%.*s", (int)iq_min(strcspn(line, "\t"), 32), line);
			found += follow(walk, path);
		}
	free(text);
	return found || kq_fail(reason, "no network device with a route is known");
}

bool kq_dump_way_read(struct kq_dump_way *way, const struct kq_host *host, const struct kq_distro *distro, struct kq_reason *reason)
{
	struct walk walk = { .way = way, .host = host };
	bool done;

	memset(way, 0, sizeof(*way));
	if (distro->no_dump_to.text[0]) {
		*reason = distro->no_dump_to;
		return false;
	}
	if (distro->dump_over_network)
		done = follow_network(&walk, reason);
	else if (!strncmp(distro->dump_to, "/dev/", 5))
		done = follow_block(&walk, distro->dump_to) || kq_fail(reason, "%.160s is not known", distro->dump_to);
	else
		done = follow_path(&walk, distro->dump_to, reason);
	if (done && distro->dump_needs_root)
		done = follow_path(&walk, "/", reason);
	if (walk.many)
		return kq_fail(reason, "more than %u devices are stacked on its way", LINKS_MAX);
	return done && (!way->more || kq_fail(reason, "more than %u devices or %u drivers are on its way", KQ_WAY_FUNCTIONS, KQ_WAY_MODULES));
}

bool kq_dump_way_has(const struct kq_dump_way *way, uint32_t domain, uint16_t id)
{
	for (unsigned int i = 0; i < way->functions; i++)
		if (way->function[i].domain == domain && way->function[i].id == id)
			return true;
	return false;
}

bool kq_dump_way_needs(const struct kq_dump_way *way, const struct kq_host *host, const char *name)
{
	struct kq_names holders;
	char path[128];
	bool needs = has_module(way, name);

	snprintf(path, sizeof(path), "/sys/module/%.60s/holders", name);
	kq_host_list(host, path, &holders);
	for (size_t i = 0; i < holders.count && !needs; i++)
		needs = has_module(way, holders.name[i]);
	kq_names_free(&holders);
	return needs;
}
