# SPDX-License-Identifier: GPL-2.0-or-later
"""Draws one pair of a campaign from its seed alone: the same on every machine and with every Python.

Each property has a table of values and weights. A hash of VERSION, the seed and the property's name picks the value, so that
properties are drawn independently. Values that do not fit what was drawn before are left out of the table. Change VERSION whenever
a table changes: seeds then mean something else.
"""

import hashlib
from dataclasses import dataclass

from . import scenario
from .architectures import DEFAULT
from .faults import FAULTS
from .iommus import IOMMUS
from .moments import MOMENTS

VERSION = 2

DOMAINS = {"translated": 3, "pass-through": 1}
KERNELS = {"default": 8, "6.12": 2, "newest": 1}
BOOTS = {"direct": 3, "image": 1}
CPUS = {"1": 3, "2": 4, "4": 1}
MEMORIES = {"768M": 4, "1G": 4, "2G": 1, "3G": 1}
# DMA sources, and where they are. nvme is a disk under load.
SOURCES = {"edu nic": 4, "nic": 3, "edu": 3, "edu nvme": 1, "nic nvme": 1, "edu nic nvme": 1}
PLACES = {"root bus": 4, "bridge": 1, "root port": 1}
MODES = {"block": 6, "block-writes": 1, "sink": 1, "preserve": 1}
STOPS = {"auto": 2, "yes": 1, "no": 1}
BLOCKS = {"auto": 3, "yes": 1}      # only for hosts in pass-through mode; others block with both values
SWITCHES = {"yes": 1, "no": 1}
KEXECS = {"default": 9, "newest": 1}
CARRIERS = {"exec": 4, "exec -a": 1, "wrap -c": 1, "wrap -s": 1}
NO_FAULT = 8            # weight of "no fault"; each fault has its own

# At the second load of moment `loading` the kernel is wrapped already.
WRAP = ("load = [ $PROTECTED = no ] || [ -e /boot/plain ] || { kdump-quiesce wrap $CONF --console {console} /boot/vmlinuz "
        "-o /boot/wrapped && mv /boot/vmlinuz /boot/plain && mv /boot/wrapped /boot/vmlinuz; } || exit 1")
LOADS = {"exec": ['load = $PROTECT kexec -p "$@"'], "exec -a": ['load = $PROTECT kexec -p -a "$@"'],
         "wrap -c": [WRAP, 'load = kexec -p -c "$@"'], "wrap -s": [WRAP, 'load = kexec -p -s "$@"']}


@dataclass(frozen=True)
class Draw:
    """`values` are what was drawn, by name; `lines` the scenario that they make."""
    seed: int
    values: dict
    lines: tuple

    def text(self):
        return "".join(f"{line}\n" for line in self.lines)

    def scenario(self):
        """The scenario to run. Its lines are those of the file that is kept with a pair."""
        made = scenario.Scenario(f"seed-{self.seed}", f"seed {self.seed}")
        for number, line in enumerate(self.lines, 1):
            key, _, value = line.partition(" = ")
            made.put(key, value, f"seed {self.seed}, line {number}")
        return made.finish()


def number(seed, what):
    return int.from_bytes(hashlib.sha256(f"{VERSION}/{seed}/{what}".encode()).digest()[:8], "big")


def pick(seed, what, weights):
    """Pick one of the names in `weights`, {name: weight}. The order of the dictionary counts."""
    at = number(seed, what) % sum(weights.values())
    for name, weight in weights.items():
        at -= weight
        if at < 0:
            return name
    raise AssertionError(what)


