# SPDX-License-Identifier: GPL-2.0-or-later
"""Puts a scenario's two guests together: the initramfs of the first kernel carries that of the capture kernel."""

import shlex
from pathlib import Path

from . import kernels
from .crash import Crash
from .common import GUEST, TOP, LabError
from .initramfs import Archive, add_modules, compress
from .sources import READ_SECONDS

# Debian's words for a guest under emulation: its timer check fails on a busy host.
# Its tests of ciphers that nobody uses take a third of a second.
COMMON_CMDLINE = "console=ttyS0 no_timer_check cryptomgr.notests panic=-1"
CAPTURE_CMDLINE = COMMON_CMDLINE + " reset_devices nr_cpus=1"
DISK_MODULES = {"nvme": ["nvme"], "virtio-blk": ["virtio_pci", "virtio_blk"], "none": []}
PROTECT = "kdump-quiesce exec{} --verbose --console ttyS0 --"
CONF = " --conf /lab/conf"


def built(build, name):
    """A program of this project in its build directory (behind libtool's wrapper, if any); None when it is not there."""
    places = [Path(build)] if build else [TOP / "build", TOP]
    for place in places:
        for path in (place / ".libs" / name, place / name):
            if path.is_file():
                return path.absolute()
    return None


def first_cmdline(scenario):
    return " ".join([COMMON_CMDLINE, "quiet", f"crashkernel={scenario['crashkernel']}", *scenario["cmdline"],
                     *Crash.cmdline(scenario)])


def _config(scenario, control, symbols):
    values = {
        "PROTECTED": "no" if control else "yes",
        "PROTECT": "" if control else PROTECT.format(CONF if scenario["conf"] else ""),
        "CONF": CONF if scenario["conf"] else "",
        "CMDLINE": " ".join([CAPTURE_CMDLINE, *scenario["capture-cmdline"]]),
        "EDU": scenario["edu"][0].split()[0] if scenario["edu"] else "none",
        "EDU_STORM": "messages" if scenario["edu-storm"] == "yes" else "",
        "NIC": "no" if scenario["nic"] == "none" else scenario["nic"].split()[0],
        "DISK_LOAD": "0" if scenario["disk-load"] == "none" else str(len(READ_SECONDS)),
        "DUMP_DISK": " ".join(DISK_MODULES[scenario["dump-disk"]]) if scenario["dump"] != "none" else "",
        "DUMP": scenario["dump"],
        "CRASH": Crash.line(scenario),
        "SYMBOLS": "|".join(symbols),
    }
    return "".join(f"{key}={shlex.quote(value)}\n" for key, value in values.items())


def _base(scenario, control, kernel, modules, symbols=()):
    """What both guests have: busybox, init, the scenario's settings and the modules of their kernel."""
    archive, tools = Archive(), kernels.guest_tools()
    archive.add("bin/busybox", tools / "bin/busybox", 0o755)
    archive.add("init", GUEST / "init", 0o755)
    archive.add("lab/config", _config(scenario, control, symbols))
    add_modules(archive, kernel, [*modules, *scenario["module"]])
    return archive


def _sources_modules(scenario):
    modules = []
    if scenario["nic"] != "none":
        modules.append(scenario["nic"].split()[0])
    if scenario["disk-load"] != "none":
        modules.append("nvme")
    if any(text.startswith("translated") for text in scenario["edu"]):
        modules += ["vfio", "vfio_iommu_type1", "vfio_pci"]
    return modules


def _lines(scenario, key):
    return "".join(f"{line}\n" for line in scenario[key])


def _add_own(archive, name, build, roots):
    """A program of this project, with the libraries that it needs."""
    program = built(build, name)
    if not program:
        raise LabError(f"{name} is not built: run make, or pass --build DIR")
    archive.add_program(f"sbin/{name}", program, [program.parent, *roots])


def capture_initramfs(scenario, control, kernel, build):
    modules = ["ext4", *DISK_MODULES[scenario["dump-disk"]], *_sources_modules(scenario)]
    archive, tools = _base(scenario, control, kernel, modules), kernels.guest_tools()
    archive.add("lab/capture", _lines(scenario, "capture"))
    archive.add("lab/dumps", _lines(scenario, "also-dump"))
    if scenario["dump"] != "none":
        archive.add_program("sbin/makedumpfile", tools / "usr/bin/makedumpfile", [tools, "/"])
    if not control and any("iommu-reconcile" in line for line in scenario["capture"]):
        _add_own(archive, "iommu-reconcile", build, [tools, Path("/")])
    return compress(archive.pack())


def first_initramfs(scenario, control, kernel, capture_kernel, images, build, symbols):
    """The first kernel's initramfs, as it is: unpacking it would take the guest longer than reading it.

    `images` are the files of /boot that the first kernel may load: the capture kernel, and what was made of it. `symbols` are
    names of functions that it says where they are.
    """
    archive, tools = _base(scenario, control, kernel, _sources_modules(scenario), symbols), kernels.guest_tools()
    archive.add("lab/first", _lines(scenario, "first") + Crash.setup(scenario))
    archive.add("lab/load", _lines(scenario, "load"))
    archive.add("lab/conf", _lines(scenario, "conf"))
    if scenario["edu"]:
        archive.add("sbin/edu-dma", kernels.helper("edu-dma.c"), 0o755)
    if scenario["disk-load"] != "none":
        archive.add("sbin/disk-load", kernels.helper("disk-load.c"), 0o755)
    # A newer kexec brings a newer libc, which the other programs run with as well.
    newest = [kernels.newest_kexec()] if scenario["kexec"] == "newest" else []
    roots = [*newest, tools, Path("/")]
    archive.add_program("sbin/kexec", next(root / directory / "kexec" for root in roots for directory in
                                           ("usr/sbin", "sbin") if (root / directory / "kexec").exists()), roots)
    if not control:
        _add_own(archive, "kdump-quiesce", build, roots)
        if any("iommu-inspect" in line for line in scenario["first"]):
            _add_own(archive, "iommu-inspect", build, roots)
    for name, path in images.items():
        archive.add(f"boot/{name}", path)
    archive.add("boot/initrd", capture_initramfs(scenario, control, capture_kernel, build))
    return archive.pack()
