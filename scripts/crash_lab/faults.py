# SPDX-License-Identifier: GPL-2.0-or-later
"""Faults that the host injects into a real machine, for the scenario key `fault` and for the campaign.

A fault is injected while the crashed kernel is held in its last function (moments.py), with and without the plugin, or later
while the plugin runs. Every fault is read back: if it did not happen, the run ends.
"""

import random
import struct
import threading
import time
from dataclasses import dataclass
from typing import Callable

from . import gdb
from .common import LabError
from .units import NOWHERE, PAGE, UNITS

HANDOVER = struct.Struct("<IHHIIIIIIQQQQQQII")
HANDOVER_AT, CHECKED = 16, 4096         # the code that checks the plugin's checksum is in its first page
PCI_COMMAND, PCI_BUSES, PCI_CAPABILITIES, PCI_HEADER, PCI_PM = 0x04, 0x18, 0x34, 0x0c, 1
DURING = 0.3                            # seconds that a fault lasts if it goes on while the plugin runs


class Place:
    """What a fault needs to find its target: the machine, its IOMMU and devices, and the CPU that crashed."""

    def __init__(self, machine, iommu, edus, protected, number, cpu=0):
        self.machine, self.iommu, self.edus, self.protected, self.cpu = machine, iommu, edus, protected, cpu
        self.qtest, self.random = machine.qtest, random.Random(number)
        self.unit = UNITS[iommu](self) if iommu in UNITS else None

    def put(self, address, data):
        """Write memory and check that it was written."""
        self.qtest.write_bytes(address, data)
        if self.qtest.read(address, len(data)) != data:
            raise LabError(f"no fault: memory at 0x{address:x} stays as it is")

    def spoil(self, address, length):
        """Overwrite memory; every byte changes."""
        self.put(address, bytes(byte ^ (self.random.getrandbits(8) | 1) for byte in self.qtest.read(address, length)))

    def noise(self, length):
        return bytes(self.random.getrandbits(8) for _ in range(length))

    def plugin(self):
        """Find the plugin in the crash kernel's memory: (address, fields of its handover)."""
        for first, last in self.machine.memory.crash_regions:
            for at in self.machine.memory.find(b"KDQH", first, last):
                fields = HANDOVER.unpack(self.qtest.read(at, HANDOVER.size))
                if at % PAGE == HANDOVER_AT and fields[1] == 2 and fields[4] < fields[5] < 1 << 20:
                    return at - HANDOVER_AT, dict(zip(("magic", "version", "machine", "size", "image", "memory", "crc", "flags",
                                                       "items", "next", "note", "elfcorehdr", "spare", "crash_start",
                                                       "crash_end", "note_size", "elfcorehdr_size"), fields))
        raise LabError("no plugin in the crash kernel's memory")

    def functions(self):
        """(requester, header type) of the functions on bus 0 and behind its bridges."""
        buses, seen = [0], set()
        while buses:
            bus = buses.pop()
            seen.add(bus)
            for number in range(0, 256, 8):
                requester = bus << 8 | number
                if self.qtest.config(requester, 0) & 0xffff == 0xffff:
                    continue
                header = self.qtest.config(requester, PCI_HEADER) >> 16 & 0x7f
                yield requester, header
                secondary = self.qtest.config(requester, PCI_BUSES) >> 8 & 0xff
                if header == 1 and secondary not in seen:
                    buses.append(secondary)


def plugin_code(place):
    base, seen = place.plugin()
    length = place.random.choice((1, 4, 64, 512, 4096))
    at = base + place.random.randrange(CHECKED, seen["image"] - length)
    place.spoil(at, length)
    return f"{length} bytes of the plugin at +0x{at - base:x} overwritten"


def plugin_handover(place):
    base, seen = place.plugin()
    at = base + HANDOVER_AT + place.random.randrange(0, seen["size"] & ~3, 4)
    place.spoil(at, 4)
    return f"word at +0x{at - base:x} of the plugin, in its handover, overwritten"


def plugin_tail(place):
    base, seen = place.plugin()
    place.put(base + seen["image"] - 16, place.noise(16))
    return "the plugin's second copy of the address to continue at overwritten"


def plugin_memory(place):
    base, seen = place.plugin()
    for at in range(base + seen["image"], base + seen["memory"], PAGE):
        place.put(at, place.noise(min(PAGE, base + seen["memory"] - at)))
    return "the plugin's stack, page tables and variables overwritten"


