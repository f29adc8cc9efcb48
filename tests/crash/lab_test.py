#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Tests of crash-lab itself that need no QEMU: scenario files, expectations, archives, memory scans, dump checks."""

import contextlib
import io
import lzma
import os
import shutil
import struct
import subprocess
import sys
import time
import unittest
from unittest import mock

sys.dont_write_bytecode = True

from scratch import WithDirectory  # noqa: E402
from crash_lab import (channels, cli, debian, distribution, dump, expect, initramfs, iommus, kernels, memory, report,  # noqa: E402
                       run, scenario, sources)
from crash_lab.architectures import ARCHITECTURES, DEFAULT  # noqa: E402
from crash_lab.common import LabError, LabTrouble  # noqa: E402

ENTRY = ARCHITECTURES[DEFAULT]

GOOD = "about = x\nnic = e1000e\nexpect = frames_after_crash == 0\ndamage = frames_after_crash > 0\n"


class ScenarioFiles(WithDirectory):
    def load(self, text, settings=()):
        return scenario.load(str(self.write("a.scenario", text)), settings)

    def refused(self, text, words, settings=()):
        with self.assertRaises(LabError) as caught:
            self.load(text, settings)
        self.assertIn(words, str(caught.exception))

    def test_every_shipped_scenario_is_valid(self):
        self.assertGreater(len(scenario.names()), 10)
        for name in scenario.names():
            with self.subTest(name):
                scenario.load(name)

    def test_lists_collect_and_other_keys_are_replaced(self):
        got = self.load(GOOD + "cpus = 3\ncpus = 4\ndevice = a\ndevice = b\n")
        self.assertEqual((got["cpus"], got["device"]), (4, ["a", "b"]))

    def test_empty_value_clears_a_list(self):
        self.assertEqual(self.load(GOOD + "device = a\ndevice =\ndevice = b\n")["device"], ["b"])

    def test_setting_goes_over_the_file(self):
        self.assertEqual(self.load(GOOD, [("memory", "3G")])["memory"], 3 << 30)

    def test_include_is_relative_to_the_including_file(self):
        self.write("b.common", GOOD)
        self.assertEqual(self.load("include = b.common\ncpus = 1\n")["cpus"], 1)

    def test_errors_name_file_and_line(self):
        self.refused("about = x\nfrob = 1\n", "a.scenario:2: unknown key `frob`")
        self.refused("about\n", "a.scenario:1")
        self.refused("include = nowhere\n", "a.scenario:1: nowhere: no such file")
        self.refused(GOOD + "cpus = many\n", "a.scenario:5: cpus")
        self.refused(GOOD + "expect = frames_after_crash\n", "a.scenario:5")
        self.refused(GOOD + "expect = frame == 0\n", "nothing called `frame`")
        self.refused(GOOD + "expect = capture-log ~ \"(\"\n", "no regular expression")

    def test_a_scenario_that_cannot_fail_is_refused(self):
        self.refused("about = x\nexpect = capture booted\n", "no `damage` line")
        self.refused("about = x\ndamage = capture booted\n", "no `expect` line")

    def test_expectation_about_a_device_that_is_not_there_is_refused(self):
        self.refused("about = x\nexpect = edu.ready blocked\ndamage = capture booted\n", "no such device")
        self.refused("about = x\nedu = identity\nexpect = edu.lunch blocked\ndamage = capture booted\n", "the moments are")

    def test_what_a_distribution_decides_is_refused(self):
        self.assertEqual(self.load(GOOD + "system = debian\n")["load"][0], "systemctl start kdump-tools")
        self.refused(GOOD + "system = debian\ndump = cp\n", "a.scenario:6: dump is for the lab's own guest")
        self.refused(GOOD + "capture = true\nsystem = debian-dracut\n", "capture is for the lab's own guest")
        self.refused(GOOD + "system = debian\ndump-disk = none\n", "a.scenario:6: system = debian is on the dump-disk")

    def test_file_that_includes_itself_is_refused(self):
        self.refused("include = a.scenario\n", "includes itself")


