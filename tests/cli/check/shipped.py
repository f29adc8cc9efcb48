#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Machines on which kdump is configured as distributions ship it, and as their users change it. Used by machine.py.

The settings are those of Debian's kdump-tools 1.8.1, kdump-utils 63f248c (gen-kdump-sysconfig.sh x86_64) and openSUSE's kdump 34da4b8
(sysconfig.kdump.in). The comments between them are ours.
"""

import struct

from server import RELEASE, initrd

EL = "6.12.0-55.el10.x86_64"
FCOS = "6.2.0-0.rc8.60.fc39.x86_64"
FEDORA = "6.15.8-100.fc41.x86_64"
SLE = "6.4.0-150600.23-default"
SECURE_BOOT = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
SETUP_MODE = "/sys/firmware/efi/efivars/SetupMode-8be4df61-93ca-11d2-aa0d-00e098032b8c"

DEBIAN = """\
# kdump-tools configuration
# 0: nothing is loaded
USE_KDUMP=1

KDUMP_KERNEL=/var/lib/kdump/vmlinuz
KDUMP_INITRD=/var/lib/kdump/initrd.img

KDUMP_COREDIR="/var/crash"
#KDUMP_FAIL_CMD="reboot -f"
#KDUMP_DUMP_DMESG=
#MAKEDUMP_ARGS="-c -d 31"
#KDUMP_KEXEC_ARGS=""
#KDUMP_CMDLINE=""
#KDUMP_CMDLINE_APPEND="reset_devices systemd.unit=kdump-tools-dump.service nr_cpus=1 irqpoll usbcore.nousb"
"""

RHEL = """\
# empty: that of the running kernel
KDUMP_KERNELVER=""
# empty: /proc/cmdline
KDUMP_COMMANDLINE=""
KDUMP_COMMANDLINE_REMOVE="hugepages hugepagesz slub_debug quiet log_buf_len swiotlb hugetlb_cma ignition.firstboot cma"
KDUMP_COMMANDLINE_APPEND="novmcoredd hugetlb_cma=0 kfence.sample_interval=0 initramfs_options=size=90% irqpoll nr_cpus=1 \
reset_devices cgroup_disable=memory mce=off numa=off udev.children-max=2 panic=10 acpi_no_memhotplug transparent_hugepage=never \
nokaslr hest_disable cma=0 pcie_ports=compat"
FADUMP_COMMANDLINE_APPEND=""
KEXEC_ARGS="-s"
#KDUMP_BOOTDIR="/boot"
KDUMP_IMG="vmlinuz"
KDUMP_IMG_EXT=""
VMCORE_CREATION_NOTIFICATION="yes"
"""

SUSE = """\
## Type: string
KDUMP_CRASHKERNEL="auto"
KDUMP_UPDATE_BOOTLOADER="true"
KDUMP_KERNELVER=""
KDUMP_CPUS=32
KDUMP_COMMANDLINE=""
KDUMP_COMMANDLINE_APPEND=""
KDUMP_AUTO_RESIZE="false"
KEXEC_OPTIONS=""
KDUMP_IMMEDIATE_REBOOT="true"
KDUMP_TRANSFER=""
KDUMP_SAVEDIR="/var/crash"
KDUMP_KEEP_OLD_DUMPS=0
KDUMP_VERBOSE=0
KDUMP_DUMPLEVEL=31
KDUMP_CONTINUE_ON_ERROR="true"
KDUMP_REQUIRED_PROGRAMS=""
KDUMP_PRESCRIPT=""
KDUMP_NETCONFIG="auto"
KDUMP_SMTP_PASSWORD="hunter2"
KDUMP_SSH_IDENTITY=""
"""


def bzimage(release):
    """A kernel image with a setup header (Documentation/arch/x86/boot.rst) and no code."""
    image = bytearray(512 * 5 + 65536)
    image[0x1F1] = 4
    struct.pack_into("<I", image, 0x1F4, 65536 // 16)
    image[0x202:0x206] = b"HdrS"
    struct.pack_into("<H", image, 0x206, 0x20F)
    struct.pack_into("<H", image, 0x20E, 0x300)
    image[0x211] = 1
    struct.pack_into("<I", image, 0x230, 0x200000)
    image[0x234] = 1
    struct.pack_into("<H", image, 0x236, 1)
    struct.pack_into("<I", image, 0x260, 0x3F98000)
    image[0x500:0x500 + len(release)] = release.encode()
    return bytes(image)


def unified(release):
    """An EFI program that has a kernel in a section."""
    head = b"MZ" + bytes(0x3A) + struct.pack("<I", 0x80) + bytes(0x40)
    head += b"PE\0\0" + struct.pack("<HHIIIHH", 0x8664, 2, 0, 0, 0, 240, 0x206) + struct.pack("<H", 0x20B) + bytes(238)
    kernel = bzimage(release)
    head += b".text".ljust(40, b"\0") + b".linux\0\0" + struct.pack("<IIII", len(kernel), 0x10000, len(kernel), 8192) + bytes(16)
    return head.ljust(8192, b"\0") + kernel


def load_plain(m):
    m.core((0x6E000000, bytes(4096)))


def without_kdump(m):
    """No kdump script yet."""
    m.remove("/etc/default")
    m.remove("/var/lib/kdump")
    load_plain(m)


def debian(m, text=DEBIAN):
    without_kdump(m)
    m.files["/etc/default/kdump-tools"] = text
    m.files[f"/boot/vmlinuz-{RELEASE}"] = bzimage(RELEASE)
    m.files["/var/lib/kdump/vmlinuz"] = ("link", f"/boot/vmlinuz-{RELEASE}")
    m.files["/var/lib/kdump/initrd.img"] = ("link", f"/var/lib/kdump/initrd.img-{RELEASE}")
    m.files[f"/var/lib/kdump/initrd.img-{RELEASE}"] = initrd(["nvme", "e1000e"])
    m.files["/lib/udev/rules.d/50-kdump-tools.rules"] = "# reload\n"


def debian_as_shipped(m):
    debian(m)


def debian_after_upgrade(m):
    """The links still lead to files of an older kernel: kdump-config renews them when it loads."""
    debian(m)
    m.files["/boot/vmlinuz-6.1.0-1-amd64"] = bzimage("6.1.0-1-amd64")
    m.files["/var/lib/kdump/initrd.img-6.1.0-1-amd64"] = initrd([])
    m.files["/var/lib/kdump/vmlinuz"] = ("link", "/boot/vmlinuz-6.1.0-1-amd64")
    m.files["/var/lib/kdump/initrd.img"] = ("link", "/var/lib/kdump/initrd.img-6.1.0-1-amd64")


def debian_switched_off(m):
    """kdump-config load would do nothing."""
    debian(m, "USE_KDUMP=0\nKDUMP_CMDLINE_APPEND=\"\"\nKDUMP_INITRD=\"\"\nKDUMP_KERNEL=/var/lib/kdump/vmlinuz\n")
    m.files["/sys/kernel/kexec_crash_loaded"] = "0\n"


def debian_appended(m):
    """A setting that continues over lines and assignments."""
    debian(m, DEBIAN + "KDUMP_CMDLINE_APPEND=\"reset_devices nr_cpus=1 intel_iommu=off \\\niommu=off\"\n"
                       "KDUMP_CMDLINE_APPEND=\"$KDUMP_CMDLINE_APPEND systemd.unit=kdump-tools-dump.service\" # ours\n")


def debian_computed(m):
    """The file's values depend on commands. They are unknown, and no command is run."""
    debian(m, DEBIAN + "KDUMP_KERNEL=/boot/vmlinuz-$(uname -r; touch /tmp/kdump-quiesce-was-here)\n"
                       "[ \"$HOSTNAME\" = lab ] && KDUMP_CMDLINE_APPEND=\"reset_devices iommu=off\"\n")


