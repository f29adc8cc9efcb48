# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian packages for the lab. Host programs are installed; packages for guests are only unpacked into the cache.

For other suites and architectures apt has its own configuration below the cache; the host's lists and sources stay as they are.
"""

import fcntl
import os
import re
import shutil
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path

from .common import LabError, Unavailable, cache_dir, call, program, search_path
from .terminal import say

# {host program: package that has it}
HOST_PROGRAMS = {
    "mke2fs": "e2fsprogs",
    "debugfs": "e2fsprogs",
    "e2fsck": "e2fsprogs",
    "mmdebstrap": "mmdebstrap",
    "zstd": "zstd",
    "dpkg-deb": "dpkg",
    "setpriv": "util-linux",
    "prlimit": "util-linux",
}

_threads = threading.RLock()


@contextmanager
def cache_lock():
    """Only one process, and one thread of it, fills the cache at a time."""
    with _threads, open(cache_dir() / "lock", "w", encoding="ascii") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def missing_host_packages(architectures):
    """Packages that this host lacks for running guests of these architectures."""
    programs, files = dict(HOST_PROGRAMS), {}
    for entry in architectures:
        programs |= {entry.qemu: entry.qemu_package, entry.compiler: entry.compiler_package}
        files[entry.libc] = entry.libc_package
    missing = {package for name, package in programs.items() if not shutil.which(name, path=search_path())}
    return sorted(missing | {package for path, package in files.items() if not os.path.exists(path)})


def ensure_host_programs(architectures):
    """Install missing host programs if root on a host with apt. Otherwise raise a LabError that names the packages."""
    missing = missing_host_packages(architectures)
    if not missing:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise LabError("install these packages first (or run `crash-lab prepare` as root on Debian): " + " ".join(missing))
    say("installing on this host: " + " ".join(missing))
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    install = ["apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=600", "install", "--no-install-recommends", *missing]
    try:
        call(install, timeout=900, env=environment)
    except LabError:
        call(["apt-get", "-q", "-o", "DPkg::Lock::Timeout=600", "update"], timeout=300, env=environment)
        call(install, timeout=900, env=environment)


class Apt:
    """apt of one suite: the host's own configuration, or an isolated one for another suite or another architecture.

    `suite` None is the host's release, `architecture` "" the host's own.
    """

    def __init__(self, suite=None, architecture=""):
        self.suite = suite or (host_release() if architecture else None)
        self.environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        if not shutil.which("apt-get"):
            raise Unavailable("this host has no apt: pass --kernel and --modules")
        if self.suite:
            self._isolate(self.suite, architecture)

    def _isolate(self, suite, architecture):
        root = cache_dir() / "apt" / (f"{suite}-{architecture}" if architecture else suite)
        for part in ("etc", "state/lists/partial", "cache/archives/partial"):
            (root / part).mkdir(parents=True, exist_ok=True)
        (root / "state/status").touch()
        mirror, keyring = host_mirror()
        signed = f"[signed-by={keyring}] " if keyring else ""
        (root / "etc/sources.list").write_text(f"deb {signed}{mirror} {suite} main\n", encoding="ascii")
        conf = root / "apt.conf"
        conf.write_text("".join(f'{key} "{value}";\n' for key, value in {
            "Dir::State": root / "state", "Dir::State::status": root / "state/status",
            "Dir::Cache": root / "cache", "Dir::Etc::sourcelist": root / "etc/sources.list",
            "Dir::Etc::sourceparts": "-", "Dir::Etc::preferences": "-", "Dir::Etc::preferencesparts": "-",
            "Acquire::Languages": "none", "APT::Sandbox::User": "root" if os.geteuid() == 0 else "",
            "Acquire::Retries": "2", "Acquire::http::Timeout": "30",
            **({"APT::Architecture": architecture, "APT::Architectures": architecture} if architecture else {}),
        }.items()), encoding="ascii")
        self.environment["APT_CONFIG"] = str(conf)

    def update(self):
        """Fetch the suite's package lists. Raises Unavailable if that fails."""
        if not self.suite:
            if os.geteuid() == 0:
                call(["apt-get", "-q", "-o", "DPkg::Lock::Timeout=600", "update"], timeout=300, env=self.environment)
            return
        try:
            call(["apt-get", "-q", "-o", "APT::Update::Error-Mode=any", "update"], timeout=300, env=self.environment)
        except LabError as error:
            raise Unavailable(f"suite {self.suite} cannot be reached: {error}") from None

    def depends(self, package):
        """(version, dependencies) of the newest candidate of a package. Of alternatives the first one counts."""
        try:
            text = call(["apt-cache", "show", "--no-all-versions", package], env=self.environment)
        except LabError:
            raise Unavailable(f"package {package} is not in {self.suite or 'the configured suites'}") from None
        version, names = "", []
        for line in text.splitlines():
            key, _, value = line.partition(": ")
            if key == "Version":
                version = value
            elif key in ("Depends", "Pre-Depends"):
                names += [re.split(r"[ |:(]", item.strip(), maxsplit=1)[0] for item in value.split(",")]
            elif not line and version:
                break
        return version, names

    def closure(self, packages, follow):
        """The packages and those of their dependencies, recursively, whose name matches `follow`."""
        found, wanted = {}, list(packages)
        while wanted:
            name = wanted.pop()
            if name in found:
                continue
            try:
                found[name], names = self.depends(name)
            except Unavailable:
                if name in packages:
                    raise
                continue
            wanted += [other for other in names if re.search(follow, other)]
        return found

    def unpack(self, packages, target):
        """Download packages and unpack them into one directory. It appears only when all are unpacked."""
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache_dir()) as work:
            say(f"downloading {' '.join(sorted(packages))}" + (f" from {self.suite}" if self.suite else ""))
            try:
                call(["apt-get", "-q", "download", *sorted(packages)], timeout=900, cwd=work, env=self.environment)
            except LabError as error:
                raise Unavailable(f"download failed: {error}") from None
            root = Path(work) / "root"
            root.mkdir()
            root.chmod(0o755)
            for deb in sorted(Path(work).glob("*.deb")):
                call([program("dpkg-deb"), "-x", deb, root], timeout=600)
            root.rename(target)


