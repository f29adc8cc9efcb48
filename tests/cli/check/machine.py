#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Make a machine out of files, for --sysroot: machine.py NAME DIRECTORY; without arguments, the names.

Each machine is a plain server with a few differences, which are what a check is about.
"""

import gzip
import lzma
import os
import struct
import sys
import zlib

AMD_CMDLINE = "BOOT_IMAGE=/boot/vmlinuz-6.1.0-56-amd64 root=UUID=1234 ro quiet crashkernel=384M-:256M"
DEBIAN_CONF = "USE_KDUMP=1\nKDUMP_COREDIR=\"/var/crash\"\nKDUMP_KERNEL=/var/lib/kdump/vmlinuz\nKDUMP_INITRD=/var/lib/kdump/initrd.img\n"
RELEASE = "6.1.0-56-amd64"


def pci_config(vendor, device, pci_class, master=True, bridge=None, port=None, pasid=False):
    """Configuration space: PCI Express capability at 0x40, PASID and serial number capabilities from 0x100 on."""
    space = bytearray(4096)
    struct.pack_into("<HHHH", space, 0, vendor, device, 4 if master else 0, 0x10 if port is not None else 0)
    struct.pack_into("<I", space, 8, pci_class << 8)
    if bridge:
        space[0x0E] = 1
        space[0x19], space[0x1A] = bridge
    if port is not None:
        space[0x34] = 0x40
        struct.pack_into("<HH", space, 0x40, 0x10, 2 | port << 4)
        struct.pack_into("<III", space, 0x100, 0x10003 | (0x180 << 20 if pasid else 0), 0x11223344, 0x55667788)
        if pasid:
            struct.pack_into("<I", space, 0x180, 0x1001B)
    return bytes(space)


def table(signature, body):
    """An ACPI table with a right checksum."""
    length = 36 + len(body)
    raw = struct.pack("<4sIBB6s8sI4sI", signature, length, 2, 0, b"KDQ", b"TEST", 1, b"TEST", 1) + body
    return raw[:9] + bytes([-sum(raw) & 0xFF]) + raw[10:]


def ivrs(entries=b"", ivmd=b""):
    """One unit for all devices."""
    entries += struct.pack("<BHBBHB", 3, 0, 0, 4, 0xFFFF, 0)
    block = struct.pack("<BBHHHQHHI", 0x10, 0, 24 + len(entries), 2, 0x40, 0xFED80000, 0, 0, 0) + entries
    return table(b"IVRS", struct.pack("<IQ", 0, 0) + block + ivmd)


def drhd(base, everything=True):
    return struct.pack("<HHBBHQ", 0, 16, 1 if everything else 0, 0, 0, base)


def rmrr(start, end, *paths):
    """Reserved memory for devices, each a bus and (device, function) steps."""
    scopes = b""
    for bus, *steps in paths:
        path = b"".join(struct.pack("BB", *step) for step in steps)
        scopes += struct.pack("<BBHBB", 1, 6 + len(path), 0, 0, bus) + path
    return struct.pack("<HHHHQQ", 1, 24 + len(scopes), 0, 0, start, end) + scopes


def ivmd(requester, start, length):
    return struct.pack("<BBHHHQQQ", 0x21, 7, 32, requester, 0, 0, start, length)


def dmar(rmrr=()):
    """One unit for everything; reserved memory for (bus, device, function)s."""
    body = struct.pack("<BB10x", 46, 1) + struct.pack("<HHBBHQ", 0, 16, 1, 0, 0, 0xFED90000)
    for bus, device, function in rmrr:
        scope = struct.pack("<BBHBBBB", 1, 8, 0, 0, bus, device, function)
        body += struct.pack("<HHHHQQ", 1, 24 + len(scope), 0, 0, 0x7E000000, 0x7E0FFFFF) + scope
    return table(b"DMAR", body)


def initrd(modules):
    """An early archive with microcode, then the compressed one."""
    def archive(names):
        out = b""
        for name in [*names, "TRAILER!!!"]:
            raw = name.encode() + b"\0"
            head = b"070701" + b"".join(b"%08x" % value for value in (0, 0o100644, 0, 0, 1, 0, 0, 0, 0, 0, 0, len(raw), 0))
            out += head + raw + b"\0" * (-(len(head) + len(raw)) % 4)
        return out + b"\0" * (-len(out) % 512)

    names = [f"usr/lib/modules/{RELEASE}/kernel/drivers/{name}.ko" for name in modules]
    return archive(["kernel/x86/microcode/AuthenticAMD.bin"]) + gzip.compress(archive(names), mtime=0)


class Machine:
    """The files of a machine: {path: text, bytes, or ("link", target)}."""

    def __init__(self):
        self.files = {
            "/proc/cmdline": AMD_CMDLINE + "\n",
            "/proc/cpuinfo": "model name\t: Server CPU\nflags\t\t: fpu constant_tsc nonstop_tsc sse\n",
            "/proc/iomem": "00100000-7fffffff : System RAM\n  01000000-01ffffff : Kernel code\n"
                           "  6e000000-7dffffff : Crash kernel\n",
            "/proc/sys/kernel/osrelease": RELEASE + "\n",
            "/proc/sys/kernel/kexec_load_disabled": "0\n",
            "/proc/sys/kernel/yama/ptrace_scope": "1\n",
            "/proc/sys/kernel/random/boot_id": "00000000-0000-0000-0000-000000000001\n",
            "/sys/kernel/kexec_crash_loaded": "1\n",
            "/sys/kernel/kexec_crash_size": "268435456\n",
            "/sys/kernel/security/lockdown": "[none] integrity confidentiality\n",
            "/sys/firmware/acpi/tables/IVRS": ivrs(),
            "/usr/sbin/kexec": b"\x7fELF\0kexec-tools 2.0.25\n\0",
            "/etc/default/kdump-tools": DEBIAN_CONF,
            "/var/lib/kdump/vmlinuz": ("link", "/boot/vmlinuz-" + RELEASE),
            "/var/lib/kdump/initrd.img": ("link", f"initrd.img-{RELEASE}"),
            f"/var/lib/kdump/initrd.img-{RELEASE}": initrd(["nvme", "e1000e"]),
        }
        self.disk("0000:01:00.0", "259:2", "nvme/nvme0/nvme0n1/nvme0n1p2")
        self.groups, self.pieces = 0, []
        self.add("00:00.0", pci_config(0x1022, 0x1480, 0x060000, master=False))
        self.add("01:00.0", pci_config(0x144D, 0xA808, 0x010802, port=0), driver="nvme")
        self.add("02:00.0", pci_config(0x8086, 0x10D3, 0x020000, port=0), driver="e1000e")

    def add(self, address, config, driver=None, kind="DMA-FQ"):
        path = "/sys/bus/pci/devices/" + (address if address.count(":") == 2 else f"0000:{address}")
        self.files[path + "/config"] = config
        self.files[path + "/iommu_group"] = ("link", f"../../../../kernel/iommu_groups/{self.groups}")
        self.files[f"/sys/kernel/iommu_groups/{self.groups}/type"] = kind + "\n"
        self.groups += 1
        if driver:
            self.files[path + "/driver"] = ("link", f"../../drivers/{driver}")
            self.files[f"/sys/bus/pci/drivers/{driver}/module"] = ("link", f"../../../../module/{driver}")

    def disk(self, address, number, name, driver="nvme"):
        """The root file system is on this disk of a PCI function, which may have others above it."""
        place = f"devices/pci0000:00/{address}"
        self.files["/proc/self/mountinfo"] = f"22 1 {number} / / rw,relatime shared:1 - ext4 /dev/root rw\n"
        self.files[f"/sys/dev/block/{number}"] = ("link", f"../../{place}/{name}")
        self.files[f"/sys/{place}/{name}/dev"] = f"{number}\n"
        self.files[f"/sys/{place}/driver"] = ("link", "../" * (2 + address.count("/") + 1) + f"bus/pci/drivers/{driver}")

    def core(self, *pieces):
        """Add (physical address, bytes) to /proc/kcore."""
        self.pieces += pieces
        pieces = self.pieces
        at = 64 + 56 * len(pieces)
        head = b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 4, 62, 1, 0, 64, 0, 0, 64, 56, len(pieces), 0, 0, 0)
        body = b""
        for address, raw in pieces:
            head += struct.pack("<IIQQQQQQ", 1, 4, at + len(body), 0, address, len(raw), len(raw), 1)
            body += raw
        self.files["/proc/kcore"] = head + body

    def name_roots(self):
        """There are no bridges: each function's bus is one that firmware gave the kernel."""
        for path in list(self.files):
            if path.startswith("/sys/bus/pci/devices/") and path.endswith("/config"):
                domain, bus, _ = path.split("/")[5].split(":")
                self.files[f"/sys/devices/pci{domain}:{bus}/uevent"] = ""

    def write(self, root):
        if any(path.startswith("/sys/devices/pci") for path in self.files):
            self.name_roots()
        for path, content in self.files.items():
            full = root + path
            os.makedirs(os.path.dirname(full), exist_ok=True)
            if isinstance(content, tuple):
                os.symlink(content[1], full)
                continue
            with open(full, "wb") as file:
                file.write(content if isinstance(content, bytes) else content.encode())

    def remove(self, prefix):
        self.files = {path: content for path, content in self.files.items() if not path.startswith(prefix)}

    def cmdline(self, words):
        self.files["/proc/cmdline"] = f"{AMD_CMDLINE} {words}\n"


