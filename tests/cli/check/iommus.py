# SPDX-License-Identifier: GPL-2.0-or-later
"""Machines that differ in their IOMMUs, in what firmware says of them, in who uses them, and in how. Used by machine.py."""

import struct

from firmware import drhd, ivmd, ivrs, rmrr, table
from server import DEBIAN_CONF, RELEASE, pci_config


def no_iommu(m):
    m.remove("/sys/firmware/acpi/tables/")
    m.remove("/sys/kernel/iommu_groups")
    m.core((0x6E000000, bytes(4096)))


def iommu_off(m):
    """There is an IOMMU, but the kernel's command line switches it off; the capture kernel's line inherits that."""
    m.remove("/sys/kernel/iommu_groups")
    m.cmdline("amd_iommu=off")
    m.core((0x6E000000, bytes(4096)))


def no_iommu_stop_yes(m):
    no_iommu(m)
    m.add("00:1f.3", pci_config(0x8086, 0xA2AF, 0x0C0330), driver="xhci_hcd")
    m.files["/etc/kdump-quiesce.conf"] = "stop = yes\n"


def iommu_off_until_the_crash(m):
    """The capture kernel's command line does not keep the IOMMU off: this kernel switches the IOMMU on while devices do DMA."""
    iommu_off(m)
    m.files["/etc/default/kdump-tools"] = DEBIAN_CONF + 'KDUMP_CMDLINE="root=UUID=1234 ro quiet"\n'


def vtd_off_until_the_crash(m):
    """The same with VT-d, which the kernel switches on by its build configuration."""
    iommu_off_until_the_crash(m)
    intel(m, drhd(0xFED90000))
    m.cmdline("intel_iommu=off")
    m.remove("/sys/kernel/iommu_groups")
    m.files[f"/boot/config-{RELEASE}"] = "#\nCONFIG_KEXEC=y\nCONFIG_INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF=y\n"


def passing_through(m, words="iommu=pt"):
    """A host in pass-through mode: its devices are only stopped, the IOMMU is left alone."""
    m.cmdline(words)
    for path in list(m.files):
        if path.startswith("/sys/kernel/iommu_groups/"):
            m.files[path] = "identity\n"
    m.core((0x6E000000, bytes(4096)))


def passing_through_as_built(m):
    passing_through(m, "quiet")


def passing_through_blocked(m):
    passing_through(m)
    m.files["/etc/kdump-quiesce.conf"] = "block = yes\n"


def told_to_pass_through_in_vain(m):
    """A host of SNP guests translates, whatever its command line says."""
    m.cmdline("iommu=pt")
    m.core((0x6E000000, bytes(4096)))


def intel(m, *structures):
    """The same machine with VT-d's table."""
    del m.files["/sys/firmware/acpi/tables/IVRS"]
    m.files["/sys/firmware/acpi/tables/DMAR"] = table(b"DMAR", struct.pack("<BB10x", 46, 1) + b"".join(structures))
    m.core((0x6E000000, bytes(4096)))


def reserved_nothing(m):
    """IVMD blocks of no memory, and of one byte for all devices: no device is left alone because of them."""
    m.files["/sys/firmware/acpi/tables/IVRS"] = ivrs(ivmd=ivmd(0x0200, 0, 0) +
                                                     struct.pack("<BBHHHQQQ", 0x22, 7, 32, 0, 0xFFFF, 0, 0x1000, 1))
    m.core((0x6E000000, bytes(4096)))


def reserved_in_crash_memory(m):
    """Firmware did not reserve the memory that an RMRR names, and the crash kernel's memory lies there."""
    m.add("00:14.0", pci_config(0x8086, 0x9D2F, 0x0C0330, port=9), driver="xhci_hcd")
    intel(m, drhd(0xFED90000), rmrr(0x6E100000, 0x6E11FFFF, (0, (0x14, 0))))


def reserved_in_crash_memory_blocked(m):
    """The same, and a rule of the administrator blocks the device."""
    reserved_in_crash_memory(m)
    m.files["/etc/kdump-quiesce.conf"] = "device 00:14.0 = block\n"


def reserved_for_everybody(m):
    """Some servers name every network card and disk controller in an RMRR of a few pages."""
    devices = [(3, (0, 0)), (4, (0, 0)), (5, (0, 0)), (1, (0, 0))]
    for bus, (device, function) in devices[:3]:
        m.add(f"{bus:02x}:{device:02x}.{function}", pci_config(0x14E4, 0x1657, 0x020000, port=0), driver="tg3")
    intel(m, drhd(0xFED90000), rmrr(0x7F000000, 0x7F003FFF, *devices))


def reserved_for_everybody_in_crash_memory(m):
    """The same RMRR lies in the crash kernel's memory: the advice names all devices, not only the first."""
    reserved_for_everybody(m)
    m.files["/proc/iomem"] = m.files["/proc/iomem"].replace("7dffffff", "7fffffff")


def unusable_entries(m):
    """Two units, reserved memory behind a bridge that does not exist, and a unit over another's registers."""
    intel(m, drhd(0xFED91000, False), drhd(0xFED91000, False), drhd(0xFED90000),
          rmrr(0x7E000000, 0x7E0FFFFF, (0, (0x1C, 0), (0, 0))))


def unit_at_zero(m):
    intel(m, drhd(0), rmrr(0x7E000000, 0x7E0FFFFF, (0, (0x14, 0))))