def _archives():
    """(label, URI, suite, keyring) of the Debian archives that this host uses, component main only."""
    text = call(["apt-get", "indextargets", "--format", "$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(REPO_URI)|$(RELEASE)|$(SIGNED_BY)",
                 "Created-By: Packages"])
    default = "/usr/share/keyrings/debian-archive-keyring.gpg"
    found = []
    for line in text.splitlines():
        origin, label, component, uri, suite, signed = (line.split("|") + [""] * 6)[:6]
        if origin == "Debian" and component == "main":
            signed = signed if signed.startswith("/") else default
            found.append((label, uri, suite, signed if os.path.exists(signed) else ""))
    return found


def host_mirror():
    """(URI, keyring) of the Debian archive that this host itself uses."""
    for label, uri, _, keyring in _archives():
        if label == "Debian":
            return uri, keyring
    raise Unavailable("no Debian archive is configured on this host")


def host_release():
    """Suite of the host's own release."""
    for label, _, suite, _ in _archives():
        if label == "Debian" and "backports" not in suite:
            return suite
    raise Unavailable("no Debian archive is configured on this host")


def host_sources():
    """Lines of a sources.list with the host's own release and its security updates."""
    lines = [f"deb {f'[signed-by={keyring}] ' if keyring else ''}{uri} {suite} main"
             for label, uri, suite, keyring in _archives() if label in ("Debian", "Debian-Security") and "backports" not in suite]
    if not lines:
        raise Unavailable("no Debian archive is configured on this host")
    return lines