def plain_capture_kernel(m):
    """The distribution's own capture kernel is loaded: no plugin in it."""
    m.core((0x6E000000, bytes(4096)))


def no_crashkernel(m):
    m.files["/proc/cmdline"] = "root=UUID=1234 ro quiet\n"
    m.files["/proc/iomem"] = "00100000-7fffffff : System RAM\n"
    m.files["/sys/kernel/kexec_crash_loaded"] = "0\n"
    m.files["/sys/kernel/kexec_crash_size"] = "0\n"


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


def passing_through_with_plugin(m):
    """As `exec` leaves it: without iommu.passthrough=0, and the plugin told to let IOMMUs be."""
    with_plugin(m, flags=0x1D0, policy="stop (auto), contain, IOMMUs are let be")
    passing_through(m)


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


def reserved_for_everybody_with_plugin(m):
    """The same with the plugin loaded: devices that are left alone do not stay blocked."""
    reserved_for_everybody(m)
    m.pieces = []
    with_plugin(m)
    m.files["/run/kdump-quiesce/loaded"] = m.files["/run/kdump-quiesce/loaded"].replace("amd-vi 0000 0x00000000fed8", "vt-d 0000 0x00000000fed9")
    m.files["/var/lib/kdump/initrd.img-" + RELEASE] = initrd(["nvme"])


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


