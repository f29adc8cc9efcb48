# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares two dumps of one crash by iommu-inspect's answers, leaving out what may differ between them."""

import json

from .common import LabError, call

EVERYWHERE = "0-ffffffffffffffff"


def _starts_with(path, magic):
    with open(path, "rb") as handle:
        return handle.read(len(magic)) == magic


def of(inspect, files, source="record"):
    """The dump's units, the devices that could do DMA at the crash, and how much memory each could reach. Walks every table."""
    # makedumpfile leaves pages of zeros out of an ELF file and does not mark them.
    zeros = ["--zero-excluded"] if _starts_with(files[0], b"\x7fELF") else []

    def ask(*verb):
        return json.loads(call([inspect, "--source", source, "--json", *zeros, *files, *verb]))

    units = [{key: unit[key] for key in ("unit", "family", "base", "segment", "requester", "status")}
             for unit in ask("units")["units"]]
    devices = [{key: device[key] for key in ("requester", "last", "unit", "crash")} for device in ask("devices")["devices"]]
    return {"units": units, "devices": devices, "overlap": ask("overlap", EVERYWHERE)["devices"]}


def compare(expected, inspect, files, source):
    """Return "same", or a short text that names the difference."""
    try:
        found = of(inspect, files, source)
    except (LabError, ValueError) as error:
        return str(error)
    for part, answer in expected.items():
        if found[part] != answer:
            return f"{part} differ: {json.dumps(found[part])[:200]} instead of {json.dumps(answer)[:200]}"
    return "same"
