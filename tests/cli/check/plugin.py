# SPDX-License-Identifier: GPL-2.0-or-later
"""Machines on which the plugin is loaded, by `exec` or in a wrapped kernel. Used by machine.py."""

import struct
import zlib

from iommus import lent_memory, passing_through, reserved_for_everybody
from server import RELEASE, initrd

# sizeof(struct iq_handover): 144 bytes, and room for items: 64 rules of 24 bytes, root buses of 8 segments, and others
HANDOVER = 144 + 128 + 64 * 24 + 8 * 40
X86_64, ACPI, TSC, ITEM_RULES = 62, 1, 1, 1


def with_plugin(m, flags=0x150, rules=(), policy="stop (auto), contain", memory=()):
    """exec loaded a plugin. Any image with a right handover serves. One more device appeared since then.

    @memory: (address, size) of what the ELF core header has as memory.
    """
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
    header = b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 4, 62, 1, 0, 64, 0, 0, 64, 56, 1 + len(memory), 0, 0, 0)
    header += struct.pack("<IIQQQQQQ", 4, 0, note, 0, note, 4096, 4096, 0)
    header += b"".join(struct.pack("<IIQQQQQQ", 1, 7, start, 0, start, length, length, 0) for start, length in memory)
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


def with_memory_added(m):
    """More memory came after the load. This kernel does not bring the ELF core header up to date."""
    with_plugin(m)
    m.files["/proc/iomem"] += "100000000-13fffffff : System RAM\n"


def with_memory_added_to_header(m):
    """The same with a kernel that does."""
    with_plugin(m, memory=[(0x100000, 0x7FF00000), (0x100000000, 0x40000000)])
    m.files["/proc/iomem"] += "100000000-13fffffff : System RAM\n"
    m.files["/sys/devices/system/cpu/crash_hotplug"] = "1\n"


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


def dump_keys_with_plugin(m):
    with_plugin(m)
    m.files["/sys/kernel/config/crash_dm_crypt_keys/count"] = "1\n"


def passing_through_with_plugin(m):
    """As `exec` leaves it: without iommu.passthrough=0, and the plugin told to let IOMMUs be."""
    with_plugin(m, flags=0x1D0, policy="stop (auto), contain, IOMMUs are let be")
    passing_through(m)


def reserved_for_everybody_with_plugin(m):
    """The same with the plugin loaded: devices that are left alone do not stay blocked."""
    reserved_for_everybody(m)
    m.pieces = []
    with_plugin(m)
    m.files["/run/kdump-quiesce/loaded"] = m.files["/run/kdump-quiesce/loaded"].replace("amd-vi 0000 0x00000000fed8", "vt-d 0000 0x00000000fed9")
    m.files["/var/lib/kdump/initrd.img-" + RELEASE] = initrd(["nvme"])


def lent_memory_with_plugin(m):
    """The same with the plugin, which leaves the device in pass-through mode alone."""
    with_plugin(m)
    lent_memory(m)
    m.files["/etc/kdump-quiesce.conf"] = "id 8086:10d3 = preserve\n"


MACHINES = [with_plugin, with_plugin_of_older_defaults, with_memory_added, with_memory_added_to_header, with_wrapped_kernel,
            with_wrapped_kernel_of_now, dump_keys_with_plugin, passing_through_with_plugin, reserved_for_everybody_with_plugin,
            lent_memory_with_plugin]