def stack_of_disks(m):
    """The dump goes to a volume on a RAID of two disks; one driver of the three is not in the initrd, and another is kept out."""
    m.add("03:00.0", pci_config(0x1000, 0x0097, 0x010700, port=0), driver="mpt3sas")
    m.add("04:00.0", pci_config(0x8086, 0xA182, 0x010601, port=9), driver="ahci")
    m.files["/proc/self/mountinfo"] = ("22 1 259:2 / / rw shared:1 - ext4 /dev/nvme0n1p2 rw\n"
                                       "30 22 0:25 /sub /var/crash rw - btrfs /dev/mapper/crash rw\n")
    m.files["/dev/mapper/crash"] = ("link", "../dm-0")
    m.files["/dev/dm-0"] = ""
    m.files["/sys/class/block/dm-0"] = ("link", "../../devices/virtual/block/dm-0")
    m.files["/sys/devices/virtual/block/dm-0/slaves/md0"] = ("link", "../../md0")
    for disk, place, driver in (("sda", "0000:00:1c.0/0000:03:00.0", "mpt3sas"), ("sdb", "0000:04:00.0", "ahci")):
        m.files[f"/sys/devices/virtual/block/md0/slaves/{disk}"] = ("link", f"../../../../pci0000:00/{place}/host0/block/{disk}")
        m.files[f"/sys/devices/pci0000:00/{place}/host0/block/{disk}/dev"] = "8:0\n"
        m.files[f"/sys/devices/pci0000:00/{place}/driver"] = ("link", "../" * (3 + place.count("/")) + f"bus/pci/drivers/{driver}")
    m.files["/var/lib/kdump/initrd.img-" + RELEASE] = initrd(["nvme", "ahci", "e1000e"])
    m.core((0x6E000000, bytes(4096)))