class Expectations(unittest.TestCase):
    SEEN = {"frames_after_crash": 3, "dump": "saved", "capture-log": "a\nCopied DEV table\n",
            "record": {"units": [{"flush": "ok"}, {"flush": "failed"}], "empty": [], "sealed": True}}

    def holds(self, text):
        return expect.Expectation(text, "here").holds(self.SEEN)[0]

    def test_numbers_words_text_and_paths(self):
        for text in ("frames_after_crash > 0", "frames_after_crash == 0x3", "dump saved", "dump != none",
                     'capture-log ~ "Copied|Reused"', "capture-log !~ FAULT", "record.units.0.flush ok", "record.sealed true"):
            self.assertTrue(self.holds(text), text)

    def test_what_does_not_hold(self):
        for text in ("frames_after_crash == 0", "dump none", "capture-log ~ Reused", "record.units.*.flush ok",
                     "record.units.7.flush ok", "dump > 3"):
            self.assertFalse(self.holds(text), text)

    def test_nothing_observed_is_never_enough(self):
        for text in ("nic != dead", "first-log !~ x", "record.empty.* ok", "blocks_after_crash == 0"):
            self.assertFalse(self.holds(text), text)


class Judgement(WithDirectory):
    def judge(self, control, observed, problem="", live=True):
        path = self.write("a.scenario", GOOD)
        return run.judge(scenario.load(str(path)), control, observed, problem, live)[0]

    def test_control_passes_only_with_damage(self):
        self.assertEqual(self.judge(True, {"frames_after_crash": 1}), "pass")
        self.assertEqual(self.judge(True, {"frames_after_crash": 0}), "fail")

    def test_protected_run_passes_only_without_damage_and_to_its_end(self):
        self.assertEqual(self.judge(False, {"frames_after_crash": 0}), "pass")
        self.assertEqual(self.judge(False, {"frames_after_crash": 1}), "fail")
        self.assertEqual(self.judge(False, {"frames_after_crash": 0}, problem="QEMU ended"), "fail")

    def test_sources_that_never_ran_prove_nothing(self):
        self.assertEqual(self.judge(False, {"frames_after_crash": 0}, live=False), "fail")
        self.assertEqual(self.judge(True, {"frames_after_crash": 1}, live=False), "fail")


class Order(WithDirectory):
    def test_slow_scenarios_run_first_and_results_keep_their_order(self):
        items = [scenario.load(str(self.write(f"{name}.scenario", GOOD + f"slow = {slow}\n")))
                 for name, slow in (("a", "no"), ("b", "yes"), ("c", "no"), ("d", "yes"))]
        ran, told = [], []

        def one(item, options):
            ran.append(item.name)
            return run.Result(item.name, "protected")

        with mock.patch.object(cli, "run_scenario", one), mock.patch.object(cli, "say"):
            cli.run_all(items, run.Options(), 1, lambda result: told.append(result.scenario))
        self.assertEqual(ran, ["b", "d", "a", "c"])
        self.assertEqual(told, ["a", "b", "c", "d"])