def debian_blacklists(m):
    """Drivers that are in the initrd, and that the command line forbids to load."""
    debian(m, DEBIAN + "KDUMP_CMDLINE_APPEND=\"reset_devices nr_cpus=1 module_blacklist=snd,e1000e modprobe.blacklist=nvme kho=on\"\n")
    m.cmdline("crash_kexec_post_notifiers=1")


def debian_without_initrd(m):
    """Without KDUMP_INITRD kdump-config loads no initrd; the one that it built is still examined."""
    debian(m, DEBIAN.replace("KDUMP_INITRD", "#KDUMP_INITRD"))


def debian_words_for_init(m):
    """Words that are appended to a line with "--" reach init, not the kernel."""
    debian(m)
    m.cmdline("-- single")


def rhel(m, release=EL, text=RHEL):
    without_kdump(m)
    m.files["/etc/kdump.conf"] = "auto_reset_crashkernel yes\npath /var/crash\n"
    m.files["/etc/sysconfig/kdump"] = text
    m.files["/etc/machine-id"] = "0123456789abcdef0123456789abcdef\n"
    m.files["/proc/sys/kernel/osrelease"] = release + "\n"
    m.files["/usr/sbin/kexec"] = b"\x7fELF\0kexec-tools 2.0.30\n\0"
    m.files["/usr/lib/udev/rules.d/98-kexec.rules"] = "# reload\n"


def rhel_as_shipped(m):
    rhel(m)
    m.files["/proc/cmdline"] = (f"BOOT_IMAGE=(hd0,gpt2)/vmlinuz-{EL} root=/dev/mapper/rhel-root ro "
                                "crashkernel=2G-64G:256M,64G-:512M rd.lvm.lv=rhel/root rhgb quiet\n")
    m.files[f"/boot/vmlinuz-{EL}"] = bzimage(EL)
    m.files[f"/boot/initramfs-{EL}.img"] = b"for an ordinary boot"
    m.files[f"/boot/initramfs-{EL}kdump.img"] = initrd(["nvme"])