def dump_over_network(m):
    """A server takes the dump: what has a route is needed, through a bond; the root file system, too."""
    m.files["/etc/default/kdump-tools"] = DEBIAN_CONF + 'NFS="hunter2.example.org:/crash"\n'
    m.files["/proc/net/route"] = "Iface\tDestination\tGateway\nbond0\t00000000\t0102A8C0\n"
    m.files["/sys/class/net/bond0"] = ("link", "../../devices/virtual/net/bond0")
    m.files["/sys/devices/virtual/net/bond0/lower_eth0"] = ("link", "../../../pci0000:00/0000:02:00.0/net/eth0")
    m.files["/sys/devices/pci0000:00/0000:02:00.0/net/eth0/ifindex"] = "2\n"
    m.files["/sys/devices/pci0000:00/0000:02:00.0/driver"] = ("link", "../../../bus/pci/drivers/e1000e")
    m.add("03:00.0", pci_config(0x15B3, 0x1017, 0x020000, port=0), driver="mlx5_core")
    m.core((0x6E000000, bytes(4096)))


def locked_down(m):
    m.files["/sys/kernel/security/lockdown"] = "none [integrity] confidentiality\n"
    m.files["/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"] = b"\6\0\0\0\1"
    m.files["/sys/firmware/efi/systab"] = "ACPI20=0x7ffe0014\n"


def dump_keys(m):
    """Keys for an encrypted dump target: only kexec_file_load passes them to the capture kernel."""
    m.files["/sys/kernel/config/crash_dm_crypt_keys/count"] = "2\n"
    m.core((0x6E000000, bytes(4096)))


def dump_keys_with_plugin(m):
    with_plugin(m)
    m.files["/sys/kernel/config/crash_dm_crypt_keys/count"] = "1\n"


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


def wrong_configuration(m):
    m.files["/etc/kdump-quiesce.conf"] = "wait-ms = 100\nclass 0c03 = ignore\n"


def wrong_in_many_ways(m):
    """Every mistake is reported, and exec loaded the capture kernel without the plugin because of them."""
    m.files["/etc/kdump-quiesce.conf"] = "class 0c03 = ignore\nid 8086 = block\nstop = perhaps\n"
    m.core((0x6E000000, bytes(4096)))


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


def mcfg(*allocations):
    """Memory-mapped configuration space: base, segment, first and last bus."""
    return table(b"MCFG", bytes(8) + b"".join(struct.pack("<QHBB4x", *allocation) for allocation in allocations))


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


def loongarch(m):
    m.files["/proc/sys/kernel/arch"] = "loongarch64\n"


def without_kexec(m):
    m.remove("/sys/kernel/kexec_crash")
    del m.files["/proc/sys/kernel/kexec_load_disabled"]
    m.files[f"/boot/config-{RELEASE}"] = "# CONFIG_KEXEC is not set\n# CONFIG_KEXEC_FILE is not set\nCONFIG_KEXEC_CORE=y\n"


def container(m):
    m.files["/run/.containerenv"] = "engine=\"podman-4.3.1\"\n"


def chroot_without_sys(m):
    m.remove("/sys")


def empty(m):
    m.files = {"/etc/hostname": "host\n"}


