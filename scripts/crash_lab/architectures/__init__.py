# SPDX-License-Identifier: GPL-2.0-or-later
"""The CPU architectures that the lab can crash: an entry for each, in a file of its own. The first is the default."""

from . import x86_64
from .base import Architecture, Firmware

ARCHITECTURES = {entry.name: entry for entry in (x86_64.ENTRY,)}
DEFAULT = next(iter(ARCHITECTURES))

__all__ = ["ARCHITECTURES", "DEFAULT", "Architecture", "Firmware"]
