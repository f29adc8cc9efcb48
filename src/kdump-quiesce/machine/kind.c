/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kinds of machines, and how each is recognised by its files. What happens at a crash on those without a plugin was read
 * in Linux (arch/powerpc/kernel/iommu.c: iommu_table_clear(), arch/powerpc/platforms/powernv/pci-ioda.c, arch/s390's
 * purgatory, drivers/iommu/riscv/iommu.c, drivers/iommu/arm: the device reset; Documentation/arch/powerpc/
 * firmware-assisted-dump.rst) and in Xen (xen/arch/x86/crash.c, xen/drivers/passthrough/vtd/dmar.c: acpi_dmar_zap()).
 */
#include "kind.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "host.h"
#include "host/firmware.h"

#define CPUINFO_MAX (4u << 20)

static const struct kq_kind unseen = {
	"unseen", "a machine of which neither /proc nor /sys can be seen", KQ_OUTLOOK_UNKNOWN,
	"neither /proc nor /sys is there",
	"run it on the host itself, or with --sysroot DIRECTORY on one whose files are below DIRECTORY"
};
static const struct kq_kind container = {
	"container", "a container", KQ_OUTLOOK_UNKNOWN,
	"the host's kdump is configured and loaded outside of it",
	"run it on the host itself; where the container has the host's files: --sysroot DIRECTORY"
};
static const struct kq_kind no_sys = {
	"container", "a container or chroot without /sys", KQ_OUTLOOK_UNKNOWN,
	"without /sys neither the capture kernel nor IOMMUs and devices can be seen",
	"run it on the host itself; where this one has the host's files: --sysroot DIRECTORY"
};
static const struct kq_kind xen_dom0 = {
	"xen-dom0", "the control domain (dom0) of a Xen host", KQ_OUTLOOK_UNKNOWN,
	"Xen owns the IOMMUs and the crash kernel's memory, and loads the crash kernel itself; at a crash it switches the "
	"IOMMUs off while devices run on",
	NULL
};
static const struct kq_kind xen_pv = {
	"xen-pv", "a paravirtual guest of Xen", KQ_OUTLOOK_UNKNOWN,
	"such a guest cannot start a capture kernel: its host takes its dumps (xl dump-core)", NULL
};
static const struct kq_kind fadump = {
	"fadump", "a POWER machine with firmware-assisted dump (fadump)", KQ_OUTLOOK_SURVIVES,
	"firmware resets the machine with its devices before the dump is taken", NULL
};
static const struct kq_kind pseries = {
	"pseries", "a logical partition of a POWER machine (pSeries)", KQ_OUTLOOK_SURVIVES,
	"the tables are the hypervisor's, and the capture kernel keeps what is mapped there: stray DMA reaches the crashed "
	"kernel's memory only",
	NULL
};
static const struct kq_kind powernv = {
	"powernv", "a POWER machine without a hypervisor (PowerNV)", KQ_OUTLOOK_SURVIVES,
	"the capture kernel resets one host bridge after the other, about 3 s each; until then stray DMA reaches the crashed "
	"kernel's memory only",
	NULL
};
static const struct kq_kind s390 = {
	"s390", "an IBM Z machine", KQ_OUTLOOK_SURVIVES,
	"a subsystem reset ends all DMA before the capture kernel starts", NULL
};
static const struct kq_kind arm64 = {
	"arm64", "an arm64 machine", KQ_OUTLOOK_UNKNOWN,
	"this version has no plugin for arm64: devices run on until the capture kernel's IOMMU driver starts; up to Linux 7.2 "
	"it then refuses all their DMA, to which some machines answer with a fatal error",
	NULL
};
static const struct kq_kind riscv = {
	"riscv64", "a RISC-V machine", KQ_OUTLOOK_UNKNOWN,
	"this version has no plugin for RISC-V: devices run on until the capture kernel's IOMMU driver switches translation "
	"off in front of them",
	NULL
};
static const struct kq_kind other = {
	"other", "a machine of an architecture that this version does not know", KQ_OUTLOOK_UNKNOWN,
	"this version has a plugin for x86-64 only", NULL
};
static const struct kq_kind guest = { "guest", "an x86-64 guest", KQ_OUTLOOK_SERVED, NULL, NULL };
static const struct kq_kind tables = {
	"host", "an x86-64 machine, of which the firmware's tables alone are here", KQ_OUTLOOK_SERVED, NULL, NULL
};
static const struct kq_kind host_kind = { "host", "an x86-64 machine", KQ_OUTLOOK_SERVED, NULL, NULL };

