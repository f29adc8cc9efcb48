# SPDX-License-Identifier: GPL-2.0-or-later
"""The small language of `expect` and `damage` lines: PATH OPERATOR VALUE over what a run observed.

    frames_after_crash == 0            numbers: == != < <= > >=
    edu.after-panic blocked            a word: short for ==
    capture-log ~ "Copied|Reused"      text: ~ contains a match of the regular expression, !~ contains none
    record.units.*.flush ok            dots lead into nested values; * means every one, and at least one
    record.stages.block.changed 7      of a list of things, those of which something is called so
"""

import operator
import re

from .common import LabError

# The first word of a path must be one of these; what each means is in `crash-lab --help`.
OBSERVATIONS = {
    "frames_after_crash": "numbered frames that were sent after the boundary and found in the old kernel's memory",
    "frames_after_capture_start": "numbered frames as above that were sent after the capture kernel's first words",
    "frames_after_iommu_init": "numbered frames as above that were sent after the capture kernel set up its IOMMU driver",
    "blocks_after_crash": "numbered disk blocks that appeared in the old kernel's memory after the boundary",
    "messages_after_crash": "interrupt messages of the storm that reached a CPU between the boundary and `ready`",
    "edu": "result of a DMA write at each moment: before, after-panic, capture-start, iommu-init, ready; and, if an expectation names "
           "it, before-dump (after the `capture` lines, or when a distribution is about to write the dump). Results: written; "
           "blocked; misdirected (the bus address was used as a physical one); sunk (written to one place in the crash kernel's "
           "memory)",
    "edu2": "the same for a second edu device",
    "reads": "edu and edu2, at each moment: read or refused, by the IOMMU's trace (VT-d traces nothing in pass-through)",
    "old_pages_changed": "pages of the old kernel's memory, without the first MiB, that changed between the boundary and "
                         "`ready`; pages that edu devices wrote count too",
    "sunk_in_use": "places where sunk writes arrived that are usable memory in the capture kernel's memory map",
    "translations_after_crash": "DMA requests that the IOMMU let through between the boundary and `ready`",
    "faults_after_crash": "DMA requests that the IOMMU refused between the boundary and `ready`",
    "capture": "booted, or what went wrong",
    "dump": "saved, none, or what is wrong with it",
    "dump_bytes": "size of the dump",
    "dump_format": "kdump-compressed, kdump-flattened or elf",
    "dumps": "for each `also-dump` and `qemu-dump` (qemu-FORMAT): status and format; record and symbols: same if iommu-inspect gives "
             "the same answers as for the first dump, else the difference",
    "report": "text of the report that the capture system left beside the dump",
    "reconcile-log": "output of iommu-reconcile in a distribution's capture kernel, before drivers were loaded and before the dump",
    "snapshot": "same if iommu-inspect gives the same answers for the tables saved beside the dump as for the dump, by the record or, "
                "without a record, by the kernel's symbols; else the difference",
    "nic": "works or dead: whether the NIC receives frames under the capture kernel (nic_check)",
    "loader": "status, loaded (0 or 1) and seconds of the `load` lines",
    "first_status": "exit status of the `first` lines",
    "capture_status": "exit status of the `capture` lines",
    "fault": "what the fault changed, as read back",
    "record": "output of `iommu-inspect DUMP record --json`",
    "times": "seconds: armed (since power-on), capture_start, ready, dump (since the panic), total",
    "first-log": "console of the first kernel", "loader-log": "output of the `load` lines",
    "crash-log": "console between the panic and the capture kernel's first words",
    "capture-log": "console and kernel log of the capture kernel",
}

_COMPARE = {"==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt,
            ">=": operator.ge}


class Expectation:
    """One parsed line. `holds` tells whether the observations of a run satisfy it."""

    def __init__(self, text, where):
        self.text, self.where = text, where
        match = re.fullmatch(r"(\S+)\s+(==|!=|<=|>=|<|>|~|!~)\s+(.+)", text)
        if match:
            self.path, self.operator, value = match.groups()
        else:
            words = text.split()
            if len(words) != 2:
                raise LabError(f"{where}: `{text}` is not `NAME OPERATOR VALUE` or `NAME WORD`")
            self.path, self.operator, value = words[0], "==", words[1]
        if self.path.split(".")[0] not in OBSERVATIONS:
            raise LabError(f"{where}: nothing called `{self.path.split('.')[0]}` is observed; there is: "
                           + ", ".join(OBSERVATIONS))
        self.value = _value(value)
        if self.operator in ("~", "!~"):
            try:
                self.pattern = re.compile(str(self.value))
            except re.error as error:
                raise LabError(f"{where}: `{value}` is no regular expression: {error}") from None

    def holds(self, observed):
        """Return (whether it holds, what was seen, as text)."""
        found = lookup(observed, self.path.split("."))
        if not found:
            return False, f"no {self.path} was observed"
        for value in found:
            if not self._one(value):
                text = str(value)
                return False, f"{self.path} is {text if len(text) < 80 else 'otherwise'}"
        return True, f"{self.path} {_short(found)}"

    def _one(self, value):
        if isinstance(value, bool):
            value = "true" if value else "false"
        if self.operator in ("~", "!~"):
            return bool(self.pattern.search(str(value))) == (self.operator == "~")
        if isinstance(self.value, (int, float)) != isinstance(value, (int, float)):
            if self.operator in ("==", "!="):
                return (str(value) == str(self.value)) == (self.operator == "==")
            return False
        try:
            return _COMPARE[self.operator](value, self.value)
        except TypeError:       # a list, for example, is neither less nor more than a word
            return False


def lookup(value, path):
    """All values that a path leads to; [] if there are none."""
    if not path:
        return [value]
    head, rest = path[0], path[1:]
    if isinstance(value, dict):
        if head == "*":
            return [found for item in value.values() for found in lookup(item, rest)]
        return lookup(value[head], rest) if head in value else []
    if isinstance(value, list):
        if head == "*":
            return [found for item in value for found in lookup(item, rest)]
        if re.fullmatch("[0-9]{1,9}", head):
            return lookup(value[int(head)], rest) if int(head) < len(value) else []
        return [found for item in value if isinstance(item, dict) and head in item.values()
                for found in lookup(item, rest)]
    return []


def _value(text):
    text = text.strip()
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    for convert in (lambda word: int(word, 0), float):
        try:
            return convert(text)
        except ValueError:
            pass
    return text


def _short(found):
    text = ", ".join(dict.fromkeys(str(value) for value in found))
    return text if len(text) < 60 else "as expected"
