#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Tests crash-lab and the scripts beside it as users call them: help starts nothing; a common mistake gives one line and status 2."""

import os
import re
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
    def call(self, script, *arguments, **environment):
        """(exit status, standard output, standard error) of one call by a user without a home directory."""
        kept = {name: value for name, value in os.environ.items()
                if name not in ("HOME", "XDG_CACHE_HOME", "CRASH_LAB_CACHE", "CHECK_BUILD", "DEMO_BUILD")}
        done = subprocess.run([SCRIPTS / script, *arguments], env={**kept, **environment}, cwd=self.directory, check=False,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
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
        for script in ("check", "demo", "lint", "setup", *(["package"] if CHECKOUT else [])):
            for option in ("-h", "--help"):
                status, out, err = self.call(script, option)
                self.assertEqual((status, err), (0, ""), script)
                self.assertIn(f"scripts/{script}", out)

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
            ("lint", ["--build", "no"], "is not configured"), *([("package", ["--frob"], "unknown option")] if CHECKOUT else []),
        ]:
            with self.subTest(f"{script} {' '.join(arguments)}"):
                status, out, err = self.call(script, *arguments)
                self.assertEqual((status, out), (2, ""))
                self.assertTrue(re.fullmatch(rf"{script}: .+\n", err), err)
                self.assertIn(words, err)
        self.assertEqual(self.call("setup", "build")[0], 1)
        if CHECKOUT:
            self.assertEqual(self.call("package")[0], 2)

    def test_a_cache_that_cannot_be_is_said(self):
        status, _, err = self.call("crash-lab", "kernel", CRASH_LAB_CACHE="/dev/null/x")
        self.assertEqual((status, err.count("\n")), (2, 1))
        self.assertIn("CRASH_LAB_CACHE names another place", err)


if __name__ == "__main__":
    unittest.main()
