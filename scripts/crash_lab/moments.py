# SPDX-License-Identifier: GPL-2.0-or-later
"""Ways in which the first kernel dies, for the scenario key `moment` and for the campaign.

If a kernel has no way to crash there by itself, the host writes machine code into one of its functions in the guest's memory. That
works with every kernel, without a module. The guest tells once per kernel where its functions are; the cache keeps the answer.
"""

import hashlib
import json
import os
import time
from dataclasses import dataclass
from typing import Callable

from .common import LabError, cache_dir
from .iommus import IOMMUS



def _named(*names):
    return lambda architecture: names


def _of_iommus(what):
    """One function of each IOMMU driver: `release` or `flush`."""
    return lambda architecture: tuple(filter(None, (getattr(IOMMUS[name], what) for name in architecture.iommus)))


# A harmless SysRq key, and the function that handles it in all kernels.
KEY, HANDLER = "echo 4 >/proc/sysrq-trigger", _named("sysrq_handle_loglevel")
REMOVE = 'for path in /sys/bus/pci/devices/*; do [ -e "$path/net" ] && echo 1 >"$path/remove"; done'


@dataclass(frozen=True)
class Moment:
    """`setup` is a shell line that the guest runs shortly before the crash, `trigger` the line that it runs when told to crash.
    `code` names machine code of the architecture; it is planted in those of `functions` that the kernel has. `host` is what the
    host does then: "nmi" or "machine_check". `cmdline` are words for the first kernel's command line. `needs` is what the machine
    must have, see draw.py.
    """
    help: str
    setup: str = ""
    trigger: str = ":"
    code: str = ""
    functions: Callable = _named()
    host: str = ""
    cmdline: tuple = ()
    needs: tuple = ()


def _set(**sysctls):
    return "".join(f"echo {value} >/proc/sys/kernel/{name}; " for name, value in sysctls.items())


FATAL = _set(panic_on_oops=1)

MOMENTS = {
    "sysrq": Moment("SysRq c", trigger="echo c >/proc/sysrq-trigger"),
    "init-dies": Moment("the first process ends", trigger="exit 1"),
    "null": Moment("a NULL pointer is read in a system call", FATAL, KEY, "null", HANDLER),
    "stack": Moment("the stack pointer is lost in a system call: a double fault", FATAL, KEY, "no-stack", HANDLER),
    "interrupt": Moment("an invalid opcode in the timer interrupt", FATAL, ":", "undefined", _named("update_process_times")),
    "softirq": Moment("a NULL pointer is read in a soft interrupt", FATAL, ":", "null", _named("run_timer_softirq")),
    "soft-lockup": Moment("a CPU never leaves a soft interrupt; the watchdog panics",
                          _set(watchdog_thresh=1, softlockup_panic=1), ":", "spin", _named("run_timer_softirq")),
    "hard-lockup": Moment("a CPU spins with interrupts off in a system call, until the NMI button is pressed",
                          _set(unknown_nmi_panic=1), KEY, "spin-deaf", HANDLER, "nmi", needs=("nmi",)),
    "nmi": Moment("the NMI button is pressed on a machine that runs", _set(unknown_nmi_panic=1), host="nmi",
                  needs=("nmi",)),
    "machine-check": Moment("an uncorrected machine check", host="machine_check", needs=("machine_check",)),
    "iommu": Moment("an invalid opcode where the IOMMU driver flushes, in the network card's soft interrupt", FATAL, ":",
                    "undefined",
                    _of_iommus("flush"), cmdline=("iommu.strict=1",), needs=("nic", "translation")),
    "suspend": Moment("a NULL pointer is read while devices are suspended", FATAL + "echo platform >/sys/power/pm_test",
                      "echo freeze >/sys/power/state", "null", _named("pci_pm_suspend_noirq"), cmdline=("no_console_suspend",)),
    "unplug": Moment("a NULL pointer is read where the IOMMU driver lets go of a card that is removed", FATAL, REMOVE, "null",
                     _of_iommus("release"), needs=("nic", "iommu")),
    "unbind": Moment("a NULL pointer is read while a card's driver is taken off", FATAL, REMOVE, "null",
                     _named("pci_device_remove"),
                     needs=("nic",)),
    "loading": Moment("a NULL pointer is read while a second load is about to replace the first", FATAL,
                      'run_script load --command-line="$CMDLINE" --initrd=/boot/initrd /boot/vmlinuz', "null",
                      # `kexec -a` tries both.
                      lambda architecture: architecture.system_calls("kexec_load", "kexec_file_load")),
}


