# SPDX-License-Identifier: GPL-2.0-or-later
"""One QEMU process: its command line from a scenario, its connections, its end.

QEMU runs under limits on address space and file size, ends when the lab ends, and is killed by its own pid only.
"""

import os
import re
import signal
import subprocess
import threading
import time

from .channels import Console, Listener, Monitor, QTest
from . import firmware
from .common import LabError, LabTrouble, program
from .iommus import IOMMUS
from .memory import GuestMemory
from .sources import METADATA, READ_SECONDS, READ_SIZE, FrameSender, write_numbered_disk

MAX_FILE_SIZE = 4 << 30
OVERHEAD = 6 << 30          # address space that QEMU maps beside the guest's RAM


def _device(kind, options, place, extra=""):
    """-device argument. A place in the scenario's options wins over `place`, the lab's choice."""
    if not re.search(r"\b(addr|bus)=", options):
        options = ",".join(filter(None, [options, place]))
    return ",".join(filter(None, [kind, extra, options]))


def _options(value):
    """The QEMU options behind the first word of an `edu`, `nic` or `disk-load` value."""
    return value.partition(" ")[2].strip()


def _available():
    """Bytes of memory that are available on this host."""
    with open("/proc/meminfo", encoding="ascii") as info:
        return int(re.search(r"MemAvailable:\s+(\d+)", info.read())[1]) << 10


_running = set()
_aborted = threading.Event()


def abort_all():
    """The lab was told to stop: end every machine now and let no other start."""
    _aborted.set()
    for machine in list(_running):
        machine.kill()


def aborted():
    return _aborted.is_set()