def rhel(m):
    """kdump-utils on VT-d in scalable mode, with the capture kernel told to use legacy mode."""
    m.files["/sys/firmware/acpi/tables/DMAR"] = dmar([(2, 0, 0)])
    del m.files["/sys/firmware/acpi/tables/IVRS"]
    m.remove("/etc/default")
    m.remove("/var/lib/kdump")
    m.files["/etc/kdump.conf"] = "path /var/crash\n"
    m.files["/etc/sysconfig/kdump"] = ("KDUMP_COMMANDLINE_REMOVE=\"hugepages quiet\"\n"
                                       "KDUMP_COMMANDLINE_APPEND=\"irqpoll nr_cpus=1 reset_devices intel_iommu=sm_off\"\n"
                                       "KEXEC_ARGS=\"-s\"\n")
    m.files["/usr/sbin/kexec"] = b"\x7fELF\0kexec-tools 2.0.30\n\0"
    m.files[f"/boot/vmlinuz-{RELEASE}"] = b"not a kernel"
    m.files[f"/boot/initramfs-{RELEASE}kdump.img"] = initrd(["nvme"])
    m.files["/sys/class/iommu/dmar0/intel-iommu/ecap"] = "80000f0000f\n"
    m.files["/usr/lib/udev/rules.d/98-kexec.rules"] = "# reload\n"
    m.cmdline("intel_iommu=on,sm_on iommu=pt crashkernel=256M,cma luks.secret=hunter2")
    m.core((0x6E000000, bytes(4096)))


def rhel_integrated(m):
    """kdump-utils with our kexec: its -s does not exclude the plugin, and reloads keep the plugin."""
    rhel(m)
    m.files["/etc/sysconfig/kdump"] += "KEXEC=/usr/libexec/kdump-quiesce/kexec\n"


def debian_integrated(m):
    """kdump-tools with our drop-in: reloads keep the plugin."""
    m.files["/usr/lib/systemd/system/kdump-tools.service.d/kdump-quiesce.conf"] = "[Service]\n"
    m.files["/usr/lib/udev/rules.d/50-kdump-tools.rules"] = "# reload\n"


