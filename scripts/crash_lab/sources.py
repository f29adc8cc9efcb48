# SPDX-License-Identifier: GPL-2.0-or-later
"""DMA sources that the host controls, so that DMA after the crash is seen from outside the guest: a NIC that receives numbered
frames, a disk with numbered blocks, and QEMU's edu device, driven by qtest.
"""

import os
import re
import socket
import struct
import threading
import time

from .common import LabError
from .memory import BLOCK_MAGIC, FRAME_MAGIC

FRAMES_PER_SECOND = 20      # a ring of 256 descriptors lasts from the crash into the capture kernel's user space
BLOCK_SIZE, BLOCKS = 4096, 8192
# Each namespace of the slow disk always has one read in flight, which takes 3 to 9 s, different for each. So in each second after
# a crash some reads end.
READ_SIZE = 64 << 10
READ_SECONDS = [3 + 0.4 * number for number in range(16)]
SECTOR, METADATA = 512, 8   # bytes of a sector and of its protection information


class FrameSender:
    """Sends numbered broadcast frames to the guest's NIC. `next` is the next number to send."""

    def __init__(self, local, remote):
        self.remote, self.next, self._stop = str(remote), 1, threading.Event()
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(local))
        self.socket.setblocking(False)
        self.thread = threading.Thread(target=self._send, daemon=True)

    def start(self):
        self.thread.start()

    def _send(self):
        header = b"\xff" * 6 + b"\x52\x54\x00\x4b\x44\x51" + b"\x88\xb5"
        while not self._stop.wait(1 / FRAMES_PER_SECOND):
            frame = header + FRAME_MAGIC + struct.pack(">I", self.next) + b"\0" * 500
            self.next += 1
            try:
                self.socket.sendto(frame, self.remote)
            except OSError:
                pass    # the NIC takes no more frames, or QEMU is gone: lost on the wire
            self._drain()

    def _drain(self):
        """Throw away frames that the guest sends, so that they do not fill the socket."""
        try:
            while True:
                self.socket.recv(2048)
        except OSError:
            pass

    def stop(self):
        self._stop.set()
        if self.thread.is_alive():
            self.thread.join()
        self.socket.close()


