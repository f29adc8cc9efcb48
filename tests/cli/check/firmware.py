# SPDX-License-Identifier: GPL-2.0-or-later
"""ACPI tables that say where IOMMUs are, byte by byte. Used by those who make machines."""

import struct


def table(signature, body):
    """An ACPI table with a right checksum."""
    length = 36 + len(body)
    raw = struct.pack("<4sIBB6s8sI4sI", signature, length, 2, 0, b"KDQ", b"TEST", 1, b"TEST", 1) + body
    return raw[:9] + bytes([-sum(raw) & 0xFF]) + raw[10:]


def ivrs(entries=b"", ivmd=b""):
    """One unit for all devices."""
    entries += struct.pack("<BHBBHB", 3, 0, 0, 4, 0xFFFF, 0)
    block = struct.pack("<BBHHHQHHI", 0x10, 0, 24 + len(entries), 2, 0x40, 0xFED80000, 0, 0, 0) + entries
    return table(b"IVRS", struct.pack("<IQ", 0, 0) + block + ivmd)


def drhd(base, everything=True):
    return struct.pack("<HHBBHQ", 0, 16, 1 if everything else 0, 0, 0, base)


def rmrr(start, end, *paths):
    """Reserved memory for devices, each a bus and (device, function) steps."""
    scopes = b""
    for bus, *steps in paths:
        path = b"".join(struct.pack("BB", *step) for step in steps)
        scopes += struct.pack("<BBHBB", 1, 6 + len(path), 0, 0, bus) + path
    return struct.pack("<HHHHQQ", 1, 24 + len(scopes), 0, 0, start, end) + scopes


def ivmd(requester, start, length):
    return struct.pack("<BBHHHQQQ", 0x21, 7, 32, requester, 0, 0, start, length)


def dmar(rmrr=()):
    """One unit for everything; reserved memory for (bus, device, function)s."""
    body = struct.pack("<BB10x", 46, 1) + struct.pack("<HHBBHQ", 0, 16, 1, 0, 0, 0xFED90000)
    for bus, device, function in rmrr:
        scope = struct.pack("<BBHBBBB", 1, 8, 0, 0, bus, device, function)
        body += struct.pack("<HHHHQQ", 1, 24 + len(scope), 0, 0, 0x7E000000, 0x7E0FFFFF) + scope
    return table(b"DMAR", body)


def mcfg(*allocations):
    """Memory-mapped configuration space: base, segment, first and last bus."""
    return table(b"MCFG", bytes(8) + b"".join(struct.pack("<QHBB4x", *allocation) for allocation in allocations))
