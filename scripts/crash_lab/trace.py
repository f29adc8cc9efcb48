# SPDX-License-Identifier: GPL-2.0-or-later
"""Counts in QEMU's trace what the emulated IOMMU let through and what it refused, by device, in a span of time."""

import re

EVENT = re.compile(r"\d+@(\d+\.\d+):amdvi_(translation_result|iotlb_hit|page_fault)\b(.*)")
DEVICE = re.compile(r"devid:? ?([0-9a-f]{2}:[0-9a-f]{2}\.[0-7])")
TARGET = re.compile(r"hpa 0x([0-9a-f]+)")


class Trace:
    """`translated` and `refused`: requester -> number of requests between two moments of the host's clock."""

    def __init__(self, path, start, end):
        self.translated, self.refused = {}, {}
        if not path.exists():
            return
        with open(path, encoding="utf-8", errors="replace") as log:
            for line in log:
                match = EVENT.match(line)
                if match and start <= float(match[1]) <= end:
                    self._count(match[2], match[3])

    def _count(self, event, text):
        device, target = DEVICE.search(text), TARGET.search(text)
        name = device[1] if device else "unknown"
        if event == "page_fault" or (target and int(target[1], 16) == 0):
            self.refused[name] = self.refused.get(name, 0) + 1
        else:
            self.translated[name] = self.translated.get(name, 0) + 1
