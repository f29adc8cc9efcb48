/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gathering what the checks look at. Nothing here judges.
 */
#include "check.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "carry/bzimage.h"
#include "host/sysroot.h"
#include "host/told.h"

#define IMAGE_MAX (256u << 20)

/* As boot loaders find unified kernel images: EFI/Linux/NAME.efi. UAPI.5 */
static bool is_called_unified(const char *path)
{
	const size_t length = strlen(path);

	return strstr(path, "/EFI/Linux/") && length > 4 && !strcmp(path + length - 4, ".efi");
}

/* The release in a name like MACHINE-RELEASE.efi, which kernel-install(8) gives. */
static void release_of_name(const char *path, char version[128])
{
	const char *name = strchr(strrchr(path, '/') + 1, '-');

	if (name && name[1] >= '0' && name[1] <= '9')
		snprintf(version, 128, "%.*s", (int)(strlen(name + 1) - strlen(".efi")), name + 1);
}

/*
 * What can be known of @inside, the kernel in a unified kernel image; NULL: it cannot be read. Of a machine that somebody saved there may
 * be the image's name alone.
 */
static void examine_unified(struct kq_kernel_image *image, const char *path, const struct kq_bzimage *inside)
{
	image->unified = true;
	if (inside) {
		image->init_size = inside->init_size;
		memcpy(image->version, inside->version, sizeof(image->version));
	} else if (is_called_unified(path)) {
		release_of_name(path, image->version);
	}
	kq_fail(&image->why, "%.150s is a unified kernel image%s", path, inside ? "" : ", and the kernel in it cannot be read");
}

/* What @parsed carries, and what is known of the kernel itself. */
static void examine_kernel(struct kq_kernel_image *image, const struct kq_bzimage *parsed, struct kq_wrapped *wrapped)
{
	struct kq_reason unused;

	image->read = true;
	image->state = kq_wrap_look(parsed, wrapped, &unused);
	image->sound = image->state == KQ_WRAPPED && wrapped->sound;
	if (image->sound) {
		image->rules.rules = iq_handover_rules(&wrapped->handover, image->rules.rule);
		image->policy = wrapped->handover.flags;
	}
	image->is_signed = parsed->signature;
	image->init_size = parsed->init_size;
	memcpy(image->version, parsed->version, sizeof(image->version));
}

static void examine_image(struct kq_examination *examination)
{
	const char *path = examination->distro.kernel;
	struct kq_kernel_image *image = &examination->image;
	struct kq_wrapped *wrapped = malloc(sizeof(*wrapped));
	struct kq_bzimage parsed = { 0 };
	struct kq_reason reason;
	size_t length = 0;
	char *bytes;
	bool understood;

	bytes = path[0] && wrapped ? kq_host_read(&examination->host, path, IMAGE_MAX, &length) : NULL;
	understood = bytes && kq_bzimage_read(&parsed, (const uint8_t *)bytes, length, &reason);
	if (parsed.unified || (!understood && is_called_unified(path)))
		examine_unified(image, path, understood ? &parsed : NULL);
	else if (understood)
		examine_kernel(image, &parsed, wrapped);
	else if (bytes)
		kq_fail(&image->why, "%s: %.180s", path, reason.text);
	else
		kq_fail(&image->why, "%s%s%.100s", path[0] ? path : examination->distro.no_kernel.text, path[0] ? ": " : "",
			path[0] ? kq_told_error(errno) : "");
	free(bytes);
	free(wrapped);
}

static void examine_devices(struct kq_examination *examination)
{
	examination->planned = kq_host_plan(&examination->host, &examination->plan, &examination->no_plan);
	if (!kq_host_tables_read(&examination->tables, &examination->host))
		kq_warn("out of memory: not all of the firmware's tables are looked at");
	if (!kq_topology_read(&examination->topology, &examination->host, &examination->plan,
			      &examination->no_topology))
		return;
	examination->no_topology.text[0] = 0;
	if (kq_conf_rules(&examination->rules, &examination->conf, &examination->topology, &examination->plan,
			  &examination->no_rules))
		examination->no_rules.text[0] = 0;
}

/* What `plan` would show. A configuration with mistakes is not what a crash would follow: the defaults are. */
static void run_dry(struct kq_examination *examination)
{
	struct kq_dry_run *dry = calloc(1, sizeof(*dry));
	struct kq_conf *conf = malloc(sizeof(*conf));
	bool done = false;

	if (!dry || !conf) {
		kq_fail(&examination->no_dry, "out of memory");
	} else {
		*conf = examination->conf;
		if (examination->conf_wrong.text[0])
			kq_conf_start(conf);
		done = kq_dry_run(dry, &examination->host, conf, &examination->no_dry);
		if (!done)
			kq_dry_run_free(dry);
	}
	free(conf);
	if (done)
		examination->dry = dry;
	else
		free(dry);
}

/* Who writes to memory that is lent is not to be seen without the IOMMUs' registers and tables. */
static void examine_lent(struct kq_examination *examination)
{
	struct kq_lent *lent = &examination->lent;

	kq_lent_read(lent, &examination->host, examination->first_cmdline);
	if (!lent->ranges)
		return;
	if (examination->dry)
		kq_lent_look(lent, examination->dry);
	else
		lent->unseen = examination->no_dry;
}

