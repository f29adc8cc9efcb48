# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels and kexec-tools for guests: which package each name in a scenario stands for, unpacked into the cache.

Also the guest helper programs of tests/crash/guest, compiled into the cache when their source changed.
"""

import hashlib
import shutil
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
    path = GUEST / source
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    target = cache_dir() / "helpers" / digest / path.stem
    with packages.cache_lock():
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            call([packages.program("gcc"), "-O2", "-Wall", "-Wextra", "-Werror", "-static", "-s", "-o",
                  f"{target}.new", path])
            Path(f"{target}.new").rename(target)
    return target


def forget():
    """Drop every download, so that the next use gets the present versions."""
    with packages.cache_lock():
        for path in cache_dir().iterdir():
            if path.is_dir():
                shutil.rmtree(path)
