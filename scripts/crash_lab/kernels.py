# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels and kexec-tools for guests: packages for the names in scenarios, unpacked into the cache.

Also compiles the guest programs of tests/crash/guest into the cache when their source changed.
"""

import hashlib
import platform
import shutil
from pathlib import Path

from . import packages
from .common import GUEST, LabError, cache_dir, call, program

# {name in a scenario: suite that it is downloaded from; None: the host's own release}
KERNELS = {"default": None, "6.12": "bookworm-backports", "newest": "sid"}
KEXECS = {"default": None, "newest": "sid"}

KERNEL_PACKAGES = r"^linux-(image|binary|modules)-"
LIBRARIES = r"^(lib|zlib1g)"


class Kernel:
    """A kernel image, the directory of its modules, and its name in the scenario."""

    def __init__(self, name, image, modules, architecture):
        self.name, self.image, self.modules, self.architecture = name, Path(image), Path(modules), architecture
        if not self.image.is_file():
            raise LabError(f"{image}: no such kernel image")
        if not self.modules.is_dir():
            raise LabError(f"{modules}: no such module directory")

    def uncompressed(self):
        """The ELF file that is packed in the image. Starting with it saves the seconds that an emulated CPU decompresses.

        The image itself if it is packed in another way than Debian's are.
        """
        data = self.image.read_bytes()
        target = cache_dir() / "uncompressed" / hashlib.sha256(data).hexdigest()[:16]
        with packages.cache_lock():
            if not target.exists():
                elf = self.architecture.payload(data)
                if not elf:
                    return self.image
                target.parent.mkdir(parents=True, exist_ok=True)
                Path(f"{target}.new").write_bytes(elf)
                Path(f"{target}.new").rename(target)
        return target


def unpacked(name, suite, roots, follow, architecture):
    """Directory with the packages `roots` of a suite unpacked. Downloaded at the first use."""
    own = architecture.name == platform.machine()
    # Packages of other architectures lie apart: tests/kernel-images must not find their kernels.
    target = cache_dir() / ("" if own else architecture.debian) / name
    with packages.cache_lock():
        if not target.exists():
            apt = packages.Apt(suite, "" if own else architecture.debian)
            if suite or not own:
                apt.update()
            try:
                found = apt.closure(roots, follow)
            except packages.Unavailable:
                apt.update()
                found = apt.closure(roots, follow)
            apt.unpack(found, target)
    return target


def kernel(name, architecture):
    """The kernel that a scenario names: one of KERNELS."""
    root = unpacked(f"kernel-{name}", KERNELS[name], [architecture.kernel_package], KERNEL_PACKAGES, architecture)
    images = [path for pattern in architecture.kernel_images for path in sorted(root.glob(pattern))]
    modules = sorted(root.glob("lib/modules/*")) + sorted(root.glob("usr/lib/modules/*"))
    if not images or not modules:
        raise LabError(f"{root}: no kernel in the unpacked package")
    return Kernel(name, images[-1], modules[-1], architecture)


def guest_tools(architecture):
    """Directory tree with busybox, kexec-tools, makedumpfile and their libraries."""
    return unpacked("tools", None, ["busybox-static", "kexec-tools", "makedumpfile"], LIBRARIES, architecture)


def newest_kexec(architecture):
    """Directory tree with the newest kexec-tools and, since its libc is newer too, its own libraries and ld.so."""
    return unpacked("kexec-newest", KEXECS["newest"], ["kexec-tools"], LIBRARIES, architecture)


def helper(source, architecture):
    """A static guest program compiled from tests/crash/guest/SOURCE."""
    return _compiled(architecture, source, Path(source).stem, "-static")


def without_data(soname, architecture):
    """An empty library of that name in place of ICU's data (31 MB), which no program of the guests reads."""
    version = soname.rpartition(".")[2]
    return _compiled(architecture, "icudata.c", soname, "-shared", "-nostdlib", f"-Wl,-soname,{soname}",
                     f"-DICU_DATA=icudt{version}_dat")


def _compiled(architecture, source, name, *options):
    path = GUEST / source
    digest = hashlib.sha256(path.read_bytes() + architecture.name.encode()).hexdigest()[:16]
    target = cache_dir() / "helpers" / digest / name
    with packages.cache_lock():
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            call([program(architecture.compiler), "-O2", "-Wall", "-Wextra", "-Werror", "-s", *options, "-o",
                  f"{target}.new", path])
            Path(f"{target}.new").rename(target)
    return target


def forget():
    """Remove every download, so that the next use gets the present versions."""
    with packages.cache_lock():
        for path in cache_dir().iterdir():
            if path.is_dir():
                shutil.rmtree(path)
