# SPDX-License-Identifier: GPL-2.0-or-later
"""Shows which devices could have written to a page: iommu-inspect's answer beside drgn's view of the page.

As a script:      drgn -c vmcore -s vmlinux contrib/drgn/iommu.py vmcore 0x1234000
In a session:     >>> import iommu                    (with contrib/drgn in sys.path)
                  >>> iommu.print_who(prog, "vmcore", page)          # a struct page *, or a physical address
                  >>> for reach in iommu.who("vmcore", 0x1234000): ...
                  >>> iommu.print_reached(prog, "vmcore", "0000:41:00.0")

The dump is named twice because drgn does not tell scripts its path. Every format that iommu-inspect reads will do, also the tables
that `iommu-inspect save` wrote.
"""

import json
import shutil
import subprocess
import sys
from collections import Counter, namedtuple

import drgn

SCHEMA = 1
PAGE = 4096

# Memory that a device can reach: physical addresses first..last; the device reaches `first` at `iova`.
Reach = namedtuple("Reach", "requester pasid first last iova read write")


class InspectError(Exception):
    """iommu-inspect had no answer."""


def inspect(dump, *arguments):
    """The parsed answer of `iommu-inspect --json DUMP ARGUMENTS`. Its messages about unreadable memory go to stderr."""
    program = shutil.which("iommu-inspect")
    if not program:
        raise InspectError("iommu-inspect is not installed")
    done = subprocess.run([program, "--json", str(dump), *arguments], stdout=subprocess.PIPE, text=True, check=False)
    if not done.stdout:
        raise InspectError(f"iommu-inspect {' '.join(arguments)}: exit status {done.returncode}")
    answer = json.loads(done.stdout)
    if "error" in answer:
        raise InspectError(f"iommu-inspect {' '.join(arguments)}: exit status {answer['error']['status']}")
    if answer["schema"] != SCHEMA:
        raise InspectError(f"iommu-inspect answers in schema {answer['schema']}; this script reads schema {SCHEMA}")
    return answer


def who(dump, first, last=None):
    """Every mapping through which a device could reach the memory first..last. Without `last`: the page that contains `first`."""
    if last is None:
        first, last = first & -PAGE, first | PAGE - 1
    for found in inspect(dump, "who", f"{first:x}-{last:x}")["mappings"]:
        yield _reach(found["requester"], found["pasid"], found)


def reached(dump, requester):
    """All that a requester could reach, in order of IOVA."""
    answer = inspect(dump, "map", requester)
    if answer["translation"] == "pass-through":
        raise InspectError(f"requests of {requester} passed untranslated: it could reach all memory")
    for found in answer["ranges"]:
        yield _reach(requester, None, found)


def _reach(requester, pasid, found):
    iova, physical = int(found["first"], 16), int(found["physical"], 16)
    return Reach(requester, pasid, physical, physical + int(found["last"], 16) - iova, iova, found["read"],
                 found["write"])


def physical_of(prog, where):
    """The physical address of a struct page *. A number is returned as it is."""
    if isinstance(where, int):
        return where
    from drgn.helpers.linux.mm import page_to_pfn
    return int(page_to_pfn(where)) * PAGE


def page_state(prog, physical):
    """The kernel's flags and use count of a page; None if there is no struct page."""
    from drgn.helpers.linux.mm import decode_page_flags, pfn_to_page
    try:
        page = pfn_to_page(prog, physical // PAGE)
        return f"{decode_page_flags(page) or 'no flags'}, used {int(page._refcount.counter)} times"
    except (drgn.FaultError, LookupError):
        return None


def print_who(prog, dump, where):
    """Print one page: the kernel's flags, its first bytes, and the devices that could reach it."""
    physical = physical_of(prog, where)
    print(f"page at {physical & -PAGE:#x}: {page_state(prog, physical) or 'no struct page'}")
    print(f"  begins with {bytes(prog.read(physical & -PAGE, 16, True)).hex(' ')}")
    ways = list(who(dump, physical & -PAGE, physical | PAGE - 1))
    for way in ways:
        name = way.requester if way.pasid is None else f"{way.requester}:{way.pasid:x}"
        allowed = " and ".join(word for word, so in (("read", way.read), ("write", way.write)) if so)
        print(f"  {name} can {allowed} it at IOVA {way.iova:#x}")
    if not ways:
        print("  no device could reach it through an entry of its own")


def print_reached(prog, dump, requester):
    """Print how many pages a device could write to, grouped by the kernel's flags."""
    states = Counter()
    for way in reached(dump, requester):
        if way.write:
            for physical in range(way.first & -PAGE, way.last + 1, PAGE):
                states[(page_state(prog, physical) or "no struct page").split(",")[0]] += 1
    for state, pages in states.most_common():
        print(f"{pages:8} pages  {state}")


def differing_entries(prog, dump, requester, iova):
    """Table entries on the way of an IOVA that drgn and iommu-inspect read differently, as (address, iommu-inspect's value, drgn's).
    Both read them from the dump (`--now`), so there are none unless the two read different dumps."""
    for step in inspect(dump, "--now", "translate", requester, f"{iova:x}")["path"]:
        address = int(step["table"], 16) + 8 * step["index"]
        seen = prog.read_u64(address, True)
        if seen != int(step["entry"], 16):
            yield address, int(step["entry"], 16), seen


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: drgn -c VMCORE -s VMLINUX iommu.py VMCORE ADDRESS")
    print_who(prog, sys.argv[1], int(sys.argv[2], 0))   # noqa: F821  drgn gives scripts their `prog'