def symbols(architecture):
    """Names of all functions that the moments need."""
    return sorted({architecture.gate, *(name for moment in MOMENTS.values() for name in moment.functions(architecture))})


class Symbols:
    """Offsets of one kernel's functions from its first byte. A guest tells them once; the cache keeps them."""

    def __init__(self, image, architecture):
        self.names = symbols(architecture)
        digest = hashlib.sha256(image.read_bytes() + " ".join(self.names).encode()).hexdigest()[:16]
        self.path = cache_dir() / "symbols" / f"{digest}.json"
        self.offsets, self.text = {}, 0
        if self.path.exists():
            self.offsets = json.loads(self.path.read_text(encoding="ascii"))

    def wanted(self):
        """Names that the guest must look up: none if the cache has them."""
        return [] if self.offsets else ["_text", *self.names]

    def learn(self, found):
        """Learn the offsets from virtual addresses in the guest's running kernel, {name: address}."""
        if not found or "_text" not in found:
            return
        self.offsets = {name: address - found["_text"] for name, address in found.items()}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = self.path.with_suffix(f".{os.getpid()}.{time.monotonic_ns()}")
        new.write_text(json.dumps(self.offsets), encoding="ascii")
        new.rename(self.path)

    def physical(self, name):
        """Physical address of a function. `self.text` is the physical address of the kernel's first byte."""
        if name not in self.offsets or not self.text:
            raise LabError(f"this kernel has no function {name}")
        return self.text + self.offsets[name]

    def places(self, names):
        """Physical addresses of the functions that the kernel has. A LabError if it has none of them."""
        return [self.physical(name) for name in names if name in self.offsets] or [self.physical(name) for name in names]

    def virtual_low(self, name):
        """The lower 21 bits of its virtual address, which are known: kernels are placed at multiples of 2 MiB."""
        return self.physical(name) & 0x1fffff


class Gate:
    """Holds the crashed kernel in its last function. That proves the crash without the console, and faults are injected there."""

    def __init__(self, machine, symbols):
        gate, spin = machine.architecture.gate, machine.architecture.code["spin"]
        self.machine, self.address, self.low = machine, symbols.physical(gate), symbols.virtual_low(gate)
        self.line, self.cpu = len(machine.console.text()), 0
        self.code = machine.qtest.read(self.address, len(spin))
        machine.qtest.write_bytes(self.address, spin)

    def reached(self, words, seconds):
        """Wait until a CPU is in the gate, and stop the machine there. False if none comes in time, or the guest reports a failure.

        Stopping a machine completes the disk reads in flight, however slow the disks are set. So for half of the time the machine
        is not stopped, unless the console shows `words`: the kernel is dying.
        """
        limit = time.monotonic() + seconds
        self.machine.console.wait(f"{words}|LAB failed", self.line, limit - seconds / 2)
        while time.monotonic() < limit and not self.machine.console.wait("LAB failed", self.line, time.monotonic()):
            for cpu, pc in enumerate(self.machine.stop()):
                if pc & 0x1fffff == self.low and pc >> 63:
                    self.cpu = cpu
                    return True
            self.machine.go_on()
            time.sleep(0.05)
        return False

    def open(self):
        self.machine.qtest.write_bytes(self.address, self.code)
        self.machine.go_on()


def strike(moment, machine, symbols):
    """The host's part before the guest runs its trigger: plant the code."""
    chosen, architecture = MOMENTS[moment], machine.architecture
    for address in symbols.places(chosen.functions(architecture)):
        machine.qtest.write_bytes(address, architecture.code[chosen.code])


def press(moment, machine):
    """The host's part after the guest began with its trigger: NMI or machine check."""
    if not MOMENTS[moment].host:
        return
    time.sleep(1)
    if MOMENTS[moment].host == "nmi":
        machine.monitor.command("inject-nmi")
    else:
        machine.architecture.machine_check(machine.monitor, 0)