class Machine:
    """A running guest. Attributes: `console`, `monitor`, `qtest`, `memory` and, with a NIC, `frames`."""

    def __init__(self, scenario, work, kernel, initrd, cmdline, disk):
        self.work, self.scenario, self.frames, self.process = work, scenario, None, None
        self.architecture = scenario.architecture
        self.trace = work / "qemu.log"
        self._check_memory(scenario["memory"])
        self.memory = GuestMemory(scenario["memory"], self.architecture.ram)
        try:
            self.command = self._command(kernel, initrd, cmdline, disk)
            self._launch()
        except BaseException:
            self.close()
            raise

    def _launch(self):
        work, scenario = self.work, self.scenario
        listeners = {name: Listener(work / f"{name}.sock") for name in ("monitor", "qtest")}
        self.console = Console(work / "serial", work / "serial.log")
        limits = [program("prlimit"), f"--as={scenario['memory'] + OVERHEAD}", f"--fsize={MAX_FILE_SIZE}",
                  "--core=0", "--", program("setpriv"), "--pdeathsig", "KILL", "--"]
        with open(work / "qemu.err", "wb") as errors:
            self.process = subprocess.Popen([*limits, *self.command], stdin=subprocess.DEVNULL, stdout=errors,
                                            stderr=errors, cwd=work, pass_fds=[self.memory.fd])
        _running.add(self)
        if _aborted.is_set():
            raise LabError("interrupted")
        try:
            self.monitor = Monitor(listeners["monitor"].accept())
            self.qtest = QTest(listeners["qtest"].accept(), self.architecture)
        except LabError as error:
            raise LabTrouble(f"QEMU did not start: {self.last_words() or error}") from None

    @staticmethod
    def _check_memory(size):
        """Wait until the host has this much memory: other guests may end and free theirs."""
        deadline = time.monotonic() + 120
        while size > (available := _available()):
            if time.monotonic() > deadline or _aborted.is_set():
                raise LabError(f"the guest wants {size >> 20} MiB of memory, this host has {available >> 20} MiB free")
            time.sleep(1)

    def _command(self, kernel, initrd, cmdline, disk):
        scenario, size, architecture = self.scenario, self.scenario["memory"], self.scenario.architecture
        iommu, _, iommu_options = scenario["iommu"].partition(",")
        more, machine_more = firmware.arguments(scenario, self.work)
        machine = ",".join(filter(None, [scenario["machine"] + machine_more, IOMMUS[iommu].machine, "memory-backend=ram",
                                         architecture.machine_options]))
        command = [
            program(architecture.qemu), "-name", f"crash-lab-{scenario.name}", "-machine", machine,
            "-accel", "tcg,tb-size=256", "-cpu", scenario["cpu"], "-smp", str(scenario["cpus"]), "-m", f"{size >> 20}M",
            "-object", f"memory-backend-file,id=ram,size={size},mem-path=/proc/self/fd/{self.memory.fd},share=on",
            "-nodefaults", "-display", "none", "-no-reboot", "-no-user-config",
            "-chardev", "pipe,id=serial,path=serial", "-serial", "chardev:serial",
            "-chardev", "socket,id=monitor,path=monitor.sock", "-mon", "chardev=monitor,mode=control",
            "-qtest", "unix:qtest.sock", "-qtest-log", "/dev/null",
            "-msg", "timestamp=on", "-D", str(self.trace), "-d", "guest_errors,unimp",
            "-kernel", str(kernel), "-initrd", str(initrd), "-append", cmdline, *more,
        ]
        for event in (*IOMMUS[iommu].traces, *([architecture.interrupt] if scenario["edu-storm"] == "yes" else [])):
            command += ["-trace", event]
        for device in architecture.devices:
            command += ["-device", device]
        if IOMMUS[iommu].device:
            command += ["-device", ",".join(filter(None, [iommu, iommu_options]))]
        for device in scenario["device"]:
            command += ["-device", device]
        command += self._dump_disk(disk) + self._sources()
        return command

    def _dump_disk(self, disk):
        if not disk:
            return []
        kind = {"nvme": "nvme", "virtio-blk": "virtio-blk-pci,disable-legacy=on,iommu_platform=on"}[self.scenario["dump-disk"]]
        return ["-drive", f"if=none,id=dump,file={disk},format=raw,cache=unsafe",
                "-device", _device(kind, "", self.architecture.places["dump"], "drive=dump,serial=dump")]

    def _sources(self):
        scenario, out = self.scenario, []
        if scenario["disk-load"] != "none":
            image = self.work / "load.img"
            write_numbered_disk(image)
            out += ["-device", _device("nvme", _options(scenario["disk-load"]), self.architecture.places["disk-load"],
                                       "id=load-disk,serial=load")]
            for number, seconds in enumerate(READ_SECONDS):
                pace = f"throttling.bps-read={int(READ_SIZE / seconds)},throttling.bps-read-max={READ_SIZE}"
                out += ["-drive", f"if=none,id=load{number},file={image},format=raw,readonly=on,{pace}",
                        "-device", f"nvme-ns,bus=load-disk,drive=load{number},ms={METADATA},pi=1"]
        if scenario["nic"] != "none":
            kind = scenario["nic"].split()[0]
            self.frames = FrameSender(self.work / "frames.sock", self.work / "nic.sock")
            out += ["-netdev", "dgram,id=net,local.type=unix,local.path=nic.sock,remote.type=unix,remote.path=frames.sock",
                    "-device", _device(kind, _options(scenario["nic"]), self.architecture.places["nic"], "netdev=net,romfile=")]
        for text, name in zip(scenario["edu"], ("edu", "edu2")):
            out += ["-device", _device("edu", _options(text), self.architecture.places[name], "dma_mask=0xffffffffffffffff")]
        return out

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def killed(self):
        """Did QEMU crash: a failed assertion, an invalid access?"""
        return self.process is not None and self.process.poll() in (-signal.SIGABRT, -signal.SIGSEGV)

    def last_words(self):
        """QEMU's last message, without the warning that qtest beside TCG always gives."""
        text = (self.work / "qemu.err").read_text(encoding="utf-8", errors="backslashreplace")
        lines = [line for line in text.splitlines() if line.strip() and "g_timer_elapsed" not in line]
        return re.sub(r"^\S+Z qemu-system-\S+ ", "", lines[-1]) if lines else ""

    def stop(self):
        """Stop all CPUs. Return the program counter of each."""
        self.monitor.command("stop")
        return [int(found, 16) for found in re.findall(self.architecture.program_counter,
                                                          self.monitor.human("info registers -a"))]

    def go_on(self):
        self.monitor.command("cont")

    def finish(self, timeout):
        """Wait until QEMU ends by itself; False if it did not in time."""
        try:
            self.process.wait(timeout)
            return True
        except subprocess.TimeoutExpired:
            return False

    def kill(self):
        if self.alive():
            self.process.kill()
            self.process.wait()

    def close(self):
        """End the machine in whatever state it is, and free its resources."""
        self.kill()
        _running.discard(self)
        if self.process:
            self.console.finish()
        if self.frames:
            self.frames.stop()
            self.frames = None
        if self.memory:
            self.memory.close()
            self.memory = None
