# SPDX-License-Identifier: GPL-2.0-or-later
"""Tables for the tests of `kdump-quiesce tables`: compiled by iasl, disassembled by iasl, printed by the program."""
import json
import os
import re
import subprocess

TOP = os.environ.get("top_srcdir", os.path.dirname(os.path.abspath(__file__)) + "/../../..")
HERE = TOP + "/tests/cli/tables"
PROGRAM = os.environ.get("top_builddir", ".") + "/kdump-quiesce"
FIXTURES = ["ivrs", "ivrs-40", "dmar", "dmar-new", "mcfg", "iort", "iort-new"]
# Structures that iasl does not know are written as numbers, in a table whose signature iasl does not know either.
TITLES = {b"IVRX": b"IVRS", b"DMAX": b"DMAR", b"IORX": b"IORT"}

FIELD = re.compile(r"\[([0-9A-F]+)h +\d+ +(\d+)\] +(.*?) : (.*)")


def seal(table):
    """Put the right length and checksum into the header of @table, a bytearray."""
    table[4:8] = len(table).to_bytes(4, "little")
    table[9] = 0
    table[9] = -sum(table) & 255


def build(name, directory):
    """Compile the source @name. Returns the path of the table."""
    path = f"{directory}/{name}.aml"
    result = subprocess.run(["iasl", "-p", path[:-4], f"{HERE}/{name}.asl"], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True)
    if result.returncode:
        raise SystemExit(f"{name}.asl: iasl cannot compile it\n{result.stdout}")
    with open(path, "rb") as file:
        table = bytearray(file.read())
    table[:4] = TITLES.get(bytes(table[:4]), table[:4])
    table[28:36] = b"KDQ \1\0\0\0"  # iasl puts its own name and version there
    seal(table)
    with open(path, "wb") as file:
        file.write(table)
    return path


def iasl(table, directory):
    """Parse the output of `iasl -d` for @table: a list of (offset, length, name, bytes), and whether iasl knew every structure."""
    path = directory + "/disassembled"
    with open(path + ".aml", "wb") as file:
        file.write(table)
    subprocess.run(["iasl", "-p", path, "-d", path + ".aml"], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    with open(path + ".dsl", encoding="latin1") as file:
        text = file.read().replace("\\\n", "")
    text = text[: text.find("Raw Table Data")]
    fields = []
    for line in text.split("\n"):
        match = FIELD.match(line)
        if match and not match[4].startswith("["):
            length = int(match[2])
            fields.append((int(match[1], 16), length, match[3].strip(), iasl_bytes(match[4], length)))
    return fields, "nknown " not in text.replace("[Unknown SubTable Type]", "nknown ")


def iasl_bytes(value, length):
    """The @length bytes of a value that iasl printed."""
    if value.startswith('"'):
        return value[1:value.rindex('"')].encode("latin1").ljust(length, b"\0")
    words = re.sub(r" *\[.*", "", value).strip().replace(",", " ").split()
    if len(words) > 1:
        return bytes(int(word, 16) for word in words)
    return int(words[0], 16).to_bytes(length, "little")


def run(*arguments):
    return subprocess.run([PROGRAM, "tables", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ours(paths):
    """Parse the program's output for each file: a dictionary of lists as iasl() returns them."""
    tables = json.loads(run("--json", *paths).stdout)["tables"]
    return {table["file"]: sorted(leaves(table)) for table in tables}


def leaves(structure):
    for field in structure["fields"]:
        yield field["offset"], field["length"], field["name"], our_bytes(field["value"], field["length"])
    for inner in structure.get("structures", []):
        yield from leaves(inner)


def our_bytes(value, length):
    if re.fullmatch("0x[0-9a-f]+", value) and len(value) == 2 + 2 * length:
        return int(value, 16).to_bytes(length, "little")
    if re.fullmatch("[0-9a-f]{2}( [0-9a-f]{2})*", value) and len(value) == 3 * length - 1:
        return bytes.fromhex(value)
    told = re.sub(r"\\x([0-9a-f]{2})", lambda found: chr(int(found[1], 16)), value)
    return told.encode("latin1").ljust(length, b"\0")
