#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A CPU architecture of the lab is one entry of a table: a new entry is enough, and no other file names an architecture."""

import dataclasses
import os
import re
import subprocess
import sys
import unittest
from pathlib import Path
from unittest import mock

sys.dont_write_bytecode = True

from scratch import WithDirectory  # noqa: E402
from crash_lab import common, draw, guest, iommus, kernels, machine, memory, moments, scenario  # noqa: E402
from crash_lab.architectures import ARCHITECTURES, DEFAULT  # noqa: E402
from crash_lab.common import LabError  # noqa: E402

# An architecture that differs from a PC in every field. Its programs need not exist.
MADE_UP = dataclasses.replace(
    ARCHITECTURES[DEFAULT], name="madeup", debian="madeup", qemu="true", machine="board", cpu="core", machine_options="gic=3",
    ram=((1 << 30, None),), places={name: f"bus=rp{number},addr=0" for number, name in enumerate(ARCHITECTURES[DEFAULT].places)},
    devices=("pcie-root-port,id=rp0",), iommus=("wall", "none"), firmwares={"none": None},
    config=lambda qtest, requester, offset, value=None: (requester, offset), console="ttyX0", cmdline=("calm",),
    load='$PROTECT kexec -c -p "$@"', interrupt="", program_counter=r"\bPC=([0-9a-f]+)", gate="machine_stop",
    system_call="__madeup_sys_{}", nmi=None, machine_check=None, exceptions={}, draws={"wall": (1, ["iommu = wall"])})
WALL = iommus.Iommu(traces=("wall_*",), request=r"(?!)()()", ready="wall: up", device=False, machine="iommu=wall",
                    release="wall_release", flush="wall_flush")
# Words that only entries may contain, and files that know QEMU's devices or a distribution's kernels.
WORDS = re.compile(r"qemu-system-[a-z]|q35|amd64|x86[_-]64|bzImage|arm64|aarch64|ppc64|ttyS\d|0xcf8|e820|\bRIP\b")


class OneEntry(WithDirectory):
    def setUp(self):
        super().setUp()
        for table, name, entry in ((ARCHITECTURES, "madeup", MADE_UP), (iommus.IOMMUS, "wall", WALL)):
            patched = mock.patch.dict(table, {name: entry})
            patched.start()
            self.addCleanup(patched.stop)

    def load(self, text=""):
        return scenario.load(str(self.write("a.scenario", "architecture = madeup\nabout = x\nexpect = capture booted\n"
                                                          f"damage = capture booted\n{text}")))

    def command(self, item):
        one = machine.Machine.__new__(machine.Machine)
        one.work, one.scenario, one.architecture, one.trace = self.directory, item, item.architecture, self.directory / "log"
        one.memory = memory.GuestMemory(item["memory"], item.architecture.ram)
        self.addCleanup(one.memory.close)
        return " ".join(one._command("KERNEL", "INITRD", guest.first_cmdline(item), "DISK"))

    def test_machine_and_command_line_are_the_entrys(self):
        item = self.load("edu = identity\n")
        command = self.command(item)
        for words in ("/true ", " -machine board,iommu=wall,memory-backend=ram,gic=3 ", " -cpu core ", "-trace wall_*",
                      "console=ttyX0 calm ", "-device pcie-root-port,id=rp0 ", "serial=dump,bus=rp0,addr=0", "bus=rp3,addr=0"):
            self.assertIn(words, command)
        self.assertNotIn("-device wall", command)
        self.assertEqual(item["load"], ['$PROTECT kexec -c -p "$@"'])
        self.assertIn("--console ttyX0", guest.config(item, False))
        self.assertFalse(WORDS.search(command + guest.config(item, False)))

    def test_what_the_entry_does_not_have_is_refused(self):
        for text, words in (("iommu = amd-iommu\n", "a.scenario:5: iommu is `amd-iommu`, not one of madeup: wall, none"),
                            ("firmware = uefi\n", "firmware"), ("machine = q35\n", "machine"),
                            ("edu = identity\nedu-storm = yes\n", "not traced")):
            with self.subTest(text), self.assertRaises(LabError) as caught:
                self.load(text)
            self.assertIn(words, str(caught.exception))
        with self.assertRaises(LabError):
            scenario.load(str(self.write("b.scenario", "architecture = vax\nabout = x\n")))

    def test_memory_lies_where_the_entry_says(self):
        ram = memory.GuestMemory(64 << 20, MADE_UP.ram)
        self.addCleanup(ram.close)
        self.assertEqual(ram._address(0x1000), 0x40001000)
        pc = memory.GuestMemory(64 << 20, ARCHITECTURES[DEFAULT].ram)
        self.addCleanup(pc.close)
        self.assertEqual([pc._address(at) for at in (0, (2 << 30) - 1, 2 << 30)], [0, (2 << 30) - 1, 4 << 30])

    def test_functions_that_moments_need_are_the_entrys(self):
        names = moments.symbols(MADE_UP)
        self.assertLessEqual({"machine_stop", "__madeup_sys_kexec_load", "wall_release", "wall_flush"}, set(names))
        self.assertFalse([name for name in names if "x64" in name or "amd" in name])

    def test_its_packages_are_not_taken_for_the_hosts(self):
        for name in ("madeup/kernel-x", "kernel-y"):
            image = self.directory / name / "boot/vmlinuz-1"
            image.parent.mkdir(parents=True)
            image.write_bytes(bytes(514) + b"HdrS")  # the magic number of a bzImage
        with mock.patch.dict(os.environ, {"CRASH_LAB_CACHE": str(self.directory)}):
            self.assertEqual(kernels.unpacked("kernel-x", None, [], "", MADE_UP), self.directory / "madeup/kernel-x")
            found = subprocess.run([Path(common.TOP, "tests/kernel-images")], stdout=subprocess.PIPE, text=True, check=True).stdout
        self.assertIn(f"{self.directory}/kernel-y/", found)
        self.assertNotIn("kernel-x", found)

    def test_only_what_the_entry_can_do_is_drawn(self):
        for seed in range(200):
            drawn = draw.draw(seed, MADE_UP)
            self.assertNotIn(drawn.values["moment"], ("nmi", "hard-lockup", "machine-check"))
            self.assertNotIn(drawn.values["fault"], ("nmi-storm", "machine-check", "exception"))
            self.assertIn("architecture = madeup\n", drawn.text())


class NoOtherFile(unittest.TestCase):
    def test_names_a_machine(self):
        files = [path for path in sorted(Path(common.TOP, "scripts/crash_lab").glob("*.py"))]
        self.assertGreater(len(files), 20)
        for path in files:
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                with self.subTest(f"{path.name}:{number}"):
                    self.assertIsNone(WORDS.search(line), line)


if __name__ == "__main__":
    unittest.main()
