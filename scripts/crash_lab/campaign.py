# SPDX-License-Identifier: GPL-2.0-or-later
"""A campaign: many pairs of runs drawn at random (draw.py). No pair may go worse with the plugin than without it.

The state file holds every finished pair, so an interrupted campaign continues. A pair that went worse is tried twice more, because
emulated machines sometimes fail to start. A bad pair can be run again by its seed.
"""

import json
import os
import shutil
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from . import draw, pairs
from .architectures import DEFAULT
from .common import LabError, read_bytes
from .machine import abort_all, aborted
from .run import Options, run_scenario
from .terminal import say

TRIES = 3       # of a pair that went worse
FORMAT = 1


class State:
    """The finished pairs: a header and one line of JSON for each pair. A line is on disk before the next pair begins.

    A void pair is run again; its new line comes after the old one.
    """

    def __init__(self, path, architecture):
        self.path, self.pairs, self.header = path, {}, False
        self.kind = {"campaign": FORMAT, "draw": draw.VERSION, "architecture": architecture.name}
        if path:
            self._read()
            if not self.header:
                self._append(self.kind)

    def _read(self):
        if not os.path.exists(self.path):
            return
        data = read_bytes(self.path)
        *whole, torn = data.split(b"\n")
        try:
            kind, *found = [json.loads(line) for line in whole] or [None]
        except (ValueError, RecursionError):
            raise LabError(f"{self.path}: not a campaign's state") from None
        if whole and not (isinstance(kind, dict) and "campaign" in kind and all(map(pairs.is_sound, found))):
            raise LabError(f"{self.path}: not a campaign's state")
        if whole and {"architecture": DEFAULT, **kind} != self.kind:
            raise LabError(f"{self.path}: of another version or architecture, in which seeds mean something else")
        self.header, self.pairs = bool(whole), {pair["seed"]: pair for pair in found if pair["verdict"] != pairs.VOID}
        if torn:        # killed in the middle of a line
            os.truncate(self.path, len(data) - len(torn))

    def _append(self, value):
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(json.dumps(value) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def add(self, pair):
        self.pairs[pair["seed"]] = pair
        if self.path:
            self._append(pair)


def run_pair(seed, architecture, build, keep, keep_all=False, run=run_scenario):
    """Run one pair; return it as it goes into the state file. Files of a bad or void pair go to the directory `keep`."""
    drawn = draw.draw(seed, architecture)
    tries = []
    with tempfile.TemporaryDirectory(prefix="crash-lab-pair.") as work:
        while len(tries) < TRIES and (not tries or pairs.worse(tries[0])):
            one = {}
            for mode in ("without", "with"):
                scenario = drawn.scenario()
                result = run(scenario, Options(mode == "without", build=build, keep=f"{work}/{len(tries) + 1}"))
                if aborted():
                    raise LabError("interrupted")
                one[mode] = pairs.summary(result, drawn.values["fault"])
            tries.append(one)
        pair = {"seed": seed, "draw": drawn.values, "verdict": pairs.verdict(tries), "tries": tries}
        if keep and (keep_all or pair["verdict"] in (pairs.BAD, pairs.VOID)):
            _keep(Path(keep) / f"seed-{seed}", Path(work), drawn, pair)
    return pair


def _keep(target, work, drawn, pair):
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(work, target)
    (target / f"seed-{drawn.seed}.scenario").write_text(drawn.text(), encoding="utf-8")
    (target / "pair.json").write_text(json.dumps(pair, indent=1) + "\n", encoding="utf-8")
    say(f"seed {drawn.seed}: kept in {target}; again: crash-lab campaign --replay {drawn.seed}, or crash-lab run "
        f"[--control] {target}/seed-{drawn.seed}.scenario")


def run_all(seeds, architecture, build, jobs, state, keep, keep_all=False, run=run_scenario):
    """Run the unfinished pairs of `seeds`, `jobs` at a time. Return the pairs of all seeds."""
    todo = [seed for seed in seeds if seed not in state.pairs]
    done, bad = len(seeds) - len(todo), 0
    one_at_a_time = threading.Lock()

    def one(seed):
        nonlocal done, bad
        pair = run_pair(seed, architecture, build, keep, keep_all, run)
        with one_at_a_time:
            state.add(pair)
            done, bad = done + 1, bad + (pair["verdict"] == pairs.BAD)
            say(f"{done}/{len(seeds)} {line(pair)}" + (f" ({bad} bad)" if bad else ""))

    if done:
        say(f"{done} of {len(seeds)} pairs were done before")
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        futures = [pool.submit(one, seed) for seed in todo]
        try:
            for future in as_completed(futures):
                future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            abort_all()
            raise
    return [state.pairs[seed] for seed in seeds]


def line(pair):
    """A pair in one line: what was drawn, then the results without and with the plugin."""
    values, last = pair["draw"], pair["tries"][-1]
    came = " / ".join("saved" if last[mode]["saved"] else "booted" if last[mode]["booted"] else
                      "lost" if last[mode]["live"] else "never crashed" for mode in ("without", "with"))
    words = [f"seed {pair['seed']}: {values['iommu']}, {values['moment']}, fault {values['fault']}, {values['carrier']}: {came}"]
    if pair["verdict"] != pairs.SAME:
        words.append(pair["verdict"])
    words += [f"{mode}: {last[mode]['why']}" for mode in ("without", "with") if last[mode]["why"]]
    return "; ".join(words)