class Distributions(WithDirectory):
    """A disk with the files that a distribution leaves after a crash; nothing is booted."""

    def setUp(self):
        super().setUp()
        tools = [shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin") for name in ("mke2fs", "e2fsck", "debugfs")]
        if not all(tools):
            self.skipTest("no e2fsprogs")
        item = scenario.load(str(self.write("a.scenario", GOOD + "system = debian\n")))
        self.system = distribution.Debian(item, run.Options(), self.directory)
        self.system.disk, self.mke2fs = self.directory / "disk.img", tools[0]

    def disk(self, files):
        for name, text in files.items():
            path = self.directory / "tree/var/crash" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="ascii")
        subprocess.run([self.mke2fs, "-q", "-t", "ext4", "-d", self.directory / "tree", self.system.disk, "8M"], check=True,
                       stdout=subprocess.DEVNULL)

    def test_what_the_capture_kernel_left_is_taken_off_its_disk(self):
        self.disk({"202611211805/dump.202611211805": "dump", "202611211805/dmesg.202611211805": "log",
                   "kdump-quiesce.20261121180510.txt": "report", "kdump-quiesce.20261121180510.elf": "tables",
                   "kdump-quiesce.20261121180510.log": "repairs", "kexec_cmd": "kexec"})
        self.assertTrue(self.system.fetch())
        for name, text in {"dump": "dump", "report": "report", "snapshot": "tables", "crash-dmesg": "log",
                           "reconcile-log": "repairs"}.items():
            self.assertEqual((self.directory / name).read_text(encoding="ascii"), text)

    def test_what_reconcile_said_is_observed(self):
        self.write("reconcile-log", "repairs")
        one = run.Run(self.system.scenario, run.Options(), self.directory)
        one._examine_evidence("no-inspect")
        self.assertEqual(one.observed["reconcile-log"], "repairs")
        self.assertNotIn("report", one.observed)

    def test_kdump_tools_settings_stay_but_for_what_the_lab_sets(self):
        path = self.directory / "etc/default/kdump-tools"
        path.parent.mkdir(parents=True)
        path.write_text("USE_KDUMP=0\nKDUMP_INITRD=/var/lib/kdump/initrd.img", encoding="ascii")
        debian._set_kdump(self.directory, debian.KDUMP_SETTINGS)
        self.assertEqual(subprocess.run(["sh", "-c", f'. {path}; echo "$USE_KDUMP $KDUMP_INITRD"'], capture_output=True, check=True,
                                        text=True).stdout, "1 /var/lib/kdump/initrd.img\n")

    def test_a_dump_that_was_not_finished_is_none(self):
        self.disk({"202611211805/dump-incomplete": "half"})
        self.system.fetch()
        self.assertFalse((self.directory / "dump").exists())

    def test_a_disk_beyond_repair_is_told(self):
        self.system.disk.write_bytes(bytes(8 << 20))
        with self.assertRaises(LabError) as caught:
            self.system.fetch()
        self.assertIn("file system", str(caught.exception))


class Packages(WithDirectory):
    def test_package_is_built_again_when_a_source_is_newer(self):
        source, deb = self.write("source.c", ""), self.directory / "package/kdump-quiesce_1_amd64.deb"
        built = []

        def call(argv, **_):
            if argv[0] == "git":
                return "source.c\0"
            built.append(argv)
            deb.parent.mkdir(exist_ok=True)
            deb.write_bytes(b"")
            return ""

        with mock.patch.multiple(debian, call=call, TOP=self.directory, say=mock.DEFAULT), \
                mock.patch.object(debian.packages, "cache_lock", contextlib.nullcontext):
            self.assertEqual(debian.package(self.directory), deb)
            debian.package(self.directory)
            self.assertEqual(len(built), 1)
            os.utime(source, (2e9, 2e9))
            debian.package(self.directory)
        self.assertEqual(len(built), 2)


class Memory(unittest.TestCase):
    def test_numbers_are_found_outside_the_crash_region_only(self):
        ram = memory.GuestMemory(64 << 20, ENTRY.ram)
        self.addCleanup(ram.close)
        ram.crash_regions = [(0x2000000, 0x2ffffff)]
        border = memory.CHUNK - 5
        for offset, number in ((0x1000, 1), (border, 2), (0x2000100, 3), (0x3000000, 4)):
            os.pwrite(ram.fd, memory.FRAME_MAGIC + struct.pack(">I", number), offset)
        self.assertEqual(ram.find_numbers(memory.FRAME_MAGIC), {1, 2, 4})
        self.assertEqual(ram.find_reserved(memory.FRAME_MAGIC), [0x2000100])

    def test_fingerprints_are_of_the_old_kernels_pages_alone(self):
        ram = memory.GuestMemory(64 << 20, ENTRY.ram)
        self.addCleanup(ram.close)
        ram.crash_regions = [(0x2000000, 0x2ffffff)]
        for offset in (0x1000, 0x200000, 0x2000000, 0x3000000):
            os.pwrite(ram.fd, b"before", offset)
        before = ram.fingerprint()
        self.assertNotIn(0x1000, before)
        self.assertNotIn(0x2000000, before)
        for offset in (0x1000, 0x2000000, 0x3000000):
            os.pwrite(ram.fd, b"later", offset)
        now = ram.fingerprint()
        self.assertEqual([page for page in now if now[page] != before[page]], [0x3000000])


