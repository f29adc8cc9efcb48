#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Tests of crash-lab's campaigns that need no QEMU: faults on a made-up machine, draws, verdicts, the state file."""

import hashlib
import json
import struct
import sys
import unittest

sys.dont_write_bytecode = True

from scratch import WithDirectory  # noqa: E402
from crash_lab import campaign, draw, expect, faults, moments, pairs, run, scenario, units  # noqa: E402
from crash_lab.architectures import ARCHITECTURES, DEFAULT  # noqa: E402
from crash_lab.common import LabError  # noqa: E402

ENTRY = ARCHITECTURES[DEFAULT]


def drawn(seed):
    return draw.draw(seed, ENTRY)


class MadeUpMachine:
    """The parts of a machine that faults use: memory, registers and configuration space. A stubborn one ignores writes."""

    TABLE, RING, ROOT, NOTE, PLUGIN, ACPI = 0x100000, 0x110000, 0x120000, 0x31000000, 0x30000000, 0x7fe0000

    def __init__(self, iommu, stubborn=False):
        self.memory = self.qtest = self
        self.crash_regions, self.stubborn, self.bytes, self.functions = [(0x30000000, 0x3fffffff)], False, {}, {}
        self.vtd = iommu == "intel-iommu"
        if self.vtd:
            self.store(units.Vtd.GSTS, 0xc7000000)
            self.store(units.Vtd.RTADDR, self.TABLE)
            self.store(units.Vtd.IQA, self.RING)
            self.store(self.TABLE, (self.TABLE + 0x1000) | 1)
            self.store(self.TABLE + 0x1000 + 16 * 0x98, self.ROOT | 1)
        else:
            self.store(units.AmdVi.DEVICE_TABLE, self.TABLE | 1)
            self.store(units.AmdVi.COMMAND_BUFFER, self.RING | 9 << 56)
            self.store(units.AmdVi.CONTROL, units.AmdVi.IOMMU_EN | units.AmdVi.COMMAND_EN)
            self.store(self.TABLE + 32 * 0x98, self.ROOT | 3 << 9 | 3)
        table = (b"DMAR" if self.vtd else b"IVRS") + struct.pack("<IBB", 96, 1, 0) + bytes(86)
        self.write_bytes(self.ACPI, table[:9] + bytes([-sum(table) & 0xff]) + table[10:])
        self.write_bytes(self.PLUGIN + faults.HANDOVER_AT, faults.HANDOVER.pack(
            int.from_bytes(b"KDQH", "little"), 2, 62, 912, 0x8000, 0x20000, 0, 0, 0, 0, self.NOTE, 0, 0, 0, 0, 0x2000, 0))
        self.functions = {0x60: {faults.PCI_HEADER: 0x10000, faults.PCI_BUSES: 0x10100},
                          0x90: {faults.PCI_CAPABILITIES: 0x40, 0x40: faults.PCI_PM, faults.PCI_COMMAND: 6}}
        self.stubborn = stubborn

    def store(self, address, value):
        self.write_bytes(address, struct.pack("<Q", value))

    def write_bytes(self, address, data):
        if not self.stubborn:
            self.bytes.update(enumerate(data, address))

    def read(self, address, length):
        return bytes(self.bytes.get(at, 0) for at in range(address, address + length))

    def read64(self, address):
        return struct.unpack("<Q", self.read(address, 8))[0]

    def read32(self, address):
        return self.read64(address) & 0xffffffff

    def write64(self, address, value):
        self.store(address, value)
        if address == units.Vtd.IQT and not self.stubborn:
            self.store(units.Vtd.FSTS, 0x10)

    def write32(self, address, value):
        if address == units.Vtd.GCMD and not self.stubborn:
            self.store(units.Vtd.GSTS, value)

    def find(self, pattern, start=0, end=1 << 64):
        first = pattern[0]
        return [at for at, byte in sorted(self.bytes.items()) if byte == first and start <= at < end
                and self.read(at, len(pattern)) == pattern]

    def config(self, requester, offset, value=None):
        if requester not in self.functions:
            return 0xffffffff
        words = {0: 0x12348086, **self.functions[requester]}
        if value is not None and not self.stubborn:
            self.functions[requester][offset] = value
            return value
        return words.get(offset, 0)

    def write_to(self, address):
        """Acts as an edu device whose write is refused: the unit records a fault."""
        if not self.stubborn:
            self.store(units.Vtd.FSTS, 3)


