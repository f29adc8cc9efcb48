# SPDX-License-Identifier: GPL-2.0-or-later
"""x86-64: a PC of type q35, with AMD's or Intel's IOMMU, and Debian's amd64 kernels."""

import lzma
import struct

from ..common import LabError, zstd
from .base import Architecture, Firmware

LOW_MEMORY = 2 << 30        # told to QEMU by max-ram-below-4g; the rest of RAM begins at 4 GiB
FRONT = 4096                # bytes of a wrapped payload in front of the plugin
NOWHERE = 0x7ff0000000      # an address without memory in any machine of the lab
UNUSED = 0x500              # in the first page, which no kernel needs any more when it has crashed
NMI_MESSAGE, NMI_DATA = 0xfee00000, 0x400
# Uncorrected, in bank 4: valid, uncorrected, enabled, processor context corrupt.
MACHINE_CHECK = "mce {} 4 0xb200000000000000 0x5 0 0"


def _config(qtest, requester, offset, value=None):
    """Access to configuration space through the I/O ports of PCI's mechanism #1."""
    qtest.request(f"outl 0xcf8 0x{1 << 31 | requester << 8 | offset & 0xfc:x}")
    if value is not None:
        qtest.request(f"outl 0xcfc 0x{value:x}")
    return int(qtest.request("inl 0xcfc"), 16)


def payload(image):
    """The ELF file that a bzImage contains, compressed with xz or zstd; b"" if there is none. Documentation/arch/x86/boot.rst"""
    try:
        offset, length = struct.unpack_from("<II", image, 0x248)
        start = (image[0x1f1] + 1) * 512 + offset
        packed = image[start:start + length - 4]    # the size of what was packed follows it
        if packed.startswith(b"\xfd7zXZ\0"):
            elf = lzma.decompress(packed)
        elif packed.startswith(b"\x28\xb5\x2f\xfd"):
            elf = zstd(packed, "-d")
        else:
            return b""
    except (struct.error, IndexError, lzma.LZMAError, LabError):
        return b""
    return elf if elf.startswith(b"\x7fELF") else b""


def _plugin_at(image):
    return (image[0x1f1] + 1) * 512 + FRONT


def _page_fault(gdb, _):
    gdb.register("pc", NOWHERE)


def _undefined(gdb, qtest):
    qtest.write_bytes(UNUSED, b"\x0f\x0b")
    gdb.register("pc", UNUSED)


def _not_canonical(gdb, _):
    gdb.register("pc", 1 << 62)


def _single_step(gdb, _):
    gdb.register("flags", gdb.register("flags") | 0x100)


def _no_stack(gdb, _):
    gdb.register("sp", 1 << 62)


OVMF = {"package": "ovmf", "directory": "usr/share/OVMF"}
ENTRY = Architecture(
    name="x86_64", debian="amd64", triplet="x86_64-linux-gnu",
    qemu="qemu-system-x86_64", qemu_package="qemu-system-x86", machine="q35",
    # With ERMS kernels and libc use `rep movsb`, which QEMU emulates byte by byte: a run takes a tenth longer.
    cpu="max,erms=off", machine_options=f"max-ram-below-4g={LOW_MEMORY}", ram=((0, LOW_MEMORY), (4 << 30, None)),
    places={"dump": "bus=pcie.0,addr=0x10", "disk-load": "bus=pcie.0,addr=0x11", "nic": "bus=pcie.0,addr=0x12",
            "edu": "bus=pcie.0,addr=0x13", "edu2": "bus=pcie.0,addr=0x14"},
    devices=(),
    iommus=("amd-iommu", "intel-iommu", "none"),
    firmwares={
        "bios": None,
        "uefi": Firmware(**OVMF, code="OVMF_CODE_4M.fd", variables="OVMF_VARS_4M.fd"),
        # Debian's snake oil key. Only code in system management mode, the firmware's own, may write to the variables.
        "secure-boot": Firmware(
            **OVMF, code="OVMF_CODE_4M.secboot.fd", variables="OVMF_VARS_4M.snakeoil.fd",
            arguments=("-global", "driver=cfi.pflash01,property=secure,value=on", "-global", "ICH9-LPC.disable_s3=1"),
            machine=",smm=on", signing=("../ovmf/PkKek-1-snakeoil.key", "snakeoil", "../ovmf/PkKek-1-snakeoil.pem")),
    },
    config=_config,
    kernel_package="linux-image-amd64", kernel_images=("boot/vmlinuz-*", "usr/lib/modules/*/vmlinuz"),
    payload=payload, plugin_at=_plugin_at,
    compiler="gcc", compiler_package="gcc", libc="/usr/lib/x86_64-linux-gnu/libc.a", libc_package="libc6-dev",
    library_directories=("lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu", "lib64", "usr/lib64", "lib", "usr/lib"),
    crypto_providers={"crypto_crc32c": ["crc32c_generic", "crc32c_intel"]},
    # Debian's word for a guest under emulation: its timer check fails on a busy host.
    console="ttyS0", cmdline=("no_timer_check",),
    usable=r"BIOS-e820: \[mem 0x([0-9a-f]+)-0x([0-9a-f]+)\] usable",
    interrupt="apic_deliver_irq", interrupt_pattern=r"\bvector {vector}\b",
    program_counter=r"\bRIP=([0-9a-f]+)", registers={"pc": (16, 8), "sp": (7, 8), "flags": (17, 4)},
    system_call="__x64_sys_{}",
    code={"undefined": b"\x0f\x0b",                         # ud2
          "null": b"\x8b\x04\x25\x00\x00\x00\x00",          # mov 0x0, %eax
          "spin": b"\xeb\xfe",                              # jmp to itself
          "spin-deaf": b"\xfa\xeb\xfe",                     # cli, and the same
          "no-stack": b"\x31\xe4\x50"},                     # xor %esp, %esp; push %rax
    nmi=lambda qtest, cpu: qtest.write32(NMI_MESSAGE | cpu << 12, NMI_DATA),
    machine_check=lambda monitor, cpu: monitor.human(MACHINE_CHECK.format(cpu)),
    exceptions={"#PF": _page_fault, "#UD": _undefined, "#GP": _not_canonical, "#DB": _single_step, "#SS": _no_stack},
    draws={
        "amd": (5, ["iommu = amd-iommu"]),
        "vtd": (4, ["iommu = intel-iommu,intremap=on", "cmdline = intel_iommu=on", "capture-cmdline = intel_iommu=on"]),
        "vtd-scalable": (3, ["iommu = intel-iommu,intremap=on,x-scalable-mode=on,aw-bits=48", "cmdline = intel_iommu=on,sm_on",
                             "capture-cmdline = intel_iommu=on,sm_on"]),
        "vtd-caching": (2, ["iommu = intel-iommu,intremap=on,caching-mode=on,device-iotlb=on,aw-bits=48",
                            "cmdline = intel_iommu=on", "capture-cmdline = intel_iommu=on"]),
        "none": (3, ["iommu = none"]),
    })