static bool line_is(const struct kq_host *host, const char *path, const char *text)
{
	char line[64];

	return kq_host_line(host, path, line, sizeof(line)) && !strcmp(line, text);
}

/* By what is in /proc/cpuinfo of each architecture; for kernels without /proc/sys/kernel/arch (before Linux 6.1). */
static const struct {
	const char *text, *architecture;
} processors[] = {
	{ "CPU implementer", "aarch64" }, { "IBM/S390", "s390x" }, { "\nplatform\t: ", "ppc64le" },
	{ "\nisa\t", "riscv64" },	  { "flags\t\t:", "x86_64" }, { "model name\t:", "x86_64" },
};

/* The machine's name in uname(2)'s words, empty: not known. */
static void find_architecture(const struct kq_host *host, char text[65])
{
	char *cpuinfo;
	struct utsname name;

	text[0] = 0;
	if (kq_host_line(host, "/proc/sys/kernel/arch", text, 65) && text[0])
		return;
	cpuinfo = kq_host_read(host, "/proc/cpuinfo", CPUINFO_MAX, NULL);
	for (size_t i = 0; cpuinfo && i < IQ_ARRAY_SIZE(processors) && !text[0]; i++)
		if (strstr(cpuinfo, processors[i].text))
			snprintf(text, 65, "%s", processors[i].architecture);
	free(cpuinfo);
	if (!text[0] && !host->root[0] && uname(&name) == 0)
		snprintf(text, 65, "%.64s", name.machine);
}

/* What firmware calls machines that are guests. @product: what it calls the model of such a one; NULL: any. */
static const struct {
	const char *vendor, *product;
} hypervisors[] = {
	{ "Microsoft Corporation", "Virtual" }, { "VMware", NULL },	 { "QEMU", NULL },
	{ "Amazon EC2", NULL },			{ "Google", "Compute" }, { "Xen", NULL },
	{ "innotek GmbH", NULL },		{ "Parallels", NULL },	 { "Red Hat", NULL },
	{ "OpenStack", NULL },			{ "Nutanix", "AHV" },	 { "Alibaba Cloud", NULL },
	{ "DigitalOcean", NULL },		{ "Hetzner", "vServer" },
};

/* Is it a guest, and of which hypervisor? The processor says that it is one; firmware names the hypervisor. Bare metal rented from a cloud is no guest. */
static bool is_guest(const struct kq_host *host, char whose[80])
{
	char vendor[64] = "", product[64] = "";
	bool found = kq_host_processor_has(host, "hypervisor");
	bool named;

	kq_host_line(host, "/sys/class/dmi/id/sys_vendor", vendor, sizeof(vendor));
	named = kq_host_line(host, "/sys/class/dmi/id/product_name", product, sizeof(product)) && product[0];
	for (size_t i = 0; vendor[0] && !found && !strstr(product, "metal") && i < IQ_ARRAY_SIZE(hypervisors); i++)
		found = !strncmp(vendor, hypervisors[i].vendor, strlen(hypervisors[i].vendor)) &&
			(!hypervisors[i].product || !named || strstr(product, hypervisors[i].product));
	snprintf(whose, 80, "%s", found ? vendor : "");
	return found;
}