def write_numbered_disk(path):
    """Write a disk image in which every block contains its number, followed by protection information for each sector.

    The information is all ones: "do not check". With it QEMU reads into its own buffer and does the DMA when the data has come.
    Without it QEMU translates the address when the command arrives, long before, and no IOMMU could stop the DMA.
    """
    with open(path, "wb") as image:
        for number in range(BLOCKS):
            image.write((BLOCK_MAGIC + struct.pack(">I", number)).ljust(BLOCK_SIZE, b"\0"))
        image.write(b"\xff" * (BLOCKS * BLOCK_SIZE // SECTOR * METADATA))


STORM_VECTOR = 0xd7     # as edu-dma has it


class Storm:
    """Makes an edu device send interrupt messages, as fast as QEMU takes them, until `stop`."""

    def __init__(self, edu):
        self.edu, self._stop = edu, threading.Event()
        self.thread = threading.Thread(target=self._send, daemon=True)
        self.thread.start()

    def _send(self):
        while not self._stop.wait(0.001):
            try:
                self.edu.interrupt()
            except (LabError, OSError):
                return      # QEMU is gone

    def stop(self):
        self._stop.set()
        self.thread.join()


def count_messages(architecture, path, start, end):
    """Number of the storm's messages that reached a CPU between two host times, from QEMU's log."""
    message = architecture.interrupt_pattern.format(vector=STORM_VECTOR)
    pattern = re.compile(rf"\d+@(\d+\.\d+):{architecture.interrupt} .*{message}")
    with open(path, encoding="utf-8", errors="replace") as log:
        return sum(1 for line in log if (match := pattern.match(line)) and start <= float(match[1]) <= end)


class Edu:
    """QEMU's edu device. Before the crash the guest allowed it to write one page: bus address `iova`, physical address `pa`."""

    INTERRUPT, SOURCE, TARGET, COUNT, COMMAND = 0x60, 0x80, 0x88, 0x90, 0x98
    RUN, TO_MEMORY = 1, 2
    BUFFER = 0x40000
    ASIDE = BUFFER + 0x800  # a part of the buffer for reads whose data does not matter
    LENGTH = 64             # QEMU 7.2 ends itself when a transfer exceeds 4095 bytes

    def __init__(self, qtest, bar, iova, pa, find_reserved=lambda pattern: []):
        self.qtest, self.bar, self.iova, self.pa, self.find_reserved = qtest, bar, iova, pa, find_reserved
        self.mark = os.urandom(self.LENGTH)
        self.sunk = set()       # physical addresses in the crash kernel's memory where writes arrived

    def arm(self):
        """Fill the device's buffer with the mark, by a DMA read of guest memory."""
        saved = self.qtest.read(self.pa, self.LENGTH)
        self.qtest.write_bytes(self.pa, self.mark)
        self._transfer(self.iova, self.BUFFER, self.RUN)
        self.qtest.write_bytes(self.pa, saved)

    def interrupt(self):
        """Make the device raise an interrupt: a message if messages are enabled."""
        self.qtest.write32(self.bar + self.INTERRUPT, 1)

    def probe(self):
        """Let the device write to its bus address and see what happens: written, blocked, misdirected, sunk, or another text.

        misdirected: the bus address was used as a physical one. sunk: the write arrived at one place in the crash kernel's
        memory, which is added to `sunk`.
        """
        saved, canvas = self.qtest.read(self.pa, self.LENGTH), os.urandom(self.LENGTH)
        astray = self.qtest.read(self.iova, self.LENGTH)
        self.qtest.write_bytes(self.pa, canvas)
        try:
            self.write_to(self.iova)
        except LabError as error:
            return str(error)
        after = self.qtest.read(self.pa, self.LENGTH)
        self.qtest.write_bytes(self.pa, saved)
        if after == self.mark:
            return "written"
        if self.qtest.read(self.iova, self.LENGTH) == self.mark:
            self.qtest.write_bytes(self.iova, astray)
            return "misdirected"
        if after != canvas:
            return "changed by something else"
        return self._sunk() or "blocked"

    def _sunk(self):
        """Find the mark in the crash kernel's memory, and erase it for the next probe."""
        places = self.find_reserved(self.mark)
        for place in places:
            self.qtest.write_bytes(place, bytes(self.LENGTH))
        self.sunk.update(places)
        return {0: "", 1: "sunk"}.get(len(places), "written to several places")

    def read(self):
        """Let the device read its bus address once. The IOMMU's trace tells whether it could."""
        self._transfer(self.iova, self.ASIDE, self.RUN)

    def write_to(self, address):
        """Let the device write to any bus address."""
        self._transfer(self.BUFFER, address, self.RUN | self.TO_MEMORY)

    def scribble(self):
        """Let the device write the mark and leave it where it arrives."""
        self.write_to(self.iova)

    def _transfer(self, source, target, command):
        """Run one DMA to its end. While a kernel sizes the BAR, the registers are not there for a moment: try again."""
        deadline = time.monotonic() + 10
        while True:
            self.qtest.write64(self.bar + self.SOURCE, source)
            self.qtest.write64(self.bar + self.TARGET, target)
            self.qtest.write64(self.bar + self.COUNT, self.LENGTH)
            if self.qtest.read64(self.bar + self.TARGET) == target:
                break
            if time.monotonic() > deadline:
                raise LabError("edu registers cannot be reached")
            time.sleep(0.05)
        self.qtest.write64(self.bar + self.COMMAND, command)
        deadline = time.monotonic() + 60
        while self.qtest.read64(self.bar + self.COMMAND) & self.RUN:
            if time.monotonic() > deadline:
                raise LabError("edu never finished its transfer")
            time.sleep(0.02)