class Archives(WithDirectory):
    def test_archive_has_directories_before_files_and_a_trailer(self):
        archive = initramfs.Archive(ENTRY)
        archive.add("a/b/c", "text", 0o755)
        data = archive.pack()
        self.assertEqual(len(data) % 512, 0)
        self.assertLess(data.index(b"a\0"), data.index(b"a/b\0"))
        self.assertLess(data.index(b"a/b\0"), data.index(b"a/b/c\0"))
        self.assertIn(b"TRAILER!!!", data)

    def test_modules_come_after_what_they_need(self):
        for name, info in (("ext4", b"\0depends=jbd2,mb-cache\0softdep=pre: crypto-crc32c\0"), ("jbd2", b"\0depends=\0"),
                           ("mb-cache", b"\0depends=jbd2\0"), ("crc32c_generic", b"\0depends=\0")):
            self.write(f"{name}.ko", info)
        order = [name for name, _ in initramfs.Modules(self.directory).load_order(["ext4"], ENTRY.crypto_providers)]
        self.assertEqual(order, ["jbd2", "mb_cache", "crc32c_generic", "ext4"])

    def test_module_without_a_file_counts_as_built_in(self):
        self.assertEqual(initramfs.Modules(self.directory).load_order(["virtio_pci"], {}), [])


class Kernels(WithDirectory):
    def image(self, packed):
        """A bzImage with only the header fields of the payload: it lies 16 bytes behind two sectors, its unpacked size at its end."""
        header = bytearray(1024 + 16)
        header[0x1f1] = 1
        struct.pack_into("<II", header, 0x248, 16, len(packed) + 4)
        return bytes(header) + packed + bytes(100)

    def test_payload_is_unpacked_if_it_is_a_kernel(self):
        elf = b"\x7fELF" + bytes(1000)
        self.assertEqual(ENTRY.payload(self.image(lzma.compress(elf))), elf)
        for image in (self.image(lzma.compress(b"something else")), self.image(elf), self.image(lzma.compress(elf)[:40]), b"MZ"):
            self.assertEqual(ENTRY.payload(image), b"")


class Traces(WithDirectory):
    def test_a_refusal_takes_back_the_translation_before_it(self):
        line = "1@{}:amdvi_translation_result devid: 00:{}.0 gpa 0x1000 hpa 0x1000\n"
        refused = "Invalid write at addr 0x1000, size 4, region '(null)', reason: rejected\n"
        path = self.write("log", line.format("9.0", "12") + line.format("10.5", "12") + line.format("11.0", "13")
                          + refused + line.format("30.0", "12") + refused)
        self.assertEqual(iommus.count_requests(iommus.requests("amd-iommu", path), 10, 20), ({"00:12.0": 1}, {"00:13.0": 1}))


    def test_vtd_faults_count_with_and_without_a_name(self):
        path = self.write("log", "1@10.0:vtd_dmar_translate dev 00:12.00 iova 0x1000 -> gpa 0x2000 mask 0xfff\n"
                                 "1@11.0:vtd_fault_disabled Fault processing disabled for context entry\n"
                                 "Invalid write at addr 0x1000, size 4, region '(null)', reason: rejected\n"
                                 "1@12.0:vtd_dmar_fault sid 0x98 fault 88 addr 0x1000 write 1\n"
                                 "1@30.0:vtd_dmar_fault sid 0x98 fault 88 addr 0x1000 write 1\n")
        self.assertEqual(iommus.count_requests(iommus.requests("intel-iommu", path), 10, 20),
                         ({"00:12.00": 1}, {"unnamed": 1, "0x98": 1}))