/* What kind of Xen domain is this? NULL: no known kind. */
static const struct kq_kind *xen_kind(const struct kq_host *host)
{
	char text[64];

	/* Xen renames the table so that its dom0 does not use it. */
	if (kq_host_exists(host, "/sys/firmware/acpi/tables/XMAR") ||
	    (kq_host_line(host, "/proc/xen/capabilities", text, sizeof(text)) && strstr(text, "control_d")))
		return &xen_dom0;
	return line_is(host, "/sys/hypervisor/guest_type", "PV") ? &xen_pv : NULL;
}

static const struct kq_kind *x86_kind(const struct kq_host *host, struct kq_machine *machine)
{
	const struct kq_kind *xen = xen_kind(host);
	char whose[80];

	machine->guest = is_guest(host, whose) || line_is(host, "/sys/hypervisor/type", "xen");
	if (xen)
		return xen;
	if (whose[0])
		snprintf(machine->name, sizeof(machine->name), "%s (%s)", guest.name, whose);
	return machine->guest ? &guest : &host_kind;
}

static const struct kq_kind *power_kind(const struct kq_host *host)
{
	char *cpuinfo;
	bool bare;

	/* The file moved in Linux 5.5. */
	if (kq_host_number(host, "/sys/kernel/fadump/enabled", 0) || kq_host_number(host, "/sys/kernel/fadump_enabled", 0))
		return &fadump;
	cpuinfo = kq_host_read(host, "/proc/cpuinfo", CPUINFO_MAX, NULL);
	bare = cpuinfo && strstr(cpuinfo, "PowerNV");
	free(cpuinfo);
	return bare ? &powernv : &pseries;
}

/* The kernel's name of the first IOMMU: it needs no table of our own. */
static void name_iommu(const struct kq_host *host, struct kq_machine *machine)
{
	struct kq_names names;

	kq_host_list(host, "/sys/class/iommu", &names);
	if (names.count)
		snprintf(machine->name, sizeof(machine->name), "%s with %zu IOMMU%s (%.60s%s)", machine->kind->name,
			 names.count, names.count == 1 ? "" : "s", names.name[0], names.count == 1 ? "" : ", ...");
	kq_names_free(&names);
}

static const struct kq_kind *by_architecture(const struct kq_host *host, struct kq_machine *machine)
{
	char architecture[65];

	find_architecture(host, architecture);
	if (!architecture[0] || !strcmp(architecture, "x86_64"))
		return x86_kind(host, machine);
	if (!strncmp(architecture, "ppc64", 5))
		return power_kind(host);
	if (!strcmp(architecture, "s390x"))
		return &s390;
	if (!strcmp(architecture, "aarch64"))
		return &arm64;
	if (!strcmp(architecture, "riscv64"))
		return &riscv;
	snprintf(machine->name, sizeof(machine->name), "%s (%s)", other.name, architecture);
	return &other;
}

/* Files that show a container: of podman, docker, systemd-nspawn and others. */
static bool is_container(const struct kq_host *host)
{
	return kq_host_exists(host, "/run/.containerenv") || kq_host_exists(host, "/.dockerenv") ||
	       kq_host_exists(host, "/run/systemd/container");
}

void kq_machine_look(struct kq_machine *machine, const struct kq_host *host)
{
	*machine = (struct kq_machine){ .name = "" };
	if (is_container(host))
		machine->kind = &container;
	else if (!kq_host_exists(host, "/proc") && !kq_host_exists(host, "/sys/kernel") && kq_host_has_tables(host))
		machine->kind = &tables;
	else if (!kq_host_exists(host, "/sys/kernel"))
		machine->kind = kq_host_exists(host, "/proc/cmdline") ? &no_sys : &unseen;
	else
		machine->kind = by_architecture(host, machine);
	if (!machine->name[0])
		snprintf(machine->name, sizeof(machine->name), "%s", machine->kind->name);
	if (machine->kind->outlook == KQ_OUTLOOK_UNKNOWN)
		name_iommu(host, machine);
}
