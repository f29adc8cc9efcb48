# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab's own two guests, a kernel and an initramfs each. The first initramfs contains the capture kernel and its initramfs."""

import re
import shlex
from pathlib import Path

from . import firmware, kernels
from .common import GUEST, LabError, built, call, program
from .crash import Crash
from .initramfs import Archive, add_modules, compress
from .moments import Symbols
from .sources import READ_SECONDS

CAPTURE_CMDLINE = ("reset_devices", "nr_cpus=1")
DISK_MODULES = {"nvme": ["nvme"], "virtio-blk": ["virtio_pci", "virtio_blk"], "none": []}
# --total-ms is generous: on a busy host an emulated CPU may pause for a second, and its clock goes on.
PROTECT = "kdump-quiesce exec{} --verbose --console {} --total-ms 20000 --"
CONF = " --conf /lab/conf"
DUMP_DISK_SIZE = 2 << 30


def common_cmdline(architecture):
    """Words for every kernel's command line. Without notests the kernel tests its ciphers for a third of a second."""
    return [f"console={architecture.console}", *architecture.cmdline, "cryptomgr.notests", "panic=-1"]


def first_cmdline(scenario):
    return " ".join([*common_cmdline(scenario.architecture), "quiet", f"crashkernel={scenario['crashkernel']}",
                     *scenario["cmdline"], *Crash.cmdline(scenario)])


class Own:
    """What a run asks of these guests. The capture kernel waits until it is told to save the dump."""

    READY, BEFORE_DUMP, DONE = r"LAB ready", r"LAB capture-status", r"LAB done"
    WAITS, PATIENCE = True, 1

    def __init__(self, scenario, options, work):
        self.scenario, self.options, self.work = scenario, options, work
        self.disk, self.symbols = work / "dump.img", None

    def boot(self):
        """(image, initrd, command line, disk or None) of the first kernel."""
        scenario, control, build, architecture = self.scenario, self.options.control, self.options.build, self.scenario.architecture
        given = kernels.Kernel("given", self.options.image, self.options.modules, architecture) if self.options.image else None
        first = given or kernels.kernel(scenario["kernel"], architecture)
        second = given or kernels.kernel(scenario["capture-kernel"] or scenario["kernel"], architecture)
        images = firmware.capture_images(scenario, control, second, build, self.work)
        self.symbols = Symbols(first.image, architecture)
        wanted = self.symbols.wanted() if Crash.watched(scenario) else []
        initrd = self.work / "initrd"
        initrd.write_bytes(first_initramfs(scenario, control, first, second, images, build, wanted))
        return firmware.first_image(scenario, first, self.work), initrd, first_cmdline(scenario), self._empty_disk()

    def _empty_disk(self):
        if self.scenario["dump-disk"] == "none":
            return None
        with open(self.disk, "wb") as handle:
            handle.truncate(DUMP_DISK_SIZE)
        call([program("mke2fs"), "-q", "-F", "-t", "ext4", "-O", "^has_journal,^metadata_csum", self.disk])
        return self.disk

    def fetch(self):
        """Copy all dumps and the capture kernel's log off the disk."""
        if self.scenario["dump"] == "none" or self.scenario["dump-disk"] == "none":
            return False
        listed = call([program("debugfs"), "-R", "ls -p /", self.disk], cwd=self.work)
        for name in re.findall(r"/(dump[^/]*|dmesg)/", listed):
            call([program("debugfs"), "-R", f"dump /{name} {name}", self.disk], cwd=self.work)
        return True


def config(scenario, control, symbols=()):
    """Settings for the guest's scripts, as shell assignments."""
    values = {
        "CONSOLE": scenario.architecture.console,
        "PROTECTED": "no" if control else "yes",
        "PROTECT": "" if control else PROTECT.format(CONF if scenario["conf"] else "", scenario.architecture.console),
        "CONF": CONF if scenario["conf"] else "",
        "CMDLINE": " ".join([*common_cmdline(scenario.architecture), *CAPTURE_CMDLINE, *scenario["capture-cmdline"]]),
        "EDU": scenario["edu"][0].split()[0] if scenario["edu"] else "none",
        "EDU_STORM": "messages" if scenario["edu-storm"] == "yes" else "",
        "NIC": "no" if scenario["nic"] == "none" else scenario["nic"].split()[0],
        "DISK_LOAD": "0" if scenario["disk-load"] == "none" else str(len(READ_SECONDS)),
        "DUMP_DISK": " ".join(DISK_MODULES[scenario["dump-disk"]]) if scenario["dump"] != "none" else "",
        "DUMP": scenario["dump"],
        "SETUP": Crash.setup(scenario),
        "CRASH": Crash.line(scenario),
        "SYMBOLS": "|".join(symbols),
    }
    return "".join(f"{key}={shlex.quote(value)}\n" for key, value in values.items())


def _base(scenario, control, kernel, modules, symbols=()):
    """The part that both guests share: busybox, init, the scenario's settings and the modules of their kernel."""
    archive, tools = Archive(scenario.architecture), kernels.guest_tools(scenario.architecture)
    archive.add("bin/busybox", tools / "bin/busybox", 0o755)
    archive.add("init", GUEST / "init", 0o755)
    archive.add("lab/guest.sh", GUEST / "guest.sh")
    archive.add("lab/config", config(scenario, control, symbols))
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


def lines(scenario, key):
    """A list key of the scenario as the text of a file."""
    return "".join(f"{line}\n" for line in scenario[key])


def _add_own(archive, name, build, roots):
    """Add a program of this project, with the libraries that it needs."""
    program = built(build, name)
    if not program:
        raise LabError(f"{name} is not built: run make, or pass --build DIR")
    archive.add_program(f"sbin/{name}", program, [program.parent, *roots])


def capture_initramfs(scenario, control, kernel, build):
    modules = ["ext4", *DISK_MODULES[scenario["dump-disk"]], *_sources_modules(scenario)]
    archive, tools = _base(scenario, control, kernel, modules), kernels.guest_tools(scenario.architecture)
    archive.add("lab/capture", lines(scenario, "capture"))
    archive.add("lab/dumps", lines(scenario, "also-dump"))
    if scenario["dump"] != "none":
        archive.add_program("sbin/makedumpfile", tools / "usr/bin/makedumpfile", [tools, "/"])
    if not control and any("iommu-reconcile" in line for line in scenario["capture"]):
        _add_own(archive, "iommu-reconcile", build, [tools, Path("/")])
    return compress(archive.pack())


def first_initramfs(scenario, control, kernel, capture_kernel, images, build, symbols):
    """The first kernel's initramfs, not compressed: decompressing would take the guest longer than reading.

    `images` are the files of /boot that the first kernel may load: the capture kernel, and images made from it. `symbols` are names
    of functions whose addresses the guest tells.
    """
    archive = _base(scenario, control, kernel, _sources_modules(scenario), symbols)
    tools = kernels.guest_tools(scenario.architecture)
    archive.add("lab/first", lines(scenario, "first"))
    archive.add("lab/load", lines(scenario, "load"))
    archive.add("lab/conf", lines(scenario, "conf"))
    if scenario["edu"]:
        archive.add("sbin/edu-dma", kernels.helper("edu-dma.c", scenario.architecture), 0o755)
    if scenario["disk-load"] != "none":
        archive.add("sbin/disk-load", kernels.helper("disk-load.c", scenario.architecture), 0o755)
    # A newer kexec needs a newer libc; the other programs run with it as well.
    newest = [kernels.newest_kexec(scenario.architecture)] if scenario["kexec"] == "newest" else []
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
