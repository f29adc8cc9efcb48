# SPDX-License-Identifier: GPL-2.0-or-later
"""A plain server made of files: an AMD machine with Debian's kdump-tools, and what changes it. Each machine begins with this one."""

import gzip
import os
import struct

from firmware import ivrs

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


def initrd(modules):
    """An early archive with microcode, then the compressed one."""
    def archive(names):
        parts = []
        for name in [*names, "TRAILER!!!"]:
            raw = name.encode() + b"\0"
            head = b"070701" + b"".join(b"%08x" % value for value in (0, 0o100644, 0, 0, 1, 0, 0, 0, 0, 0, 0, len(raw), 0))
            parts.append(head + raw + b"\0" * (-(len(head) + len(raw)) % 4))
        out = b"".join(parts)
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