class Faults(unittest.TestCase):
    @staticmethod
    def places(name, stubborn):
        needs = faults.FAULTS[name].needs
        for iommu in ("amd-iommu", "intel-iommu"):
            if not {"amd-iommu", "intel-iommu"} & set(needs) or iommu in needs:
                machine = MadeUpMachine(iommu, stubborn)
                yield faults.Place(machine, iommu, {"edu": machine}, True, 5), machine

    def test_every_fault_changes_the_machine_and_says_what_it_did(self):
        for name, fault in faults.FAULTS.items():
            for place, machine in self.places(name, False) if fault.inject else ():
                with self.subTest(name, iommu=place.iommu):
                    before = (dict(machine.bytes), {key: dict(words) for key, words in machine.functions.items()})
                    self.assertTrue(fault.inject(place))
                    self.assertNotEqual(before, (machine.bytes, machine.functions))

    def test_a_fault_that_does_not_happen_is_told(self):
        for name, fault in faults.FAULTS.items():
            for place, _ in self.places(name, True) if fault.inject else ():
                with self.subTest(name, iommu=place.iommu), self.assertRaises(LabError):
                    fault.inject(place)

    def test_the_same_number_is_the_same_fault(self):
        for name, fault in faults.FAULTS.items():
            if fault.inject:
                one, other = (next(self.places(name, False)) for _ in range(2))
                fault.inject(one[0])
                fault.inject(other[0])
                self.assertEqual(one[1].bytes, other[1].bytes, name)

    def test_what_goes_on_beside_the_plugin_must_have_come(self):
        machine = MadeUpMachine("amd-iommu")
        beside = faults.Rewritten(faults.Place(machine, "amd-iommu", {}, True, 5))
        beside.start()
        with self.assertRaises(LabError):
            beside.finish()

    def test_the_records_expectations_can_be_read(self):
        for fault in faults.FAULTS.values():
            for text in fault.record:
                expect.Expectation(text, "here")


class Draws(unittest.TestCase):
    MANY = range(1500)

    def test_a_seed_means_the_same_everywhere(self):
        self.assertEqual(drawn(7), drawn(7))
        # These are the draws of version 2. A change of the hash, an order or a table fails here, and needs a new VERSION.
        self.assertEqual((draw.VERSION, [draw.pick(seed, "x", {"a": 1, "b": 2, "c": 3}) for seed in range(12)]),
                         (2, list("ccccabcbbbab")))
        texts = "".join(drawn(seed).text() for seed in range(300))
        self.assertEqual(hashlib.sha256(texts.encode()).hexdigest()[:16], "172977b3269576a4")

    def test_every_value_of_every_table_comes_up_and_every_scenario_is_valid(self):
        many = [drawn(seed) for seed in self.MANY]
        for what, table in (("iommu", ENTRY.draws), ("domain", draw.DOMAINS), ("kernel", draw.KERNELS), ("cpus", draw.CPUS),
                            ("memory", draw.MEMORIES), ("sources", draw.SOURCES), ("place", draw.PLACES), ("mode", draw.MODES),
                            ("stop", draw.STOPS), ("contain", draw.SWITCHES), ("carrier", draw.CARRIERS),
                            ("block", draw.BLOCKS), ("boot", draw.BOOTS), ("kexec", draw.KEXECS), ("moment", moments.MOMENTS),
                            ("fault", {"none", *(name for name, fault in faults.FAULTS.items() if fault.weight)})):
            with self.subTest(what):
                self.assertLessEqual(set(table), {one.values.get(what) for one in many})
        for one in many[:300]:
            one.scenario()

    def test_no_fault_of_the_plugin_is_drawn_where_none_is_loaded(self):
        idle = 0
        for values in (drawn(seed).values for seed in self.MANY):
            stops = values["stop"] == "yes" or values["stop"] == "auto" and values["iommu"] != "none"
            if not stops and (values["iommu"] == "none" or values.get("block") == "auto"):
                idle += 1
                self.assertTrue(values["fault"] == "none" or "exec" not in faults.FAULTS[values["fault"]].needs)
        self.assertGreater(idle, 20)

    def test_a_moment_and_a_fault_are_drawn_only_where_they_can_happen(self):
        for seed in self.MANY:
            values = drawn(seed).values
            if values["iommu"] == "none":
                self.assertNotIn("iommu", faults.FAULTS[values["fault"]].needs if values["fault"] != "none" else ())
                self.assertNotIn(values["moment"], ("iommu", "unplug"))
            if values["carrier"].startswith("wrap") and values["fault"] != "none":
                self.assertNotIn("exec", faults.FAULTS[values["fault"]].needs)


