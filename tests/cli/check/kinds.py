# SPDX-License-Identifier: GPL-2.0-or-later
"""Kinds of machines: hypervisors and their guests, containers, other architectures, kernels without kexec. Used by machine.py."""

import struct

from firmware import dmar, mcfg, table
from iommus import no_iommu
from server import RELEASE, pci_config


def xen_dom0(m):
    """Xen has renamed the table of IOMMUs, and owns them and the crash kernel."""
    m.files["/sys/firmware/acpi/tables/XMAR"] = dmar()
    del m.files["/sys/firmware/acpi/tables/IVRS"]
    m.files["/proc/xen/capabilities"] = "control_d\n"
    m.files["/sys/hypervisor/type"] = "xen\n"
    m.remove("/sys/kernel/iommu_groups")


def xen_pv_guest(m):
    m.remove("/sys/firmware/acpi/tables")
    m.files["/proc/xen/capabilities"] = ""
    m.files["/sys/hypervisor/type"] = "xen\n"
    m.files["/sys/hypervisor/guest_type"] = "PV\n"


def guest_without_iommu(m):
    """The processor says that this is a guest. Its devices can be reached, and are stopped at their source."""
    no_iommu(m)
    m.files["/proc/cpuinfo"] = "model name\t: Server CPU\nflags\t\t: fpu constant_tsc nonstop_tsc hypervisor sse\n"
    m.files["/sys/class/dmi/id/sys_vendor"] = "QEMU\n"


def guest_out_of_reach(m):
    """A cloud's guest whose devices are in a segment without memory-mapped configuration space."""
    no_iommu(m)
    m.remove("/sys/bus/pci/devices/0000:")
    m.add("c05b:00:00.0", pci_config(0x1414, 0x00BA, 0x020000), driver="mana")
    m.files["/sys/class/dmi/id/sys_vendor"] = "Microsoft Corporation\n"
    m.files["/sys/class/dmi/id/product_name"] = "Virtual Machine\n"


def guest_with_two_mcfg(m):
    """The same guest with the segment in the first of two MCFG tables, whose files Linux numbers: the plugin reaches the device."""
    guest_out_of_reach(m)
    m.files["/sys/firmware/acpi/tables/MCFG1"] = mcfg((0xE0000000, 0xC05B, 0, 0))
    m.files["/sys/firmware/acpi/tables/MCFG2"] = mcfg((0, 0, 0, 0xFF))
    m.files["/etc/kdump-quiesce.conf"] = "stop = yes\n"


def not_a_guest(m):
    """A physical machine of a vendor that also makes a hypervisor."""
    m.files["/sys/class/dmi/id/sys_vendor"] = "Microsoft Corporation\n"
    m.files["/sys/class/dmi/id/product_name"] = "Surface Laptop\n"
    no_iommu(m)


def power(m, platform):
    m.remove("/sys/firmware/acpi")
    m.files["/proc/cpuinfo"] = f"processor\t: 0\ncpu\t\t: POWER9\n\ntimebase\t: 512000000\nplatform\t: {platform}\n"


def pseries(m):
    power(m, "pSeries")


def powernv(m):
    power(m, "PowerNV")


def fadump(m):
    power(m, "pSeries")
    m.files["/sys/kernel/fadump/enabled"] = m.files["/sys/kernel/fadump/registered"] = "1\n"
    m.files["/sys/kernel/kexec_crash_loaded"] = "0\n"


def fadump_not_registered(m):
    fadump(m)
    m.files["/sys/kernel/fadump/registered"] = "0\n"


def s390(m):
    m.remove("/sys/firmware/acpi")
    m.files["/proc/cpuinfo"] = "vendor_id       : IBM/S390\n# processors    : 2\n"


def arm64(m):
    """Messages must name neither an x86 clock nor another vendor's firmware menu."""
    m.remove("/sys/firmware/acpi")
    m.files["/proc/sys/kernel/arch"] = "aarch64\n"
    m.files["/proc/cpuinfo"] = "processor\t: 0\nFeatures\t: fp asimd\nCPU implementer\t: 0x41\n"
    m.files["/sys/class/iommu/smmu3.0x0000000011000000/dev"] = "\n"


def arm64_with_tables(m):
    """The same with an IORT that names an SMMUv3, and pass-through on the command line."""
    arm64(m)
    node = struct.pack("<BHBIIIQIIQIIIIII", 4, 68, 4, 0, 0, 68, 0x11000000, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    m.files["/sys/firmware/acpi/tables/IORT"] = table(b"IORT", struct.pack("<III", 1, 48, 0) + node)
    m.cmdline("iommu.passthrough=1")


def loongarch(m):
    m.files["/proc/sys/kernel/arch"] = "loongarch64\n"


def without_kexec(m):
    m.remove("/sys/kernel/kexec_crash")
    del m.files["/proc/sys/kernel/kexec_load_disabled"]
    m.files[f"/boot/config-{RELEASE}"] = "# CONFIG_KEXEC is not set\n# CONFIG_KEXEC_FILE is not set\nCONFIG_KEXEC_CORE=y\n"


def kexec_file_load_only(m):
    m.files[f"/boot/config-{RELEASE}"] = "#\n# CONFIG_KEXEC is not set\nCONFIG_KEXEC_FILE=y\nCONFIG_KEXEC_CORE=y\n"


def container(m):
    m.files["/run/.containerenv"] = "engine=\"podman-4.3.1\"\n"


def chroot_without_sys(m):
    m.remove("/sys")


def empty(m):
    m.files = {"/etc/hostname": "host\n"}


MACHINES = [xen_dom0, xen_pv_guest, guest_without_iommu, guest_out_of_reach, guest_with_two_mcfg, not_a_guest, pseries, powernv,
            fadump, fadump_not_registered, s390, arm64, arm64_with_tables, loongarch, without_kexec, kexec_file_load_only, container, chroot_without_sys, empty]
