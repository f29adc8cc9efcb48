# SPDX-License-Identifier: GPL-2.0-or-later
"""Ways in which the first kernel dies, for the scenario key `moment` and for the campaign.

Where a kernel offers no way to die of its own, machine code is planted in one of its functions: the host writes it into the
guest's memory, so that every kernel will do, without a module. Where functions are is asked of a guest once for each kernel,
and kept.
"""

import hashlib
import json
import os
import time
from dataclasses import dataclass

from .common import LabError, cache_dir

UNDEFINED = b"\x0f\x0b"                              # ud2
NULL = b"\x8b\x04\x25\x00\x00\x00\x00"               # mov 0x0, %eax
SPIN = b"\xeb\xfe"                                   # jmp to itself
SPIN_DEAF = b"\xfa\xeb\xfe"                          # cli, and the same
NO_STACK = b"\x31\xe4\x50"                           # xor %esp, %esp; push %rax

GATE = "machine_kexec"      # the last C function of the crashed kernel, on the CPU that crashed

# A harmless letter of SysRq, and the function behind it in all kernels.
KEY, HANDLER = "echo 4 >/proc/sysrq-trigger", ("sysrq_handle_loglevel",)
RELEASE = ("amd_iommu_release_device", "intel_iommu_release_device")
FLUSH = ("amd_iommu_iotlb_sync", "qi_submit_sync")
LOAD = ("__x64_sys_kexec_load", "__x64_sys_kexec_file_load")        # `kexec -a` tries one after the other
REMOVE = 'for path in /sys/bus/pci/devices/*; do [ -e "$path/net" ] && echo 1 >"$path/remove"; done'


@dataclass(frozen=True)
class Moment:
    """`setup` is a shell line that the guest runs shortly before, `trigger` the one when it is told to crash. `code` is planted
    in those of `functions` that the kernel has. `host` is what the host does then: "nmi" or "mce". `cmdline` are words that the
    first kernel needs; `needs` what the machine must have, see draw.py.
    """
    help: str
    setup: str = ""
    trigger: str = ":"
    code: bytes = b""
    functions: tuple = ()
    host: str = ""
    cmdline: tuple = ()
    needs: tuple = ()


def _set(**sysctls):
    return "".join(f"echo {value} >/proc/sys/kernel/{name}; " for name, value in sysctls.items())


FATAL = _set(panic_on_oops=1)

MOMENTS = {
    "sysrq": Moment("SysRq c", trigger="echo c >/proc/sysrq-trigger"),
    "init-dies": Moment("the first process ends", trigger="exit 1"),
    "null": Moment("a NULL pointer is read in a system call", FATAL, KEY, NULL, HANDLER),
    "stack": Moment("the stack pointer is lost in a system call: a double fault", FATAL, KEY, NO_STACK, HANDLER),
    "interrupt": Moment("an invalid opcode in the timer interrupt", FATAL, ":", UNDEFINED, ("update_process_times",)),
    "softirq": Moment("a NULL pointer is read in a soft interrupt", FATAL, ":", NULL, ("run_timer_softirq",)),
    "soft-lockup": Moment("a CPU never leaves a soft interrupt; the watchdog panics",
                          _set(watchdog_thresh=1, softlockup_panic=1), ":", SPIN, ("run_timer_softirq",)),
    "hard-lockup": Moment("a CPU spins with interrupts off in a system call, until the NMI button is pressed",
                          _set(unknown_nmi_panic=1), KEY, SPIN_DEAF, HANDLER, "nmi"),
    "nmi": Moment("the NMI button is pressed on a machine that runs", _set(unknown_nmi_panic=1), host="nmi"),
    "machine-check": Moment("an uncorrected machine check", host="mce"),
    "iommu": Moment("an invalid opcode where the IOMMU driver flushes, in the network card's soft interrupt", FATAL, ":", UNDEFINED,
                    FLUSH, cmdline=("iommu.strict=1",), needs=("nic", "translation")),
    "suspend": Moment("a NULL pointer is read while devices are suspended", FATAL + "echo platform >/sys/power/pm_test",
                      "echo freeze >/sys/power/state", NULL, ("pci_pm_suspend_noirq",), cmdline=("no_console_suspend",)),
    "unplug": Moment("a NULL pointer is read where the IOMMU driver lets go of a card that is removed", FATAL, REMOVE, NULL,
                     RELEASE, needs=("nic", "iommu")),
    "unbind": Moment("a NULL pointer is read while a card's driver is taken off", FATAL, REMOVE, NULL, ("pci_device_remove",),
                     needs=("nic",)),
    "loading": Moment("a NULL pointer is read while a second load is about to replace the first", FATAL,
                      'run_script load --command-line="$CMDLINE" --initrd=/boot/initrd /boot/vmlinuz', NULL, LOAD),
}
SYMBOLS = sorted({GATE, *(name for moment in MOMENTS.values() for name in moment.functions)})