def strange_revision(m):
    raw = bytearray(ivrs())
    raw[8] = 7
    raw[9] = -(sum(raw) - raw[9]) & 0xFF
    m.files["/sys/firmware/acpi/tables/IVRS"] = bytes(raw)
    m.core((0x6E000000, bytes(4096)))


def snp(m):
    m.files["/sys/module/kvm_amd/parameters/sev_snp"] = "Y\n"
    m.cmdline("mem_encrypt=on")


def encrypted(m):
    """A kernel that encrypts memory by its build configuration, on a processor that can do it."""
    m.files["/proc/cpuinfo"] = "model name\t: Server CPU\nflags\t\t: fpu constant_tsc nonstop_tsc sme sev\n"
    m.files[f"/boot/config-{RELEASE}"] = "CONFIG_AMD_MEM_ENCRYPT=y\nCONFIG_AMD_MEM_ENCRYPT_ACTIVE_BY_DEFAULT=y\n"
    m.core((0x6E000000, bytes(4096)))


def devices(m):
    """Devices of every kind that is left alone, and a device without a driver in the capture initrd."""
    m.files["/sys/firmware/acpi/tables/IVRS"] = ivrs(ivmd=ivmd(0x0300, 0x7E000000, 0x100000))
    m.add("03:00.0", pci_config(0x1A03, 0x2000, 0x030000, port=0), driver="ast")
    m.add("04:00.0", pci_config(0x1002, 0x73BF, 0x030000, port=0, pasid=True), driver="amdgpu", kind="identity")
    m.add("05:00.0", pci_config(0x15B3, 0x1017, 0x020000, port=0), driver="mlx5_core")
    m.add("06:00.0", pci_config(0x10EE, 0x9038, 0x120000, port=0))
    m.files["/etc/kdump-quiesce.conf"] = "id 15b3:1017 = preserve\n"
    m.core((0x6E000000, bytes(4096)))


def vmd(m):
    """A disk in a domain of its own behind 00:0e.0, and another disk whose controller is unknown."""
    m.add("00:0e.0", pci_config(0x8086, 0x467F, 0x010400, port=9), driver="vmd")
    m.files["/sys/bus/pci/devices/0000:00:0e.0/domain"] = ("link", "pci10000:e0/pci_bus/10000:e0")
    m.add("10000:e0:06.0", pci_config(0x8086, 0x464D, 0x060400, port=4, bridge=(0xE1, 0xE1)), driver="pcieport")
    m.add("10000:e1:00.0", pci_config(0x144D, 0xA80A, 0x010802, port=0), driver="nvme")
    m.add("10001:01:00.0", pci_config(0x144D, 0xA80A, 0x010802, port=0), driver="nvme")
    m.files["/etc/kdump-quiesce.conf"] = "id 144d:a80a = preserve\n"
    m.core((0x6E000000, bytes(4096)))


def lent_memory(m):
    """crashkernel=,cma: one device has two of its pages mapped, one of them read-only; another device is in pass-through mode."""
    table, commands, pages = 0x10000000, 0x10008000, 0x10009000
    registers = bytearray(0x4000)
    struct.pack_into("<QQ", registers, 0, table | 7, commands | 8 << 56)
    struct.pack_into("<Q", registers, 0x18, 1 | 1 << 12)
    entries = bytearray(8 * 4096)
    for requester in range(1024):
        struct.pack_into("<Q", entries, requester * 32, 3)
    struct.pack_into("<QQ", entries, 0x100 * 32, 3 | 1 << 9 | pages | 3 << 61, 1)
    struct.pack_into("<QQ", entries, 0x200 * 32, 3 | 3 << 61, 2)
    leaves = [0x62001000 | 1 | 3 << 61, 0x62002000 | 1 | 1 << 61, 0x61FFF000 | 1 | 3 << 61, 0x65FFF000 | 1 | 3 << 61,
              0x66000000 | 1 | 3 << 61]
    m.core((0x6E000000, bytes(4096)), (0xFED80000, bytes(registers)), (table, bytes(entries)), (commands, bytes(4096)),
           (pages, struct.pack("<5Q", *leaves) + bytes(4096 - 40)))
    m.files["/sys/kernel/kexec/crash_cma_ranges"] = "62000000-63ffffff\n64000000-65ffffff\n"
    m.cmdline("crashkernel=64M,cma")


def lent_memory_unseen(m):
    """The same, where registers cannot be read and debugfs shows the memory's place."""
    m.core((0x6E000000, bytes(4096)))
    m.files["/sys/kernel/debug/cma/reserved/base_pfn"] = "65536\n"
    m.files["/sys/kernel/debug/cma/crashkernel/base_pfn"] = "401408\n"
    m.files["/sys/kernel/debug/cma/crashkernel/count"] = "16384\n"
    m.cmdline("crashkernel=64M,cma")


MACHINES = [no_iommu, iommu_off, no_iommu_stop_yes, iommu_off_until_the_crash, vtd_off_until_the_crash, passing_through,
            passing_through_as_built, passing_through_blocked, told_to_pass_through_in_vain, reserved_nothing,
            reserved_in_crash_memory, reserved_in_crash_memory_blocked, reserved_for_everybody,
            reserved_for_everybody_in_crash_memory, unusable_entries, unit_at_zero, strange_revision, snp, encrypted, devices,
            vmd, lent_memory, lent_memory_unseen]
