# SPDX-License-Identifier: GPL-2.0-or-later
"""Machines that differ in how the capture kernel is loaded, and in where its dump goes. Used by machine.py."""

import lzma

from firmware import dmar
from server import DEBIAN_CONF, RELEASE, initrd, pci_config


def plain_capture_kernel(m):
    """The distribution's own capture kernel is loaded: no plugin in it."""
    m.core((0x6E000000, bytes(4096)))


def no_crashkernel(m):
    m.files["/proc/cmdline"] = "root=UUID=1234 ro quiet\n"
    m.files["/proc/iomem"] = "00100000-7fffffff : System RAM\n"
    m.files["/sys/kernel/kexec_crash_loaded"] = "0\n"
    m.files["/sys/kernel/kexec_crash_size"] = "0\n"


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


def wrong_configuration(m):
    m.files["/etc/kdump-quiesce.conf"] = "wait-ms = 100\nclass 0c03 = ignore\n"


def wrong_in_many_ways(m):
    """Every mistake is reported, and exec loaded the capture kernel without the plugin because of them."""
    m.files["/etc/kdump-quiesce.conf"] = "class 0c03 = ignore\nid 8086 = block\nstop = perhaps\n"
    m.core((0x6E000000, bytes(4096)))


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
    m.files["/etc/sysconfig/kdump"] += "[ ! -x /usr/libexec/kdump-quiesce/kexec ] || KEXEC=/usr/libexec/kdump-quiesce/kexec\n"
    m.files["/usr/libexec/kdump-quiesce/kexec"] = "#!/bin/sh\n"


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


MACHINES = [plain_capture_kernel, no_crashkernel, stack_of_disks, dump_over_network, locked_down, dump_keys, wrong_configuration,
            wrong_in_many_ways, rhel, rhel_integrated, debian_integrated, suse]