def suse(m):
    """openSUSE's kdump, whose load.sh puts -a last; dracut's squashed initrd."""
    m.remove("/etc/default")
    m.remove("/var/lib/kdump")
    m.files["/etc/sysconfig/kdump"] = "KEXEC_OPTIONS=\"-c\"\nKDUMP_COMMANDLINE_APPEND=\"reset_devices\"\n"
    m.files["/usr/sbin/kexec"] = b"\x7fELF\0kexec-tools 2.0.29\n\0"
    m.files["/var/lib/kdump/initrd"] = lzma.compress(initrd([]).replace(b"kernel/x86/microcode/AuthenticAMD.bin",
                                                                        b"squash-root.img\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
                                                     check=lzma.CHECK_CRC32)
    m.files["/proc/sys/kernel/yama/ptrace_scope"] = "3\n"
    m.core((0x6E000000, bytes(4096)))


def with_plugin(m, flags=0x150, rules=(), policy="stop (auto), contain"):
    """exec loaded a plugin. Any image with a right handover serves. One more device appeared since then."""
    size, at = 8192, 0x7CF34000
    core, note = 0x7CF5D000, 0x7CF5D200
    handover = struct.pack("<IHHIIIIIIQQQQQQIIIIIIQIIQHBBIII", 0x4851444B, 2, X86_64, HANDOVER, size, 0x20000, 0, flags,
                           8 + 24 * len(rules) if rules else 0, 0x7CF54760, note, core, 0, 0x6E000000, 0x7E000000, 4096, 0x200, 1,
                           100000, 2000000, 0, 0xF59D0, ACPI, 0, 0, 0, 0, 0, 0, TSC, 2596157)
    if rules:
        handover += struct.pack("<HHI", ITEM_RULES, 0xFFFF, 24 * len(rules))
    handover += b"".join(struct.pack("<IIIBBHQ", *rule, 0, 0) for rule in rules)
    image = bytearray(size)
    image[16:16 + len(handover)] = handover
    crc = zlib.crc32(image)
    struct.pack_into("<I", image, 16 + 20, crc)
    header = b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 4, 62, 1, 0, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    header += struct.pack("<IIQQQQQQ", 4, 0, note, 0, note, 4096, 4096, 0)
    m.core((at, bytes(image)), (core, header + bytes(0x1000 - len(header))))
    m.files["/run/kdump-quiesce/loaded"] = (
        "version = 1\nboot = 00000000-0000-0000-0000-000000000001\ntime = 1795263347\nplugin = 0x7cf34000\n"
        f"crc = 0x{crc:08x}\nnote = 0x7cf5d200\nnote_size = 4096\nwait_us = 100000\ntotal_us = 2000000\ntranslated = 1\n"
        "cmdline = root=UUID=1234 reset_devices nr_cpus=1 elfcorehdr=2047348K iommu.passthrough=0\n"
        "unit = amd-vi 0000 0x00000000fed80000\nfunction = 0000:00:00.0 1022:1480\nfunction = 0000:01:00.0 144d:a808\n"
        f"rule = devices: {policy}\n"
        "memory = 0x0000000000100000 0x000000007fffffff\n")


def with_plugin_of_older_defaults(m):
    """What was loaded stops devices wherever it runs."""
    with_plugin(m, flags=0x50, policy="stop, contain")


def with_wrapped_kernel(m):
    """The plugin is in a wrapped image, with a rule that the configuration does not have any more."""
    with_plugin(m, 0x154, [(0, 0x200, 0x200, 3, 0), (0, 0x300, 0x300, 3, 0)])
    del m.files["/run/kdump-quiesce/loaded"]
    m.files["/etc/kdump-quiesce.conf"] = "device 02:00.0 = preserve\n"


def with_wrapped_kernel_of_now(m):
    """The plugin is in a wrapped image, with the rule that the configuration has now."""
    with_wrapped_kernel(m)
    m.pieces = []
    with_plugin(m, 0x154, [(0, 0x200, 0x200, 3, 0)])
    del m.files["/run/kdump-quiesce/loaded"]


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


def lent_memory_with_plugin(m):
    """The same with the plugin, which leaves the device in pass-through mode alone."""
    with_plugin(m)
    lent_memory(m)
    m.files["/etc/kdump-quiesce.conf"] = "id 8086:10d3 = preserve\n"


# sizeof(struct iq_handover): 144 bytes, and room for items: 64 rules of 24 bytes, root buses of 8 segments, and others
HANDOVER = 144 + 128 + 64 * 24 + 8 * 40
X86_64, ACPI, TSC, ITEM_RULES = 62, 1, 1, 1

MACHINES = [plain_capture_kernel, stack_of_disks, dump_over_network, no_crashkernel, no_iommu, no_iommu_stop_yes, iommu_off, iommu_off_until_the_crash, vtd_off_until_the_crash,
            passing_through, passing_through_as_built, passing_through_blocked, passing_through_with_plugin,
            told_to_pass_through_in_vain, locked_down, dump_keys, dump_keys_with_plugin, snp, encrypted, devices, wrong_configuration,
            wrong_in_many_ways, xen_dom0, xen_pv_guest, guest_without_iommu, guest_out_of_reach, guest_with_two_mcfg, not_a_guest, pseries, powernv, fadump,
            fadump_not_registered, s390, arm64, loongarch, without_kexec, reserved_nothing,
            reserved_in_crash_memory, reserved_in_crash_memory_blocked, reserved_for_everybody, reserved_for_everybody_in_crash_memory,
            reserved_for_everybody_with_plugin,
            unusable_entries, unit_at_zero, strange_revision, container, chroot_without_sys, empty, rhel, rhel_integrated, debian_integrated, suse, with_plugin, with_plugin_of_older_defaults, with_wrapped_kernel, with_wrapped_kernel_of_now, vmd, lent_memory, lent_memory_unseen, lent_memory_with_plugin]


def everybody():
    """All machines: these, and those as they are shipped."""
    from shipped import MACHINES as SHIPPED
    return {machine.__name__: machine for machine in MACHINES + SHIPPED}


def names():
    """The names of all machines."""
    return list(everybody())


def make(name, directory):
    """Make the machine of that name in @directory, which is made too."""
    made = Machine()
    everybody()[name](made)
    os.makedirs(directory, exist_ok=True)
    made.write(str(directory))


if __name__ == "__main__":
    if len(sys.argv) == 1:
        print("\n".join(names()))
    else:
        make(*sys.argv[1:])