class Probes(unittest.TestCase):
    """An edu device whose writes arrive at a distance from their bus address, or nowhere."""

    IOVA, PA = 0x40000000, 0x1000

    class Device:
        """The requests of qtest that a probe uses."""

        def __init__(self, shift):
            self.shift, self.memory, self.registers, self.buffer = shift, {}, {}, b""

        def read(self, address, length):
            return self.memory.get(address, bytes(length))

        def write_bytes(self, address, data):
            self.memory[address] = data

        def read64(self, address):
            return self.registers.get(address, 0)

        def write64(self, address, value):
            if address != sources.Edu.COMMAND:
                self.registers[address] = value
            elif value & sources.Edu.TO_MEMORY:
                if self.shift is not None:
                    self.memory[self.registers[sources.Edu.TARGET] + self.shift] = self.buffer
            else:
                self.buffer = self.read(Probes.PA, sources.Edu.LENGTH)

    def test_a_write_that_arrives_in_the_crash_kernels_memory_is_sunk(self):
        device = self.Device(0x70000000 - self.IOVA)

        def places(mark):
            return [place for place, data in device.memory.items() if place >= 0x70000000 and data == mark]

        edu = sources.Edu(device, 0, self.IOVA, self.PA, places)
        edu.arm()
        self.assertEqual(edu.probe(), "sunk")
        self.assertEqual(edu.sunk, {0x70000000})
        device.shift = None     # From now on writes are refused: the mark that was sunk before must not be found again.
        self.assertEqual(edu.probe(), "blocked")
        device.shift = 0x70000000 - self.IOVA
        device.memory[0x70001000] = edu.mark
        self.assertEqual(edu.probe(), "written to several places")

    def probe(self, shift):
        device = self.Device(shift)
        device.memory = {self.PA: b"a" * sources.Edu.LENGTH, self.IOVA: b"b" * sources.Edu.LENGTH}
        before = dict(device.memory)
        edu = sources.Edu(device, 0, self.IOVA, self.PA)
        edu.arm()
        found = edu.probe()
        self.assertEqual(device.memory, before)
        return found

    def test_where_a_write_lands_is_told_and_undone(self):
        self.assertEqual(self.probe(self.PA - self.IOVA), "written")
        self.assertEqual(self.probe(None), "blocked")
        self.assertEqual(self.probe(0), "misdirected")


class Consoles(WithDirectory):
    """The lab's end of a serial port; this test acts as QEMU."""

    def setUp(self):
        super().setUp()
        self.console = channels.Console(self.directory / "serial", self.directory / "serial.log")

    def wait(self, pattern):
        return self.console.wait(pattern, 0, time.monotonic() + 60)

    def test_lines_come_in_order_and_the_end_is_seen(self):
        with open(self.directory / "serial.out", "r+b", buffering=0) as port:
            port.write(b"one\r\ntwo\nhal")
            self.assertEqual(self.wait("^two$")[0], 1)
            port.write(b"f")
        self.assertIsNone(self.wait("three"))
        self.assertEqual(self.console.text(), ["one", "two", "half"])
        self.assertEqual((self.directory / "serial.log").read_bytes(), b"one\r\ntwo\nhalf")

    def test_bytes_are_kept_while_the_lab_is_busy(self):
        port = os.open(self.directory / "serial.out", os.O_RDWR | os.O_NONBLOCK)
        with self.console.changed:
            os.write(port, b"held\n")
            for _ in range(20000):
                os.write(port, b"x")
        os.write(port, b"\n")
        self.assertIsNotNone(self.wait("^x{20000}$"))
        os.close(port)

    def test_what_is_sent_arrives_if_somebody_is_there(self):
        with self.assertRaises(LabError):
            self.console.send("crash")
        with open(self.directory / "serial.in", "r+b", buffering=0) as port:
            self.console.send("crash")
            self.assertEqual(port.read(100), b"crash\n")
        # A reader sees the end of a FIFO only if it had opened it before.
        with open(self.directory / "serial.out", "r+b", buffering=0) as port:
            port.write(b"something\n")
            self.assertIsNotNone(self.wait("something"))
        self.assertIsNone(self.wait("anything"))


