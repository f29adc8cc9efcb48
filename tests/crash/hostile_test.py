#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Tests of crash-lab on what others made: files that are damaged, guests that say anything, disks that are full. No QEMU is needed.

Whatever goes wrong is one line, without a traceback, and no control character of theirs reaches the terminal.
"""

import contextlib
import io
import json
import os
import subprocess
import sys
import time
import unittest
from pathlib import Path
from unittest import mock

sys.dont_write_bytecode = True

from scratch import WithDirectory  # noqa: E402
from crash_lab import campaign, channels, cli, common, expect, pairs, run, scenario, terminal  # noqa: E402
from crash_lab.architectures import ARCHITECTURES, DEFAULT  # noqa: E402
from crash_lab.common import LabError, LabTrouble  # noqa: E402

ENTRY = ARCHITECTURES[DEFAULT]
GOOD = "about = x\nedu = identity\nexpect = edu.ready blocked\ndamage = edu.ready written\n"
EVIL, HARMLESS = "\x1b]0;x\x07\x9b1m\udcff\n", r"\x1b]0;x\x07\xc2\x9b1m\xff\x0a"
PAIR = {"seed": 1, "draw": {group: "x" for group in pairs.GROUPS}, "verdict": pairs.SAME,
        "tries": [{mode: {"live": True, "booted": True, "saved": True, "dma": False, "why": "", "seconds": 1}
                   for mode in ("without", "with")}]}


class Terminal(unittest.TestCase):
    def test_what_cannot_be_printed_is_shown_as_numbers(self):
        self.assertEqual(terminal.shown(EVIL), HARMLESS)
        self.assertEqual(terminal.shown("plain ä → text"), "plain ä → text")
        self.assertEqual(terminal.text_of(b"a\xc3\xa4\xff\xed\xa0\x80"), r"aä\xff\xed\xa0\x80")

    def test_results_are_shown(self):
        with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
            cli._print_result(run.Result("a", "protected", why=f"guest: {EVIL}", log_tail=[EVIL]))
        self.assertRegex(out.getvalue(), r"\Afail a .*\n\Z")
        for said in (out.getvalue(), err.getvalue()):
            self.assertIn(HARMLESS, said)
            self.assertFalse(set("\x1b\x07\x9b\udcff") & set(said))


class CommandLine(WithDirectory):
    def refused(self, words, *arguments):
        """One line on stderr, exit status 2."""
        done = subprocess.run([common.TOP / "scripts/crash-lab", *arguments], cwd=self.directory, check=False, timeout=120,
                              stdin=subprocess.DEVNULL, capture_output=True)
        said = done.stderr.decode()
        self.assertEqual((done.returncode, done.stdout), (2, b""), said)
        self.assertRegex(said, r"\Acrash-lab: [^\0-\x1f\x7f-\x9f]+\n\Z")
        self.assertIn(words, said)

    def test_names_and_files_are_shown(self):
        self.refused(r"/\x1b[31m\xff: No such file", "run", b"/\x1b[31m\xff")
        self.refused(r"--set \x1b: not KEY=VALUE", "run", "--set", "\x1b", "amd-edu")
        self.refused(r"invalid choice: '\x1b[", "kernel", "\x1b[31m")
        self.write("a.scenario", "about = x\n\x1b[31mred\n")
        self.refused(r"a.scenario:2: `\x1b[31mred` is not", "run", "a.scenario")
        (self.directory / "b.scenario").write_bytes(b"about = \xff\n")
        self.refused("b.scenario: not a text file", "run", "b.scenario")
        self.write("large.scenario", "#" * (scenario.LARGEST + 1))
        self.refused("large.scenario: larger than 1 MiB", "run", "large.scenario")

    def test_damaged_files_are_said(self):
        results = {"results": [{"scenario": "a", "observed": {}}]}
        good = str(self.write("good", json.dumps(results)))
        for text in ("", "[", "[]", "{}", '{"results": 1}', '{"results": [1]}', '{"results": [{"scenario": []}]}', "[" * 100000,
                     '{"results": [{"scenario": "a"}]}', '{"results": [{"scenario": "a", "observed": 1}]}',
                     '{"results": [{"scenario": "a", "observed": {"edu": 1, "dump_bytes": [], "times": 1}}]}'):
            with self.subTest(text[:80]):
                self.refused("not ", "compare", str(self.write("a", text)), good)
        header = json.dumps(campaign.State("", ENTRY).kind)
        for text in ("x\n", "1\n", "[1]\n", "{}\n", "[" * 100000 + "\n", f"{header}\n[]\n", f"{header}\n{{}}\n",
                     f"{header}\n{json.dumps({**PAIR, 'tries': []})}\n", f"{header}\n{json.dumps({**PAIR, 'seed': []})}\n",
                     f"{header}\n{json.dumps({**PAIR, 'draw': {}})}\n", f"{header}\n{json.dumps({**PAIR, 'tries': [{}]})}\n"):
            with self.subTest(text[-80:]), self.assertRaisesRegex(LabError, "not a campaign's state"):
                campaign.State(str(self.write("state", text)), ENTRY)
        state = campaign.State(str(self.write("state", f"{header}\n{json.dumps(PAIR)}\n")), ENTRY)
        self.assertIn("1", pairs.text(state.pairs.values()))
        self.assertIn("saved / saved", campaign.line(state.pairs[1]))

    def test_a_mistake_of_the_lab_is_one_line(self):
        with mock.patch.object(cli, "_list", side_effect=KeyError("x")), contextlib.redirect_stderr(io.StringIO()) as said, \
                mock.patch.object(cli, "begin"):
            self.assertEqual(cli.main(["list"]), 2)
        self.assertRegex(said.getvalue(), r"\Acrash-lab: a mistake in the lab: KeyError: 'x' \(cli.py:\d+\)\n\Z")


class Scenarios(WithDirectory):
    def refused(self, line, words):
        with self.assertRaisesRegex(LabError, words):
            scenario.load(str(self.write("a.scenario", GOOD + line + "\n")))

    def test_values_that_no_table_has_are_refused(self):
        for line in ("kernel =", "kernel = default x", "moment = null x", "system = own,x", "nic = e1000e,x", "nic =",
                     "fault = plugin-code,1", "qemu-dump = elf x", "dump-disk ="):
            self.refused(line, "not one of")
        self.refused("fault = plugin-code " + "1" * 5000, "not a name and perhaps a number")
        for number in ("²", "1" * 5000, "+1", ""):
            self.refused(f"cpus = {number}", "not a number")
            self.refused(f"memory = {number}G", "not a size")
        with self.assertRaisesRegex(LabError, "edu-storm is for a scenario with an edu device"):
            scenario.load(str(self.write("a.scenario", "about = x\nedu-storm = yes\nexpect = dump saved\ndamage = dump none\n")))

    def test_expectations_about_other_kinds_of_values_do_not_hold(self):
        for text, observed in (("record.stages < x", {"record": {"stages": []}}), ("record.² ok", {"record": [1]}),
                               ("dump < x", {"dump": None}), ("record." + "1" * 5000 + " ok", {"record": [1]})):
            self.assertFalse(expect.Expectation(text, "").holds(observed)[0], text[:40])


class Guests(WithDirectory):
    def setUp(self):
        super().setUp()
        self.scenario = scenario.load(str(self.write("a.scenario", GOOD)))

    def outcome(self, step):
        """(outcome and why, what was said) of a run in which `step` is all that happens."""
        with mock.patch.object(run.Run, "go", step), contextlib.redirect_stderr(io.StringIO()) as said:
            result, _ = run._run_once(self.scenario, run.Options(keep=str(self.directory / "kept")))
        return f"{result.outcome}: {result.why}", said.getvalue()

    def test_words_that_mean_nothing_end_the_run(self):
        for line in ("LAB crash-region x", "LAB loader", "LAB loader a b c", "LAB edu pa=1", "LAB kernel-code x", "LAB symbol x",
                     "LAB first-status \x1b"):
            why, said = self.outcome(lambda one, line=line: one._told(line, lambda word, rest: one._first_word(word, rest, {})))
            self.assertEqual(said, "")
            self.assertTrue(why.startswith(f"fail: guest: `{line}` cannot be understood"), why)
        for line in ("LAB capture-status x", "LAB dump 1", "LAB also-dump", "LAB dump-md5"):
            why, _ = self.outcome(lambda one, line=line: one._capture_words([line]))
            self.assertTrue(why.startswith(f"fail: guest: `{line}` cannot be understood"), why)

    def test_mistakes_and_full_disks_are_one_line(self):
        why, said = self.outcome(lambda one: {}["x"])
        self.assertEqual(said, "")
        self.assertRegex(why, r"^fail: a mistake in the lab: KeyError: 'x'")
        kept = json.loads((self.directory / "kept/a/result.json").read_text(encoding="utf-8"))
        self.assertIn("Traceback", kept["observed"]["mistake"])

        def fill(_):
            with open("/dev/full", "wb", buffering=0) as full:
                full.write(b"x")
        why, said = self.outcome(fill)
        self.assertEqual(said, "")
        self.assertIn("No space left on device", why)

    def test_a_console_that_cannot_be_kept_is_said(self):
        console = channels.Console(self.directory / "serial", "/dev/full")
        with open(self.directory / "serial.out", "wb") as guest:
            guest.write(b"hello\n")
        with self.assertRaisesRegex(LabTrouble, "the guest's console: .*No space left on device"):
            console.wait("hello", 0, time.monotonic() + 20)

    def test_a_console_keeps_bytes_that_are_no_text(self):
        console = channels.Console(self.directory / "serial", os.devnull)
        with open(self.directory / "serial.out", "wb") as guest:
            guest.write(b"a\xff\x1b\n")
        console.finish()
        self.assertEqual(terminal.shown(console.text()[0]), r"a\xff\x1b")


class Programs(WithDirectory):
    def test_programs_that_cannot_be_run_are_said(self):
        plain = self.write("plain", "")
        for words, argv in (("not found", [self.directory / "no"]), ("cannot be run: Permission denied", [plain]),
                            (r"\xff", ["sh", "-c", r"printf 'x\377' >&2; exit 1"])):
            with self.assertRaises(LabError) as caught:
                common.call(argv)
            self.assertIn(words, str(caught.exception))
        with self.assertRaisesRegex(LabError, "no answer within"):
            common.call(["sleep", "100"], timeout=0.1)
        with mock.patch.dict(os.environ, PATH=str(Path(self.directory))), mock.patch.object(common, "search_path", lambda: ""):
            with self.assertRaisesRegex(LabError, "zstd: not found"):
                common.zstd(b"")


if __name__ == "__main__":
    unittest.main()
