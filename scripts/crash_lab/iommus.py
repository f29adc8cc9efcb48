# SPDX-License-Identifier: GPL-2.0-or-later
"""What the lab knows about each IOMMU that QEMU emulates: one entry for each.

An entry has QEMU's trace events, tells a request that was let through from one that was refused, and has the message of the
capture kernel's driver when it is ready.
"""

import re
from dataclasses import dataclass

REFUSED = re.compile(r"Invalid (read|write) at addr .*reason: rejected")


@dataclass(frozen=True)
class Iommu:
    """`traces` are QEMU's event names; `request` matches one translated request, with its moment and requester.

    `fault` matches a request that found no translation, with its moment and, where the event tells, its requester. The IOMMU is
    a `device` of QEMU, or an option of its `machine` type, or always there. `release` and `flush` are functions of Linux's driver
    in which a kernel can be made to crash. `bridges`: does the model tell apart the devices behind a PCI Express bridge?
    """
    traces: tuple
    request: str
    ready: str
    fault: str = r"(?!)()()"
    device: bool = True
    machine: str = ""
    release: str = ""
    flush: str = ""
    bridges: bool = True


IOMMUS = {
    "amd-iommu": Iommu(
        traces=("amdvi_translation_result", "amdvi_page_fault", "amdvi_*_inval", "amdvi_command_error",
                "amdvi_invalid_dte"),
        request=r"\d+@(\d+\.\d+):amdvi_translation_result devid: (\S+)",
        ready=r"AMD-Vi: (Interrupt remapping enabled|Virtual APIC enabled)",
        release="amd_iommu_release_device", flush="amd_iommu_iotlb_sync",
        # QEMU gives requests from behind a PCI Express bridge to another device.
        bridges=False),
    # A fault that FPD suppresses does not name its device. Devices in pass-through mode leave no trace at all.
    "intel-iommu": Iommu(
        traces=("vtd_dmar_translate", "vtd_dmar_fault", "vtd_fault_disabled", "vtd_inv_desc", "vtd_reg_write_gcmd"),
        request=r"\d+@(\d+\.\d+):vtd_dmar_translate dev (\S+)",
        fault=r"\d+@(\d+\.\d+):vtd_(?:dmar_fault sid (\S+)|fault_disabled)",
        ready=r"DMAR: Intel\(R\) Virtualization Technology for Directed I/O",
        release="intel_iommu_release_device", flush="qi_submit_sync"),
    "none": Iommu(traces=(), request=r"(?!)()()", ready=r"(?!)", device=False),
}


def requests(iommu, path):
    """[(host time, requester, let through)] of all requests in QEMU's log.

    QEMU traces a translation before it checks permissions; a refusal follows in the next line. Requests that found no translation
    have an event of their own. If that does not name the requester, it is `unnamed`.
    """
    found, last = [], False
    request, fault = re.compile(IOMMUS[iommu].request), re.compile(IOMMUS[iommu].fault)
    if not path.exists():
        return found
    with open(path, encoding="utf-8", errors="replace") as log:
        for line in log:
            if match := request.match(line):
                found.append((float(match[1]), match[2], True))
                last = True
            elif match := fault.match(line):
                found.append((float(match[1]), match[2] or "unnamed", False))
                last = False
            elif last and REFUSED.match(line):
                found[-1] = (*found[-1][:2], False)
                last = False
    return found


def count_requests(found, start, end):
    """({requester: number let through}, {requester: number refused}) between two times, from what requests() found."""
    passed, refused = {}, {}
    for moment, name, through in found:
        if start <= moment <= end:
            counts = passed if through else refused
            counts[name] = counts.get(name, 0) + 1
    return passed, refused