def rhel_secure_boot(m):
    """kdumpctl adds -s under lockdown, even if the file does not have it."""
    rhel_as_shipped(m)
    m.files["/etc/sysconfig/kdump"] = RHEL.replace('"-s"', '""')
    m.files["/sys/kernel/security/lockdown"] = "none [integrity] confidentiality\n"
    m.files[SECURE_BOOT] = b"\6\0\0\0\1"
    m.files[SETUP_MODE] = b"\6\0\0\0\0"
    m.files["/sys/firmware/efi/systab"] = "ACPI20=0x7ffe0014\n"


def rhel_own_line(m):
    """The administrator's command line replaces the first kernel's; words are still removed and appended."""
    rhel_as_shipped(m)
    m.files["/etc/sysconfig/kdump"] = RHEL + ("KDUMP_COMMANDLINE='root=/dev/sda1 amd_iommu=off quiet iommu=pt'\n"
                                              "KDUMP_COMMANDLINE_REMOVE+=\" amd_iommu\"\n")


def coreos_as_shipped(m):
    rhel(m, FCOS)
    place = "ostree/fedora-coreos-d1d363af210b"
    m.files["/proc/cmdline"] = (f"BOOT_IMAGE=(hd0,gpt3)/{place}/vmlinuz-{FCOS} mitigations=auto,nosmt "
                                "ostree=/ostree/boot.1/fedora-coreos/d1d363af210b/0 crashkernel=300M\n")
    m.files["/run/ostree-booted"] = ""
    m.files[f"/boot/{place}/vmlinuz-{FCOS}"] = bzimage(FCOS)
    m.files[f"/boot/{place}/initramfs-{FCOS}.img"] = b"for an ordinary boot"
    m.files[f"/var/lib/kdump/initramfs-{FCOS}kdump.img"] = initrd(["nvme"])


def fedora_unified(m):
    """A unified kernel image, whose name begins with the machine id."""
    rhel(m, FEDORA)
    m.files["/proc/cmdline"] = "root=UUID=1234 console=ttyS0 rhgb quiet crashkernel=256M\n"
    m.files[f"/boot/efi/EFI/Linux/0123456789abcdef0123456789abcdef-{FEDORA}.efi"] = unified(FEDORA)
    m.files[f"/var/lib/kdump/initramfs-{FEDORA}kdump.img"] = initrd(["nvme", "e1000e"])


def fedora_unified_by_name(m):
    """The same, copied from the machine without the image's bytes."""
    fedora_unified(m)
    del m.files["/etc/machine-id"]
    del m.files[f"/boot/efi/EFI/Linux/0123456789abcdef0123456789abcdef-{FEDORA}.efi"]
    m.files[f"/boot/efi/EFI/Linux/01234567-{FEDORA}.efi"] = b"MZ"


def fedora_unified_secure_boot(m):
    fedora_unified(m)
    m.files["/sys/kernel/security/lockdown"] = "none [integrity] confidentiality\n"
    m.files[SECURE_BOOT] = b"\6\0\0\0\1"
    m.files[SETUP_MODE] = b"\6\0\0\0\0"


def suse_as_shipped(m):
    without_kdump(m)
    m.files["/etc/sysconfig/kdump"] = SUSE
    m.files["/proc/sys/kernel/osrelease"] = SLE + "\n"
    m.files["/proc/cmdline"] = (f"BOOT_IMAGE=/boot/vmlinuz-{SLE} root=UUID=1234 splash=silent mitigations=auto quiet "
                                "security=apparmor crashkernel=307M,high crashkernel=72M,low\n")
    m.files["/usr/sbin/kexec"] = b"\x7fELF\0kexec-tools 2.0.29\n\0"
    m.files[f"/usr/lib/modules/{SLE}/vmlinuz"] = bzimage(SLE)
    m.files["/var/lib/kdump/kernel"] = ("link", f"/usr/lib/modules/{SLE}/vmlinuz")
    m.files["/var/lib/kdump/initrd"] = initrd(["nvme"])
    m.files["/usr/lib/kdump/70-kdump.rules"] = "# reload\n"


def suse_other_kernel(m):
    """The configured version, not the one that was loaded last."""
    suse_as_shipped(m)
    m.files["/etc/sysconfig/kdump"] = SUSE.replace('KERNELVER=""', f"KERNELVER={RELEASE}") + "KDUMP_FADUMP=no\nKDUMP_CPUS=0\n"
    m.files[f"/boot/vmlinuz-{RELEASE}"] = bzimage(RELEASE)
    m.files["/etc/udev/rules.d/70-kdump.rules"] = ("link", "/dev/null")


MACHINES = [debian_as_shipped, debian_after_upgrade, debian_switched_off, debian_appended, debian_computed, debian_blacklists,
            debian_without_initrd, debian_words_for_init, rhel_as_shipped, rhel_secure_boot, rhel_own_line, coreos_as_shipped,
            fedora_unified, fedora_unified_by_name, fedora_unified_secure_boot, suse_as_shipped, suse_other_kernel]