def record_area(place):
    _, seen = place.plugin()
    place.put(seen["note"], place.noise(seen["note_size"]))
    return f"the {seen['note_size']} bytes for the record overwritten"


def entries_noise(place):
    pages = place.unit.entry_pages()
    changed = 0
    for page in pages:
        for at in range(page, page + PAGE, 32):
            if place.random.random() < 0.5:
                place.put(at, place.noise(32))
                changed += 1
    if not changed:
        raise LabError("no fault: no entries were found")
    return f"noise in {changed} places of the IOMMU's entries"


def tables_loop(place):
    roots = place.unit.roots()
    if not roots:
        raise LabError("no fault: nothing is translated by tables")
    for root, entry in roots:
        place.put(root, struct.pack("<512Q", *[entry] * 512))
    return f"{len(roots)} tables lead to themselves"


def table_nowhere(place):
    return place.unit.move_table(NOWHERE)


def table_in_crash_memory(place):
    """The table would lie over memory that the capture kernel is about to use."""
    first, _ = place.machine.memory.crash_regions[0]
    return place.unit.move_table(first) + ", in the crash kernel's memory"


def log_full(place):
    return place.unit.log_full(next(iter(place.edus.values())))


def _table(place):
    """(address, bytes) of the firmware table that names the IOMMUs."""
    name = place.unit.firmware_table
    for at in place.machine.memory.find(name):
        (length,) = struct.unpack("<I", place.qtest.read(at + 4, 4))
        if 36 < length < 65536:
            data = place.qtest.read(at, length)
            if sum(data) & 0xff == 0:
                return at, data
    raise LabError(f"no fault: no {name.decode()} was found")


def firmware_checksum(place):
    at, data = _table(place)
    place.put(at + 9, bytes([data[9] ^ 0x55]))
    return "the checksum of the firmware's table of IOMMUs is wrong"


def firmware_length(place):
    at, data = _table(place)
    length = place.random.choice((0, 8, 37, len(data) - 3, 0x7fffffff, 0xffffffff))
    place.put(at + 4, struct.pack("<I", length))
    return f"the firmware's table of IOMMUs says that it has {length} bytes"


def firmware_noise(place):
    at, data = _table(place)
    body = place.noise(len(data) - 36)
    data = data[:9] + b"\0" + data[10:36] + body
    place.put(at, data[:9] + bytes([-sum(data) & 0xff]) + data[10:])
    return "noise in the firmware's table of IOMMUs, its checksum right"


def bridge_loop(place):
    changed = 0
    for requester, header in list(place.functions()):
        if header == 1:
            timer = place.qtest.config(requester, PCI_BUSES) & 0xff000000
            if place.qtest.config(requester, PCI_BUSES, timer | 0xff0000) & 0xffffff == 0xff0000:
                changed += 1
    if not changed:
        raise LabError("no fault: no bridge")
    return f"{changed} bridges lead back to bus 0"


def devices_asleep(place):
    changed = 0
    for requester, header in list(place.functions()):
        at = place.qtest.config(requester, PCI_CAPABILITIES) & 0xfc
        for _ in range(48 if header == 0 else 0):
            value = place.qtest.config(requester, at) if at else 0
            if value & 0xff == PCI_PM:
                state = place.qtest.config(requester, at + 4)
                changed += place.qtest.config(requester, at + 4, state & ~0xff00 | 3) & 3 == 3
            at = value >> 8 & 0xfc
    if not changed:
        raise LabError("no fault: no device can sleep")
    return f"{changed} devices in D3"


def command_noise(place):
    """Flip random bits in devices' Command registers. Host bridges and other bridges keep theirs."""
    changed = 0
    for requester, header in list(place.functions()):
        if header or requester == 0:
            continue
        old = place.qtest.config(requester, PCI_COMMAND) & 0xffff
        changed += place.qtest.config(requester, PCI_COMMAND, old ^ place.random.getrandbits(11)) & 0xffff != old
    if not changed:
        raise LabError("no fault: all Command registers stay as they are")
    return f"{changed} Command registers with bits at random"


