#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Make what a support tool would pack of a machine: reports.py NAME DIRECTORY; without arguments, the names.

The layouts are those of sos 4.11 (report/plugins/kernel.py, kdump.py, pci.py, boot.py, hardware.py, filesys.py), supportutils 3.2
(supportconfig, supportconfig.rc: conf_files, log_cmd) and acpica-tools (acpidump, acpidump -b).
"""

import struct
import sys

import shipped
from firmware import dmar
from server import RELEASE, Machine

# What sos copies to its place, of what our machines have.
COPIED = ("/proc/cmdline", "/proc/cpuinfo", "/proc/iomem", "/proc/self/mountinfo", "/proc/sys/kernel/random/boot_id", "/etc/kdump.conf",
          "/etc/sysconfig/kdump", "/etc/default/kdump-tools", "/usr/lib/udev/rules.d/98-kexec.rules", "/sys/firmware/acpi/",
          "/sys/kernel/kexec_crash", "/sys/class/dmi/id/", "/sys/module/", "/boot/config-")
PORTS = {0: "Endpoint", 4: "Root Port (Slot+)", 9: "Root Complex Integrated Endpoint"}
NAMES = {0x06: "Host bridge", 0x02: "Ethernet controller", 0x01: "Non-Volatile memory controller", 0x0C: "USB controller"}


def functions(m):
    """(address, configuration space, driver or None, group) of each function."""
    for path in sorted(m.files):
        if path.startswith("/sys/bus/pci/devices/") and path.endswith("/config"):
            place = path[:-7]
            driver = m.files.get(place + "/driver")
            yield (place[21:], m.files[path], driver[1].split("/")[-1] if driver else None,
                   m.files[place + "/iommu_group"][1].split("/")[-1])


def lspci(m, numbers=True, more=True):
    """lspci -nnvv; without @numbers -vvv; without @more -nn. The domain is left out where all are 0."""
    text = ""
    for address, space, driver, group in functions(m):
        vendor, device, command = struct.unpack_from("<HHH", space)
        interface, pci_class = space[9], struct.unpack_from("<H", space, 10)[0]
        name = NAMES.get(space[11], "Class")
        head = address[5:] if address.startswith("0000:") else address
        if numbers:
            text += f"{head} {name} [{pci_class:04x}]: Vendor [of it] Device [{vendor:04x}:{device:04x}] (rev 01)"
        else:
            text += f"{head} {name}: Vendor [of it] Device (rev 01)"
        text += f" (prog-if {interface:02x} [NAME])\n" if interface and more else "\n"
        if not more:
            continue
        text += "\tSubsystem: Vendor Device [15d9:0821]\n" if numbers else "\tSubsystem: Vendor Device\n"
        text += f"\tControl: I/O- Mem+ BusMaster{'+' if command & 4 else '-'} SpecCycle- MemWINV-\n\tStatus: Cap+ 66MHz-\n"
        if space[0x34]:
            text += f"\tCapabilities: [40] Express (v2) {PORTS[space[0x42] >> 4]}, IntMsgNum 0\n\t\tDevCap:\tMaxPayload 256 bytes\n"
        text += f"\tIOMMU group: {group}\n"
        if driver:
            text += f"\tKernel driver in use: {driver}\n\tKernel modules: other_{driver}, {driver}\n"
        text += "\n"
    return text


def sysctl(release):
    return (f"kernel.kexec_load_disabled = 0\nkernel.osrelease = {release}\nkernel.arch = x86_64\nkernel.yama.ptrace_scope = 1\n"
            "vm.swappiness = 60\n")


def listing(m):
    """ls -lR of what is in /boot."""
    text = ""
    for path, content in sorted(m.files.items()):
        directory, name = path.rsplit("/", 1)
        if directory.startswith("/boot"):
            text += "" if f"{directory}:\n" in text else f"\n{directory}:\ntotal 81920\n"
            text += "-rw-r--r--. 1 root root system_u:object_r:boot_t:s0 14815144 Jan  1 00:00 "
            text += f"{name} -> {content[1]}\n" if isinstance(content, tuple) else f"{name}\n"
    return text


def lsinitrd(path, *modules):
    """What dracut's lsinitrd prints."""
    text = f"Image: {path}: 33M\n{'=' * 72}\ndracut modules:\nbash\nkdumpbase\n{'=' * 72}\n"
    text += "lrwxrwxrwx   1 root     root            7 Jan  1 00:00 bin -> usr/bin\n"
    for module in modules:
        text += f"-rw-r--r--   1 root     root        38404 Jan  1 00:00 usr/lib/modules/VERSION/kernel/drivers/{module}.ko.xz\n"
    return text + f"{'=' * 72}\n"


def sos(m, release):
    """The tree of a sos report."""
    report = Machine()
    report.files = {path: content for path, content in m.files.items() if path.startswith(COPIED) and not isinstance(content, tuple)}
    report.files["/sys/devices/system/cpu/crash_hotplug"] = "1\n"
    report.files["/sys/module/kernel/parameters/crash_kexec_post_notifiers"] = "N\n"
    report.files["/version.txt"] = "sos report: 4.11.0\n"
    report.files["/sos_commands/kernel/sysctl_-a"] = sysctl(release)
    report.files["/sos_commands/kernel/uname_-a"] = f"Linux hunter2 {release} #1 SMP x86_64 x86_64 x86_64 GNU/Linux\n"
    report.files["/sos_commands/pci/lspci_-nnvv"] = lspci(m)
    report.files["/sos_commands/boot/mokutil_--sb-state"] = "SecureBoot enabled\n"
    report.files["/sos_commands/boot/ls_-alZR_.boot"] = listing(m)
    for address, space, _, _ in functions(m):
        domain, bus, place = address.split(":")
        report.files[f"/proc/bus/pci/{bus if domain == '0000' else domain + ':' + bus}/{place}"] = space
    return report


