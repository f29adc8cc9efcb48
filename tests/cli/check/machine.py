#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Make a machine out of files, for --sysroot: machine.py NAME DIRECTORY; without arguments, the names.

Each machine is a plain server with a few differences, which are what a check is about.
"""

import os
import sys

import iommus
import kinds
import loads
import plugin
import shipped
from server import Machine

MACHINES = {machine.__name__: machine for group in (loads, iommus, kinds, plugin, shipped) for machine in group.MACHINES}


def names():
    """The names of all machines."""
    return list(MACHINES)


def make(name, directory):
    """Make the machine of that name in @directory, which is made too."""
    made = Machine()
    MACHINES[name](made)
    os.makedirs(directory, exist_ok=True)
    made.write(str(directory))


if __name__ == "__main__":
    if len(sys.argv) == 1:
        print("\n".join(names()))
    else:
        make(*sys.argv[1:])