class Beside(threading.Thread):
    """A fault that lasts DURING seconds while the plugin runs. `finish` returns its result, as text."""

    def __init__(self, place):
        super().__init__(daemon=True)
        self.place, self.count, self.problem = place, 0, ""

    def run(self):
        try:
            if self.begin():
                limit = time.monotonic() + DURING
                while time.monotonic() < limit and self.step():
                    pass
                self.end()
        except (LabError, OSError) as error:
            self.problem = str(error)

    def begin(self):
        return True

    def end(self):
        pass

    def finish(self):
        """Return what happened, as text. Raises a LabError if the fault did not happen."""
        self.join(30)
        if self.problem:
            raise LabError(f"no fault: {self.problem}")
        return self.told()


class Rewritten(Beside):
    """Acts as another CPU that still runs and restores the tables' old contents."""

    def __init__(self, place):
        super().__init__(place)
        pages = [*place.unit.entry_pages(), *(root for root, _ in place.unit.roots())]
        self.old = {page: place.qtest.read(page, PAGE) for page in pages}

    def step(self):
        for page, data in self.old.items():
            if self.place.qtest.read(page, PAGE) != data:
                self.place.qtest.write_bytes(page, data)
                self.count += 1
        return True

    def told(self):
        if not self.count and self.place.protected:
            raise LabError("no fault: there was nothing to write back")
        return f"{self.count} pages of tables written back"


class AfterPlugin(Beside):
    """NMIs while purgatory checks its digest: the plugin has ended, and the capture kernel has not begun."""
    AFTER = 0.5     # seconds behind the gate
    PATIENCE = 5    # seconds that QEMU may take to end

    def begin(self):
        time.sleep(self.AFTER)
        return True

    def step(self):
        self.count += 1
        try:
            self.place.machine.architecture.nmi(self.place.qtest, self.place.cpu)
        except LabError:
            # Where nobody holds them the machine resets, which ends QEMU: it may be too late for the answer, or for the next NMI.
            if not self.place.machine.finish(self.PATIENCE):
                raise
            return False
        return self.count < 3

    def told(self):
        return f"{self.count} NMIs {self.AFTER} s after the crash"


class InPlugin(Beside):
    """A fault at one of the plugin's writes to its record: the plugin has an interrupt table then.

    Not injected without the plugin: at that point kernel and purgatory have no interrupt table, and no dump would be saved.
    """
    SIZE = 8        # of the record, in its header: written whenever anything is added

    def __init__(self, place):
        super().__init__(place)
        _, seen = place.plugin()
        self.gdb, self.writes = gdb.Gdb(place.machine), 0
        self.skip = 3 + place.random.randrange(6 if place.iommu == "none" else 9)     # the first three begin the record
        self.gdb.watch(seen["note"] + 16 + self.SIZE, 4)
        self.gdb.resume()

    def run(self):
        """Call `strike` at one of the first writes, and at each later one until it returns False."""
        try:
            while self.gdb.stopped(20 if not self.count else 2):
                self.writes += 1
                if self.writes > self.skip and not self.strike():
                    break
                self.gdb.resume()
            self.gdb.leave()
        except (LabError, OSError) as error:
            self.problem = str(error)

    def strike(self):
        """Inject the fault; the machine is stopped in the plugin. Return whether to strike again."""
        raise NotImplementedError

    def told(self):
        if not self.count:
            raise LabError(f"no fault: the record was written {self.writes} times, not {self.skip + 1}")
        return f"{self.what} at write {self.skip + 1} of the record"


class Nmi(InPlugin):
    """An NMI at this and every further write of the record, fewer than the plugin's limit (LAYOUT_NMI_MAX)."""
    what = "an NMI and more"

    def strike(self):
        self.place.machine.architecture.nmi(self.place.qtest, self.place.cpu)
        self.count += 1
        return self.count < 60

    def told(self):
        super().told()
        return f"{self.count} NMIs, from write {self.skip + 1} of the record on"


class MachineCheck(InPlugin):
    what = "a machine check"

    def strike(self):
        self.place.machine.architecture.machine_check(self.place.machine.monitor, self.place.cpu)
        self.count += 1
        return False


class Trap(InPlugin):
    """The CPU runs into an exception."""

    def strike(self):
        exceptions = self.place.machine.architecture.exceptions
        kind = self.place.random.choice(tuple(exceptions))
        exceptions[kind](self.gdb, self.place.qtest)
        self.what, self.count = kind, 1
        return False