def sos_of_rhel():
    """Nearly all is there but what is loaded. kdumpctl adds -s because of Secure Boot."""
    m = Machine()
    shipped.rhel_as_shipped(m)
    report = sos(m, shipped.EL)
    report.files[f"/sos_commands/kdump/lsinitrd_.boot.initramfs-{shipped.EL}kdump.img"] = \
        lsinitrd(f"/boot/initramfs-{shipped.EL}kdump.img", "nvme/host/nvme")
    return report


def sos_of_debian():
    """The initrd is listed by another command, and the dump would go to a disk whose driver the initrd has."""
    m = Machine()
    shipped.debian_as_shipped(m)
    report = sos(m, RELEASE)
    report.files["/sos_commands/boot/mokutil_--sb-state"] = "EFI variables are not supported on this system\n"
    report.files[f"/sos_commands/kdump/lsinitramfs_-l_.var.lib.kdump.initrd.img-{RELEASE}"] = \
        f".\nusr/lib/modules/{RELEASE}/kernel/drivers/nvme/host/nvme.ko\nusr/lib/modules/{RELEASE}/kernel/drivers/net/e1000e.ko\n"
    return report


def sos_of_little():
    """A run that was not root's, of an lspci that names no groups."""
    m = Machine()
    shipped.rhel_as_shipped(m)
    report = sos(m, shipped.EL)
    text = "".join(line for line in lspci(m).splitlines(True) if "IOMMU group" not in line and "Express" not in line)
    report.files["/sos_commands/pci/lspci_-nnvv"] = text.replace("\tStatus:", "\tCapabilities: <access denied>\n\tStatus:")
    report.remove("/sos_commands/kernel/sysctl")
    report.remove("/sos_commands/boot")
    report.remove("/etc/sysconfig")
    return report


def section(kind, title, text):
    return f"#==[ {kind} ]".ljust(53, "=") + f"#\n# {title}\n{text}\n\n"


def supportconfig():
    """SUSE as shipped: its settings and the devices, but no firmware tables."""
    m = Machine()
    shipped.suse_as_shipped(m)
    report = Machine()

    def topic(name, *files, **commands):
        text = f"=======\n  {name}\n=======\n\n"
        for path in files:
            lines = [line for line in m.files[path].splitlines(True) if not line.startswith("#")]
            text += section("Configuration File", path, "".join(lines))
        text += section("Configuration File", "/etc/kdump.conf - File not found", "")
        for title, output in commands.items():
            text += section("Command", title, output)
        return text

    report.files = {
        "/basic-environment.txt": topic("basic", **{"/usr/bin/uname -a": f"Linux hunter2 {shipped.SLE} #1 SMP x86_64 GNU/Linux\n"}),
        "/boot.txt": topic("boot", "/proc/cmdline", **{"/usr/bin/mokutil --sb-state": "SecureBoot disabled\n",
                                                       "/usr/bin/ls -lR --time-style=long-iso /boot/": listing(m)}),
        "/crash.txt": topic("crash", "/proc/cmdline", "/etc/sysconfig/kdump", "/sys/kernel/kexec_crash_loaded",
                            "/sys/kernel/kexec_crash_size"),
        "/hardware.txt": topic("hardware", "/proc/cpuinfo", **{"/sbin/lspci -b": "00:00.0 Host bridge\n",
                                                               "/sbin/lspci -nn": lspci(m, more=False),
                                                               "/sbin/lspci -vvv": lspci(m, numbers=False)}),
        "/env.txt": topic("env", **{"/usr/sbin/sysctl -a": sysctl(shipped.SLE)}),
        "/sysconfig.txt": section("Configuration File", "/etc/sysconfig/kdump", "KDUMP_KERNELVER=*REMOVED BY SUPPORTCONFIG*\n"),
    }
    return report


def acpidump_binary():
    report = Machine()
    report.files = {"/dmar.dat": dmar([(2, 0, 0)]), "/ssdt1.dat": b"SSDT" + bytes(40), "/README": "of a laptop\n"}
    return report


def acpidump_text():
    report = acpidump_binary()
    text = "DMAR @ 0x0000000000000000\n"
    raw = report.files.pop("/dmar.dat")
    for at in range(0, len(raw), 16):
        text += f"    {at:04X}: {' '.join(f'{byte:02X}' for byte in raw[at:at + 16])}\n"
    report.files["/acpidump.txt"] = text
    return report


REPORTS = [sos_of_rhel, sos_of_debian, sos_of_little, supportconfig, acpidump_binary, acpidump_text]

if __name__ == "__main__":
    if len(sys.argv) == 1:
        print("\n".join(report.__name__ for report in REPORTS))
        sys.exit(0)
    next(report for report in REPORTS if report.__name__ == sys.argv[1])().write(sys.argv[2])
