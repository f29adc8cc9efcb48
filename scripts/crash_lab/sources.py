# SPDX-License-Identifier: GPL-2.0-or-later
"""DMA sources that the host drives or numbers, so that DMA after the crash is seen from outside the guest.

A NIC that receives numbered frames, a disk whose blocks are numbered, and QEMU's edu device, poked by qtest.
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
# Each namespace of the slow disk has one read in flight all the time and delivers it at a pace of its own, 3 to 9 s:
# wherever a crash falls, some reads end in each of the seconds after it.
READ_SIZE = 64 << 10
READ_SECONDS = [3 + 0.4 * number for number in range(16)]
SECTOR, METADATA = 512, 8   # bytes of a sector and of its protection information


class FrameSender:
    """Sends numbered broadcast frames to the guest's NIC; `next` is the number that was not sent yet."""

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
        """Frames that the guest sends are of no interest, but must not fill the socket."""
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
    """A disk image in which every block says its number, followed by protection information for each sector.

    The information is all ones: "do not check". With it QEMU reads into a buffer of its own and does the DMA when the data is there;
    without it QEMU would look up the memory when the command arrives, long before, and no IOMMU could stop it then.
    """
    with open(path, "wb") as image:
        for number in range(BLOCKS):
            image.write((BLOCK_MAGIC + struct.pack(">I", number)).ljust(BLOCK_SIZE, b"\0"))
        image.write(b"\xff" * (BLOCKS * BLOCK_SIZE // SECTOR * METADATA))


STORM_VECTOR = 0xd7     # as edu-dma has it


class Storm:
    """Has an edu device send interrupt messages, as fast as QEMU takes them, until it is stopped."""

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
    """Messages of the storm that reached a CPU between two moments of the host's clock, from QEMU's log."""
    message = architecture.interrupt_pattern.format(vector=STORM_VECTOR)
    pattern = re.compile(rf"\d+@(\d+\.\d+):{architecture.interrupt} .*{message}")
    with open(path, encoding="utf-8", errors="replace") as log:
        return sum(1 for line in log if (match := pattern.match(line)) and start <= float(match[1]) <= end)


class Edu:
    """QEMU's edu device with one bus address that it may write, as the guest set it up before the crash."""

    INTERRUPT, SOURCE, TARGET, COUNT, COMMAND = 0x60, 0x80, 0x88, 0x90, 0x98
    RUN, TO_MEMORY = 1, 2
    BUFFER = 0x40000
    ASIDE = BUFFER + 0x800  # a part of the buffer for what is read and not looked at
    LENGTH = 64             # QEMU 7.2 ends itself when a transfer exceeds 4095 bytes

    def __init__(self, qtest, bar, iova, pa, find_reserved=lambda pattern: []):
        self.qtest, self.bar, self.iova, self.pa, self.find_reserved = qtest, bar, iova, pa, find_reserved
        self.mark = os.urandom(self.LENGTH)
        self.sunk = set()       # where in the crash kernel's memory writes arrived

    def arm(self):
        """Fill the device's own buffer with a mark, by a DMA read of guest memory."""
        saved = self.qtest.read(self.pa, self.LENGTH)
        self.qtest.write_bytes(self.pa, self.mark)
        self._transfer(self.iova, self.BUFFER, self.RUN)
        self.qtest.write_bytes(self.pa, saved)

    def interrupt(self):
        """Let it ask for an interrupt, by a message if these are on."""
        self.qtest.write32(self.bar + self.INTERRUPT, 1)

    def probe(self):
        """Can the device write that bus address right now: written, blocked, or what else was seen.

        misdirected: the write arrived where the bus address lies when it is taken for a physical one. sunk: it arrived at
        one place in the memory of the crash kernel; see `sunk` for which.
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
        """Find the mark in the memory of the crash kernel, and wipe it out for the next time."""
        places = self.find_reserved(self.mark)
        for place in places:
            self.qtest.write_bytes(place, bytes(self.LENGTH))
        self.sunk.update(places)
        return {0: "", 1: "sunk"}.get(len(places), "written to several places")

    def read(self):
        """Let the device read that bus address once; whether it was let, the trace of the IOMMU tells."""
        self._transfer(self.iova, self.ASIDE, self.RUN)

    def write_to(self, address):
        """Let the device write to any bus address."""
        self._transfer(self.BUFFER, address, self.RUN | self.TO_MEMORY)

    def scribble(self):
        """Let the device write the mark, wherever it goes, and leave it there, as a device would."""
        self.write_to(self.iova)

    def _transfer(self, source, target, command):
        """Run one DMA to its end. A kernel that sizes the BAR makes the registers vanish for a moment: try again."""
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
