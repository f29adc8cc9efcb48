#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Make files that neither wrap nor iommu-inspect can read: files.py DIRECTORY. Each file has only as much as identifies its format."""

import bz2
import gzip
import lzma
import os
import struct
import sys


def elf(kind, machine=62, order="<", bits=2):
    """The header of an ELF file."""
    head = b"\x7fELF" + bytes([bits, 1 if order == "<" else 2, 1]) + bytes(9)
    return head + struct.pack(order + "HHIQQQIHHHHHH", kind, machine, 1, 0, 64, 0, 0, 64, 56, 0, 0, 0, 0) + bytes(4096)


def program(*sections):
    """An EFI program with sections of these names."""
    head = bytearray(b"MZ" + bytes(0x3A) + struct.pack("<I", 0x80)) + bytes(0x40)
    head += b"PE\0\0" + struct.pack("<HHIIIHH", 0x8664, len(sections), 0, 0, 0, 240, 0x206)
    head += struct.pack("<H", 0x20B) + bytes(238)
    for name in sections:
        head += name.encode().ljust(8, b"\0") + bytes(32)
    return bytes(head) + bytes(4096)


def at(offset, magic, size=4096):
    return bytes(offset) + magic + bytes(max(size - offset - len(magic), 0))


def image(offset, magic, start=b"MZ"):
    """A kernel with the magic number of its boot protocol."""
    return start + bytes(offset - len(start)) + magic + bytes(4096)


def process():
    """The core of a process on x86-64: among its notes is an auxiliary vector (NT_AUXV)."""
    note = struct.pack("<III", 5, 16, 6) + b"CORE\0\0\0\0" + bytes(16)
    head = b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 4, 62, 1, 0, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    return head + struct.pack("<IIQQQQQQ", 4, 0, 120, 0, 0, len(note), len(note), 4) + note


FILES = {
    "Image": image(0x38, b"ARM\x64"),
    "Image.gz": gzip.compress(image(0x38, b"ARM\x64"), mtime=0),
    "Image.riscv": image(0x38, b"RSC\x05"),
    "apport.crash": b"ProblemType: KernelCrash\nArchitecture: amd64\nVmCore: base64\n" + bytes(64),
    "boot-loader.efi": program(".text", ".data"),
    "core.aarch64": elf(4, 183),
    "core.s390x": elf(4, 22, ">"),
    "core.32-bit": elf(4, 3, "<", 1),
    "core.process": process(),
    "dmesg": b"[    0.000000] Linux version 6.1.0 (gcc)\n[    0.000000] Command line: quiet\n",
    "dump.bz2": bz2.compress(b"dump"),
    "dump.lz4": b"\x04\x22\x4d\x18" + bytes(64),
    "dump.lzo": b"\x89LZO\0\r\n\x1a\n" + bytes(64),
    "dump.xz": lzma.compress(b"dump"),
    "dump.zst": b"\x28\xb5\x2f\xfd" + bytes(64),
    "empty": b"",
    "flat.cut-in-header": b"makedumpfile\0\0\0\0" + struct.pack(">QQ", 1, 1) + bytes(100),
    "flat.cut": b"makedumpfile\0\0\0\0" + struct.pack(">QQ", 1, 1) + bytes(4096 - 32) + bytes(8),
    "hibernation": at(4076, b"SWAPSPACE2S1SUSPEND\0", 8192),
    "initramfs": b"070701" + b"0" * 104,
    "kdump": b"KDUMP   " + struct.pack("<I", 6) + bytes(4096),
    "libvirt.save": b"LibvirtQemudSave" + bytes(128),
    "lime": b"EMiL" + bytes(60),
    "module.ko": elf(1),
    "noise": bytes(range(256)) * 32,
    "qcow2": b"QFI\xfb\0\0\0\3" + bytes(512),
    "s390.dump": b"\xa8\x19\x01\x73\x61\x8f\x23\xfd" + bytes(4096),
    "swap": at(4086, b"SWAPSPACE2", 8192),
    "tar": at(257, b"ustar\0" + b"00", 10240),
    "uki.efi": program(".text", ".osrel", ".cmdline", ".linux", ".initrd"),
    "virsh.dump": b"QEVM\0\0\0\3" + bytes(512),
    "vmlinux": elf(2),
    "vmss": b"\xd2\xbe\xd2\xbe" + bytes(512),
    "xen.save": b"Xen saved domain, xl format\n \0 \r" + bytes(512),
    "zImage": image(0x24, b"\x18\x28\x6f\x01", b"\0"),
    "zboot.efi": b"MZ\0\0zimg" + bytes(4096),
}

if __name__ == "__main__":
    for name, content in FILES.items():
        with open(os.path.join(sys.argv[1], name), "wb") as file:
            file.write(content)
