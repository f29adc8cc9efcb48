# SPDX-License-Identifier: GPL-2.0-or-later
"""The guest's RAM as the host sees it: a memfd shared with QEMU, scanned while the guest runs, stopped or crashed.

Only pages that the guest has touched are read.
"""

import os
import re
import struct
import zlib

CHUNK = 8 << 20
PAGE = 4096
FIRST_MIB = 1 << 20     # the capture kernel uses it too; the old contents are backed up elsewhere

FRAME_MAGIC = b"KDQFRAME"
BLOCK_MAGIC = b"KDQBLOCK"


class GuestMemory:
    """RAM of one guest; `crash_regions` are the physical ranges reserved for the capture kernel.

    `stretches` are (physical address, size) of the parts that RAM lies in, in the order of the file; the last one is the rest.
    """

    def __init__(self, size, stretches):
        self.size, self.stretches = size, stretches
        self.fd = os.memfd_create("crash-lab-ram")
        os.ftruncate(self.fd, size)
        self.crash_regions = []

    def close(self):
        os.close(self.fd)

    def _extents(self):
        """(start, end) of each part of the file that has data."""
        at = 0
        while at < self.size:
            try:
                start = os.lseek(self.fd, at, os.SEEK_DATA)
            except OSError:
                return
            at = os.lseek(self.fd, start, os.SEEK_HOLE)
            yield start, at

    def find_numbers(self, magic):
        """The set of numbers that follow `magic` anywhere in memory outside the crash regions."""
        pattern = re.compile(re.escape(magic) + b"(....)", re.DOTALL)
        length, found = len(magic) + 4, set()
        for start, end in self._extents():
            for at in range(start, end, CHUNK):
                data = os.pread(self.fd, min(CHUNK + length - 1, end - at), at)
                if magic not in data:
                    continue
                for match in pattern.finditer(data):
                    if not self._reserved(at + match.start()):
                        found.add(struct.unpack(">I", match[1])[0])
        return found

    def find_reserved(self, pattern):
        """Physical addresses of `pattern` in the crash regions."""
        found = []
        for start, end in self._extents():
            for at in range(start, end, CHUNK):
                if not self._reserved(at) and not self._reserved(min(at + CHUNK, end) - 1):
                    continue
                data = os.pread(self.fd, min(CHUNK + len(pattern) - 1, end - at), at)
                found += [self._address(at + match.start()) for match in re.finditer(re.escape(pattern), data)
                          if self._reserved(at + match.start())]
        return found

    def fingerprint(self):
        """{offset: checksum} of each page of the crashed kernel's memory, without the first MiB and the crash regions."""
        pages = {}
        for start, end in self._extents():
            for at in range(start, end, CHUNK):
                data = memoryview(os.pread(self.fd, min(CHUNK, end - at), at))
                for page in range(0, len(data), PAGE):
                    if at + page >= FIRST_MIB and not self._reserved(at + page):
                        pages[at + page] = zlib.crc32(data[page:page + PAGE])
        return pages

    def find(self, pattern, start=0, end=None):
        """Physical addresses of `pattern` in a range."""
        found = []
        for first, last in self._extents():
            for at in range(first, last, CHUNK):
                data = os.pread(self.fd, min(CHUNK + len(pattern) - 1, last - at), at)
                found += [self._address(at + match.start()) for match in re.finditer(re.escape(pattern), data)
                          if start <= self._address(at + match.start()) < (end or 1 << 64)]
        return found

    def _address(self, offset):
        """Physical address of a byte of the file."""
        for start, size in self.stretches:
            if size is None or offset < size:
                return start + offset
            offset -= size
        raise ValueError("the last stretch of RAM has an end")

    def _reserved(self, offset):
        address = self._address(offset)
        return any(first <= address <= last for first, last in self.crash_regions)
