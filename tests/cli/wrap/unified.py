#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""unified.py OUT SECTION=FILE...: a program for EFI with these sections, as ukify makes a unified kernel image (UAPI.5). It has no code.
Each section is at the next multiple of 512 in the file, and its padding is of zeros."""
import struct
import sys

HEADERS = 1024
PE = 0x40


def program(sections):
    """The bytes of the program: @sections are pairs of a name and its bytes."""
    head = b"MZ".ljust(0x3c, b"\0") + struct.pack("<I", PE)
    head += b"PE\0\0" + struct.pack("<HHIIIHH", 0x8664, len(sections), 0, 0, 0, 240, 0x22e)
    head += struct.pack("<H", 0x20b).ljust(108, b"\0") + struct.pack("<I", 16) + bytes(128)
    body = b""
    address = 0x1000
    for name, content in sections:
        padded = content.ljust(-(-len(content) // 512) * 512, b"\0")
        head += struct.pack("<8sIIIIIIHHI", name.encode(), len(content), address, len(padded), HEADERS + len(body), 0, 0, 0, 0, 0x40000040)
        body += padded
        address += -(-len(content) // 4096) * 4096
    return head.ljust(HEADERS, b"\0") + body


def read(path):
    with open(path, "rb") as file:
        return file.read()


if __name__ == "__main__":
    with open(sys.argv[1], "wb") as out:
        out.write(program([(name, read(path)) for name, path in (word.split("=", 1) for word in sys.argv[2:])]))
