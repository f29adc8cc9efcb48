# SPDX-License-Identifier: GPL-2.0-or-later
"""Registers, tables and queues of QEMU's IOMMUs, for faults (faults.py): one class for each IOMMU.

Each method does one fault from outside, reads it back, and returns what was done, as text. It raises a LabError if the unit did not
take it.
"""

import struct

from .common import LabError

PAGE = 4096
ADDRESS = 0x000ffffffffff000
NOWHERE = 0x7ff0000000      # an address without memory in any machine of the lab, and one of 39 bits


class Unit:
    """The common part. `firmware_table` is the signature of the ACPI table that names the unit."""
    firmware_table = b""

    def __init__(self, place):
        self.place, self.qtest = place, place.qtest

    def _lead_to(self, register, target, what):
        """Put another address into the register of a table or queue."""
        self.qtest.write64(register, self.qtest.read64(register) & ~ADDRESS | target)
        return self._see(register, target, what)

    def _see(self, register, target, what):
        value = self.qtest.read64(register)
        if value & ADDRESS != target:
            raise LabError(f"no fault: the {what}'s register stays 0x{value:x}")
        return f"the {what} is moved to 0x{target:x}"

    def _off(self, what, on):
        if on:
            raise LabError(f"no fault: the {what} is still on")
        return f"the {what} is switched off"

    def entries(self):
        """(address, 64-bit words) of the present entries of bus 0."""
        size = self.entry_size()
        for page in self.entry_pages():
            data = self.qtest.read(page, PAGE)
            for at in range(0, PAGE, size):
                words = struct.unpack(f"<{size // 8}Q", data[at:at + size])
                if words[0] & 1:
                    yield page + at, words

    def entry_pages(self):
        """Pages of the unit's own tables that hold the entries of bus 0."""
        raise NotImplementedError

    def entry_size(self):
        raise NotImplementedError

    def roots(self):
        """[(address, entry)]: each table that entries of bus 0 lead to, and an entry that leads to that table itself."""
        raise NotImplementedError


class AmdVi(Unit):
    """AMD I/O Virtualization Technology (IOMMU) Specification, 3.4"""
    firmware_table = b"IVRS"
    BASE = 0xfed80000
    DEVICE_TABLE, COMMAND_BUFFER, CONTROL = BASE, BASE + 0x08, BASE + 0x18
    COMMAND_HEAD, COMMAND_TAIL = BASE + 0x2000, BASE + 0x2008
    IOMMU_EN, COMMAND_EN = 1 << 0, 1 << 12

    def entry_pages(self):
        return [(self.qtest.read64(self.DEVICE_TABLE) & ADDRESS) + page for page in (0, PAGE)]

    def entry_size(self):
        return 32

    def roots(self):
        found = {words[0] & ADDRESS: words[0] >> 9 & 7 for _, words in self.entries() if words[0] & 2 and words[0] >> 9 & 7}
        # Entries without permissions: QEMU follows a loop with permissions for ever.
        return sorted((root, root | 1 | levels << 9) for root, levels in found.items())

    def move_table(self, target):
        return self._lead_to(self.DEVICE_TABLE, target, "table")

    def _clear(self, bit, what):
        self.qtest.write64(self.CONTROL, self.qtest.read64(self.CONTROL) & ~bit)
        return self._off(what, self.qtest.read64(self.CONTROL) & bit)

    def switch_off(self):
        return self._clear(self.IOMMU_EN, "IOMMU")

    def queue_off(self):
        return self._clear(self.COMMAND_EN, "queue")

    def queue_nowhere(self):
        return self._lead_to(self.COMMAND_BUFFER, NOWHERE, "queue")

    def queue_error(self):
        """Queue a command with an unknown opcode."""
        head, tail = self.qtest.read64(self.COMMAND_HEAD), self.qtest.read64(self.COMMAND_TAIL)
        self.place.put((self.qtest.read64(self.COMMAND_BUFFER) & ADDRESS) + tail, b"\xff" * 16)
        self.qtest.write64(self.COMMAND_TAIL, tail + 16)
        return f"an impossible command at the queue's tail 0x{tail:x} (head was 0x{head:x})"


class Vtd(Unit):
    """Intel VT-d specification, 11.4"""
    firmware_table = b"DMAR"
    BASE = 0xfed90000
    GCMD, GSTS, RTADDR, FSTS, IQT, IQA = BASE + 0x18, BASE + 0x1c, BASE + 0x20, BASE + 0x34, BASE + 0x88, BASE + 0x90
    GSTS_KEPT, TE, QIE = 0x96ffffff, 1 << 31, 1 << 26
    WIDE = 1 << 11                          # IQA: descriptors of 256 bits
    PFO, PPF, IQE = 1 << 0, 1 << 1, 1 << 4  # FSTS

    def scalable(self):
        return bool(self.qtest.read64(self.RTADDR) & 0xc00)

    def entry_pages(self):
        rtaddr = self.qtest.read64(self.RTADDR)
        low, high = struct.unpack("<QQ", self.qtest.read(rtaddr & ADDRESS, 16))
        return [entry & ADDRESS for entry in (low, high if rtaddr & 0xc00 else 0) if entry & 1]

    def entry_size(self):
        return 32 if self.scalable() else 16

    def roots(self):
        """In scalable mode PASID directories; else page tables of entries that translate."""
        scalable = self.scalable()
        found = {words[0] & ADDRESS for _, words in self.entries() if scalable or words[0] >> 2 & 3 == 0}
        return sorted((root, root | 3) for root in found)

    def move_table(self, target):
        """The unit uses the new address only after a further command."""
        return self._lead_to(self.RTADDR, target, "table")

    def _clear(self, bit, what):
        self.qtest.write32(self.GCMD, self.qtest.read32(self.GSTS) & self.GSTS_KEPT & ~bit)
        return self._off(what, self.qtest.read32(self.GSTS) & bit)

    def switch_off(self):
        return self._clear(self.TE, "IOMMU")

    def queue_off(self):
        return self._clear(self.QIE, "queue")

    def queue_nowhere(self):
        """The unit reads the queue's address when the queue is switched on (6.5.2). So switch the queue off and on again."""
        on = self.qtest.read32(self.GSTS) & self.GSTS_KEPT
        self.queue_off()
        self.qtest.write64(self.IQA, NOWHERE | (self.WIDE if self.scalable() else 0))
        self.qtest.write32(self.GCMD, on)
        return self._see(self.IQA, NOWHERE, "queue")

    def queue_error(self):
        """Queue a descriptor of type 0: the unit stops with an error."""
        tail, step = self.qtest.read64(self.IQT), 32 if self.scalable() else 16
        self.place.put((self.qtest.read64(self.IQA) & ADDRESS) + tail, bytes(step))
        self.qtest.write64(self.IQT, tail + step)
        if not self.qtest.read32(self.FSTS) & self.IQE:
            raise LabError("no fault: the queue has no error")
        return f"the queue has stopped with an error at 0x{tail:x}"

    def log_full(self, edu):
        """A refused write takes the only fault record of QEMU's unit."""
        edu.write_to(NOWHERE)
        status = self.qtest.read32(self.FSTS)
        if not status & self.PPF:
            raise LabError(f"no fault: fault status is 0x{status:x}")
        return "refused DMA has filled the fault record" + (", and more was lost" if status & self.PFO else "")


UNITS = {"amd-iommu": AmdVi, "intel-iommu": Vtd}
