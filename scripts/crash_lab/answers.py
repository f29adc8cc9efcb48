# SPDX-License-Identifier: GPL-2.0-or-later
"""What iommu-inspect says of a dump, without what may differ between two dumps of one crash: for comparing them."""

import json

from .common import LabError, call

EVERYWHERE = "0-ffffffffffffffff"


def _starts_with(path, magic):
    with open(path, "rb") as handle:
        return handle.read(len(magic)) == magic


def of(inspect, files, source="record"):
    """Its units, who could do DMA at the crash, and how much of memory each could reach: every table is walked."""
    # Of an ELF file that makedumpfile wrote nobody can tell which pages were left out because they are zeros.
    zeros = ["--zero-excluded"] if _starts_with(files[0], b"\x7fELF") else []

    def ask(*verb):
        return json.loads(call([inspect, "--source", source, "--json", *zeros, *files, *verb]))

    units = [{key: unit[key] for key in ("unit", "family", "base", "segment", "requester", "status")}
             for unit in ask("units")["units"]]
    devices = [{key: device[key] for key in ("requester", "last", "unit", "crash")} for device in ask("devices")["devices"]]
    return {"units": units, "devices": devices, "overlap": ask("overlap", EVERYWHERE)["devices"]}


def compare(expected, inspect, files, source):
    """"same", or in short what is not."""
    try:
        found = of(inspect, files, source)
    except (LabError, ValueError) as error:
        return str(error)
    for part, answer in expected.items():
        if found[part] != answer:
            return f"{part} differ: {json.dumps(found[part])[:200]} instead of {json.dumps(answer)[:200]}"
    return "same"
