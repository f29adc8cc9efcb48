# SPDX-License-Identifier: GPL-2.0-or-later
"""What the lab knows about each IOMMU that QEMU emulates: one entry a family.

Its trace events, how they tell a request that was let through from one that was refused, and the words of the
capture kernel's driver when it is done.
"""

import re
from dataclasses import dataclass

REFUSED = re.compile(r"Invalid (read|write) at addr .*reason: rejected")


@dataclass(frozen=True)
class Iommu:
    """`traces` are QEMU's event names; `request` matches one translated request, with its moment and requester."""
    traces: tuple
    request: str
    ready: str


IOMMUS = {
    "amd-iommu": Iommu(
        traces=("amdvi_translation_result", "amdvi_page_fault", "amdvi_*_inval", "amdvi_command_error",
                "amdvi_invalid_dte"),
        request=r"\d+@(\d+\.\d+):amdvi_translation_result devid: (\S+)",
        ready=r"AMD-Vi: (Interrupt remapping enabled|Virtual APIC enabled)"),
    "none": Iommu(traces=(), request=r"(?!)()()", ready=r"(?!)"),
}


def count_requests(iommu, path, start, end):
    """({requester: let through}, {requester: refused}) between two moments of the host's clock, from QEMU's log.

    QEMU traces a translation before it looks at permissions; a refusal follows it in the next line.
    """
    passed, refused, last = {}, {}, None
    request = re.compile(IOMMUS[iommu].request)
    if not path.exists():
        return passed, refused
    with open(path, encoding="utf-8", errors="replace") as log:
        for line in log:
            match = request.match(line)
            if match:
                last = match[2] if start <= float(match[1]) <= end else None
                if last:
                    passed[last] = passed.get(last, 0) + 1
            elif last and REFUSED.match(line):
                passed[last] -= 1
                refused[last] = refused.get(last, 0) + 1
                last = None
    return {name: count for name, count in passed.items() if count}, refused