def draw(seed, architecture):
    """The pair of this seed on this architecture."""
    values, have = {}, architecture.can()

    def take(what, weights):
        values[what] = pick(seed, what, weights)
        return values[what]

    iommu = take("iommu", {name: weight for name, (weight, _) in architecture.draws.items()})
    device = _device(architecture, iommu)
    domain = take("domain", DOMAINS) if iommu != "none" else "none"
    values["domain"] = domain
    take("kernel", KERNELS)
    take("boot", BOOTS)
    take("cpus", CPUS)
    take("memory", MEMORIES)
    sources = take("sources", SOURCES).split()
    place = take("place", {name: weight for name, weight in PLACES.items()
                           if not (name == "root port" and (not IOMMUS[device].bridges or "nic" not in sources))
                           and not (name == "bridge" and "edu" not in sources)})
    take("mode", MODES)
    take("stop", STOPS)
    blocks = iommu != "none" and (domain == "translated" or take("block", BLOCKS) == "yes")
    take("contain", SWITCHES)
    take("kexec", KEXECS)
    carrier = take("carrier", CARRIERS)
    have |= {*sources}
    # A plugin that would do nothing is not loaded.
    stops = values["stop"] == "yes" or (values["stop"] == "auto" and iommu != "none")
    have |= {carrier.split()[0]} if blocks or stops else set()
    have |= {"iommu", device} if blocks else set()
    have |= {"translation"} if domain == "translated" else set()
    have |= {"bridge"} if place != "root bus" else set()
    take("moment", {name: 1 for name, moment in MOMENTS.items() if have.issuperset(moment.needs)})
    fault = take("fault", {"none": NO_FAULT, **{name: fault.weight for name, fault in FAULTS.items() if have.issuperset(fault.needs)}})
    values["fault number"] = number(seed, "fault number") % (1 << 16) if fault != "none" else 0
    return Draw(seed, values, tuple(_lines(seed, values, architecture)))


def _device(architecture, iommu):
    """The drawn IOMMU's name in IOMMUS."""
    line = architecture.draws[iommu][1][0]
    return line.partition(" = ")[2].partition(",")[0]


def _lines(seed, values, architecture):
    """The lines of the scenario that the drawn values make."""
    sources, place, domain = values["sources"].split(), values["place"], values["domain"]
    edu_at = {"bridge": " bus=bridge,addr=1"}.get(place, "")
    nic_at = {"root port": " bus=port0,addr=0"}.get(place, "")
    treated = ("01:01.0" if edu_at else "00:13.0") if "edu" in sources else "01:00.0" if nic_at else (
        "00:12.0" if "nic" in sources else "00:11.0")
    yield f"about = pair {seed} of a campaign: {values['iommu']}, {values['moment']}, fault {values['fault']}"
    if architecture.name != DEFAULT:
        yield f"architecture = {architecture.name}"
    yield from architecture.draws[values["iommu"]][1]
    yield f"kernel = {values['kernel']}"
    yield f"kexec = {values['kexec']}"
    yield f"boot = {values['boot']}"
    yield f"cpus = {values['cpus']}"
    yield f"memory = {values['memory']}"
    if domain == "pass-through":
        yield "cmdline = iommu=pt"
    yield from {"bridge": ["device = pci-bridge,id=bridge,chassis_nr=1,addr=6"],
                "root port": ["device = pcie-root-port,id=port0,chassis=1,addr=0xc"]}.get(place, [])
    if "edu" in sources:
        yield f"edu = {'translated' if domain == 'translated' else 'identity'}{edu_at}"
    if "nic" in sources:
        yield f"nic = e1000e{nic_at}"
    if "nvme" in sources:
        yield "disk-load = nvme"
    yield f"conf = stop = {values['stop']}"
    if "block" in values:
        yield f"conf = block = {values['block']}"
    yield f"conf = contain = {values['contain']}"
    if values["mode"] != "block":
        yield f"conf = device {treated} = {values['mode']}"
    yield from (line.replace("{console}", architecture.console) for line in LOADS[values["carrier"]])
    yield f"moment = {values['moment']}"
    if values["fault"] != "none":
        yield f"fault = {values['fault']} {values['fault number']}"
    # Both runs have the same expectations, so here a control run passes if its dump was saved.
    for key in ("expect", "damage"):
        yield f"{key} = capture booted"
        yield f"{key} = dump saved"