class Verdicts(unittest.TestCase):
    @staticmethod
    def one(without, with_plugin):
        """A try, from one letter for each run: L(ost), B(ooted), S(aved), N(ever crashed)."""
        return {mode: {"live": word != "N", "booted": word in "BS", "saved": word == "S", "dma": False, "why": ""}
                for mode, word in (("without", without), ("with", with_plugin))}

    def verdict(self, *words):
        return pairs.verdict([self.one(*word) for word in words])

    def test_what_goes_worse_with_the_plugin_is_bad(self):
        for worse in ("SL", "SB", "BL"):
            self.assertEqual(self.verdict(worse), "bad", worse)

    def test_what_goes_as_well_or_better_is_not(self):
        self.assertEqual([self.verdict(word) for word in ("SS", "BB", "LL", "LS", "BS", "LB")],
                         ["same", "same", "same", "better", "better", "better"])

    def test_a_run_that_never_came_to_its_crash_says_nothing(self):
        self.assertEqual([self.verdict(word) for word in ("SN", "NS", "NN")], ["void"] * 3)

    def test_all_tries_count(self):
        self.assertEqual(self.verdict("SL", "SS", "SS"), "bad")
        self.assertEqual(self.verdict("SL", "LS", "SS"), "same")

    def test_a_summary_has_what_the_verdict_needs(self):
        seen = {"capture": "booted", "dump": "saved", "edu": {"ready": "written"}, "fault": "x",
                "record": {"sealed": True, "nmis": 0, "stages": [{"stage": "flush", "status": "timeout"}]}}
        result = run.Result("s", "protected", "pass", "", 1.0, True, seen)
        got = pairs.summary(result, "nmi-storm")
        self.assertEqual((got["booted"], got["saved"], got["dma"], got["record"]), (True, True, True, "flush timeout"))
        self.assertEqual((got["said"], got["missed"]), (False, ["record.nmis > 0"]))
        result.observed = {**seen, "record": None, "loader-log": "... stop = auto leaves devices alone where no IOMMU translates"}
        self.assertNotIn("said", pairs.summary(result, "nmi-storm"))
        result.observed = {**seen, "capture": "did not start", "dump": "none", "edu": {"ready": "blocked"}}
        got = pairs.summary(result, "none")
        self.assertEqual((got["booted"], got["saved"], got["dma"]), (False, False, False))

    def test_bad_pairs_are_in_the_table(self):
        values = drawn(1).values
        text = pairs.text([{"seed": 1, "draw": values, "verdict": "bad", "tries": [self.one("S", "L")]},
                           {"seed": 2, "draw": values, "verdict": "same", "tries": [self.one("S", "S")]}])
        self.assertRegex(text, rf"{values['moment']} +2 +2/1 +2/1 +0/0 +- +0 +1 +0\n")


class Campaigns(WithDirectory):
    def setUp(self):
        super().setUp()
        self.runs = []
        self.lost = set()

    def run_one(self, item, options):
        """Replaces run_scenario: every run passes except for those in self.lost."""
        mode = "control" if options.control else "protected"
        self.runs.append((item.name, mode))
        lost = (item.name, mode) in self.lost
        return run.Result(item.name, mode, "fail" if lost else "pass", "lost" if lost else "", 1.0, True,
                          {} if lost else {"capture": "booted", "dump": "saved", "record": {"sealed": True}})

    def campaign(self, count, path="", keep=""):
        state = campaign.State(path, ENTRY)
        return campaign.run_all(range(count), ENTRY, "", 1, state, keep, run=self.run_one)

    def test_what_is_done_is_not_run_again(self):
        path = str(self.directory / "state")
        self.campaign(2, path)
        self.runs.clear()
        self.assertEqual([pair["seed"] for pair in self.campaign(3, path)], [0, 1, 2])
        self.assertEqual(self.runs, [("seed-2", "control"), ("seed-2", "protected")])

    def test_a_pair_is_on_disk_before_the_next_one_begins(self):
        path = self.directory / "state"
        on_disk = []

        def run_one(item, options):
            on_disk.append([json.loads(line)["seed"] for line in path.read_text().splitlines()[1:]])
            return self.run_one(item, options)

        campaign.run_all(range(20), ENTRY, "", 1, campaign.State(str(path), ENTRY), "", run=run_one)
        self.assertEqual(on_disk, [list(range(seed)) for seed in range(20) for _ in ("without", "with")])

    def test_a_line_that_was_cut_off_is_run_again(self):
        path = self.directory / "state"
        self.campaign(2, str(path))
        path.write_bytes(path.read_bytes()[:-20])
        self.runs.clear()
        self.campaign(2, str(path))
        self.assertEqual([name for name, _ in self.runs], ["seed-1", "seed-1"])
        self.runs.clear()
        self.campaign(2, str(path))
        self.assertEqual(self.runs, [])

    def test_what_is_no_state_or_of_another_version_is_refused(self):
        for text in ("text\n", '{"campaign": 1, "draw": 0}\n', '{"campaign": 1, "draw": 1, "architecture": "vax"}\n', '[]\n'):
            with self.assertRaises(LabError):
                campaign.State(str(self.write("state", text)), ENTRY)

    def test_a_bad_pair_is_tried_again_and_kept_with_all_to_replay_it(self):
        self.lost.add(("seed-1", "protected"))
        keep = self.directory / "keep"
        got = self.campaign(2, keep=str(keep))
        self.assertEqual([pair["verdict"] for pair in got], ["same", "bad"])
        self.assertEqual(len(self.runs), 2 + 2 * campaign.TRIES)
        self.assertEqual([path.name for path in keep.iterdir()], ["seed-1"])
        kept = scenario.load(str(keep / "seed-1" / "seed-1.scenario"))
        one = drawn(1).scenario()
        for key in scenario.KEYS:
            if key not in ("expect", "damage"):
                self.assertEqual(kept[key], one[key], key)


if __name__ == "__main__":
    unittest.main()