/* The groups that devices are in: a report has no more. */
static unsigned int count_grouped(const struct kq_topology *topology)
{
	bool seen[UINT16_MAX + 1] = { false };
	unsigned int count = 0;

	for (unsigned int i = 0; i < topology->functions; i++) {
		const struct kq_function *function = &topology->function[i];

		count += function->grouped && !seen[function->group];
		seen[function->group] |= function->grouped;
	}
	return count;
}

static unsigned int count_groups(const struct kq_host *host)
{
	struct kq_names names;
	unsigned int count;

	kq_host_list(host, KQ_GROUPS, &names);
	count = (unsigned int)names.count;
	kq_names_free(&names);
	return count;
}

/* A report leaves out what is big, or not to be read by everybody: a file that a script looks for may be there all the same. */
static void examine_distro(struct kq_examination *examination)
{
	struct kq_distro *distro = &examination->distro;

	kq_distro_read(distro, &examination->host);
	if (!examination->report || !distro->name)
		return;
	if (!distro->kernel[0])
		kq_fail(&distro->no_kernel, "%s names no kernel image", examination->report);
	if (!distro->initrd[0])
		kq_fail(&distro->no_initrd, "%s names no initrd for kdump", examination->report);
	distro->without_initrd = false;
}

void kq_examine(struct kq_examination *examination, const struct kq_host *host, const char *conf)
{
	memset(examination, 0, sizeof(*examination));
	examination->host = *host;
	examination->report = kq_told_whose();
	kq_machine_look(&examination->machine, host);
	examination->privileged = host->root[0] || geteuid() == 0;
	if (kq_conf_read(&examination->conf, host, conf, &examination->conf_wrong))
		examination->conf_wrong.text[0] = 0;
	if (!kq_host_line(host, "/proc/cmdline", examination->first_cmdline, sizeof(examination->first_cmdline)))
		examination->first_cmdline[0] = 0;
	examine_devices(examination);
	examination->groups = examination->report ? count_grouped(&examination->topology) : count_groups(host);
	examination->groups_known = !examination->report || examination->groups || kq_host_exists(host, KQ_GROUPS);
	run_dry(examination);
	kq_physical_open(&examination->physical, host);
	examination->loaded = kq_loaded_look(host, &examination->physical, &examination->plugin);
	examine_lent(examination);
	examine_distro(examination);
	if (kq_dump_way_read(&examination->way, host, &examination->distro, &examination->no_way))
		examination->no_way.text[0] = 0;
	examine_image(examination);
	if (!examination->distro.initrd[0])
		examination->no_initrd = examination->distro.no_initrd;
	else if (kq_initrd_read(&examination->initrd, host, examination->distro.initrd, &examination->no_initrd))
		examination->no_initrd.text[0] = 0;
}

void kq_examination_free(struct kq_examination *examination)
{
	kq_host_tables_free(&examination->tables);
	kq_topology_free(&examination->topology);
	kq_physical_close(&examination->physical);
	kq_initrd_free(&examination->initrd);
	kq_lent_free(&examination->lent);
	if (examination->dry)
		kq_dry_run_free(examination->dry);
	free(examination->dry);
}

bool kq_is_wrapped(const struct kq_examination *examination)
{
	if (examination->loaded == KQ_LOADED_OURS)
		return examination->plugin.handover.flags & IQ_HANDOVER_IMAGE;
	return examination->image.read && examination->image.sound;
}

bool kq_has_plugin(const struct kq_examination *examination)
{
	return examination->loaded == KQ_LOADED_OURS ||
	       (examination->loaded == KQ_LOADED_UNSEEN && kq_is_wrapped(examination));
}

void kq_find(struct kq_finding *finding, enum kq_verdict verdict, const char *format, ...)
{
	va_list arguments;

	finding->verdict = verdict;
	va_start(arguments, format);
	vsnprintf(finding->fact, sizeof(finding->fact), format, arguments);
	va_end(arguments);
}

void kq_advise(struct kq_finding *finding, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(finding->fix, sizeof(finding->fix), format, arguments);
	va_end(arguments);
}

const char *kq_load_command(const struct kq_examination *examination)
{
	return examination->distro.load ? examination->distro.load : "kexec -p ...";
}

void kq_advise_wrap(struct kq_finding *finding, const struct kq_examination *examination)
{
	const struct kq_distro *distro = &examination->distro;
	const char *kernel = distro->kernel[0] ? distro->kernel : "VMLINUZ";
	const char *base = strrchr(kernel, '/');
	const bool sign = kq_host_locked_down(&examination->host) || kq_host_secure_boot(&examination->host);
	char out[300], hint[400], release[128];

	base = base ? base + 1 : kernel;
	snprintf(out, sizeof(out), "/var/lib/kdump-quiesce/%.200s", base);
	/* A wrapped kernel is written, not an image that has it in it. */
	if (examination->image.unified && kq_host_line(&examination->host, "/proc/sys/kernel/osrelease", release, sizeof(release)))
		snprintf(out, sizeof(out), "/var/lib/kdump-quiesce/vmlinuz-%s", release);
	if (distro->image_hint)
		snprintf(hint, sizeof(hint), distro->image_hint, out);
	else
		snprintf(hint, sizeof(hint), "load %s", out);
	kq_advise(finding,
		  "wrap%s the capture kernel: kdump-quiesce wrap %s%s -o %s; then %s; %s",
		  sign ? " and sign" : "", sign ? "--sign-key KEY --sign-cert CERT " : "", kernel, out, hint,
		  distro->restart ? distro->restart : "load it");
}
