# SPDX-License-Identifier: GPL-2.0-or-later
"""A distribution as the first system. Its own kdump scripts save the dump; the lab reads the disk afterwards.

Nothing of the lab runs in the capture kernel. The lab watches it through the console, memory and devices.
"""

import shutil

from . import debian, guest, kernels
from .common import GUEST, LabError, Unavailable, call, program, run_program
from .moments import Symbols
from .terminal import text_of

CORES = "var/crash"
CMDLINE = f"root=LABEL={debian.LABEL} rw net.ifnames=0 quiet"


class Debian:
    """Debian with kdump-tools, and with this project's package unless it is a control run."""

    READY, BEFORE_DUMP, DONE = r"Run /init as init process", r"running makedumpfile", r"reboot: Restarting system|sysrq: Resetting"
    WAITS, PATIENCE = False, 3      # systemd boots twice; the lab's own guests have a shell
    dracut = False

    def __init__(self, scenario, options, work):
        self.scenario, self.options, self.work, self.architecture = scenario, options, work, scenario.architecture
        self.disk, self.symbols = None, None

    def boot(self):
        """(image, initrd, command line, disk) of the first kernel."""
        if self.options.image:
            raise Unavailable("a distribution's kernel is its own: not with --kernel")
        image = debian.copy(self.architecture, self.options.control, self.options.build, self.dracut, self.work / "system")
        self.disk = image.disk
        self.symbols = Symbols(image.kernel.image, self.architecture)
        self._add_lab()
        kernel = image.kernel.image if self.scenario["boot"] == "image" else image.kernel.uncompressed()
        cmdline = [CMDLINE, *guest.common_cmdline(self.architecture), f"crashkernel={self.scenario['crashkernel']}",
                   *self.scenario["cmdline"]]
        return kernel, image.initrd, " ".join(cmdline), self.disk

    def _add_lab(self):
        """Write the lab's scripts and their settings onto the disk, without mounting it."""
        files = {"debian": GUEST / "debian", "guest.sh": GUEST / "guest.sh",
                 "edu-dma": kernels.helper("edu-dma.c", self.architecture),
                 "disk-load": kernels.helper("disk-load.c", self.architecture)}
        texts = {"config": guest.config(self.scenario, self.options.control), "first": guest.lines(self.scenario, "first"),
                 "load": guest.lines(self.scenario, "load")}
        for name, text in texts.items():
            files[name] = self.work / f"lab-{name}"
            files[name].write_text(text, encoding="utf-8")
        commands = [f"write {path} /lab/{name}" for name, path in files.items()]
        script = self.work / "debugfs"
        script.write_text("\n".join(commands) + "\n", encoding="utf-8")
        call([program("debugfs"), "-w", "-f", script, self.disk])

    def fetch(self):
        """Copy /var/crash off the disk, after replaying the file system's journal."""
        status, out, err = run_program([program("e2fsck"), "-p", self.disk])
        if status & ~1:
            raise LabError(f"the guest's file system: {text_of(out + err).strip()[:200]}")
        call([program("debugfs"), "-R", f"rdump /{CORES} {self.work}", self.disk])
        crash = self.work / "crash"
        for name, pattern in {"dump": "2*/dump.*", "crash-dmesg": "2*/dmesg.*", "report": "kdump-quiesce.*.txt",
                              "snapshot": "kdump-quiesce.*.elf", "reconcile-log": "kdump-quiesce.*.log"}.items():
            for path in sorted(crash.glob(pattern))[-1:]:
                path.rename(self.work / name)
        shutil.rmtree(crash, ignore_errors=True)
        return True


class Dracut(Debian):
    """The same, with a capture initramfs that dracut built."""

    dracut = True
