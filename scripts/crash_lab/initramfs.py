# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds a guest's initramfs: busybox, programs with their libraries, kernel modules with their dependencies.

The archive is written directly (cpio "newc"), so no root rights and no cpio program are needed.
"""

import functools
import gzip
import lzma
import re
import stat
from functools import lru_cache
from pathlib import Path

from . import elf, kernels
from .common import zstd


class Archive:
    """A file tree that becomes a cpio archive; directories are added as they are needed."""

    def __init__(self, architecture):
        self.architecture, self.entries = architecture, {}

    def add(self, name, content, mode=0o644):
        """Add a file: bytes, text, or the path of a host file."""
        name = name.strip("/")
        if isinstance(content, Path):
            content = content.read_bytes()
        elif isinstance(content, str):
            content = content.encode()
        for i in range(1, len(name.split("/"))):
            self.directory("/".join(name.split("/")[:i]))
        self.entries[name] = (stat.S_IFREG | mode, content)

    def directory(self, name):
        self.entries.setdefault(name.strip("/"), (stat.S_IFDIR | 0o755, b""))

    def add_program(self, name, source, roots):
        """Add an executable as `name`, with its libraries and its interpreter in the places where they are looked for."""
        source, directories = Path(source), self.architecture.library_directories
        self.add(name, source, 0o755)
        interpreter, _ = elf.dynamic(source)
        if interpreter:
            soname = Path(interpreter).name
            self.add(interpreter, elf.find_library(soname, roots, directories, source), 0o755)
        for soname, path in elf.libraries([source], roots, directories).items():
            if soname.startswith("libicudata.so"):
                path = kernels.without_data(soname, self.architecture)
            self.add(f"{directories[0]}/{soname}", path, 0o755)

    def pack(self):
        """The archive as bytes, uncompressed."""
        out = []
        for inode, (name, (mode, content)) in enumerate([*sorted(self.entries.items()), ("TRAILER!!!", (0, b""))], 1):
            raw = name.encode() + b"\0"
            fields = (inode, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(raw), 0)
            head = b"070701" + b"".join(b"%08x" % value for value in fields) + raw
            out += [head, b"\0" * (-len(head) % 4), content, b"\0" * (-len(content) % 4)]
        data = b"".join(out)
        return data + b"\0" * (-len(data) % 512)


def compress(data):
    """Compress with zstd; padded to 4 bytes, where the kernel looks for a further archive."""
    packed = zstd(data, "-6")
    return packed + b"\0" * (-len(packed) % 4)


@functools.lru_cache(maxsize=None)
def _module_files(directory):
    """{name: file} of a module tree. Cached: the tree is walked once, not for each guest."""
    return {path.name.split(".")[0].replace("-", "_"): path for path in Path(directory).rglob("*.ko*")}


class Modules:
    """A kernel's module tree. Dependencies are read from the modules themselves, so depmod need not have run."""

    def __init__(self, directory):
        self.files = _module_files(str(directory))

    @staticmethod
    @lru_cache(maxsize=256)
    def read(path):
        if path.suffix == ".xz":
            return lzma.decompress(path.read_bytes())
        if path.suffix == ".gz":
            return gzip.decompress(path.read_bytes())
        if path.suffix == ".zst":
            return zstd(path.read_bytes(), "-d")
        return path.read_bytes()

    def load_order(self, names, providers):
        """[(module, content)] of the named modules with what they depend on, dependencies first.

        A name without a file is assumed to be built in. `providers` maps names that are no modules to the modules that provide
        them.
        """
        order, seen = [], set()

        def visit(name):
            name = name.replace("-", "_")
            if name in seen:
                return
            seen.add(name)
            if name not in self.files:
                for provider in providers.get(name, []):
                    visit(provider)
                return
            content = self.read(self.files[name])
            for other in _dependencies(content):
                visit(other)
            order.append((name, content))

        for name in names:
            visit(name)
        return order


def _dependencies(content):
    found = re.search(rb"\0depends=([^\0]*)\0", content)
    names = found.group(1).decode().split(",") if found else []
    for soft in re.findall(rb"\0softdep=pre: ([^\0]*)\0", content):
        names += soft.decode().split(" post:")[0].split()
    return [name for name in names if name]


@lru_cache(maxsize=None)
def _modules(directory):
    """Cached: walking a tree of thousands of files takes a noticeable part of a run."""
    return Modules(directory)


def add_modules(archive, kernel, names):
    """Add modules, and for each the list of modules to load in order, for the guest's `load_module NAME`."""
    modules = _modules(kernel.modules)
    for name in names:
        order = modules.load_order([name], archive.architecture.crypto_providers)
        for module, content in order:
            archive.add(f"modules/{module}.ko", content)
        archive.add(f"modules/{name.replace('-', '_')}.order", "".join(f"{module}\n" for module, _ in order))