class Tries(unittest.TestCase):
    """Which runs are repeated."""

    @staticmethod
    def outcomes(*raised, live=True):
        """(result of run_scenario(), number of runs) if each run raises the next of `raised`; None: it raises nothing."""
        runs = []

        class Fake:
            machine, observed = None, {}

            def __init__(self, *_):
                runs.append(self)
                self.live, self.observed = live, {"times": {}}

            def go(self):
                if raised[len(runs) - 1]:
                    raise raised[len(runs) - 1]

            def close(self):
                pass

        item = mock.MagicMock()
        item.__getitem__.return_value = []
        with mock.patch.object(run, "Run", Fake), mock.patch.object(run, "say"), contextlib.redirect_stderr(io.StringIO()):
            result = run.run_scenario(item, run.Options())
        return result.outcome, len(runs)

    def test_what_went_well_or_wrong_is_not(self):
        self.assertEqual(self.outcomes(None), ("pass", 1))
        self.assertEqual(self.outcomes(LabError("no")), ("fail", 1))

    def test_a_run_that_says_nothing_is(self):
        self.assertEqual(self.outcomes(LabTrouble("busy"), None), ("pass", 2))
        self.assertEqual(self.outcomes(LabTrouble("busy"), LabTrouble("busy")), ("fail", 2))
        self.assertEqual(self.outcomes(None, None, live=False), ("fail", 2))

    def test_a_mistake_in_the_lab_ends_no_more_than_its_run(self):
        self.assertEqual(self.outcomes(ValueError("oops")), ("fail", 1))


class Dumps(WithDirectory):
    def kdump(self, status=0, cut=0):
        """A dump of one page: header, sub-header, two bitmaps, a descriptor, the page."""
        header = (b"KDUMP   ".ljust(424, b"\0") + struct.pack("<IiiII", status, 4096, 1, 2, 8)).ljust(4096, b"\0")
        bitmap = b"\1".ljust(4096, b"\0")
        page = 4 * 4096 + 24
        data = header + bytes(4096) + bitmap + bitmap + struct.pack("<QIIQ", page, 100, 0, 0) + bytes(100)
        return self.write("d", data[:len(data) - cut])

    def test_whole_dump(self):
        self.assertEqual(dump.examine(self.kdump()), ("kdump-compressed", None))

    def test_incomplete_and_cut_dumps_are_told(self):
        for path in (self.kdump(status=8), self.kdump(cut=1), self.kdump(cut=110), self.kdump(cut=20000)):
            self.assertTrue(dump.examine(path)[1])

    def test_elf_with_a_segment_beyond_its_end(self):
        header = bytearray(b"\x7fELF".ljust(64, b"\0"))
        struct.pack_into("<Q", header, 0x20, 64)
        struct.pack_into("<HH", header, 0x36, 56, 1)
        segment = struct.pack("<IIQQQQQQ", 1, 0, 200, 0, 0, 50, 50, 0)
        whole = bytes(header) + segment + bytes(130)
        self.assertEqual(dump.examine(self.write("e", whole)), ("elf", None))
        self.assertIn("cut off", dump.examine(self.write("e", whole[:-1]))[1])

    def test_anything_else_is_no_dump(self):
        for data in (b"", b"text", b"KDUMP   ", b"makedumpfile".ljust(4096, b"\0")):
            self.assertTrue(dump.examine(self.write("x", data))[1])


class Reports(unittest.TestCase):
    def test_both_runs_are_in_the_table(self):
        text = report.comparison({"observed": {"frames_after_crash": 119, "times": {}, "dump": "saved"}},
                                 {"observed": {"frames_after_crash": 0, "times": {"ready": 6.5}, "dump": "saved"}})
        self.assertRegex(text, r"in old memory +119 +0\n")
        self.assertIn("6.5 s", text)


if __name__ == "__main__":
    unittest.main()