@dataclass(frozen=True)
class Fault:
    """`inject` runs at the gate and returns what it did, as text. `beside` is a class whose fault begins there and goes on while the
    plugin runs. `needs` is what the machine must have, see draw.py. `record`: expectations, as in `expect` lines, about the record
    of a run with the plugin. `control`: the fault is injected without the plugin too. `weight`: how often campaigns draw it; 0: never.
    """
    help: str
    inject: Callable = None
    beside: Callable = None
    needs: tuple = ()
    control: bool = True
    record: tuple = ("record.sealed true",)
    weight: int = 1


SEALED = "record.sealed true"
# These faults need the plugin. A damaged plugin must not run: the console would show its plan stage.
PLUGIN = {"needs": ("exec",), "control": False}
NOT_RUN = {**PLUGIN, "record": ('crash-log !~ "kdump-quiesce: plan"',)}
IOMMU = {"needs": ("iommu",)}


def _in_plugin(what):
    """A fault while the plugin runs, for which the architecture must have `what`."""
    return {**PLUGIN, "needs": (*PLUGIN["needs"], what)}


FAULTS = {
    "plugin-code": Fault("bytes of the plugin overwritten", plugin_code, **NOT_RUN),
    "plugin-handover": Fault("a word of the plugin's handover overwritten", plugin_handover, **NOT_RUN),
    "plugin-tail": Fault("the plugin's last bytes overwritten", plugin_tail, **NOT_RUN),
    "plugin-memory": Fault("the plugin's stack and variables overwritten", plugin_memory, **PLUGIN),
    "record-area": Fault("noise where the record will be", record_area, **PLUGIN),
    "entries-noise": Fault("noise in device table or context entries", entries_noise, **IOMMU),
    "tables-loop": Fault("page tables that lead to themselves", tables_loop, needs=("iommu", "translation")),
    "table-nowhere": Fault("the table of entries is moved to an address without memory", table_nowhere, **IOMMU,
                           record=(SEALED, "record.stages.block.status unreachable")),
    "table-in-crash-memory": Fault("the table of entries is moved into the crash kernel's memory", table_in_crash_memory,
                                   **IOMMU, record=(SEALED, "record.stages.block.status unreachable")),
    "queue-off": Fault("the command queue is switched off", lambda place: place.unit.queue_off(), **IOMMU),
    "queue-nowhere": Fault("the command queue is moved to an address without memory", lambda place: place.unit.queue_nowhere(), **IOMMU),
    "queue-error": Fault("the command queue holds an unknown command", lambda place: place.unit.queue_error(), **IOMMU),
    "iommu-off": Fault("the IOMMU is switched off by the crashed kernel's last act", lambda place: place.unit.switch_off(), **IOMMU,
                       record=(SEALED, "record.stages.snapshot.status off")),
    "log-full": Fault("the unit's only fault record is full", log_full, needs=("intel-iommu", "edu", "translation")),
    "firmware-checksum": Fault("the checksum of the IVRS or DMAR is wrong", firmware_checksum, **IOMMU,
                               record=(SEALED, "record.stages.plan.status damaged")),
    "firmware-length": Fault("the length of the IVRS or DMAR is impossible", firmware_length, **IOMMU),
    "firmware-noise": Fault("noise in the IVRS or DMAR", firmware_noise, **IOMMU),
    "bridge-loop": Fault("a bridge's secondary bus is the bus that it is on", bridge_loop, needs=("bridge",)),
    "devices-asleep": Fault("devices in D3", devices_asleep, needs=("nic",)),
    "command-noise": Fault("Command registers of devices with bits at random", command_noise),
    "tables-rewritten": Fault("another CPU goes on writing the tables", beside=Rewritten, needs=("iommu", "exec")),
    "nmi-storm": Fault("NMIs while the plugin is at work", beside=Nmi, **_in_plugin("nmi"), record=(SEALED, "record.nmis > 0")),
    "late-nmi": Fault("NMIs after the plugin, while purgatory checks its digest", beside=AfterPlugin, needs=("exec", "nmi"), weight=0),
    "machine-check": Fault("a machine check while the plugin is at work", beside=MachineCheck, **_in_plugin("machine_check"),
                           record=(SEALED, "record.traps.*.cause == 18", "record.traps.*.stage != unknown")),
    "exception": Fault("an exception while the plugin is at work", beside=Trap, **_in_plugin("exceptions"),
                       record=(SEALED, "record.traps.*.cause > 0", "record.traps.*.stage != unknown")),
}
