#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Tests crash-lab and the scripts beside it as users call them: help starts nothing; a common mistake gives one line and status 2."""

import os
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True

from scratch import WithDirectory  # noqa: E402
from crash_lab import common  # noqa: E402

SCRIPTS = Path(common.TOP, "scripts")
# scripts/package builds from what git knows: a tarball does not have it.
CHECKOUT = Path(common.TOP, ".git").exists()


class CommandLine(WithDirectory):
    def call(self, script, *arguments, start=(), output=subprocess.PIPE, **environment):
        """(exit status, standard output, standard error) of one call by a user without a home directory."""
        kept = {name: value for name, value in os.environ.items()
                if name not in ("HOME", "XDG_CACHE_HOME", "CRASH_LAB_CACHE", "CHECK_BUILD", "DEMO_BUILD")}
        done = subprocess.run([*start, SCRIPTS / script, *arguments], env={**kept, **environment}, cwd=self.directory, check=False,
                              stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.PIPE, text=True, timeout=120)
        return done.returncode, done.stdout, done.stderr

    def test_help_is_had_without_a_home_and_leaves_nothing(self):
        cache = self.directory / "cache"
        for arguments in (["--help"], ["-h"], ["help"], ["run", "--help"], ["campaign", "--help"], ["--version"], ["-V"], ["list"]):
            with self.subTest(arguments):
                status, out, err = self.call("crash-lab", *arguments, CRASH_LAB_CACHE=str(cache))
                self.assertEqual((status, err), (0, ""))
                self.assertTrue(out)
                self.assertEqual(self.call("crash-lab", *arguments)[0], 0)
        self.assertFalse(list(self.directory.iterdir()))
        self.assertRegex(self.call("crash-lab", "-V")[1], r"^crash-lab \d+\.\d+\.\d+\n$")
        for script in ("check", "demo", "integration", "lint", "setup", *(["package"] if CHECKOUT else [])):
            for option in ("-h", "--help"):
                status, out, err = self.call(script, option)
                self.assertEqual((status, err), (0, ""), script)
                self.assertRegex(out, f"(?m)^  (scripts/)?{script} ")
        for script, usage in (("capture.in", "  capture early "), ("load.in", "  load COMMAND ")):
            for option in ("-h", "--help"):
                status, out, err = self.call(script, option, start=("sh",))
                self.assertEqual((status, err), (0, ""), script)
                self.assertIn(usage, out)

    def test_help_that_cannot_be_written_is_a_failure(self):
        for script, arguments in [*(("crash-lab", words) for words in (
                ["--help"], ["-h"], ["help"], ["-V"], ["--version"], ["list"], ["run", "-h"], ["campaign", "--draw"])),
                *((name, ["--help"]) for name in ("check", "demo", "integration", "lint", "setup"))]:
            with self.subTest(f"{script} {' '.join(arguments)}"), open("/dev/full", "w") as full:
                status, _, err = self.call(script, *arguments, output=full)
                self.assertNotEqual(status, 0)
                self.assertRegex(err, r"\A.*No space left on device\n\Z")
        status, _, err = self.call("crash-lab", "--help", start=("sh", "-c", 'exec "$0" "$@" >&-'))
        self.assertEqual((status, err), (2, "crash-lab: standard output is closed\n"))

    def test_usual_mistakes_are_one_line(self):
        for script, arguments, words in [
            ("crash-lab", ["frob"], "invalid choice"), ("crash-lab", ["run"], "required: SCENARIO"),
            ("crash-lab", ["run", "nosuch"], "no such scenario"), ("crash-lab", ["run", "a.scenario"], "a.scenario: No such file"),
            ("crash-lab", ["run", "--json", "no/x", "amd-edu"], "no/x: No such file"),
            ("crash-lab", ["run", "--keep", "/dev/null/x", "amd-edu"], "/dev/null/x: Not a directory"),
            ("crash-lab", ["run", "--build", "no", "amd-edu"], "--build no: no such directory"),
            ("crash-lab", ["run", "--set", "x", "amd-edu"], "not KEY=VALUE"),
            ("crash-lab", ["run", "--set", "architecture=vax", "amd-edu"], "architecture is `vax`"),
            ("crash-lab", ["campaign", "--state", "no/x"], "no/x: No such file"),
            ("crash-lab", ["compare", "a", "b"], "a: No such file"), ("crash-lab", ["kernel", "vax"], "invalid choice"),
            ("check", ["--frob"], "unknown option"), ("check", ["--no-crash", "x"], "one option"),
            ("demo", ["--frob"], "unknown option"), ("demo", ["nosuch"], "no such scenario"),
            ("lint", ["--frob"], "unknown option"), ("lint", ["--build"], "wants a directory"),
            ("crash-lab", ["campaign", "--runs", "9" * 30], "from 1 to 1000000"), ("crash-lab", ["run", "/"], "/: Is a directory"),
            ("crash-lab", ["run", "/dev/zero.scenario"], "No such file"), ("crash-lab", ["compare", "/dev/zero", "b"], "larger than"),
            ("lint", ["--build", "no"], "is not configured"), ("setup", [], "packages or build"), ("setup", ["x"], "x: packages or build"),
            ("integration", [], "install or uninstall"), ("integration", ["x", "y"], "install or uninstall"),
            ("integration", ["install"], "wants a list"), ("integration", ["install", "no", "debian"], "no: it cannot be read"),
            *([("package", ["--frob"], "unknown option"), ("package", [], "one directory")] if CHECKOUT else []),
        ]:
            with self.subTest(f"{script} {' '.join(arguments)}"):
                status, out, err = self.call(script, *arguments)
                self.assertEqual((status, out), (2, ""))
                self.assertTrue(re.fullmatch(rf"{script}: .+\n", err), err)
                self.assertIn(words, err)
        for script, arguments, words in [
            ("setup", ["build"], "wants one directory"), ("setup", ["build", "/dev/null/x"], "/dev/null/x: no directory that can be"),
            *([("package", ["/dev/null/x"], "/dev/null/x: no directory that can be")] if CHECKOUT else []),
        ]:
            with self.subTest(f"{script} {' '.join(arguments)}"):
                status, out, err = self.call(script, *arguments)
                self.assertEqual((status, out), (1, ""))
                self.assertTrue(re.fullmatch(rf"{script}: .+\n", err), err)
                self.assertIn(words, err)

    def test_a_missing_program_is_said(self):
        tools = self.directory / "tools"
        tools.mkdir()
        for name in ("sh", "dirname", "pwd", "sed"):
            (tools / name).symlink_to(shutil.which(name))
        build = self.directory / "build"
        build.mkdir()
        (build / "config.h").touch()
        status, out, err = self.call("lint", "--build", str(build), PATH=str(tools))
        self.assertEqual((status, out), (2, ""))
        self.assertRegex(err, r"\Alint: clang-tidy: not found.*\n\Z")

    def test_a_cache_that_cannot_be_is_said(self):
        status, _, err = self.call("crash-lab", "kernel", CRASH_LAB_CACHE="/dev/null/x")
        self.assertEqual((status, err.count("\n")), (2, 1))
        self.assertIn("CRASH_LAB_CACHE names another place", err)


if __name__ == "__main__":
    unittest.main()
