# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks that the capture kernel's file is a complete dump, in the formats that makedumpfile writes."""

import struct

from .common import LabError

INCOMPLETE = 0x8            # DUMP_DH_COMPRESSED_INCOMPLETE in the header's status
DESCRIPTOR = struct.Struct("<QIIQ")


def examine(path):
    """Return (format, None) for a complete dump, else (format or "unknown", what is wrong)."""
    size = path.stat().st_size
    with open(path, "rb") as handle:
        magic = handle.read(16)
        try:
            if magic[:8] == b"KDUMP   ":
                return "kdump-compressed", _kdump(handle, size)
            if magic[:12] == b"makedumpfile":
                return "kdump-flattened", _flattened(handle, size)
            if magic[:4] == b"\x7fELF":
                return "elf", _elf(handle, size)
        except (struct.error, LabError) as error:
            return "unknown", f"damaged header ({error})"
    return "unknown", "not a dump"


def _kdump(handle, size):
    """disk_dump_header: status at 424, then block size, sub-header size, bitmap blocks; page descriptors follow."""
    handle.seek(424)
    status, block, sub_header, bitmap_blocks, _ = struct.unpack("<IiiII", handle.read(20))
    if status & INCOMPLETE:
        return "incomplete: makedumpfile ran out of space"
    if not 4096 <= block <= 65536 or sub_header < 1 or bitmap_blocks * block > size:
        return "impossible header"
    bitmaps = (1 + sub_header) * block
    handle.seek(bitmaps + bitmap_blocks * block // 2)
    dumpable = bin(int.from_bytes(handle.read(bitmap_blocks * block // 2), "little")).count("1")
    if not dumpable:
        return "no pages in it"
    handle.seek(bitmaps + bitmap_blocks * block)
    table = handle.read(dumpable * DESCRIPTOR.size)
    if len(table) < dumpable * DESCRIPTOR.size:
        return f"cut off in the descriptors of its {dumpable} pages"
    end = max(offset + length for offset, length, _, _ in DESCRIPTOR.iter_unpack(table))
    return None if end <= size else f"cut off: pages up to {end} in {size} bytes"


def _flattened(handle, size):
    """makedump_data_header records of (offset, size), big-endian, after a 4096-byte header; -1 ends them."""
    at = 4096
    while at + 16 <= size:
        handle.seek(at)
        offset, length = struct.unpack(">qq", handle.read(16))
        if offset == -1:
            return None
        if offset < 0 or length < 0:
            return f"impossible record at {at}"
        at += 16 + length
    return "cut off: no end record"


def _elf(handle, size):
    handle.seek(0x20)
    offset, = struct.unpack("<Q", handle.read(8))
    handle.seek(0x36)
    entry, count = struct.unpack("<HH", handle.read(4))
    loads = 0
    for index in range(count):
        handle.seek(offset + index * entry)
        kind, _, start, _, _, length = struct.unpack("<IIQQQQ", handle.read(40))
        if start + length > size:
            return f"cut off: segments up to {start + length} in {size} bytes"
        loads += kind == 1 and length > 0
    return None if loads else "no memory in it"
