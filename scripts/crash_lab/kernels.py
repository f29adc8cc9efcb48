# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels and kexec-tools for guests: which package each name in a scenario stands for, unpacked into the cache.

Also the guest helper programs of tests/crash/guest, compiled into the cache when their source changed.
"""

import hashlib
import lzma
import shutil
import struct
from pathlib import Path

from . import packages
from .common import GUEST, LabError, cache_dir, call

# name in a scenario -> suite it is downloaded from (None: the host's own release)
KERNELS = {"default": None, "6.12": "bookworm-backports", "newest": "sid"}
KEXECS = {"default": None, "newest": "sid"}

KERNEL_PACKAGES = r"^linux-(image|binary|modules)-"
LIBRARIES = r"^(lib|zlib1g)"


class Kernel:
    """A kernel image, the directory of its modules, and the name it was asked for by."""

    def __init__(self, name, image, modules):
        self.name, self.image, self.modules = name, Path(image), Path(modules)
        if not self.image.is_file():
            raise LabError(f"{image}: no such kernel image")
        if not self.modules.is_dir():
            raise LabError(f"{modules}: no such module directory")

    def uncompressed(self):
        """The ELF file in the image, which a machine can begin with: emulated, it takes seconds to decompress itself.

        The image itself when it is packed in another way than Debian's are.
        """
        data = self.image.read_bytes()
        target = cache_dir() / "uncompressed" / hashlib.sha256(data).hexdigest()[:16]
        with packages.cache_lock():
            if not target.exists():
                elf = payload(data)
                if not elf:
                    return self.image
                target.parent.mkdir(parents=True, exist_ok=True)
                Path(f"{target}.new").write_bytes(elf)
                Path(f"{target}.new").rename(target)
        return target


def payload(image):
    """What a bzImage has packed as xz or zstd, if it is an ELF file; b"" of all else. Documentation/arch/x86/boot.rst"""
    try:
        offset, length = struct.unpack_from("<II", image, 0x248)
        start = (image[0x1f1] + 1) * 512 + offset
        packed = image[start:start + length - 4]    # the size of what was packed follows it
        if packed.startswith(b"\xfd7zXZ\0"):
            elf = lzma.decompress(packed)
        elif packed.startswith(b"\x28\xb5\x2f\xfd"):
            elf = packages.zstd(packed, "-d")
        else:
            return b""
    except (struct.error, IndexError, lzma.LZMAError, LabError):
        return b""
    return elf if elf.startswith(b"\x7fELF") else b""


def unpacked(name, suite, roots, follow):
    """Directory with the packages `roots` of a suite unpacked, downloaded at its first use."""
    target = cache_dir() / name
    with packages.cache_lock():
        if not target.exists():
            apt = packages.Apt(suite)
            if suite:
                apt.update()
            try:
                found = apt.closure(roots, follow)
            except packages.Unavailable:
                apt.update()
                found = apt.closure(roots, follow)
            apt.unpack(found, target)
    return target


def kernel(name):
    """The kernel a scenario names: one of KERNELS."""
    root = unpacked(f"kernel-{name}", KERNELS[name], ["linux-image-amd64"], KERNEL_PACKAGES)
    images = sorted(root.glob("boot/vmlinuz-*")) + sorted(root.glob("usr/lib/modules/*/vmlinuz"))
    modules = sorted(root.glob("lib/modules/*")) + sorted(root.glob("usr/lib/modules/*"))
    if not images or not modules:
        raise LabError(f"{root}: no kernel in the unpacked package")
    return Kernel(name, images[-1], modules[-1])


def guest_tools():
    """Directory tree with busybox, kexec-tools, makedumpfile and their libraries."""
    return unpacked("tools", None, ["busybox-static", "kexec-tools", "makedumpfile"], LIBRARIES)


def newest_kexec():
    """Directory tree with the newest kexec-tools and, since its libc is newer too, its own libraries and ld.so."""
    return unpacked("kexec-newest", KEXECS["newest"], ["kexec-tools"], LIBRARIES)


def helper(source):
    """A static guest program compiled from tests/crash/guest/SOURCE."""
    return _compiled(source, Path(source).stem, "-static")


def without_data(soname):
    """A library of that name in place of ICU's, of which 31 MB are data that nobody in a guest ever looks at."""
    version = soname.rpartition(".")[2]
    return _compiled("icudata.c", soname, "-shared", "-nostdlib", f"-Wl,-soname,{soname}", f"-DICU_DATA=icudt{version}_dat")


def _compiled(source, name, *options):
    path = GUEST / source
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    target = cache_dir() / "helpers" / digest / name
    with packages.cache_lock():
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            call([packages.program("gcc"), "-O2", "-Wall", "-Wextra", "-Werror", "-s", *options, "-o",
                  f"{target}.new", path])
            Path(f"{target}.new").rename(target)
    return target


def forget():
    """Drop every download, so that the next use gets the present versions."""
    with packages.cache_lock():
        for path in cache_dir().iterdir():
            if path.is_dir():
                shutil.rmtree(path)
