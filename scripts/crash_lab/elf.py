# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads from ELF files what building a guest needs: a program's interpreter, its libraries and theirs.

Reads little-endian files of 64 bits itself, so that libraries of another release are found without running anything.
"""

import struct
from pathlib import Path

from .common import LabError

PT_LOAD, PT_DYNAMIC, PT_INTERP = 1, 2, 3
DT_NULL, DT_NEEDED, DT_STRTAB = 0, 1, 5


def dynamic(path):
    """(interpreter or None, sonames needed) of an ELF file; (None, []) of a static one or of anything else."""
    data = Path(path).read_bytes()
    if data[:5] != b"\x7fELF\x02":
        return None, []
    try:
        return _dynamic(data)
    except (struct.error, ValueError) as error:
        raise LabError(f"{path}: damaged ELF file ({error})") from None


def _dynamic(data):
    offset, = struct.unpack_from("<Q", data, 0x20)
    size, count = struct.unpack_from("<HH", data, 0x36)
    headers = [struct.unpack_from("<IIQQQQQQ", data, offset + i * size) for i in range(count)]
    loads = [(h[3], h[2], h[5]) for h in headers if h[0] == PT_LOAD]

    def string(address):
        return data[address:data.index(b"\0", address)].decode()

    interpreter = next((string(h[2]) for h in headers if h[0] == PT_INTERP), None)
    entries = []
    for header in headers:
        if header[0] == PT_DYNAMIC:
            for at in range(header[2], header[2] + header[5], 16):
                tag, value = struct.unpack_from("<QQ", data, at)
                if tag == DT_NULL:
                    break
                entries.append((tag, value))
    table = next((value for tag, value in entries if tag == DT_STRTAB), 0)
    base = next((file + table - start for start, file, length in loads if start <= table < start + length), 0)
    return interpreter, [string(base + value) for tag, value in entries if tag == DT_NEEDED]


def libraries(programs, roots, directories):
    """{soname: file} of every library that the programs need. Looks in `directories` below each root in turn."""
    found, wanted = {}, list(programs)
    while wanted:
        path = wanted.pop()
        for soname in dynamic(path)[1]:
            if soname in found:
                continue
            found[soname] = find_library(soname, roots, directories, path)
            wanted.append(found[soname])
    return found


def find_library(soname, roots, directories, wanted_by):
    """File of a library, from the first root that has it. `wanted_by` is named in the error if none has."""
    for root in roots:
        for directory in directories:
            path = Path(root) / directory / soname
            if path.exists():
                return path.resolve()
    raise LabError(f"{wanted_by}: library {soname} not found")