class Symbols:
    """Where functions of one kernel are, as distances from its first byte; asked of a guest once and kept in the cache."""

    def __init__(self, image):
        digest = hashlib.sha256(image.read_bytes() + " ".join(SYMBOLS).encode()).hexdigest()[:16]
        self.path = cache_dir() / "symbols" / f"{digest}.json"
        self.offsets, self.text = {}, 0
        if self.path.exists():
            self.offsets = json.loads(self.path.read_text(encoding="ascii"))

    def wanted(self):
        """Names that the guest has to look up."""
        return [] if self.offsets else ["_text", *SYMBOLS]

    def learn(self, found):
        """Take addresses of the guest's running kernel: {name: address}."""
        if not found or "_text" not in found:
            return
        self.offsets = {name: address - found["_text"] for name, address in found.items()}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = self.path.with_suffix(f".{os.getpid()}.{time.monotonic_ns()}")
        new.write_text(json.dumps(self.offsets), encoding="ascii")
        new.rename(self.path)

    def physical(self, name):
        """Physical address of a function, in the kernel whose code begins at physical address `text`."""
        if name not in self.offsets or not self.text:
            raise LabError(f"this kernel has no function {name}")
        return self.text + self.offsets[name]

    def places(self, names):
        """Physical addresses of those of the functions that there are; of one at least, if there are names at all."""
        return [self.physical(name) for name in names if name in self.offsets] or [self.physical(name) for name in names]

    def virtual_low(self, name):
        """The lower 21 bits of its virtual address: kernels are placed at multiples of 2 MiB, wherever that is."""
        return self.physical(name) & 0x1fffff


class Gate:
    """Holds the crashed kernel in its last function: there it is seen that it crashed, whatever it says, and faults come there."""

    def __init__(self, machine, symbols):
        self.machine, self.address, self.low = machine, symbols.physical(GATE), symbols.virtual_low(GATE)
        self.line, self.cpu = len(machine.console.text()), 0
        self.code = machine.qtest.read(self.address, len(SPIN))
        machine.qtest.write_bytes(self.address, SPIN)

    def reached(self, words, seconds):
        """Wait until a CPU stands in the gate, and stop the machine there; False if none comes or the guest says so.

        A machine that is stopped ends what its disks have in flight, at whatever pace they are kept to. So it is left alone for
        half of the time, unless the console says that it is over, in `words`.
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
    """What the host does for a moment before the guest runs its trigger."""
    for address in symbols.places(MOMENTS[moment].functions):
        machine.qtest.write_bytes(address, MOMENTS[moment].code)


def press(moment, machine):
    """What the host does for a moment after the guest began with its trigger."""
    if not MOMENTS[moment].host:
        return
    time.sleep(1)
    if MOMENTS[moment].host == "nmi":
        machine.monitor.command("inject-nmi")
    else:
        # Uncorrected, in bank 4 of CPU 0: valid, uncorrected, enabled, processor context corrupt.
        machine.monitor.human("mce 0 4 0xb200000000000000 0x5 0 0")
